"""Whether a search is directed surveillance, which needs an authority of its own. Pure.

RIPA 2000 s.26(2): surveillance is directed where it is covert, not intrusive, for a specific investigation, and likely
to give private information about a person, other than as an immediate response to events. For reads that means a search
that is repeated, is about one person or vehicle, and looks forward. Such a search stops until it names the reference of
a directed surveillance authority. All three must hold:

- about one: it names a mark in full, or what it asks for finds no more than a few different marks (targets_of);
- repeated: for one of these marks the same person, or anybody under the same reference, has searched within the window
  so often that this search reaches the limit; or whoever asks says that they mean to look again;
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
    """What the rule finds. times counts this search, and the earlier ones about the mark that had the most."""

    about_one: bool
    times: int
    repeated: bool
    forward: bool

    @property
    def directed(self) -> bool:
        """Whether all three hold."""
        return self.about_one and self.repeated and self.forward


def targets_of(named: Collection[str], found: Collection[str], rule: Surveillance) -> frozenset[str]:
    """The marks that a search is about: those it names in full, always, and those it found where they are few.

    found are the different marks that a pattern, a place or a device gave. A mark named in full counts however many
    stand beside it, so that nobody hides one among others.
    """
    return frozenset(named) | (frozenset(found) if len(set(found)) <= rule.targets_at_most else frozenset())


def judge(looked: Looked, earlier: Collection[Earlier], rule: Surveillance) -> Finding:
    """Apply the rule. earlier may hold searches of other people, of other marks and from before the window."""
    common = [one for one in earlier if counts(one, looked, rule)]
    times = 1 + max((sum(target in one.targets for one in common) for target in looked.targets), default=0)
    return Finding(
        about_one=bool(looked.targets),
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
