"""The pair of pictures of a capture record: the plate, and what was round it. Nothing is drawn on either.

Both limits are those of the national service's exchange format (shared standards: anpr.md, "What a capture record
holds"). Size is searched for downwards, then quality upwards: a larger picture at a fair quality shows a person more
than a small one at the best. The number of encodings is bounded.
"""

import hashlib
import math
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.errors import EdgeError, PictureTooLarge
from hardware.frames import Image
from ingest.contract.messages import ImageRole

PATCH_MAX_BYTES: Final = 3_072
"""The plate patch: at most 3 KB (shared standards: anpr.md)."""

OVERVIEW_MAX_BYTES: Final = 25_600
"""The overview: at most 25 KB (shared standards: anpr.md)."""

PATCH_WIDEST_PX: Final = 240
"""Twice the exchange format's 120 pixels: about as much as 3 KB of JPEG can hold of a plate."""

OVERVIEW_LONGEST_PX: Final = 1_024
"""Longest side tried first: larger never fits 25 KB at the fair quality in a street scene."""

PATCH_MARGIN: Final = 0.08
"""Border round the plate as a share of its sides, so that a person can see that nothing was cut off."""

FAIR_QUALITY: Final = 50
BEST_QUALITY: Final = 92
"""JPEG qualities (libjpeg's scale, 1-100): below fair the blocks show, above best only the bytes grow."""

SHRINK: Final = 0.85
MOST_SIZES: Final = 22
QUALITY_TRIES: Final = 5
"""22 sizes, each 0.85 of the one before, end at 1/30 of the first; 5 halvings find the quality within 2."""


@dataclass(frozen=True, slots=True)
class EncodedPicture:
    """One JPEG of a capture record; sha256 is of data, in hexadecimal."""

    role: ImageRole
    data: bytes
    width_px: int
    height_px: int
    sha256: str


def plate_patch(image: Image, corners: NDArray[np.float32], max_bytes: int = PATCH_MAX_BYTES) -> EncodedPicture:
    """Cut the plate out, upright, with a margin. corners as in PlateReading. Raises PictureTooLarge."""
    return _fit(ImageRole.PLATE_PATCH, rectify(image, corners), max_bytes)


def overview(image: Image, max_bytes: int = OVERVIEW_MAX_BYTES) -> EncodedPicture:
    """Make the whole frame small. Raises PictureTooLarge."""
    scale = min(1.0, OVERVIEW_LONGEST_PX / max(image.shape[:2]))
    return _fit(ImageRole.OVERVIEW, _scaled(image, scale), max_bytes)


def rectify(image: Image, corners: NDArray[np.float32]) -> Image:
    """Give the plate seen from straight ahead, with its margin, at most PATCH_WIDEST_PX wide (BGR uint8)."""
    middle = corners.mean(axis=0)
    outer = (corners - middle) * (1 + 2 * PATCH_MARGIN) + middle
    top_left, top_right, bottom_right, bottom_left = outer.tolist()
    width = (math.dist(top_left, top_right) + math.dist(bottom_left, bottom_right)) / 2
    height = (math.dist(top_left, bottom_left) + math.dist(top_right, bottom_right)) / 2
    w, h = max(round(width), 1), max(round(height), 1)
    target = np.array([[0, 0], [w, 0], [w, h], [0, h]], dtype=np.float32)
    warp = cv2.getPerspectiveTransform(outer.astype(np.float32), target)
    straight = cv2.warpPerspective(image, warp, (w, h), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return _scaled(_pixels(straight), min(1.0, PATCH_WIDEST_PX / w))


def _fit(role: ImageRole, image: Image, max_bytes: int) -> EncodedPicture:
    for size in range(MOST_SIZES):
        scaled = _scaled(image, SHRINK**size)
        fair = _jpeg(scaled, FAIR_QUALITY)
        if len(fair) <= max_bytes:
            data = _best_that_fits(scaled, fair, max_bytes)
            height, width = scaled.shape[:2]
            return EncodedPicture(role, data, width, height, hashlib.sha256(data).hexdigest())
    raise PictureTooLarge(
        f"the {role} is {len(fair)} bytes at its smallest size ({_size(scaled)}), over the limit of {max_bytes}; "
        "raise the limit"
    )


def _best_that_fits(image: Image, fair: bytes, max_bytes: int) -> bytes:
    best, low, high = fair, FAIR_QUALITY, BEST_QUALITY
    for _ in range(QUALITY_TRIES):
        middle = (low + high + 1) // 2
        data = _jpeg(image, middle)
        if len(data) <= max_bytes:
            best, low = data, middle
        else:
            high = middle - 1
    return best


def _jpeg(image: Image, quality: int) -> bytes:
    written, data = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])
    if not written:
        raise EdgeError(f"a picture of {_size(image)} pixels could not be written as JPEG; report this")
    return data.tobytes()


def _scaled(image: Image, scale: float) -> Image:
    if scale >= 1.0:
        return image
    height, width = image.shape[:2]
    size = max(round(width * scale), 1), max(round(height * scale), 1)
    return _pixels(cv2.resize(image, size, interpolation=cv2.INTER_AREA))


def _pixels(array: object) -> Image:
    return np.asarray(array, dtype=np.uint8)


def _size(image: Image) -> str:
    return f"{image.shape[1]} x {image.shape[0]}"
