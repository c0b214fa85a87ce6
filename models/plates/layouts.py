"""The layouts of mark that the grammar knows, as data: which characters each position may hold.

Sources: shared standards anpr.md ("Marks") and anpr-sources.md 4.1-4.3. A personal mark is a mark of one of these
layouts that someone chose, so it has no entry of its own.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import Final

from models.plates.reading import MarkKind

DIGITS: Final = frozenset("0123456789")
LEADING: Final = DIGITS - {"0"}
LETTERS: Final = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
GB_LETTERS: Final = LETTERS - set("IQZ")
"""I and Z mean Ireland, Q means "origin uncertain": no other mark of Great Britain has them."""
FINAL_LETTERS: Final = LETTERS - set("IQ")
"""The last three of a current mark, where Z is allowed."""
YEAR_LETTERS: Final = LETTERS - set("IOQUZ")

Positions = tuple[frozenset[str], ...]
"""What each character of a mark may be."""


@dataclass(frozen=True, slots=True)
class Layout:
    """One layout. dated is true where characters 3 and 4 are an age identifier, valid or not for a date."""

    kind: MarkKind
    positions: Positions
    dated: bool = False
    needs_irish_letter: bool = False

    def allows(self, text: str) -> bool:
        """Whether each character of the text may stand where it stands; the age identifier is not looked at."""
        return (
            len(text) == len(self.positions)
            and all(char in allowed for char, allowed in zip(text, self.positions, strict=True))
            and (not self.needs_irish_letter or "I" in text or "Z" in text)
        )


def _number(most: int) -> Iterator[Positions]:
    """Numbers of one to that many digits, without a leading zero."""
    for length in range(1, most + 1):
        yield (LEADING, *[DIGITS] * (length - 1))


def _letters(*allowed: str | frozenset[str]) -> Positions:
    return tuple(frozenset(one) for one in allowed)


def _layouts() -> Iterator[Layout]:
    two_digits = _letters(DIGITS, DIGITS)
    three = (GB_LETTERS,) * 3
    yield Layout(MarkKind.CURRENT, (GB_LETTERS, GB_LETTERS, *two_digits, *[FINAL_LETTERS] * 3), dated=True)
    for number in _number(3):
        yield Layout(MarkKind.PREFIX, (YEAR_LETTERS, *number, *three))
    yield from _manx()  # before suffix: AMN to YMN are the Isle of Man's own codes
    for number in _number(3):
        yield Layout(MarkKind.SUFFIX, (*three, *number, YEAR_LETTERS))
        yield Layout(MarkKind.Q, (*_letters("Q"), *number, *three))
    # Jersey before dateless: J 1 to J 9999 were also Durham's, but nearly every car with such a mark is Jersey's.
    for number in _number(6):
        yield Layout(MarkKind.CROWN_DEPENDENCY, (*_letters("J"), *number))
    yield from _northern_irish()
    for count, most in ((1, 4), (2, 4), (3, 3)):
        for number in _number(most):
            yield Layout(MarkKind.DATELESS, ((GB_LETTERS,) * count) + number)
            yield Layout(MarkKind.DATELESS, number + ((GB_LETTERS,) * count))
    yield Layout(MarkKind.DIPLOMATIC, (DIGITS, DIGITS, DIGITS, *_letters("DX"), DIGITS, DIGITS, DIGITS))
    yield Layout(MarkKind.MILITARY, (GB_LETTERS, GB_LETTERS, *two_digits, GB_LETTERS, GB_LETTERS))
    yield Layout(MarkKind.MILITARY, (*two_digits, GB_LETTERS, GB_LETTERS, *two_digits))
    for number in _number(5):
        yield Layout(MarkKind.CROWN_DEPENDENCY, number)  # Guernsey
    yield Layout(MarkKind.TRADE, (DIGITS,) * 5)  # "00125": with a leading zero it is nothing else


def _manx() -> Iterator[Layout]:
    codes = (_letters("M", "N"), _letters("M", "A", "N"), _letters(GB_LETTERS, "M", "N"))
    for code, number in product(codes, _number(4)):
        yield Layout(MarkKind.CROWN_DEPENDENCY, code + number)
        yield Layout(MarkKind.CROWN_DEPENDENCY, number + code)
        if len(code) == 3 and len(number) <= 3:
            yield Layout(MarkKind.CROWN_DEPENDENCY, (*code, *number, LETTERS - set("IQ")))


def _northern_irish() -> Iterator[Layout]:
    """Two or three letters with an I or a Z, and one to four digits, in either sequence.

    The first letter is never I or Z, but for the five two-letter codes IA, IB, IJ, IL and IW of 1903.
    """
    irish = GB_LETTERS | {"I", "Z"}
    codes = (_letters(GB_LETTERS, "IZ"), _letters("I", "ABJLW"), (GB_LETTERS, irish, irish))
    for code, number in product(codes, _number(4)):
        for positions in (code + number, number + code):
            yield Layout(MarkKind.NORTHERN_IRELAND, positions, needs_irish_letter=True)


LAYOUTS: Final = tuple(_layouts())
"""Every layout; where a text fits two, the earlier names its kind."""

TRADE_LAYOUTS: Final = tuple(
    Layout(MarkKind.TRADE, positions)
    for positions in (
        *(number + (GB_LETTERS,) * count for number in _number(3) for count in (1, 2)),
        *((DIGITS,) * length for length in range(1, 6)),
    )
)
"""The layouts of a plate with red characters on white, which is what tells a trade plate from others."""

BY_LENGTH: Final = {
    length: tuple(layout for layout in LAYOUTS if len(layout.positions) == length) for length in range(1, 9)
}
