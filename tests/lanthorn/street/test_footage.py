"""The drawn clip: a file that reads back, the same each time, with each plate where the truth says it is."""

from datetime import date
from itertools import islice
from pathlib import Path

import cv2
import numpy as np
import pytest

from hardware.video import VideoFile
from lanthorn.street.footage import NotDrawn, draw_street, street_frames
from lanthorn.street.lens import HEIGHT_PX, WIDTH_PX, Lens
from lanthorn.street.motion import schedule, shake_px, truth
from lanthorn.street.passes import DEMO_PASSES, Body, PassTruth, StreetPass, Way
from lanthorn.street.vehicles import draw_vehicle, plate_up_m
from models.drawing.plates import PlateStyle, draw_plate
from models.opening import open_plate_reader
from models.plates.reading import MarkKind

ONE_PASS = (StreetPass("LV21 KXD", Way.AHEAD, Body.HATCHBACK, (150, 70, 30)),)


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[PassTruth], list[tuple[int, int]]]:
    path = tmp_path_factory.mktemp("street") / "street.mp4"
    progress: list[tuple[int, int]] = []
    there = draw_street(path, ONE_PASS, on_progress=lambda done, total: progress.append((done, total)))
    return path, there, progress


def test_the_clip_reads_back_whole(clip: tuple[Path, list[PassTruth], list[tuple[int, int]]]) -> None:
    path, there, progress = clip
    total = schedule(ONE_PASS).frames

    with VideoFile(path) as video:
        shapes = {image.shape for _, image in video.frames()}
        assert (video.frames_read, video.frame_count, video.frames_per_second) == (total, total, 25.0)

    assert shapes == {(HEIGHT_PX, WIDTH_PX, 3)}
    assert progress == [(done, total) for done in range(1, total + 1)]
    assert [item.mark for item in there] == ["LV21KXD"]


def test_the_plate_is_where_the_truth_says(clip: tuple[Path, list[PassTruth], list[tuple[int, int]]]) -> None:
    path, (item,), _ = clip
    (drive,) = schedule(ONE_PASS).drives
    up_m = plate_up_m(Way.AHEAD, Body.HATCHBACK)
    asked = (item.first_frame + 20, (item.first_frame + item.last_frame) // 2, item.last_frame - 25)

    with VideoFile(path) as video:
        frames = {number: image.copy() for number, (_, image) in enumerate(video.frames()) if number in asked}

    for number, image in frames.items():
        step = number - drive.start
        lens = Lens().shaken(*shake_px(number))
        right_m, ahead_m = drive.right_m[step], drive.ahead_m[step]
        corners = lens.points([right_m - 0.26, right_m + 0.26], [up_m + 0.0555, up_m - 0.0555], ahead_m)
        (left, top), (right, foot) = np.round(corners).astype(int)
        seen = cv2.cvtColor(image[top:foot, left:right], cv2.COLOR_BGR2GRAY)
        drawn = draw_plate("LV21 KXD", style=PlateStyle.REAR, px_per_mm=0.4)
        wanted = cv2.cvtColor(
            cv2.resize(drawn, (seen.shape[1], seen.shape[0]), interpolation=cv2.INTER_AREA), cv2.COLOR_BGR2GRAY
        )
        assert np.corrcoef(seen.ravel(), wanted.ravel())[0, 1] > 0.75, number


def test_the_same_seed_gives_the_same_frames() -> None:
    first, second, other = (list(islice(street_frames(ONE_PASS, seed=seed), 3)) for seed in (4, 4, 5))

    assert all(np.array_equal(one, two) for one, two in zip(first, second, strict=True))
    assert not np.array_equal(first[0], other[0])


def test_every_frame_says_that_it_is_drawn() -> None:
    frame = next(street_frames(ONE_PASS))
    notice = frame[HEIGHT_PX - 30 : HEIGHT_PX - 8, 10:260].max(axis=2)

    assert (notice > 220).sum() > 250


def test_night_is_dark_and_its_plate_is_not() -> None:
    day, night = (
        StreetPass("KD19 UVC", Way.ONCOMING, Body.SALOON, (120, 124, 126), night=is_night) for is_night in (False, True)
    )
    by_day, by_night = draw_vehicle(day), draw_vehicle(night)
    row = round((2.3 - by_day.plate_up_m) * 400)
    plate = slice(row - 15, row + 15), slice(390, 570)

    assert by_night.pyramid[0][:, :, :3].mean() < 0.4 * by_day.pyramid[0][:, :, :3].mean()
    assert by_night.pyramid[0][plate][:, :, :3].mean() > 0.9 * by_day.pyramid[0][plate][:, :, :3].mean()
    assert next(street_frames((night,))).mean() < 0.35 * next(street_frames((day,))).mean()


def test_a_file_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NotDrawn, match="cannot be written"):
        draw_street(tmp_path / "no" / "such" / "folder" / "street.mp4", ONE_PASS)


def test_the_plate_reader_reads_every_demo_pass_and_no_sign() -> None:
    """A frame from the middle of each pass, the bus in the middle of the street, and a sign near by."""
    plan = schedule(DEMO_PASSES)
    marks: dict[int, set[str]] = {}
    for drive in plan.drives:
        seen = truth(drive, plate_up_m(drive.street_pass.way, drive.street_pass.body))
        marks[(seen.first_frame + seen.last_frame) // 2] = {seen.mark}
    assert plan.bus_start is not None
    marks |= {plan.bus_start + 45: set(), 10: set()}
    reader = open_plate_reader(today=lambda: date(2026, 11, 23))

    read = {
        number: {reading.text for reading in reader.read(frame) if reading.kind is not MarkKind.FOREIGN}
        for number, frame in zip(marks, street_frames(DEMO_PASSES, only=list(marks)), strict=True)
    }

    assert read == marks
