"""What the pipeline makes of single frames and pictures: stills, cut-off plates, refusals, the account."""

import numpy as np
import pytest

from edge.pipeline import touches_edge
from tests.edge.scripted import FOREIGN, Drive, MakeReading


def test_each_still_is_a_pass_of_its_own(reading: MakeReading) -> None:
    same = [reading("LT23CGK", 0.9)]

    assert Drive([same, same, []], still=True).marks() == ["LT23CGK", "LT23CGK"]


def test_a_mark_twice_in_one_still_is_one_vehicle(reading: MakeReading) -> None:
    plates = [reading("LT23CGK", 0.9), reading("LT23CGK", 0.8, x=400.0), reading("DX17ZWH", 0.9, x=800.0)]

    drive = Drive([plates], still=True)

    assert drive.marks() == ["LT23CGK", "DX17ZWH"]
    assert drive.counters.value("reads_repeated") == 1


def test_a_still_needs_only_itself_but_not_less_than_its_bar(reading: MakeReading) -> None:
    plates = [reading("WXK4471B", 0.9, kind=FOREIGN), reading("ZZZ999XX", 0.3, x=600.0, kind=FOREIGN)]

    drive = Drive([plates], still=True)

    assert drive.marks() == ["WXK4471B"]
    assert drive.counters.value("tracks_not_plates") == 1


def test_a_plate_cut_by_the_picture_s_edge_is_not_read(reading: MakeReading) -> None:
    drive = Drive([[reading("T23CGK", 0.99, x=0.0)], [reading("LT23CGK", 0.97, x=60.0)]])

    assert drive.marks() == ["LT23CGK"]
    assert drive.counters.value("plates_cut_off") == 1


@pytest.mark.parametrize("still", [False, True])
def test_text_that_no_mark_can_be_is_counted_and_passed_over(reading: MakeReading, still: bool) -> None:
    plates = [
        reading("", 0.9),
        reading("ABCDEFGHJKLMN", 0.99, y=300.0, kind=FOREIGN),
        reading("LT23CGK", 0.97, y=500.0),
    ]

    drive = Drive([plates] * 3, still=still)

    assert set(drive.marks()) == {"LT23CGK"}
    assert drive.counters.value("plates_of_no_length") == 6


@pytest.mark.parametrize(
    ("x", "y", "touches"),
    [(100.0, 100.0, False), (2.0, 100.0, True), (100.0, 1.0, True), (1298.0, 100.0, True), (100.0, 777.0, True)],
)
def test_touching_the_edge(reading: MakeReading, x: float, y: float, touches: bool) -> None:
    assert touches_edge(reading("LT23CGK", x=x, y=y), np.zeros((800, 1400, 3), np.uint8)) == touches


def test_a_frame_that_the_reader_refuses_is_counted_and_passed_over(
    reading: MakeReading, caplog: pytest.LogCaptureFixture
) -> None:
    plate = [reading("LT23CGK", 0.8)]

    drive = Drive([plate, None, plate])

    assert drive.marks() == ["LT23CGK"]
    assert drive.counters.value("frames_refused") == 1
    assert "frame 1 was refused by the reader" in caplog.text
    assert str(drive.pipeline.summary()) == "looked at 2 of 3 frames (1 refused by the reader)"


def test_the_account_includes_what_the_camera_skipped(reading: MakeReading) -> None:
    drive = Drive([[]] * 49, skips=2)

    assert drive.marks() == []
    assert str(drive.pipeline.summary()) == "looked at 49 of 147 frames"
    assert drive.counters.value("frames_looked_at") == 49
