"""When each vehicle comes and where it is in every frame: numbers only, nothing drawn."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from lanthorn.street.lens import FOCAL_PX, HEIGHT_PX, WIDTH_PX, Lens
from lanthorn.street.passes import PassTruth, StreetPass, Way

FRAMES_PER_SECOND: Final = 25
PAUSE_S: Final = 0.9
BUS_S: Final = 3.4
"""How long the bus takes to cross; it does so after the second pass."""

BUS_AFTER_PASS: Final = 2
BUS_AHEAD_M: Final = 24.0
BUS_LENGTH_M: Final = 10.5

PLATE_WIDTH_M: Final = 0.52
READABLE_PLATE_PX: Final = 110.0

NEAREST_SEEN_M: Final = 2.0
"""Nearer than this nothing is painted: a vehicle's end is then beside us."""

_SMOOTHING_S: Final = 0.5

# Time in seconds; then metres ahead, metres right of our lane's middle, and our own speed in metres a second.
_KEYS: Final[dict[Way, tuple[tuple[float, float, float, float], ...]]] = {
    Way.AHEAD: (
        (0.0, 15.0, -5.4, 6.0),
        (1.5, 11.0, -0.1, 6.5),
        (2.2, 10.2, 0.05, 7.0),
        (5.2, 8.6, 0.0, 7.0),
        (5.6, 8.0, -0.5, 7.0),
        (6.6, 5.6, -3.6, 7.0),
    ),
    Way.ONCOMING: (
        (0.0, 75.0, 2.2, 5.0),
        (2.6, 15.0, 2.2, 2.0),
        (3.2, 11.3, 2.2, 0.5),
        (6.2, 8.0, 2.2, 0.5),
        (6.9, 5.6, 2.2, 1.5),
        (7.4, 2.2, 2.2, 3.0),
        (7.9, -1.8, 2.2, 4.0),
    ),
}


@dataclass(frozen=True, slots=True)
class Drive:
    """One vehicle's way: its first frame, and for each frame of it the metres ahead and right of its near end.

    Metres ahead go below 0 while the rest of an oncoming vehicle is still beside us.
    """

    street_pass: StreetPass
    start: int
    ahead_m: NDArray[np.float64]
    right_m: NDArray[np.float64]

    @property
    def stop(self) -> int:
        """The first frame without it."""
        return self.start + len(self.ahead_m)


@dataclass(frozen=True, slots=True)
class Schedule:
    """The whole clip: every drive, the bus's first frame if there is one, the way gone, and where it is night."""

    drives: tuple[Drive, ...]
    bus_start: int | None
    travelled_m: NDArray[np.float64]
    night: NDArray[np.bool_]

    @property
    def frames(self) -> int:
        """How many frames the clip has."""
        return len(self.travelled_m)


def schedule(passes: Sequence[StreetPass]) -> Schedule:
    """Give the clip in which these vehicles pass one after the other, with pauses."""
    drives: list[Drive] = []
    speeds: list[NDArray[np.float64]] = []
    nights: list[bool] = []
    bus_start: int | None = None
    frame = 0

    def wait(seconds: float, speed_mps: float, night: bool) -> int:
        count = round(seconds * FRAMES_PER_SECOND)
        speeds.append(np.full(count, speed_mps))
        nights.extend([night] * count)
        return count

    for number, street_pass in enumerate(passes):
        if number == BUS_AFTER_PASS:
            bus_start = frame
            frame += wait(BUS_S, 1.0, street_pass.night)
        frame += wait(PAUSE_S, 5.0, street_pass.night)
        ahead_m, right_m, speed = _profile(street_pass.way)
        drives.append(Drive(street_pass, frame, ahead_m, right_m))
        speeds.append(speed)
        nights.extend([street_pass.night] * len(speed))
        frame += len(speed)
    wait(PAUSE_S, 5.0, passes[-1].night if passes else False)
    speed_mps = _smooth(np.concatenate(speeds))
    return Schedule(
        tuple(drives), bus_start, np.cumsum(speed_mps) / FRAMES_PER_SECOND, np.array(nights, dtype=np.bool_)
    )


def truth(drive: Drive, plate_up_m: float) -> PassTruth:
    """Give the frames in which the plate is wide enough to read and wholly in the picture."""
    lens = Lens()
    ahead_m = np.maximum(drive.ahead_m, NEAREST_SEEN_M)
    left = lens.points(drive.right_m - PLATE_WIDTH_M / 2, plate_up_m + 0.06, ahead_m)
    right = lens.points(drive.right_m + PLATE_WIDTH_M / 2, plate_up_m - 0.06, ahead_m)
    wide = FOCAL_PX * PLATE_WIDTH_M / ahead_m >= READABLE_PLATE_PX
    inside = (left.min(axis=1) >= 0) & (right[:, 0] < WIDTH_PX) & (right[:, 1] < HEIGHT_PX)
    seen = np.flatnonzero(wide & inside) + drive.start
    mark = drive.street_pass.mark.replace(" ", "")
    return PassTruth(mark, drive.street_pass.way, drive.street_pass.night, int(seen[0]), int(seen[-1]))


def bus_right_m(frame: int, bus_start: int) -> float:
    """Give where the middle of the bus is, metres right of our lane, as it crosses from right to left."""
    share = (frame - bus_start) / (BUS_S * FRAMES_PER_SECOND)
    return 14.5 - 25.0 * share


def shake_px(frame: int) -> tuple[float, float]:
    """Give the camera's shake, right and down: slow sway and quicker shiver, never the same twice within a clip."""
    t = frame / FRAMES_PER_SECOND
    right = 1.6 * np.sin(2.1 * t) + 0.7 * np.sin(9.7 * t + 1)
    down = 1.8 * np.sin(3.3 * t + 2) + 1.0 * np.sin(13.1 * t) + 0.5 * np.sin(29.0 * t)
    return float(right), float(down)


def _profile(way: Way) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    keys = np.array(_KEYS[way])
    times = np.arange(round(keys[-1, 0] * FRAMES_PER_SECOND)) / FRAMES_PER_SECOND
    ahead_m, right_m, speed_mps = (np.interp(times, keys[:, 0], keys[:, column]) for column in (1, 2, 3))
    return _smooth(ahead_m), _smooth(right_m), speed_mps


def _smooth(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Round the corners of a path, so that nothing starts or stops at once. The slope at both ends is kept."""
    half = round(_SMOOTHING_S * FRAMES_PER_SECOND / 2)
    window = np.hanning(2 * half + 3)[1:-1]
    before = values[0] - (values[1] - values[0]) * np.arange(half, 0, -1)
    after = values[-1] + (values[-1] - values[-2]) * np.arange(1, half + 1)
    return np.convolve(np.concatenate([before, values, after]), window / window.sum(), mode="valid")
