"""Fixed places and tracks: between points, outside them, and files that are wrong."""

import csv
import io
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardware.errors import BadTrack
from hardware.position import Track, fixed_position, parse_track, read_track

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)


def track(text: str) -> Track:
    return parse_track(text, starts_at=NOON, name="track.csv")


def test_a_fixed_place_is_the_same_at_every_time() -> None:
    place = fixed_position(51.5, -0.12, accuracy_m=5.0)

    assert place.at(NOON) == place.at(NOON + timedelta(days=9)) == place.position
    assert place.position.source == "fixed"


@pytest.mark.parametrize("latitude_deg", [91.0, -90.1, float("nan")])
def test_a_fixed_place_off_the_earth_is_refused(latitude_deg: float) -> None:
    with pytest.raises(BadTrack, match="not on the Earth"):
        fixed_position(latitude_deg, 0.0)


@pytest.mark.parametrize(
    ("offset_s", "expected"),
    [
        (-0.1, None),
        (0.0, (51.0, 0.0)),
        (2.5, (51.25, 0.5)),
        (10.0, (52.0, 2.0)),
        (15.0, (52.5, 2.0)),
        (20.0, (53.0, 2.0)),
        (20.1, None),
    ],
)
def test_between_points_and_outside(offset_s: float, expected: tuple[float, float] | None) -> None:
    there = track("offset_s,latitude_deg,longitude_deg\n0,51,0\n10,52,2\n20,53,2\n")

    position = there.at(NOON + timedelta(seconds=offset_s))

    assert (position and (position.latitude_deg, position.longitude_deg)) == expected


def test_times_with_a_zone() -> None:
    there = track("time,latitude_deg,longitude_deg\n2026-06-01T13:00:00+01:00,51,0\n2026-06-01T12:00:10Z,52,0\n")

    assert there.points[0].time == NOON
    position = there.at(NOON + timedelta(seconds=5))
    assert position is not None
    assert position.latitude_deg == 51.5


def test_a_track_over_the_date_line_goes_the_short_way() -> None:
    position = track("offset_s,latitude_deg,longitude_deg\n0,0,179\n2,0,-179\n").at(NOON + timedelta(seconds=0.5))

    assert position is not None
    assert position.longitude_deg == pytest.approx(179.5)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "first line does not name the columns"),
        ("offset_s,lat,lon\n0,51,0\n", "give time"),
        ("offset_s,latitude_deg,longitude_deg\n", "has no points"),
        ("offset_s,latitude_deg,longitude_deg\n0,51,0\n0,52,0\n", "line 3: not later than the line before"),
        ("offset_s,latitude_deg,longitude_deg\n0,north,0\n", "line 2: .*north"),
        ("offset_s,latitude_deg,longitude_deg\n0,51\n", "line 2"),
        ("offset_s,latitude_deg,longitude_deg\n0,151,0\n", "line 2: latitude 151.0.*not on the Earth"),
        ("offset_s,latitude_deg,longitude_deg\n1e300,51,0\n", "line 2"),
        ("time,latitude_deg,longitude_deg\n2026-06-01T12:00:00,51,0\n", "line 2: .*no zone"),
        ("time,latitude_deg,longitude_deg\nnoon,51,0\n", "line 2"),
        ("time,latitude_deg,longitude_deg\n,51,0\n", "line 2"),
    ],
)
def test_refused_tracks_name_the_row(text: str, message: str) -> None:
    with pytest.raises(BadTrack, match=message):
        track(text)


def test_a_track_file(tmp_path: Path) -> None:
    path = tmp_path / "drive.csv"
    path.write_text("\ufeffoffset_s, latitude_deg, longitude_deg\n0, 51, 0\n", encoding="utf-8")

    assert read_track(path, starts_at=NOON).points[0].latitude_deg == 51

    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(BadTrack, match="cannot be read"):
        read_track(path, starts_at=NOON)
    with pytest.raises(BadTrack, match="cannot be read"):
        read_track(tmp_path / "gone.csv", starts_at=NOON)


@given(st.text())
def test_any_text_is_a_track_or_refused(text: str) -> None:
    try:
        parsed = track("offset_s,latitude_deg,longitude_deg\n" + text)
    except BadTrack:
        return
    assert parsed.points


places = st.tuples(st.floats(-90, 90), st.floats(-180, 180))


@given(
    st.lists(st.integers(0, 10**6), min_size=1, max_size=8, unique=True).flatmap(
        lambda times: st.tuples(st.just(sorted(times)), st.lists(places, min_size=len(times), max_size=len(times)))
    ),
    st.floats(-10, 1.1e6),
)
def test_a_written_track_reads_back_and_stays_on_the_earth(
    written: tuple[list[int], list[tuple[float, float]]], asked_s: float
) -> None:
    times, at = written
    text = io.StringIO()
    rows = csv.writer(text)
    rows.writerow(["offset_s", "latitude_deg", "longitude_deg"])
    rows.writerows([time, *place] for time, place in zip(times, at, strict=True))

    parsed = track(text.getvalue())
    position = parsed.at(NOON + timedelta(seconds=asked_s))

    for time, place in zip(times, at, strict=True):
        there = parsed.at(NOON + timedelta(seconds=time))
        assert there is not None
        assert (there.latitude_deg, there.longitude_deg) == place
    assert (position is not None) == (times[0] <= round(asked_s, 6) <= times[-1])
    if position is not None:
        assert -90 <= position.latitude_deg <= 90
        assert -180 <= position.longitude_deg <= 180
