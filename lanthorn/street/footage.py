"""Writes the drawn footage: a video file, and what is there to read in it."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import cv2
import numpy as np

from hardware.frames import Image
from lanthorn.errors import LanthornError
from lanthorn.street.lens import HEIGHT_PX, WIDTH_PX, Lens
from lanthorn.street.motion import (
    BUS_S,
    FRAMES_PER_SECOND,
    Drive,
    bus_right_m,
    schedule,
    shake_px,
    truth,
)
from lanthorn.street.painter import Painter, Street
from lanthorn.street.passes import DEMO_PASSES, PassTruth, StreetPass
from lanthorn.street.scenery import make_scene
from lanthorn.street.vehicles import Sprite, draw_vehicle, plate_up_m

Progress = Callable[[int, int], None]
"""Called with how many frames are drawn and how many there will be."""


class NotDrawn(LanthornError):
    """The footage could not be written; the message names the file."""


def draw_street(
    path: Path, passes: Sequence[StreetPass] = DEMO_PASSES, *, seed: int = 1, on_progress: Progress | None = None
) -> list[PassTruth]:
    """Draw the footage into an MP4 file and give what is there to read, in order of time.

    1280 x 720 at 25 frames a second, some eight seconds a pass; the same passes and seed give the same frames.
    Raises NotDrawn where the file cannot be written.
    """
    plan = schedule(passes)
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"mp4v"), FRAMES_PER_SECOND, (WIDTH_PX, HEIGHT_PX))
    if not writer.isOpened():
        raise NotDrawn(
            f"{path}: cannot be written; give a file name ending in .mp4 in a folder that exists and has room"
        )
    try:
        for number, frame in enumerate(street_frames(passes, seed=seed)):
            writer.write(frame)
            if on_progress is not None:
                on_progress(number + 1, plan.frames)
    finally:
        writer.release()
    return [truth(drive, _plate_up_m(drive)) for drive in plan.drives]


def street_frames(passes: Sequence[StreetPass], *, seed: int = 1, only: Sequence[int] | None = None) -> Iterator[Image]:
    """Give the frames one by one: (720, 1280, 3) uint8, BGR; only those of these numbers, if given."""
    plan = schedule(passes)
    painters = {night: Painter(make_scene(night=night, seed=seed), seed) for night in set(plan.night.tolist())}
    sprites: dict[int, Sprite] = {}
    for frame in range(plan.frames) if only is None else only:
        shake = shake_px(frame)
        lens = Lens().shaken(*shake)
        painter = painters[bool(plan.night[frame])]
        street = Street(lens, shake, float(plan.travelled_m[frame]))
        if plan.bus_start is not None and 0 <= frame - plan.bus_start < BUS_S * FRAMES_PER_SECOND:
            painter.add_bus(street, bus_right_m(frame, plan.bus_start))
        for number, drive in enumerate(plan.drives):
            if drive.start <= frame < drive.stop:
                if number not in sprites:
                    sprites = {number: draw_vehicle(drive.street_pass)}
                _add(painter, street, sprites[number], drive, frame - drive.start)
        yield painter.paint(street)


def _add(painter: Painter, street: Street, sprite: Sprite, drive: Drive, step: int) -> None:
    before = max(0, step - 1)
    now = street.lens.points(drive.right_m[step], sprite.plate_up_m, drive.ahead_m[step])[0]
    then = street.lens.points(drive.right_m[before], sprite.plate_up_m, drive.ahead_m[before])[0]
    moved = np.asarray(now - then)
    at = (float(drive.right_m[step]), float(drive.ahead_m[step]))
    painter.add_vehicle(street, sprite, at, (float(moved[0]), float(moved[1])))


def _plate_up_m(drive: Drive) -> float:
    return plate_up_m(drive.street_pass.way, drive.street_pass.body)
