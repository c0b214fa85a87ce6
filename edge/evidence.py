"""When a vote is sure enough to be told, and what it takes to be told at all.

An officer must see a hit within a second of the vehicle passing, so a track does not wait for its end: it is told as
soon as the vote is sure. A street is full of writing that is no plate, so how much evidence it takes depends on how
much of a mark the text already is: a current mark has seven places with rules, a dateless one hardly any, a foreign
one none.

The bars are reasoned starting values, not measured ones; they are settings of the pipeline so that an evaluation can
set them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, StrEnum
from types import MappingProxyType
from typing import Final

from edge.voting import Vote
from models.plates.reading import MarkKind


class Layout(StrEnum):
    """How far the layout itself speaks for a mark."""

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
"""Loose: layouts that a house number, a route, a price or a fleet number fits as well."""


@dataclass(frozen=True, slots=True)
class Bar:
    """Evidence that is enough: so many frames that agree, and no character less sure than this."""

    agreeing: int
    weakest: float

    def cleared_by(self, vote: Vote) -> bool:
        return vote.agreeing >= self.agreeing and vote.weakest >= self.weakest


@dataclass(frozen=True, slots=True)
class Bars:
    """For each layout the bars of which any one is enough."""

    strict: tuple[Bar, ...]
    loose: tuple[Bar, ...]
    none: tuple[Bar, ...]

    def cleared_by(self, vote: Vote) -> bool:
        bars = {Layout.STRICT: self.strict, Layout.LOOSE: self.loose, Layout.NONE: self.none}[LAYOUT[vote.kind]]
        return any(bar.cleared_by(vote) for bar in bars)


AT_ONCE: Final = Bars(strict=(Bar(1, 0.95), Bar(2, 0.70)), loose=(Bar(2, 0.90), Bar(3, 0.70)), none=(Bar(3, 0.80),))
"""Enough to tell while the vehicle is still in view."""

AT_END: Final = Bars(strict=(Bar(1, 0.60), Bar(2, 0.30)), loose=(Bar(2, 0.50),), none=(Bar(3, 0.60),))
"""Enough to tell when there will be no more frames of it."""

STILL: Final = Bars(strict=(Bar(1, 0.30),), loose=(Bar(1, 0.50),), none=(Bar(1, 0.60),))
"""Enough in a single picture, which somebody chose to take and which will never have a second frame."""


@dataclass(frozen=True, slots=True)
class EvidenceRule:
    """The three sets of bars."""

    at_once: Bars = AT_ONCE
    at_end: Bars = AT_END
    still: Bars = STILL


class Moment(Enum):
    """Where in its pass a plate is."""

    IN_VIEW = "in view"
    OVER = "over"
    STILL = "still"


class Verdict(Enum):
    TELL = "tell"
    WAIT = "wait"
    DROP = "drop"


def weigh(vote: Vote, moment: Moment, rule: EvidenceRule) -> Verdict:
    """Decide whether a vote is told now, may yet be, or is dropped."""
    bars = {Moment.IN_VIEW: rule.at_once, Moment.OVER: rule.at_end, Moment.STILL: rule.still}[moment]
    if bars.cleared_by(vote):
        return Verdict.TELL
    return Verdict.WAIT if moment is Moment.IN_VIEW else Verdict.DROP
