"""When a vote is sure enough to be told, and what it takes to be told at all.

An officer must see a hit within a second of the vehicle passing, so a track does not wait for its end: it is told as
soon as the vote is sure. A street is full of writing that is no plate, so how much evidence it takes depends on how
much of a mark the text already is: a current mark has seven places with rules, a dateless one hardly any, a foreign
one none.

The bars are reasoned starting values, not measured ones; they are settings of the pipeline so that an evaluation can
set them.
"""

from dataclasses import dataclass
from enum import Enum
from typing import Final

from edge.marks import LAYOUT, Layout
from edge.voting import Vote


@dataclass(frozen=True, slots=True)
class Bar:
    """Evidence that is enough: so many frames that agree, no character less sure than this, in view for so long."""

    agreeing: int
    weakest: float
    in_view_s: float = 0.0

    def cleared_by(self, vote: Vote, in_view_s: float) -> bool:
        return vote.agreeing >= self.agreeing and vote.weakest >= self.weakest and in_view_s >= self.in_view_s


@dataclass(frozen=True, slots=True)
class Bars:
    """For each layout the bars of which any one is enough."""

    strict: tuple[Bar, ...]
    loose: tuple[Bar, ...]
    none: tuple[Bar, ...]

    def cleared_by(self, vote: Vote, in_view_s: float) -> bool:
        bars = {Layout.STRICT: self.strict, Layout.LOOSE: self.loose, Layout.NONE: self.none}[layout_of(vote)]
        return any(bar.cleared_by(vote, in_view_s) for bar in bars)


REVEALED_S: Final = 2.0
"""While a plate comes out from behind a vehicle, its first half is a loose mark that many frames agree on. A mark that
has the layout of such a half is told only when it has been in view for this long, or is over: about the time a car
takes to clear its own length as it pulls away (4 m at 2 m/s)."""

AT_ONCE: Final = Bars(
    strict=(Bar(1, 0.95), Bar(2, 0.70)),
    loose=(Bar(2, 0.90, REVEALED_S), Bar(3, 0.70, REVEALED_S)),
    none=(Bar(3, 0.80, REVEALED_S),),
)
"""Enough to tell while the vehicle is still in view."""

AT_END: Final = Bars(strict=(Bar(1, 0.50), Bar(2, 0.30)), loose=(Bar(2, 0.50),), none=(Bar(3, 0.60),))
"""Enough to tell when there will be no more frames of it; one frame alone, where each character is likelier right than
wrong."""

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


def layout_of(vote: Vote) -> Layout:
    """Give how far the vote's layout speaks for it. A strict layout that the grammar had to make (CYC151S of CYCISIS, a
    road sign) counts as a loose one: the fit cannot vouch for the text if the text was changed to fit.
    """
    layout = LAYOUT[vote.kind]
    return Layout.LOOSE if layout is Layout.STRICT and not vote.unmended else layout


def weigh(vote: Vote, moment: Moment, in_view_s: float, rule: EvidenceRule) -> Verdict:
    """Decide whether a vote is told now, may yet be, or is dropped. in_view_s is the time since its first frame."""
    bars = {Moment.IN_VIEW: rule.at_once, Moment.OVER: rule.at_end, Moment.STILL: rule.still}[moment]
    if bars.cleared_by(vote, in_view_s):
        return Verdict.TELL
    return Verdict.WAIT if moment is Moment.IN_VIEW else Verdict.DROP
