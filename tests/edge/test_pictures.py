"""The pair of pictures: within the exchange limits whatever is in view, upright, whole, and with nothing drawn on."""

import hashlib

import cv2
import numpy as np
import pytest

from edge.errors import PictureTooLarge
from edge.pictures import (
    OVERVIEW_MAX_BYTES,
    PATCH_MAX_BYTES,
    PATCH_WIDEST_PX,
    EncodedPicture,
    overview,
    plate_patch,
    rectify,
)
from hardware.frames import Image
from ingest.contract.messages import ImageRole


def noise(width: int, height: int) -> Image:
    """The hardest picture to make small."""
    return np.random.default_rng(1).integers(0, 256, (height, width, 3), dtype=np.uint8)


def flat(width: int, height: int) -> Image:
    return np.full((height, width, 3), 128, np.uint8)


def decoded(picture: EncodedPicture) -> Image:
    image = cv2.imdecode(np.frombuffer(picture.data, np.uint8), cv2.IMREAD_COLOR)
    assert image is not None
    return np.asarray(image, dtype=np.uint8)


def corners(left: float, top: float, width: float, height: float) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    right, bottom = left + width, top + height
    return np.array([[left, top], [right, top], [right, bottom], [left, bottom]], np.float32)


@pytest.mark.parametrize("image", [noise(1376, 1840), flat(4000, 300), noise(40, 30), flat(1, 1)], ids=np.shape)
def test_an_overview_fits_its_limit_and_keeps_the_frame_s_shape(image: Image) -> None:
    made = overview(image)

    assert made.role is ImageRole.OVERVIEW
    assert len(made.data) <= OVERVIEW_MAX_BYTES
    assert made.sha256 == hashlib.sha256(made.data).hexdigest()
    assert decoded(made).shape == (made.height_px, made.width_px, 3)
    assert made.width_px / made.height_px == pytest.approx(image.shape[1] / image.shape[0], rel=0.02)


@pytest.mark.parametrize(
    "plate", [corners(100, 100, 520, 111), corners(10, 10, 20, 6), corners(0, 0, 1300, 900), corners(50, 50, 0, 0)]
)
def test_a_plate_patch_fits_its_limit(plate: np.ndarray[tuple[int, ...], np.dtype[np.float32]]) -> None:
    made = plate_patch(noise(1376, 1000), plate)

    assert made.role is ImageRole.PLATE_PATCH
    assert len(made.data) <= PATCH_MAX_BYTES
    assert made.width_px <= PATCH_WIDEST_PX
    assert decoded(made).shape == (made.height_px, made.width_px, 3)


def test_an_easy_picture_keeps_its_size_and_a_high_quality() -> None:
    made = overview(flat(640, 480))

    assert (made.width_px, made.height_px) == (640, 480)
    assert np.abs(decoded(made).astype(int) - 128).max() <= 1


def test_nothing_is_drawn_on_the_overview() -> None:
    image = cv2.GaussianBlur(noise(640, 480), (0, 0), 8).astype(np.uint8)

    assert np.abs(decoded(overview(image)).astype(int) - image).mean() < 3


def test_a_tilted_plate_is_put_upright() -> None:
    """Four colours, one in each corner of the plate, must be in the same corners of the patch."""
    colours = np.array([[(0, 0, 255), (0, 255, 0)], [(255, 0, 0), (0, 255, 255)]], np.uint8)
    straight = cv2.resize(colours, (200, 60), interpolation=cv2.INTER_NEAREST)
    tilted = np.array([[80, 40], [260, 110], [240, 190], [60, 110]], np.float32)
    warp = cv2.getPerspectiveTransform(corners(0, 0, 200, 60), tilted)
    picture = np.asarray(cv2.warpPerspective(straight, warp, (320, 240)), np.uint8)

    patch = rectify(picture, tilted)

    height, width = patch.shape[:2]
    quarters = [[patch[height * y // 4, width * x // 4].tolist() for x in (1, 3)] for y in (1, 3)]
    assert np.abs(np.array(quarters).astype(int) - colours).max() < 30


def test_a_plate_at_the_picture_s_edge_can_be_cut_out() -> None:
    assert rectify(flat(200, 100), corners(-20, 90, 100, 22)).size > 0


def test_a_limit_that_nothing_fits_is_refused_by_name() -> None:
    with pytest.raises(PictureTooLarge, match=r"overview is \d+ bytes .* over the limit of 100"):
        overview(noise(64, 48), max_bytes=100)
