"""What the edge asks of a mark: how far its layout speaks for it, and how like another mark it is."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from models.plates.reading import MarkKind


class Layout(StrEnum):
    """How far the layout itself speaks for a mark: a current mark has seven places with rules, a dateless one hardly
    any, a foreign one none.
    """

    STRICT = "strict"
    LOOSE = "loose"
    NONE = "none"


LAYOUT: Final[Mapping[MarkKind, Layout]] = MappingProxyType(
    {
        MarkKind.CURRENT: Layout.STRICT,
        MarkKind.PREFIX: Layout.STRICT,
        MarkKind.SUFFIX: Layout.STRICT,
        MarkKind.Q: Layout.STRICT,
        MarkKind.NORTHERN_IRELAND: Layout.LOOSE,
        MarkKind.DATELESS: Layout.LOOSE,
        MarkKind.TRADE: Layout.LOOSE,
        MarkKind.MILITARY: Layout.LOOSE,
        MarkKind.DIPLOMATIC: Layout.LOOSE,
        MarkKind.CROWN_DEPENDENCY: Layout.LOOSE,
        MarkKind.FOREIGN: Layout.NONE,
    }
)
"""Loose: layouts that a house number, a route, a fleet number or part of a strict mark (LT23 of LT23 CGK) fits too."""

_ONE_GLYPH: Final = str.maketrans({"O": "0", "I": "1"})
"""On a UK plate O and 0 are one shape, and I and 1 another (shared standards: anpr.md, "Plates"), so no reader can tell
them apart and no comparison may depend on them."""


def canonical(text: str) -> str:
    """Give the form in which two marks are the same if a plate would show them the same: capitals, no spaces, O as 0
    and I as 1.
    """
    return "".join(text.split()).upper().translate(_ONE_GLYPH)


def edits(first: str, second: str) -> int:
    """Count the characters to change, add or take away to make one text the other (Levenshtein's distance)."""
    previous = list(range(len(second) + 1))
    for row, a in enumerate(first, start=1):
        current = [row]
        for column, b in enumerate(second, start=1):
            current.append(min(previous[column] + 1, current[-1] + 1, previous[column - 1] + (a != b)))
        previous = current
    return previous[-1]


def difference(first: str, second: str) -> float:
    """Give how unlike two marks are, 0 (the same on a plate) to 1 (nothing in common): edits over the longer length."""
    a, b = canonical(first), canonical(second)
    return edits(a, b) / max(len(a), len(b), 1)


def is_part(first: str, second: str) -> bool:
    """Say whether the first text is the second with characters missing at an end, as behind a bumper or a bus."""
    a, b = canonical(first), canonical(second)
    return 0 < len(a) < len(b) and a in b
