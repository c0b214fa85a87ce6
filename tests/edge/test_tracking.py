"""Plates are followed by place and text: never two vehicles as one, seldom one as two."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.tracking import MAX_SIGHTINGS, Box, Sighting, Track, Tracker, box_of, distance_widths, join_cost, overlap
from models.plates.reading import PlateReading

START = datetime(2026, 11, 23, 3, 4, 5, tzinfo=UTC)
MakeReading = Callable[..., PlateReading]


def after(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def test_overlap_and_distance() -> None:
    box = Box(0, 0, 100, 20)

    assert overlap(box, box) == 1
    assert overlap(box, box.moved(50, 0)) == pytest.approx(1 / 3)
    assert overlap(box, box.moved(200, 0)) == 0
    assert overlap(Box(0, 0, 0, 0), Box(0, 0, 0, 0)) == 0
    assert distance_widths(box, box.moved(0, 50)) == 0.5


def test_the_box_goes_round_a_tilted_plate(reading: MakeReading) -> None:
    tilted = reading("AB12CDE")
    tilted.corners[:] = [[10, 0], [110, 30], [105, 55], [5, 25]]

    assert box_of(tilted) == Box(5, 0, 110, 55)


@pytest.mark.parametrize(
    ("text", "x", "seconds", "joins"),
    [
        ("LT23CGK", 1200.0, 1.0, True),  # the same mark, right across the picture
        ("LTZ3CGK", 100.0, 1.0, True),  # one character wrong, near
        ("LTZ3CGK", 1200.0, 1.0, True),  # 11 widths in a second: 13 mph across the view
        ("LTZ3CGK", 1200.0, 0.1, False),  # the same in a tenth of it: no
        ("LTZ3CG", 180.0, 1.0, True),  # two wrong, near
        ("LTZ3CG", 1200.0, 1.0, False),  # two wrong, far
        ("LT2", 180.0, 1.0, True),  # half hidden, near
        ("LT2", 700.0, 1.0, False),  # half hidden, far
        ("AB99XYZ", 100.0, 1.0, False),  # another mark where this one was: the next car in the queue
        ("AB99XYZ", 110.0, 0.1, True),  # another text in the same place at once: the same plate, badly read
        ("AB99XYZ", 200.0, 0.1, False),  # another text beside it
    ],
)
def test_what_joins_a_track(reading: MakeReading, text: str, x: float, seconds: float, joins: bool) -> None:
    track = Track.begin(Sighting(START, 0, reading("LT23CGK")))

    cost = join_cost(track, Sighting(after(seconds), 1, reading(text, x=x)))

    assert (cost is not None) == joins


def test_a_moving_plate_is_expected_where_its_velocity_takes_it(reading: MakeReading) -> None:
    track = Track.begin(Sighting(START, 0, reading("LT23CGK", x=100.0)))
    track.add(Sighting(after(0.5), 1, reading("LT23CGK", x=300.0)))

    assert track.expected(after(1.0)) == box_of(reading("LT23CGK", x=500.0))


def test_two_sightings_at_one_instant_give_no_velocity(reading: MakeReading) -> None:
    track = Track.begin(Sighting(START, 0, reading("LT23CGK", x=100.0)))
    track.add(Sighting(START, 1, reading("LT23CGK", x=300.0)))

    assert track.expected(after(1.0)) == box_of(reading("LT23CGK", x=300.0))


def test_one_plate_is_one_track(reading: MakeReading) -> None:
    tracker = Tracker()
    tracks = {tracker.follow(after(t / 2), t, [reading("LT23CGK", x=100.0 + 150 * t)]).seen for t in range(8)}

    assert len(tracks) == 1
    assert tracker.end_all()[0].seen_in == 8


def test_a_bad_reading_between_does_not_break_a_track(reading: MakeReading) -> None:
    tracker = Tracker()
    texts = ["LT23CGK", "LT23CQK", "1T23CQK", "LT23CGK"]
    for number, text in enumerate(texts):
        tracker.follow(after(number / 2), number, [reading(text, x=100.0 + 20 * number)])

    assert [track.seen_in for track in tracker.end_all()] == [4]


def test_two_fleet_cars_side_by_side_stay_two(reading: MakeReading) -> None:
    tracker = Tracker()
    for number in range(6):
        left, right = reading("LT23CGK", x=100.0 + 30 * number), reading("LT23CGL", x=500.0 - 30 * number)
        tracker.follow(after(number / 2), number, [right, left] if number % 2 else [left, right])

    ended = tracker.end_all()

    assert sorted({s.reading.text for s in track.sightings}.pop() for track in ended) == ["LT23CGK", "LT23CGL"]
    assert [track.seen_in for track in ended] == [6, 6]


def test_one_frame_gives_a_track_at_most_one_sighting(reading: MakeReading) -> None:
    tracker = Tracker()
    tracker.follow(START, 0, [reading("LT23CGK")])

    followed = tracker.follow(after(0.5), 1, [reading("LT23CGK", x=110.0), reading("LT23CGK", x=400.0)])

    assert [track.seen_in for track in followed.seen] == [2, 1]


@pytest.mark.parametrize(("gap_s", "ended"), [(2.9, 0), (3.0, 0), (3.1, 1)])
def test_a_track_ends_when_it_is_lost_for_long_enough(reading: MakeReading, gap_s: float, ended: int) -> None:
    tracker = Tracker(lost_after_s=3.0)
    tracker.follow(START, 0, [reading("LT23CGK")])

    assert len(tracker.follow(after(gap_s), 1, []).ended) == ended


def test_frames_that_go_back_in_time_end_every_track(reading: MakeReading) -> None:
    tracker = Tracker()
    tracker.follow(START, 0, [reading("LT23CGK"), reading("AB99XYZ", y=400.0)])

    followed = tracker.follow(after(-0.1), 1, [reading("LT23CGK")])

    assert len(followed.ended) == 2
    assert [track.seen_in for track in followed.seen] == [1]


def test_a_track_keeps_its_latest_sightings_only(reading: MakeReading) -> None:
    tracker = Tracker()
    for number in range(MAX_SIGHTINGS + 10):
        tracker.follow(after(number), number, [reading("LT23CGK")])

    (track,) = tracker.end_all()

    assert len(track.sightings) == MAX_SIGHTINGS
    assert track.seen_in == MAX_SIGHTINGS + 10
    assert (track.first_seen, track.last_seen) == (START, after(MAX_SIGHTINGS + 9))


@given(
    st.lists(
        st.lists(
            st.tuples(st.sampled_from(["LT23CGK", "LT23CGL", "DX17ZWH", "AB99XYZ"]), st.floats(0, 1300)), max_size=4
        ),
        max_size=12,
    )
)
def test_every_reading_is_in_exactly_one_track(reading: MakeReading, frames: list[list[tuple[str, float]]]) -> None:
    tracker = Tracker()
    ended = []
    for number, plates in enumerate(frames):
        followed = tracker.follow(after(number * 0.7), number, [reading(text, x=x) for text, x in plates])
        assert len(followed.seen) == len(plates)
        assert len(set(map(id, followed.seen))) == len(plates)
        ended += followed.ended
    ended += tracker.end_all()

    assert sum(track.seen_in for track in ended) == sum(map(len, frames))
    assert tracker.end_all() == ()
