"""A receipt is held against the rules: whatever they did not let go is named."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from governance.acts import Act
from governance.entry import Entry
from governance.errors import BadExport
from governance.export.disposed_in_time import CLOCK, LONGEST_LEAD, check_in_time, late_by
from governance.export.rulesets import Period, RulesInForce
from governance.retention.receipt import Receipt
from governance.retention.rules import RuleSet
from tests.governance.export.entries import START

RULES = RuleSet.read()
IN_FORCE = RulesInForce((Period(START - timedelta(days=4_000), None, RULES.sha256),), {RULES.sha256: RULES})
YEAR = timedelta(days=365)
DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)
ENTRY = Entry(9, START, Act("system:retention", "retention.dispose", "kept no longer"))


def form(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%S}.000Z"


def receipt(item_class: str = "anpr-hit", age: timedelta = YEAR, **changes: Any) -> Receipt:
    rule = RULES.rules[item_class]
    said = {
        "keep_at_least": rule.keep_at_least.text if rule.keep_at_least else None,
        "delete_by": rule.delete_by.text if rule.delete_by else None,
        "clock": rule.since.value,
        "legal_basis": rule.legal_basis,
        "standing": rule.standing,
    }
    fields: dict[str, Any] = {
        "batch": "b",
        "force": "met",
        "place": "alerts",
        "kind": "alert",
        "item_class": item_class,
        "rule": said,
        "rules_sha256": RULES.sha256,
        "items": 1,
        "items_sha256": "0" * 64,
        "clock_from": form(START - age),
        "clock_until": form(START - age),
        "go_by": form(START),
        "removed": {},
        "checked": ("database",),
        "intended_at": form(START),
        "removed_at": form(START),
        "checked_at": form(START),
    }
    return Receipt.model_validate(fields | changes)


@pytest.mark.parametrize(
    "good",
    [
        receipt(),
        receipt(age=YEAR - LONGEST_LEAD),
        receipt(age=3 * YEAR),
        receipt("anpr-read", place="reads", kind="read"),
        receipt("anpr-read", place="pictures", kind="image"),
        receipt("session", age=timedelta(days=40), place="sessions", kind="session"),
        receipt(age=YEAR - CLOCK, intended_at=form(START + CLOCK)),
    ],
)
def test_what_had_to_go_could_go(good: Receipt) -> None:
    check_in_time(good, ENTRY, IN_FORCE)


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        (receipt(age=YEAR - LONGEST_LEAD - SECOND), "its items had until 2026-11-24 03:00:01, and went before"),
        (receipt(age=DAY), "its items had to be kept until 2026-12-23 03:00:00"),
        (receipt("session", age=40 * DAY), "are anpr-hit as well, and by that rule they had to stay"),
        (receipt("evidential-mopi-1", age=20 * YEAR), "nothing of the class evidential-mopi-1 goes by itself"),
        (receipt(place="sessions"), "no place sessions that holds items of the kind alert is known"),
        (receipt(place="elsewhere"), "no place elsewhere"),
        (receipt(rules_sha256="f" * 64), "rules ffffffffffffffff that it names were not in force at 2026-11-23"),
        (receipt(rule={"delete_by": "P1D"}), "its rule is not the one for anpr-hit"),
        (
            receipt(item_class="anpr-hit", intended_at=form(START + CLOCK + SECOND)),
            "which entry 9 of the log is before",
        ),
        (receipt(clock_until="2026-99-99T03:04:05.678Z"), "is not a time"),
    ],
)
def test_what_was_not_to_go_is_named(bad: Receipt, said: str) -> None:
    with pytest.raises(BadExport) as caught:
        check_in_time(bad, ENTRY, IN_FORCE)
    assert said in str(caught.value)


def test_how_late_something_went() -> None:
    assert late_by(receipt(go_by=form(START - 3 * DAY))) == 3 * DAY
    assert late_by(receipt(go_by=form(START + DAY))) == -DAY
