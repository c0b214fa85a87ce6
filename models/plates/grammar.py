"""Decides what can be a UK mark, of which kind, and which look-alike characters a position allows."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Final

from models.plates.layouts import BY_LENGTH, DIGITS, TRADE_LAYOUTS, Layout
from models.plates.reading import Character, MarkKind

FIRST_AGE_YEAR: Final = 2001
"""Current marks began on 1 September 2001, with 51."""

FOREIGN_SHARE: Final = 0.01
"""Share of vehicles on UK roads with a foreign mark, which the grammar must not mend into a UK one. An assumption of
one in a hundred [K]; it is the prior against which a swap of two different shapes is weighed."""

OVERCONFIDENCE: Final = 2.0
MAX_MISREAD: Final = 0.5
"""The recogniser takes one of two look-alikes for the other twice as often as its confidence says, and never more often
than not. Measured on boxes_dashcam, where the layout of Romanian marks tells letters from figures: of 672 characters
with a look-alike 15 were taken for it, one of them with more than 0.99 confidence and none with more than 0.995."""

_SAME_SHAPE: Final = {"0": "O", "O": "0", "1": "I", "I": "1"}
"""Pairs that share one glyph on UK plates, so that only the layout tells them apart (anpr-sources.md 5, [S])."""

_LIKE_SHAPE: Final = {
    "5": "S", "S": "5", "8": "B", "B": "8", "2": "Z", "Z": "2", "6": "G", "G": "6", "0": "D", "D": "0",
}  # fmt: skip
"""Pairs of different glyphs that readers take for each other; the recogniser's confidence counts as evidence."""

_COST_SAME: Final = 1
_COST_LIKE: Final = 100
"""One swap of different shapes counts for more than any number of swaps within one shape."""


@dataclass(frozen=True, slots=True)
class Mended:
    """A mark after the grammar. kind is None where no layout takes it; characters are then as they were read."""

    characters: tuple[Character, ...]
    kind: MarkKind | None

    @property
    def text(self) -> str:
        return "".join(c.char for c in self.characters)


@dataclass(frozen=True, slots=True)
class _Candidate:
    cost: int
    characters: tuple[Character, ...]
    kind: MarkKind

    @property
    def text(self) -> str:
        return "".join(c.char for c in self.characters)


def valid_age_identifier(digits: str, on: date) -> bool:
    """Whether a current mark with these two digits can have been issued by that date.

    From 1 March of 20YY the identifier is YY, from 1 September YY + 50; the first was 51, in September 2001.
    """
    number = int(digits)
    if number <= 50:
        return number > FIRST_AGE_YEAR % 100 and date(2000 + number, 3, 1) <= on
    return date(2000 + number - 50, 9, 1) <= on


def parse(text: str, on: date, *, red_characters: bool = False) -> MarkKind | None:
    """Say which kind of mark the text is on that date, or None where it is none. The text has capitals and digits only.

    red_characters says that the plate shows red characters on white: a trade plate or nothing.
    """
    if red_characters:
        return MarkKind.TRADE if any(layout.allows(text) for layout in TRADE_LAYOUTS) else None
    for layout in BY_LENGTH.get(len(text), ()):
        if layout.allows(text) and _in_date(layout, text, on):
            return layout.kind
    return None


def mend(
    characters: Sequence[Character], on: date, hyphens: frozenset[int] = frozenset(), *, may_be_word: bool = True
) -> Mended:
    """Give the characters as the grammar reads them.

    A mark that parses as read is left alone, so where both readings are possible (dateless, Northern Ireland, personal
    marks) the read one stays. Otherwise look-alikes are swapped where exactly one reading with the fewest swaps has a
    layout; a swap of different shapes is made only where it is likelier than a foreign mark read rightly, and carries
    that likelihood as its confidence.

    hyphens holds, for each hyphen that was read, how many characters stand before it. UK marks have none, so one that
    stands where the mended mark has no gap ("RK-260AR" is not RK26 OAR) means a foreign mark. may_be_word is false
    where the text is known to be a plate's.
    """
    as_read = tuple(characters)
    text = "".join(c.char for c in as_read)
    kind = parse(text, on)
    if kind is not None:
        return Mended(as_read, kind)
    layouts = _mendable(text, may_be_word)
    candidates = [c for layout in layouts if (c := _fit(as_read, layout, on)) is not None]
    candidates = [c for c in candidates if hyphens <= _gaps(c.text, c.kind)]
    if not candidates:
        return Mended(as_read, None)
    least = min(candidate.cost for candidate in candidates)
    best = [candidate for candidate in candidates if candidate.cost == least]
    if len({candidate.text for candidate in best}) > 1:
        return Mended(as_read, None)
    return Mended(best[0].characters, best[0].kind)


def spaced(text: str, kind: MarkKind) -> str:
    """Write the mark as people write it: "DX17 ZWH". A foreign mark is left as it is."""
    if kind is MarkKind.FOREIGN:
        return text
    if kind is MarkKind.CURRENT:
        return f"{text[:4]} {text[4:]}"
    groups = ["".join(group) for _, group in groupby(text, key=DIGITS.__contains__)]
    if kind in (MarkKind.PREFIX, MarkKind.Q):
        return f"{groups[0]}{groups[1]} {''.join(groups[2:])}"
    if kind is MarkKind.SUFFIX or (kind is MarkKind.CROWN_DEPENDENCY and len(groups) == 3):
        return f"{groups[0]} {''.join(groups[1:])}"
    return " ".join(groups)


def swap_posterior(confidence: float) -> float:
    """The probability that a character read with this confidence is its look-alike of another shape.

    Given a text that is a UK mark with the swap and only a foreign one without it: Bayes, with FOREIGN_SHARE as prior.
    """
    misread = min(MAX_MISREAD, OVERCONFIDENCE * (1 - confidence))
    swapped = misread * (1 - FOREIGN_SHARE)
    kept = (1 - misread) * FOREIGN_SHARE
    return swapped / (swapped + kept)


def _gaps(text: str, kind: MarkKind) -> set[int]:
    """How many characters stand before each gap of the mark as people write it."""
    groups = spaced(text, kind).split(" ")
    return {sum(len(group) for group in groups[: i + 1]) for i in range(len(groups) - 1)}


def _in_date(layout: Layout, text: str, on: date) -> bool:
    return not layout.dated or valid_age_identifier(text[2:4], on)


def _mendable(text: str, may_be_word: bool) -> tuple[Layout, ...]:
    """Give the layouts that swaps may reach: a word or a number must not become a mark by swaps alone.

    Only the current layout is strict enough for a text without figures ("RIGHT" is not R1 GHT), and none for a text
    without letters.
    """
    layouts = BY_LENGTH.get(len(text), ())
    if text.isdigit():
        return ()
    if may_be_word and text.isalpha():
        return tuple(layout for layout in layouts if layout.kind is MarkKind.CURRENT)
    return layouts


def _fit(as_read: tuple[Character, ...], layout: Layout, on: date) -> _Candidate | None:
    """Swap what must be swapped for the layout, or None where no allowed swap does it."""
    cost = 0
    fitted = []
    for character, allowed in zip(as_read, layout.positions, strict=True):
        swapped = _swap(character, allowed)
        if swapped is None:
            return None
        fitted.append(swapped[0])
        cost += swapped[1]
    text = "".join(c.char for c in fitted)
    if not layout.allows(text) or not _in_date(layout, text, on):
        return None
    return _Candidate(cost, tuple(fitted), layout.kind)


def _swap(character: Character, allowed: frozenset[str]) -> tuple[Character, int] | None:
    char, confidence = character.char, character.confidence
    if char in allowed:
        return character, 0
    same, like = _SAME_SHAPE.get(char), _LIKE_SHAPE.get(char)
    if same is not None and same in allowed:
        return Character(same, confidence, character.others), _COST_SAME
    posterior = swap_posterior(confidence)
    if like is not None and like in allowed and posterior > 0.5:
        others = tuple(other for other in character.others if other.char != like)
        return Character(like, posterior, (Character(char, 1 - posterior), *others)), _COST_LIKE
    return None
