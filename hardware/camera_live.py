"""Live cameras: network streams and V4L2 devices, opened again with growing pauses when they stop."""

import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from typing import Final

from hardware import video  # noqa: F401  sets FFmpeg's options before OpenCV reads them
from hardware.camera import Camera
from hardware.clock import Clock
from hardware.errors import BadSource, CameraLost
from hardware.frames import Frame, Image
from hardware.newest import NewestFirst
from hardware.position import PositionSource

import cv2  # isort: skip  after hardware.video
import numpy as np  # isort: skip

log = logging.getLogger(__name__)

OPEN_LIMIT_MS: Final = 10_000
"""Longest wait for a stream to open, in milliseconds."""

READ_LIMIT_MS: Final = 5_000
"""Longest wait for the next frame of a stream, in milliseconds; then it counts as stopped."""

STREAM_SCHEMES: Final = ("rtsp://", "rtsps://", "http://", "https://")


@dataclass(frozen=True, slots=True)
class Reconnection:
    """How a live camera that stops is tried again: each pause twice the one before, up to the longest.

    tries_allowed is how many times in a row may fail, about ten minutes with these values; a frame starts the
    count again.
    """

    first_pause_s: float = 0.5
    longest_pause_s: float = 30.0
    tries_allowed: int = 25

    def pause_s(self, failures: int) -> float | None:
        """Give the pause after this many failures in a row (at least 1), or None where it is time to give up."""
        if failures >= self.tries_allowed:
            return None
        doublings = min(failures - 1, 30)  # past this the longest pause holds whatever the first one was
        return float(min(self.longest_pause_s, self.first_pause_s * 2**doublings))


class LiveCamera(Camera):
    """Gives the newest frame of a stream or device, timed as it arrives. What it skips is counted."""

    def __init__(
        self,
        source: str,
        *,
        camera_id: str,
        position: PositionSource | None,
        clock: Clock,
        reconnection: Reconnection,
    ) -> None:
        super().__init__(camera_id)
        self._source = source
        self._shown = without_password(source)
        self._position = position
        self._clock = clock
        self._reconnection = reconnection
        self._next_index = 0
        self._newest = NewestFirst(self._capture, self._count_dropped)

    def frames(self) -> Iterator[Frame]:
        """Give frames until the camera is closed. Raises CameraLost when it stays away for every try allowed."""
        for frame in self._newest:
            self.counts.given += 1
            yield frame

    def close(self) -> None:
        """Release the device; frames() then ends."""
        self._newest.stop()

    def _capture(self, stop: Event) -> Iterator[Frame]:
        failures = 0
        while not stop.is_set():
            for image in self._one_connection(stop):
                failures = 0
                yield self._frame(image)
            if stop.is_set():
                return
            failures += 1
            pause_s = self._reconnection.pause_s(failures)
            if pause_s is None:
                remedy = "check that it is on, its address and its network"
                raise CameraLost(f"{self._shown}: no picture after {failures} tries; {remedy}")
            self.counts.reconnects += 1
            log.warning("%s: no picture; try %d in %.1f s", self._shown, failures + 1, pause_s)
            stop.wait(pause_s)

    def _one_connection(self, stop: Event) -> Iterator[Image]:
        capture = _open(self._source)
        try:
            while not stop.is_set():
                arrived, image = capture.read()
                if not arrived:
                    return
                yield np.asarray(image, dtype=np.uint8)
        finally:
            capture.release()

    def _frame(self, image: Image) -> Frame:
        index = self._next_index
        self._next_index += 1
        taken = self._clock.now()
        position = self._position.at(taken) if self._position is not None else None
        return Frame(image, taken, self.camera_id, index, position)

    def _count_dropped(self) -> None:
        self.counts.dropped += 1


def device_path(source: str) -> str | None:
    """Give the V4L2 device that a source names ("/dev/video0" or "device:0"), or None where it names none.

    Raises BadSource for "device:" with anything but a number.
    """
    if source.startswith("device:"):
        number = source.removeprefix("device:")
        if not re.fullmatch(r"[0-9]{1,3}", number):
            raise BadSource(f"{source}: not a device number; give device:0 or /dev/video0")
        return f"/dev/video{int(number)}"
    return source if re.fullmatch(r"/dev/(video[0-9]+|v4l/.+)", source) else None


def refuse_missing_device(source: str) -> None:
    """Raise BadSource where a source names a V4L2 device that is not there.

    To be asked before the first frame: one that goes away later is tried again, one that was never there is misnamed.
    """
    path = device_path(source)
    if path is not None and not Path(path).exists():
        there = ", ".join(sorted(str(each) for each in Path("/dev").glob("video*"))) or "none"
        raise BadSource(f"{path}: no such camera device; there are: {there}. Check its cable and its number")


def without_password(source: str) -> str:
    """Give the source as it may be shown: without the user name and password that a stream's address may hold."""
    return re.sub(r"//[^/]*@", "//", source)


def _open(source: str) -> cv2.VideoCapture:
    device = device_path(source)
    if device is not None:
        return cv2.VideoCapture(device, cv2.CAP_V4L2)
    limits = [cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, OPEN_LIMIT_MS, cv2.CAP_PROP_READ_TIMEOUT_MSEC, READ_LIMIT_MS]
    return cv2.VideoCapture(source, cv2.CAP_FFMPEG, limits)
