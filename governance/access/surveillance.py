"""Whether a search is directed surveillance, which needs an authority of its own. Pure.

RIPA 2000 s.26(2): surveillance is directed where it is covert, not intrusive, for a specific investigation, and likely
to give private information about a person, other than as an immediate response to events. For reads that means a search
that is repeated, is about one person or vehicle, and looks forward. Such a search stops until it names the reference of
a directed surveillance authority. All three must hold:

- about one: it is about few different marks, those it names or, where it names a pattern, those it finds;
- repeated: with one of these marks, the same person or the same reference has searched before within the window so
  often that this search reaches the limit; or whoever asks says that they mean to look again;
- forward-looking: it asks for reads up to now, or to a time to come.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from governance.access.rules import Surveillance


@dataclass(frozen=True, slots=True)
class Earlier:
    """A search that was made before. targets are keyed digests of the marks that it was about."""

    made_at: datetime
    account: str
    reference: str
    targets: frozenset[str]


@dataclass(frozen=True, slots=True)
class Looked:
    """A search that is about to be made. targets as in Earlier; until is the end of the time that it asks for."""

    made_at: datetime
    account: str
    reference: str
    targets: frozenset[str]
    until: datetime
    again: bool = False


@dataclass(frozen=True, slots=True)
class Finding:
    """What the rule finds. times counts this search among those with a mark in common."""

    about_one: bool
    times: int
    repeated: bool
    forward: bool

    @property
    def directed(self) -> bool:
        """Whether all three hold."""
        return self.about_one and self.repeated and self.forward


def judge(looked: Looked, earlier: Collection[Earlier], rule: Surveillance) -> Finding:
    """Apply the rule. earlier may hold searches of other people, of other marks and from before the window."""
    common = [one for one in earlier if counts(one, looked, rule)]
    times = len(common) + 1
    return Finding(
        about_one=0 < len(looked.targets) <= rule.targets_at_most,
        times=times,
        repeated=looked.again or times >= rule.repeats,
        forward=looked.until > looked.made_at - rule.now_margin,
    )


def counts(earlier: Earlier, looked: Looked, rule: Surveillance) -> bool:
    """Whether an earlier search is one that this one repeats. The window is half-open: its full age is outside it."""
    return (
        (earlier.account == looked.account or earlier.reference == looked.reference)
        and not earlier.targets.isdisjoint(looked.targets)
        and looked.made_at - rule.window < earlier.made_at <= looked.made_at
    )
