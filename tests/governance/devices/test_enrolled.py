"""When a message under an enrolled key is to be believed."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from governance.devices.enrolled import CLOCK_GRACE, EnrolledKey, fault_of
from governance.keys import PrivateKey

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
DAY = timedelta(days=1)
KEY = EnrolledKey("car-7", PrivateKey.new().public, NOW - 30 * DAY, NOW + 60 * DAY)


@pytest.mark.parametrize(
    ("key", "device", "made_at", "says"),
    [
        (KEY, "car-7", NOW, ""),
        (KEY, "car-8", NOW, "was enrolled for car-7, not for car-8"),
        (KEY, "car-7", NOW - 400 * DAY, ""),  # a clock that stands at its factory's date signs all the same
        (replace(KEY, ends_at=NOW - DAY), "car-7", NOW - 2 * DAY, ""),  # made in time, late to arrive
        (replace(KEY, ends_at=NOW - DAY), "car-7", NOW - DAY + CLOCK_GRACE, ""),
        (replace(KEY, ends_at=NOW - 3 * DAY), "car-7", NOW, "ended on 2026-11-20"),
        (replace(KEY, revoked_at=NOW), "car-7", NOW - DAY, "was revoked on 2026-11-23"),
        (replace(KEY, revoked_at=NOW + DAY), "car-7", NOW, ""),
    ],
)
def test_the_table(key: EnrolledKey, device: str, made_at: datetime, says: str) -> None:
    fault = fault_of(key, device, made_at, NOW)
    assert says in fault
    assert bool(fault) == bool(says)
