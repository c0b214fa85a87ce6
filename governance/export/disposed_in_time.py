"""Whether what a receipt says has gone was allowed to go: by the rules in force then, and not before they said so.

The receipt gives the range of its items' own clocks, and when they were chosen. With several classes the longest keep
wins, so the class that decided and the items' own class must both have come to their end. That something went late
is only noted: a hold may have kept it. Of the clocks nobody else can know: an item's own times are gone with it.
"""

from datetime import datetime, timedelta
from typing import Final

from governance.entry import Entry
from governance.errors import BadExport
from governance.export.rulesets import RulesInForce
from governance.export.times import time_of
from governance.retention.places import PLACES
from governance.retention.receipt import Receipt
from governance.retention.rules import Rule, RuleSet

LONGEST_LEAD: Final = timedelta(hours=24)
"""What must be gone before the round after next goes now; twelve hours is the longest between two rounds."""

CLOCK: Final = timedelta(hours=1)
"""How far the clock may have been put right between the choice of the items and the entry in the log."""


def check_in_time(receipt: Receipt, entry: Entry, rules: RulesInForce) -> None:
    """Check one receipt that the log names. Raises BadExport, which says what was not within the rules."""
    holds = PLACES.get(receipt.place)
    if holds is None or holds.kind != receipt.kind:
        raise BadExport(f"no place {receipt.place} that holds items of the kind {receipt.kind} is known")
    chosen = time_of(receipt.intended_at)
    if chosen > entry.at + CLOCK:
        raise BadExport(
            f"its items were chosen at {receipt.intended_at}, which entry {entry.index} of the log is before"
        )
    known = rules.at(receipt.rules_sha256, chosen)
    rule = known.rules.get(receipt.item_class)
    if rule is None or _said(rule) != receipt.rule:
        raise BadExport(f"its rule is not the one for {receipt.item_class} in the rules that it names")
    newest = time_of(receipt.clock_until)
    _ended(rule, newest, chosen)
    if not any(_has_ended(known, name, newest, chosen) for name in holds.classes):
        own = " or ".join(holds.classes)
        raise BadExport(f"its items are {own} as well, and by that rule they had to stay at {receipt.intended_at}")


def late_by(receipt: Receipt) -> timedelta:
    """How long after the time by which one of its items had to be gone they were gone; negative where before."""
    return time_of(receipt.checked_at) - time_of(receipt.go_by)


def _said(rule: Rule) -> dict[str, str | None]:
    """A rule as receipts give it."""
    return {
        "keep_at_least": rule.keep_at_least.text if rule.keep_at_least else None,
        "delete_by": rule.delete_by.text if rule.delete_by else None,
        "clock": rule.since.value,
        "legal_basis": rule.legal_basis,
        "standing": rule.standing,
    }


def _ended(rule: Rule, newest: datetime, chosen: datetime) -> None:
    if rule.keep_at_least is not None and rule.keep_at_least.after(newest) > chosen:
        raise BadExport(f"its items had to be kept until {rule.keep_at_least.after(newest):%Y-%m-%d %H:%M:%S}")
    if rule.delete_by is None:
        raise BadExport(f"nothing of the class {rule.name} goes by itself: a person reviews it")
    if rule.ends_with is None and rule.delete_by.after(newest) > chosen + LONGEST_LEAD:
        raise BadExport(f"its items had until {rule.delete_by.after(newest):%Y-%m-%d %H:%M:%S}, and went before")


def _has_ended(known: RuleSet, name: str, newest: datetime, chosen: datetime) -> bool:
    rule = known.rules.get(name)
    if rule is None:
        return False
    try:
        _ended(rule, newest, chosen)
    except BadExport:
        return False
    return True
