"""From frames to passes: one read for each vehicle, as soon as it is sure, and an account of every frame."""

import hashlib
import logging
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.marks import canonical
from hardware.errors import CameraLost
from ingest.contract.codec import decode, encode
from ingest.contract.messages import ImageMessage, ImageRole
from models.plates.reading import MarkKind
from tests.edge.scripted import DIGEST, FOREIGN, START, Drive, MakeReading


def test_a_vehicle_seen_in_many_frames_is_one_read(reading: MakeReading) -> None:
    drive = Drive([[reading("LT23CGK", 0.9, x=100.0 + 80 * n)] for n in range(10)])

    assert drive.marks() == ["LT23CGK"]
    assert drive.counters.value("reads_made") == 1


def test_a_sure_reading_is_told_at_its_first_frame(reading: MakeReading) -> None:
    drive = Drive([[reading("LT23CGK", 0.97)]] * 6)

    first = next(drive.stream)

    assert drive.pipeline.summary().looked_at == 1
    assert first.read.frames_read == 1
    assert drive.all() == []


def test_a_less_sure_one_is_told_when_a_second_frame_agrees(reading: MakeReading) -> None:
    drive = Drive([[reading("LT23CGK", 0.8)], [], [reading("LT23CGK", 0.75)], [reading("LT23CGK", 0.8)]])

    next(drive.stream)

    assert drive.pipeline.summary().looked_at == 3


def test_an_unsure_one_waits_for_its_end(reading: MakeReading) -> None:
    drive = Drive([[reading("LT23CGK", 0.65)], *[[]] * 10])

    next(drive.stream)

    assert drive.pipeline.summary().looked_at == 8  # 3.5 s: the first frame more than lost_after_s later


def test_what_is_in_view_when_the_camera_ends_is_settled(reading: MakeReading) -> None:
    assert Drive([[reading("LT23CGK", 0.65)]]).marks() == ["LT23CGK"]


def test_what_is_in_view_when_the_camera_is_lost_is_settled_before_the_error(reading: MakeReading) -> None:
    drive = Drive([[reading("LT23CGK", 0.65)]], lost=True)

    assert next(drive.stream).read.vrm == "LT23CGK"
    with pytest.raises(CameraLost):
        next(drive.stream)


def test_the_read_says_what_the_pass_was(reading: MakeReading) -> None:
    small, large = reading("DX17ZWH", 0.8, x=200.0, width=80.0), reading("DXI7ZWH", 0.9, x=300.0, width=160.0)
    (told,) = Drive([[small], [large], [small]]).all()
    read = told.read

    assert read.vrm == "DX17ZWH"
    assert read.as_read == "DXI7ZWH"
    assert read.mark_kind == "current"
    assert read.camera_id == "front"
    assert "".join(c.char for c in read.characters) == "DX17ZWH"
    assert read.confidence == pytest.approx(0.9**7)
    assert read.captured_at == START + timedelta(seconds=0.5)
    assert (read.first_seen, read.last_seen) == (START, START + timedelta(seconds=0.5))
    assert read.frames_read == 2
    assert read.position is not None
    assert (read.position.latitude_deg, read.position.source) == (51.5, "fixed")
    assert read.clock_error_ms == 12.5
    assert read.models == {"scripted": DIGEST}
    assert read.software == "lanthorn test"
    assert told.told_at == START + timedelta(seconds=1)
    assert told.capture_to_told_ms == pytest.approx(500)


def test_the_pictures_are_those_of_the_best_frame_and_fit_the_wire(reading: MakeReading) -> None:
    script = [[reading("LT23CGK", 0.75, width=90.0)], [reading("LT23CGK", 0.9, width=180.0)]]
    (told,) = Drive(script).all()

    patch, whole = told.pictures

    assert [p.header.role for p in told.pictures] == [ImageRole.PLATE_PATCH, ImageRole.OVERVIEW]
    assert [(p.header.image_id, p.header.sha256) for p in told.pictures] == [
        (ref.image_id, ref.sha256) for ref in told.read.images
    ]
    for picture in told.pictures:
        assert picture.header.read_id == told.read.read_id
        assert picture.header.sha256 == hashlib.sha256(picture.data).hexdigest()
        message = ImageMessage(
            id=UUID(int=1), device="car-1", stream=UUID(int=2), seq=1, made_at=START, body=picture.header
        )
        assert decode(encode(message, picture.data)) == (message, picture.data)
    shade = cv2.imdecode(np.frombuffer(whole.data, np.uint8), cv2.IMREAD_COLOR)
    assert shade is not None
    assert abs(float(shade.mean()) - 10) < 2
    assert patch.header.width_px > 150


@pytest.mark.parametrize(
    ("frames", "confidence", "kind", "told"),
    [
        (1, 0.99, FOREIGN, 0),
        (2, 0.99, FOREIGN, 0),
        (3, 0.99, FOREIGN, 1),
        (9, 0.50, FOREIGN, 0),
        (1, 0.45, MarkKind.CURRENT, 0),
        (2, 0.50, MarkKind.CURRENT, 1),
    ],
)
def test_writing_that_may_be_no_plate_needs_more_evidence(
    reading: MakeReading, frames: int, confidence: float, kind: MarkKind, told: int
) -> None:
    text = "WXK4471B" if kind is FOREIGN else "LT23CGK"
    drive = Drive([[reading(text, confidence, kind=kind)]] * frames)

    assert len(drive.all()) == told
    assert drive.counters.value("tracks_not_plates") == 1 - told


def test_a_drop_is_logged_without_the_mark(reading: MakeReading, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        Drive([[reading("WXK4471B", 0.9, kind=FOREIGN)]]).all()

    assert [record.levelno for record in caplog.records] == [logging.WARNING]
    assert "WXK4471B" not in caplog.text


def test_a_plate_that_comes_out_from_behind_a_bus_is_told_whole_and_once(reading: MakeReading) -> None:
    texts = ["LT2", "LT23", "LT23", "LT23", "LT23C", "LT23CG", "LT23CGK", "LT23CGK", "LT23CGK"]
    kinds = {4: MarkKind.DATELESS, 7: MarkKind.CURRENT}
    plates = [reading(text, 0.99, kind=kinds.get(len(text), FOREIGN), width=14.0 * len(text)) for text in texts]

    drive = Drive([[plate] for plate in plates], [0.2 * n for n in range(len(texts))])

    assert drive.marks() == ["LT23CGK"]
    assert drive.counters.snapshot().get("reads_contradicted", 0) == 0


def test_a_mark_half_hidden_soon_after_it_was_told_is_the_same_vehicle(reading: MakeReading) -> None:
    whole, half = [reading("LT23CGK", 0.97)], [reading("LT23", 0.99, kind=MarkKind.DATELESS)]

    drive = Drive([whole, whole, half, half, half], [0, 0.5, 8, 8.5, 9])

    assert drive.marks() == ["LT23CGK"]
    assert drive.counters.value("reads_repeated") == 1


def test_a_sign_that_the_grammar_made_a_mark_of_is_not_told(reading: MakeReading) -> None:
    sign = replace(reading("CYC151S", 0.9, kind=MarkKind.SUFFIX), as_read="CYCISIS")

    assert Drive([[sign]]).marks() == []


def test_several_plates_a_frame_are_several_reads(reading: MakeReading) -> None:
    frames = [[reading("LT23CGK", x=100.0 + 40 * n), reading("DX17ZWH", x=900.0 - 40 * n)] for n in range(5)]

    assert sorted(Drive(frames).marks()) == ["DX17ZWH", "LT23CGK"]


@pytest.mark.parametrize(("gap_s", "reads"), [(2.0, 1), (10.0, 1), (29.0, 1), (31.0, 2)])
def test_a_vehicle_lost_briefly_is_not_read_twice(reading: MakeReading, gap_s: float, reads: int) -> None:
    plate = [reading("LT23CGK", 0.97)]
    drive = Drive([plate, plate, plate, plate], [0, 0.5, 0.5 + gap_s, 1 + gap_s])

    assert len(drive.all()) == reads


def test_the_time_to_be_forgotten_counts_from_the_last_sighting(reading: MakeReading) -> None:
    plate = [reading("LT23CGK", 0.97)]
    long_in_view = [2.0 * n for n in range(40)]

    drive = Drive([plate] * 41, [*long_in_view, 78 + 20])

    assert len(drive.all()) == 1
    assert drive.counters.value("reads_repeated") == 1


def test_a_mark_that_was_unsure_for_long_does_not_make_the_others_forgotten(reading: MakeReading) -> None:
    """The late vote of one vehicle must not clear the memory of another that has just been told."""
    unsure, sure = reading("DX17ZWH", 0.5, y=500.0), reading("LT23CGK", 0.97)
    script = [[unsure] for _ in range(40)] + [[sure], *[[]] * 4, [reading("DX17ZWH", 0.97, y=500.0)], [sure]]
    times = [1.0 * n for n in range(40)] + [40.0, 41.0, 42.0, 43.0, 43.5, 43.9, 50.0]

    assert sorted(Drive(script, times).marks()) == ["DX17ZWH", "LT23CGK"]


def test_one_plate_found_twice_in_a_frame_is_one_read(reading: MakeReading) -> None:
    frames = [[reading("LT23CGK", 0.97), reading("LT23CGK", 0.96, x=105.0)]] * 3

    assert Drive(frames).marks() == ["LT23CGK"]


def test_footage_that_begins_again_is_the_same_pass_again(reading: MakeReading) -> None:
    plate = [reading("LT23CGK", 0.97)]

    assert Drive([plate] * 4, [0, 0.5, 0, 0.5]).marks() == ["LT23CGK"]


def test_a_pass_told_and_then_contradicted_is_counted_once_and_not_told_again(
    reading: MakeReading, caplog: pytest.LogCaptureFixture
) -> None:
    drive = Drive([[reading("LT23CGK", 0.96)], *[[reading("LT23CQK", 0.99)]] * 5])

    assert drive.marks() == ["LT23CGK"]
    assert drive.counters.value("reads_contradicted") == 1
    assert "CGK" not in caplog.text
    assert "CQK" not in caplog.text


@settings(max_examples=40)  # each told pass encodes two real pictures
@given(
    st.lists(
        st.lists(
            st.tuples(
                st.sampled_from(["LT23CGK", "LT23CQK", "DX17ZWH", "AB12"]),
                st.floats(0.3, 1.0),
                st.floats(10, 1200),
                st.floats(10, 700),
            ),
            max_size=3,
        ),
        max_size=10,
    )
)
def test_no_mark_is_told_twice_within_the_time_to_rejoin(
    reading: MakeReading, frames: list[list[tuple[str, float, float, float]]]
) -> None:
    drive = Drive([[reading(text, sure, x=x, y=y) for text, sure, x, y in plates] for plates in frames])

    marks = [canonical(mark) for mark in drive.marks()]

    assert len(marks) == len(set(marks))
    assert drive.pipeline.summary().passes == len(marks)
    assert len(marks) <= sum(map(len, frames))
