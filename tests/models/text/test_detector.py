"""From the network's map to lines, by hand-made maps; no model is loaded."""

import math

import numpy as np
import pytest

from models.text.detector import LINE_THRESHOLD, UNCLIP_RATIO, detection_size, lines_in, mean_inside, to_tensor, unclip
from models.text.geometry import quad, size, slope_deg


@pytest.mark.parametrize(
    ("width", "height", "side", "enlargement", "expected"),
    [
        (1280, 720, 1280, 1.0, (1280, 704)),
        (640, 480, 1280, 1.5, (960, 704)),
        (640, 480, 1280, 4.0, (1280, 960)),
        (12_000, 9_000, 1280, 1.5, (1280, 960)),
        (12_000, 20, 1280, 1.5, (1280, 32)),
        (8, 8, 1280, 1.5, (32, 32)),
    ],
)
def test_detection_size(width: int, height: int, side: int, enlargement: float, expected: tuple[int, int]) -> None:
    assert detection_size(width, height, side, enlargement) == expected


def test_tensor_has_planes_in_bgr_from_minus_one_to_one() -> None:
    picture = np.zeros((32, 64, 3), dtype=np.uint8)
    picture[..., 2] = 255
    tensor = to_tensor(picture, 64, 32)
    assert tensor.shape == (1, 3, 32, 64)
    assert tensor.dtype == np.float32
    assert (tensor[0, 0] == -1).all()
    assert (tensor[0, 2] == 1).all()


def test_a_core_becomes_its_whole_line() -> None:
    core = np.zeros((100, 200), dtype=np.float32)
    core[40:50, 60:120] = 0.9
    (line,) = lines_in(core)
    width, height = 60, 10  # a pixel more for the dilation, a pixel less for the contour through pixel centres
    distance = width * height * UNCLIP_RATIO / (2 * (width + height))
    assert size(line.corners) == pytest.approx((width + 2 * distance, height + 2 * distance), abs=1e-3)
    assert LINE_THRESHOLD < line.score <= 0.9


def test_a_turned_core_gives_a_turned_line() -> None:
    rows, columns = np.mgrid[0:200, 0:200]
    angle = math.radians(20)
    along = (columns - 100) * math.cos(angle) + (rows - 100) * math.sin(angle)
    down = -(columns - 100) * math.sin(angle) + (rows - 100) * math.cos(angle)
    core = ((abs(along) < 50) & (abs(down) < 8)).astype(np.float32)
    (line,) = lines_in(core)
    assert slope_deg(line.corners) == pytest.approx(20, abs=2)


@pytest.mark.parametrize(
    ("rows", "columns", "value"),
    [
        (slice(40, 50), slice(60, 120), 0.2),  # under the threshold of a core
        (slice(40, 50), slice(60, 120), 0.4),  # a core, but on average no line
        (slice(40, 41), slice(60, 61), 0.9),  # a speck
    ],
)
def test_what_is_no_line(rows: slice, columns: slice, value: float) -> None:
    core = np.zeros((100, 200), dtype=np.float32)
    core[rows, columns] = value
    assert lines_in(core) == []


def test_an_empty_map_has_no_lines() -> None:
    assert lines_in(np.zeros((32, 32), dtype=np.float32)) == []


def test_the_mean_is_over_the_inside_only() -> None:
    core = np.zeros((50, 50), dtype=np.float32)
    core[10:21, 10:31] = 0.8
    assert mean_inside(core, quad([[10, 10], [30, 10], [30, 20], [10, 20]])) == pytest.approx(0.8)
    assert mean_inside(core, quad([[-9, -9], [-5, -9], [-5, -5], [-9, -5]])) == 0


def test_a_core_of_no_size_grows_by_nothing() -> None:
    point = np.full((4, 2), 5, dtype=np.float32)
    assert np.array_equal(unclip(point), point)
