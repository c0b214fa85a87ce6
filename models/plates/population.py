"""Which marks are on the road: how many vehicles have a mark of each kind, and how many such marks there could be.

The grammar says what can be a mark; this says how much of what can be is. Of current marks about one in ten is on a
vehicle, so that a text which is a valid current mark may well be somebody's; of suffix marks hardly one in a thousand
is. Whether a doubtful read is the listed vehicle or another one turns on that (edge.matching).

VEHICLES and SHARES are general knowledge of the field and nobody's measurement here [K]: vehicles licensed in the
United Kingdom at the end of 2024 to the nearest million (DfT table VEH0101), and how the kinds share the traffic of a
British street. A share that is wrong by a half moves the probability of a doubtful match by about as much, and of an
exact match hardly at all.
"""

from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from math import prod
from types import MappingProxyType
from typing import Final

from models.plates.grammar import valid_age_identifier
from models.plates.layouts import LAYOUTS, Layout
from models.plates.reading import MarkKind

VEHICLES: Final = 42_000_000

SHARES: Final[Mapping[MarkKind, float]] = MappingProxyType(
    {
        MarkKind.CURRENT: 0.86,
        MarkKind.PREFIX: 0.055,
        MarkKind.SUFFIX: 0.006,
        MarkKind.DATELESS: 0.025,
        MarkKind.NORTHERN_IRELAND: 0.04,
        MarkKind.Q: 0.0005,
        MarkKind.TRADE: 0.001,
        MarkKind.MILITARY: 0.0005,
        MarkKind.DIPLOMATIC: 0.0005,
        MarkKind.CROWN_DEPENDENCY: 0.0015,
        MarkKind.FOREIGN: 0.01,
    }
)
"""Share of the vehicles that pass, by the kind of their mark: together 1. Personal marks count under their layout."""

FOREIGN_FORMS: Final = 34**7
"""Foreign marks have no layout here: seven of 34 shapes (O is 0, I is 1), each as likely as the other."""


@lru_cache(maxsize=8)
def in_use(on: date) -> Mapping[MarkKind, float]:
    """The share of the possible marks of each kind that is on a vehicle (0-1), on that date.

    >>> round(in_use(date(2026, 11, 23))[MarkKind.CURRENT], 3)
    0.097
    """
    could_be = possible(on)
    return MappingProxyType({kind: min(1.0, VEHICLES * share / could_be[kind]) for kind, share in SHARES.items()})


def possible(on: date) -> Mapping[MarkKind, int]:
    """How many marks of each kind the grammar allows on that date.

    >>> possible(date(2026, 11, 23))[MarkKind.Q]
    12154833
    """
    counts = dict.fromkeys(MarkKind, 0)
    for layout in LAYOUTS:
        counts[layout.kind] += combinations(layout, on)
    counts[MarkKind.FOREIGN] = FOREIGN_FORMS
    return counts


def combinations(layout: Layout, on: date) -> int:
    """How many texts a layout allows on that date."""
    sizes = [len(allowed) for allowed in layout.positions]
    if layout.dated:
        return prod(sizes[:2]) * len(age_identifiers(on)) * prod(sizes[4:])
    if layout.needs_irish_letter:
        return prod(sizes) - prod(len(allowed - {"I", "Z"}) for allowed in layout.positions)
    return prod(sizes)


@lru_cache(maxsize=8)
def age_identifiers(on: date) -> frozenset[str]:
    """The two figures that a current mark may have on that date.

    >>> sorted(age_identifiers(date(2002, 3, 1)))
    ['02', '51']
    """
    return frozenset(two for number in range(100) if valid_age_identifier(two := f"{number:02d}", on))
