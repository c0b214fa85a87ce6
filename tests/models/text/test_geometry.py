"""Turned rectangles: order, growth and cut-outs, by hand-made corners."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.plates.reading import Image
from models.text.geometry import MAX_RECTIFIED_SIDE_PX, Quad, area, grow, quad, rectify, size, slope_deg


def rectangle(width: float, height: float, turned_deg: float = 0.0, centre: tuple[float, float] = (0, 0)) -> Quad:
    angle = math.radians(turned_deg)
    along = np.array([math.cos(angle), math.sin(angle)]) * width / 2
    down = np.array([-math.sin(angle), math.cos(angle)]) * height / 2
    corners = np.stack([-along - down, along - down, along + down, -along + down]) + np.array(centre)
    return np.asarray(corners, dtype=np.float32)


@given(st.permutations(range(4)), st.floats(-40, 40))
def test_corners_are_ordered_clockwise_from_the_top_left(sequence: list[int], turned: float) -> None:
    corners = rectangle(100, 30, turned, centre=(200, 100))
    assert np.array_equal(quad(corners[sequence]), corners)


@given(st.floats(20, 500), st.floats(5, 20), st.floats(-40, 40), st.floats(0, 50), st.floats(0, 50))
def test_growth_is_exact(width: float, height: float, turned: float, margin_x: float, margin_y: float) -> None:
    grown = grow(rectangle(width, height, turned), margin_x, margin_y)
    wanted = rectangle(width + 2 * margin_x, height + 2 * margin_y, turned)
    assert np.allclose(grown, wanted, atol=1e-2)


def test_size_area_and_slope() -> None:
    corners = rectangle(40, 10, 30)
    assert size(corners) == pytest.approx((40, 10), abs=1e-4)
    assert area(corners) == pytest.approx(400, abs=1e-2)
    assert slope_deg(corners) == pytest.approx(30, abs=1e-3)
    assert slope_deg(rectangle(40, 10, -30)) == pytest.approx(30, abs=1e-3)


def halves(height: int, width: int) -> Image:
    """A picture whose left half is black and whose right half is white."""
    picture = np.zeros((height, width, 3), dtype=np.uint8)
    picture[:, width // 2 :] = 255
    return picture


def test_a_cut_out_is_upright_and_has_its_own_size() -> None:
    picture = np.zeros((100, 200, 3), dtype=np.uint8)
    picture[40:60, 50:150] = 200
    cut = rectify(picture, quad([[50, 40], [150, 40], [150, 60], [50, 60]]))
    assert cut.shape == (20, 100, 3)
    assert (cut[2:-2, 2:-2] == 200).all()


def test_a_turned_cut_out_is_turned_back() -> None:
    cut = rectify(halves(400, 400), rectangle(100, 20, 20, centre=(200, 200)))
    assert cut.shape[:2] == (20, 100)
    assert cut[:, :40].max() == 0
    assert cut[:, 60:].min() == 255


def test_outside_the_picture_its_edge_is_repeated() -> None:
    cut = rectify(halves(50, 50), quad([[30, 10], [70, 10], [70, 30], [30, 30]]))
    assert cut.shape[:2] == (20, 40)
    assert (cut[:, 5:] == 255).all()


def test_wholly_outside_and_of_no_size() -> None:
    assert rectify(halves(50, 50), quad([[80, 80], [90, 80], [90, 85], [80, 85]])).shape == (5, 10, 3)
    assert rectify(halves(50, 50), np.full((4, 2), 7, dtype=np.float32)).shape == (1, 1, 3)


def test_a_huge_cut_out_is_shrunk() -> None:
    picture = np.zeros((10, 40_000, 3), dtype=np.uint8)
    cut = rectify(picture[:, :32_000], quad([[0, 0], [32_000, 0], [32_000, 10], [0, 10]]))
    assert cut.shape[1] == MAX_RECTIFIED_SIDE_PX
