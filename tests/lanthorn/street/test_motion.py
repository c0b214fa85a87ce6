"""The drawn traffic obeys what the demo needs of it: one vehicle at a time, long enough to read, nobody in reverse."""

import numpy as np
import pytest

from lanthorn.street.lens import FOCAL_PX, WIDTH_PX, Lens
from lanthorn.street.motion import (
    BUS_AHEAD_M,
    BUS_LENGTH_M,
    BUS_S,
    FRAMES_PER_SECOND,
    PLATE_WIDTH_M,
    Drive,
    bus_right_m,
    schedule,
    shake_px,
    truth,
)
from lanthorn.street.passes import DEMO_PASSES, Way
from lanthorn.street.vehicles import SHAPES, plate_up_m

PLAN = schedule(DEMO_PASSES)
EVERY_DRIVE = pytest.mark.parametrize("drive", PLAN.drives, ids=lambda drive: drive.street_pass.mark)


@EVERY_DRIVE
def test_each_plate_can_be_read_for_two_and_a_half_seconds(drive: Drive) -> None:
    seen = truth(drive, plate_up_m(drive.street_pass.way, drive.street_pass.body))
    near_m = drive.ahead_m[seen.first_frame - drive.start : seen.last_frame - drive.start + 1]

    assert (seen.last_frame - seen.first_frame) / FRAMES_PER_SECOND >= 2.5
    assert (FOCAL_PX * PLATE_WIDTH_M / near_m).min() >= 110


@EVERY_DRIVE
def test_nobody_drives_backwards(drive: Drive) -> None:
    """Our own speed and how fast we draw near give the vehicle's speed over the road."""
    own = np.diff(PLAN.travelled_m[drive.start : drive.stop])
    nearer = -np.diff(drive.ahead_m)
    over_road = nearer - own if drive.street_pass.way is Way.ONCOMING else own - nearer

    assert own.min() >= 0
    assert over_road.min() * FRAMES_PER_SECOND > -0.2


@EVERY_DRIVE
def test_each_comes_from_and_goes_out_of_sight(drive: Drive) -> None:
    lens = Lens()
    shape = SHAPES[drive.street_pass.body]
    inner_m = drive.right_m - np.sign(drive.right_m) * shape.half_width
    far_m = drive.ahead_m + shape.length
    if drive.street_pass.way is Way.AHEAD:
        assert lens.points(inner_m[0], 0.5, far_m[0])[0, 0] <= 0
        assert lens.points(inner_m[-1], 0.5, far_m[-1])[0, 0] <= 0
    else:
        assert drive.ahead_m[0] > 60, "it comes out of the haze"
        assert lens.points(inner_m[-1], 0.5, far_m[-1])[0, 0] >= WIDTH_PX


def test_one_vehicle_at_a_time_with_pauses() -> None:
    for before, after in zip(PLAN.drives, PLAN.drives[1:], strict=False):
        assert after.start - before.stop >= 0.8 * FRAMES_PER_SECOND
    assert PLAN.drives[-1].stop < PLAN.frames
    assert len(PLAN.night) == PLAN.frames
    assert 40 <= PLAN.frames / FRAMES_PER_SECOND <= 62


def test_the_bus_crosses_the_whole_picture_between_passes() -> None:
    assert PLAN.bus_start is not None
    lens = Lens()
    last = PLAN.bus_start + round(BUS_S * FRAMES_PER_SECOND)
    enters = lens.points(bus_right_m(PLAN.bus_start, PLAN.bus_start) - BUS_LENGTH_M / 2, 1.0, BUS_AHEAD_M)[0]
    leaves = lens.points(bus_right_m(last, PLAN.bus_start) + BUS_LENGTH_M / 2, 1.0, BUS_AHEAD_M)[0]

    assert enters[0] > WIDTH_PX
    assert leaves[0] < 0
    assert PLAN.drives[1].stop <= PLAN.bus_start
    assert last <= PLAN.drives[2].start


def test_the_camera_shakes_within_the_margin() -> None:
    shakes = np.array([shake_px(frame) for frame in range(PLAN.frames)])

    assert 1 < np.abs(shakes).max() < 6
