"""What is typed at the command line, as a search: times of London's clocks, places, marks."""

from datetime import UTC, datetime

import pytest

from lanthorn.errors import LanthornError
from lanthorn.search_request import moment_of, place_of

AT = datetime(2026, 11, 23, 3, 4, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("typed", "begins", "ends"),
    [
        ("2026-11-23", "2026-11-23T00:00Z", "2026-11-24T00:00Z"),
        ("2026-07-01", "2026-06-30T23:00Z", "2026-07-01T23:00Z"),
        ("2026-12-31", "2026-12-31T00:00Z", "2027-01-01T00:00Z"),
        (" 2026-07-01T18:00 ", "2026-07-01T17:00Z", "2026-07-01T17:00Z"),
        ("2026-07-01 18:00", "2026-07-01T17:00Z", "2026-07-01T17:00Z"),
        ("2026-07-01T18:00Z", "2026-07-01T18:00Z", "2026-07-01T18:00Z"),
        ("2026-07-01T18:00+05:00", "2026-07-01T13:00Z", "2026-07-01T13:00Z"),
        ("2026-10-25T01:30", "2026-10-25T00:30Z", "2026-10-25T01:30Z"),
        ("2026-03-29", "2026-03-29T00:00Z", "2026-03-29T23:00Z"),
        ("Now", "2026-11-23T03:05Z", "2026-11-23T03:05Z"),
    ],
)
def test_a_time_is_londons_unless_it_says_otherwise(typed: str, begins: str, ends: str) -> None:
    assert moment_of("--from", typed, AT, ends=False) == datetime.fromisoformat(begins)
    assert moment_of("--until", typed, AT, ends=True) == datetime.fromisoformat(ends)


@pytest.mark.parametrize("typed", ["", "soon", "23/11/2026", "2026-02-30", "9999-12-31", "2026-11-23T25:00"])
def test_what_is_no_time_is_refused_with_what_is(typed: str) -> None:
    with pytest.raises(LanthornError, match=r"--until .* is no time: give 2026-11-23, "):
        moment_of("--until", typed, AT, ends=True)


@pytest.mark.parametrize(
    ("near", "within_m", "box", "says"),
    [
        ("51.5,-0.1", None, "", "--within-m METRES"),
        ("", 500.0, "", "--near LATITUDE,LONGITUDE"),
        ("51.5,-0.1", 500.0, "1,2,3,4", "not both"),
        ("51.5", 500.0, "", "is not LATITUDE,LONGITUDE"),
        ("here,there", 500.0, "", "is not LATITUDE,LONGITUDE"),
        ("", None, "1,2,3", "is not SOUTH,WEST,NORTH,EAST"),
    ],
)
def test_half_a_place_is_refused(near: str, within_m: float | None, box: str, says: str) -> None:
    with pytest.raises(LanthornError, match=says):
        place_of(near, within_m, box)


def test_a_place_is_a_circle_a_box_or_none() -> None:
    assert place_of("", None, "") is None
    assert place_of("51.5; -0.1", 5.0, "") == {"latitude": 51.5, "longitude": -0.1, "radius_m": 5.0}
    assert place_of("", None, "1 2 3 4") == {"south": 1.0, "west": 2.0, "north": 3.0, "east": 4.0}
