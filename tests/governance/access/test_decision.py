"""Whether a search may be made as it was asked: each refusal by name, and what each tells the person to do."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from governance.access.decision import Asked, Reason, fixed_characters, is_pattern, tier_of
from governance.access.rules import AccessRules, Tier

RULES = AccessRules.read()
NOW = datetime(2026, 11, 23, 3, 4, 5, tzinfo=UTC)
ASKED = Asked("crime", "CR/1", "DI Drawn", "", ("AB12CDE",), False, NOW - timedelta(days=7), NOW)
OLD = replace(ASKED, purpose="serious-crime", authority="A-2026-1", start=NOW - timedelta(days=200))


def refused(asked):
    found = tier_of(asked, NOW, RULES)
    return [] if isinstance(found, Tier) else [fault.reason for fault in found]


@pytest.mark.parametrize(
    ("asked", "reasons"),
    [
        (ASKED, []),
        (replace(ASKED, purpose="curiosity"), [Reason.UNKNOWN_PURPOSE]),
        (replace(ASKED, reference=""), [Reason.NO_REFERENCE]),
        (replace(ASKED, on_behalf_of=""), [Reason.NOT_ON_BEHALF]),
        (replace(ASKED, until=ASKED.start), [Reason.NO_TIME]),
        (replace(ASKED, start=NOW, until=NOW + timedelta(days=1)), [Reason.NO_TIME]),
        (replace(ASKED, until=NOW + timedelta(days=1)), []),
        (replace(ASKED, start=NOW - timedelta(days=400)), [Reason.TOO_OLD]),
        (OLD, []),
        (replace(OLD, purpose="crime"), [Reason.NOT_SERIOUS]),
        (replace(OLD, authority=""), [Reason.NO_AUTHORITY]),
        (replace(OLD, purpose="crime", authority=""), [Reason.NOT_SERIOUS, Reason.NO_AUTHORITY]),
        (replace(ASKED, marks=("AB1*",)), []),
        (replace(ASKED, marks=("AB*",)), [Reason.TOO_FEW_CHARACTERS]),
        (replace(ASKED, marks=("AB12CDE", "A?B*")), [Reason.TOO_FEW_CHARACTERS]),
        (replace(OLD, marks=("AB1*",)), [Reason.TOO_FEW_CHARACTERS]),
        (replace(OLD, marks=("AB12*",)), []),
        (replace(ASKED, marks=()), [Reason.NOTHING_NAMED, Reason.TOO_LONG]),
        (replace(ASKED, marks=(), narrowed=True), [Reason.TOO_LONG]),
        (replace(ASKED, marks=(), narrowed=True, start=NOW - timedelta(hours=24)), []),
        (replace(ASKED, marks=("?B12CDE",)), [Reason.TOO_LONG]),
        (replace(ASKED, marks=("?B12CDE",), start=NOW - timedelta(hours=24)), []),
        (
            replace(OLD, marks=(), narrowed=True, until=OLD.start + timedelta(hours=6, milliseconds=1)),
            [Reason.TOO_LONG],
        ),
        (replace(OLD, marks=(), narrowed=True, until=OLD.start + timedelta(hours=6)), []),
        (
            replace(ASKED, purpose="", reference="", on_behalf_of="", until=ASKED.start),
            [Reason.UNKNOWN_PURPOSE, Reason.NO_REFERENCE, Reason.NOT_ON_BEHALF, Reason.NO_TIME],
        ),
    ],
)
def test_every_fault_is_named(asked, reasons):
    assert refused(asked) == reasons


def test_a_refusal_says_what_to_do_and_no_mark():
    old = replace(OLD, purpose="crime", authority="", marks=("AB*",))
    words = " ".join(fault.words for fault in tier_of(old, NOW, RULES))
    assert "ask an authorising officer" in words
    assert "begin on 25 August 2026, 05:00 by London's clocks, or later" in words
    assert "AB" not in words


@pytest.mark.parametrize(("mark", "fixed", "pattern"), [("AB12", 4, False), ("A?1*", 2, True), ("*", 0, True)])
def test_wildcards(mark, fixed, pattern):
    assert fixed_characters(mark) == fixed
    assert is_pattern(mark) is pattern
