"""Holds: what is held does not go, whatever its delete-by, for as long as the hold stands. A hold ends by itself."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from governance.retention.rules import HoldRule
from governance.time_in_words import time_in_words

_ITEM: Final = "item-"


@dataclass(frozen=True, slots=True)
class Hold:
    """A hold. It stands from when it is made, at starts_at, up to, not including, ends_at. review_at: when its owner
    looks at it again.
    """

    hold_id: str
    kind: str
    owner: str
    reason: str
    starts_at: datetime
    ends_at: datetime
    review_at: datetime
    renewals: int = 0

    def stands(self, at: datetime) -> bool:
        """Whether it keeps anything at this time. A time before its start is that of a clock that went back, and what
        somebody has just held must not go by it.
        """
        return at < self.ends_at


def faults_of(hold: Hold, rule: HoldRule | None, since: datetime) -> list[str]:
    """What is wrong with a hold that is made or renewed at since, in words; nothing where nothing is."""
    if rule is None:
        return [f"there is no hold of the kind {hold.kind!r} in the rules"]
    faults = [f"say {what}" for what in ("owner", "reason") if not getattr(hold, what).strip()]
    if hold.ends_at <= since:
        faults.append("it would have ended already: give a later end")
    if hold.ends_at > (limit := rule.longest.after(since)):
        faults.append(
            f"a {hold.kind} hold lasts at most {rule.longest.words} at a time,"
            f" until {time_in_words(limit)}: end it sooner"
        )
    if not since <= hold.review_at <= hold.ends_at:
        faults.append("its review must come after now and no later than its end")
    return faults


def items_named(items: Sequence[str]) -> dict[str, str]:
    """The objects by which an act on several items names each of them."""
    return {f"{_ITEM}{number}": item for number, item in enumerate(items, 1)}


def named_items(objects: Mapping[str, str]) -> list[str]:
    """The items that the objects of such an act name."""
    return [item for name, item in objects.items() if name.startswith(_ITEM)]


def renewed(
    hold: Hold, rule: HoldRule | None, at: datetime, ends_at: datetime, review_at: datetime
) -> tuple[Hold, list[str]]:
    """The hold, renewed at a time to a new end, and what is wrong with that. One that has ended is not renewed."""
    later = replace(hold, ends_at=ends_at, review_at=review_at, renewals=hold.renewals + 1)
    faults = faults_of(later, rule, at)
    if not hold.stands(at):
        faults.append("it does not stand any more: what it held may be gone; make a new one")
    if rule is not None and not rule.renewable:
        faults.append(f"a {hold.kind} hold cannot be renewed")
    if ends_at < hold.ends_at:
        faults.append("a renewal does not shorten it: end it instead")
    return later, faults
