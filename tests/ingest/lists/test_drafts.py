"""What an entry must have, and how an expiry may be written."""

from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.errors import EntryRefused
from ingest.lists.drafts import EntryDraft, checked, expiry_of

NOW = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
GOOD = EntryDraft("ab12 cde", " Seen  twice ", "ACT", "Stop", ("Violent", " "), "DC 2", NOW + timedelta(days=1), "AO-7")


def test_a_good_draft_is_kept_in_one_form() -> None:
    kept = checked(GOOD, NOW)
    assert (kept.vrm, kept.reason, kept.risk_warnings) == ("AB12CDE", "Seen twice", ("Violent",))
    assert checked(kept, NOW) == kept


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"vrm": ""}, "vrm is empty"),
        ({"vrm": "A"}, "vrm 'A' is not"),
        ({"vrm": "A" * 13}, "is not 2 to 12"),
        ({"vrm": "AB12-CDE"}, "is not 2 to 12"),
        ({"vrm": "АВ12"}, "is not 2 to 12"),  # noqa: RUF001 - Cyrillic letters that look Latin
        ({"reason": " "}, "reason is empty"),
        ({"authority": ""}, "authority is empty"),
        ({"owner": ""}, "owner is empty"),
        ({"reason": "x" * 501}, "reason has 501 characters"),
        ({"owner": "x" * 81}, "owner has 81"),
        ({"marker": "x" * 41}, "marker has 41"),
        ({"action": "a\x00b"}, "action holds characters"),
        ({"reason": "a\u202eb"}, "reason holds characters"),
        ({"risk_warnings": tuple("abcdefghi")}, "9 warnings"),
        ({"expires_at": NOW}, "expires at 03:00 on 23 November 2026, which is in the past"),
        ({"expires_at": datetime(2021, 1, 1, tzinfo=UTC)}, "at the end of 31 December 2020, which is in the past"),
        (
            {"expires_at": datetime(2030, 2, 1, tzinfo=UTC)},
            r"at the end of 31 January 2030; the end of 24 November 2027 is the latest \(366 days from now\)",
        ),
        ({"expires_at": NOW.replace(tzinfo=None)}, "no time zone"),
    ],
)
def test_each_fault_is_named(change: dict[str, Any], says: str) -> None:
    with pytest.raises(EntryRefused, match=says):
        checked(replace(GOOD, **change), NOW)


@pytest.mark.parametrize(
    ("now", "days", "last"),
    [
        (NOW, 366, "2027-11-24"),
        (NOW, 1, "2026-11-24"),
        (datetime(2027, 3, 1, 23, 59, tzinfo=UTC), 366, "2028-03-01"),
        (datetime(2026, 6, 1, 23, 30, tzinfo=timezone(timedelta(hours=1))), 28, "2026-06-29"),
    ],
)
def test_an_entry_may_stay_to_the_end_of_the_last_day_and_no_longer(now: datetime, days: int, last: str) -> None:
    at = expiry_of(last)
    assert checked(replace(GOOD, expires_at=at), now, days).expires_at == at
    with pytest.raises(EntryRefused, match="is the latest"):
        checked(replace(GOOD, expires_at=at + timedelta(milliseconds=1)), now, days)


def test_all_faults_are_named_together() -> None:
    with pytest.raises(EntryRefused) as caught:
        checked(replace(GOOD, vrm="", reason="", owner=""), NOW)
    assert len(caught.value.reasons) == 3


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("2026-12-31", datetime(2027, 1, 1, tzinfo=UTC)),
        (" 31/12/2026 ", datetime(2027, 1, 1, tzinfo=UTC)),
        ("1/2/2027", datetime(2027, 2, 2, tzinfo=UTC)),
        ("2026-12-31T18:00Z", datetime(2026, 12, 31, 18, tzinfo=UTC)),
        ("2026-12-31 18:00+01:00", datetime(2026, 12, 31, 17, tzinfo=UTC)),
    ],
)
def test_expiries_that_are_understood(text: str, at: datetime) -> None:
    assert expiry_of(text) == at


@pytest.mark.parametrize(
    "text", ["", "soon", "31-12-2026", "12/31/2026", "2026-02-30", "2026-12-31T18:00", "9999-12-31", "31/12/26"]
)
def test_expiries_that_are_not(text: str) -> None:
    with pytest.raises(ValueError, match="is not a date"):
        expiry_of(text)


@given(st.text(max_size=30))
def test_any_text_is_an_expiry_or_is_refused(text: str) -> None:
    with suppress(ValueError):
        assert expiry_of(text).tzinfo is UTC
