"""What a camera makes of a drawn plate: the same from one seed, and readable or not as its conditions are."""

from dataclasses import replace

import numpy as np
import pytest

from models.drawing.capture import NARROWEST_PX, WIDEST_PX, Conditions, Spot, conditions, photograph
from models.drawing.plates import PlateStyle, draw_plate

PLATE = draw_plate("DX17 ZWH", style=PlateStyle.REAR, px_per_mm=0.8)
CLEAR = Conditions(
    width_px=160,
    yaw_deg=0,
    pitch_deg=0,
    roll_deg=0,
    motion_px=0,
    motion_deg=0,
    defocus_px=0,
    light=1,
    haze=0,
    noise=0,
    quality=95,
    infrared=False,
    surroundings=(60, 60, 60),
    spots=(),
)


def dice(seed: int = 1) -> np.random.Generator:
    return np.random.default_rng(seed)


def sharpness(picture: np.ndarray) -> float:
    return float(np.abs(np.diff(picture.astype(float).mean(axis=2), axis=1)).mean())


def test_one_seed_gives_one_picture() -> None:
    first = photograph(PLATE, conditions(dice(3)), dice(4))
    assert np.array_equal(first, photograph(PLATE, conditions(dice(3)), dice(4)))
    assert first.dtype == np.uint8
    assert first.ndim == 3


@pytest.mark.parametrize("seed", range(40))
def test_any_conditions_give_a_picture_of_about_the_width_asked_for(seed: int) -> None:
    rng = dice(seed)
    seen = conditions(rng)
    picture = photograph(PLATE, seen, rng)

    assert NARROWEST_PX <= seen.width_px <= WIDEST_PX
    assert picture.shape[1] >= seen.width_px * 0.4
    assert picture.shape[1] <= seen.width_px * 1.6 + 20


def test_the_plate_stands_in_its_surroundings() -> None:
    picture = photograph(PLATE, CLEAR, dice())
    height, width = picture.shape[:2]
    assert np.abs(picture[2, 2].astype(int) - 60).max() < 6
    blue, _, red = picture[height // 2 - 8 : height // 2 + 8, width // 4 : width // 2].reshape(-1, 3).mean(axis=0)
    assert red > 2 * blue, "the plate is yellow"


@pytest.mark.parametrize("change", [{"motion_px": 6.0}, {"defocus_px": 2.0}, {"haze": 0.7}, {"light": 0.2}])
def test_what_makes_it_hard_to_read_takes_its_edges(change: dict[str, float]) -> None:
    assert sharpness(photograph(PLATE, replace(CLEAR, **change), dice())) < 0.8 * sharpness(
        photograph(PLATE, CLEAR, dice())
    )


def test_infrared_has_no_colour() -> None:
    picture = photograph(PLATE, replace(CLEAR, infrared=True), dice()).astype(int)
    assert (picture.max(axis=2) - picture.min(axis=2)).mean() < 2


def test_a_plate_seen_from_the_side_is_narrower_and_its_far_end_lower() -> None:
    turned = photograph(PLATE, replace(CLEAR, yaw_deg=45), dice())
    assert turned.shape[1] < 0.85 * photograph(PLATE, CLEAR, dice()).shape[1]


def test_dirt_covers_what_is_under_it() -> None:
    spot = Spot(across=0.5, down=0.5, radius=0.2, colour=(0, 0, 255), cover=1.0)
    picture = photograph(PLATE, replace(CLEAR, spots=(spot,)), dice())
    blue, green, red = picture[picture.shape[0] // 2, picture.shape[1] // 2]
    assert red > 200
    assert max(blue, green) < 60
