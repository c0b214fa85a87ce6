"""Rectangles that may be turned: their corners in a known order, made larger, cut out upright.

A quadrilateral is float32 of shape (4, 2): (x, y) in pixels, clockwise from the top left as a reader sees it.
"""

import math
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from models.plates.reading import Image

Quad = NDArray[np.float32]

MAX_RECTIFIED_SIDE_PX: Final = 4096
"""Longest side of a cut-out. The recogniser sees 48 rows, so more only costs memory."""


def quad(points: Any) -> Quad:
    """Make a quadrilateral of four points in any sequence, ordered clockwise from the top left.

    The top left is the corner from which the longer pair of sides runs to the right, for text is wider than high, and
    for one as wide as high the corner nearest to the picture's top left.
    """
    corners = np.asarray(points, dtype=np.float64).reshape(4, 2)
    around = np.arctan2(corners[:, 1] - corners[:, 1].mean(), corners[:, 0] - corners[:, 0].mean())
    clockwise = corners[np.argsort(around)]  # y grows downwards, so growing angles run clockwise
    first = int(np.argmin(clockwise.sum(axis=1)))
    return np.roll(clockwise, -first, axis=0).astype(np.float32)


def size(corners: Quad) -> tuple[float, float]:
    """Width and height in pixels: the means of the opposite sides."""
    sides = np.linalg.norm(np.roll(corners, -1, axis=0) - corners, axis=1)
    return float(sides[0] + sides[2]) / 2, float(sides[1] + sides[3]) / 2


def area(corners: Quad) -> float:
    """Square pixels, by the shoelace formula."""
    x, y = corners[:, 0].astype(np.float64), corners[:, 1].astype(np.float64)
    return float(abs(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1))) / 2)


def grow(corners: Quad, margin_x: float, margin_y: float) -> Quad:
    """Move each side of a (possibly turned) rectangle outwards: exact for a rectangle, the same shape turned the same.

    margin_x is added at the left and the right, margin_y at the top and the bottom, in pixels.
    """
    corners = corners.astype(np.float64)
    along = _unit(corners[1] - corners[0] + corners[2] - corners[3])
    down = _unit(corners[3] - corners[0] + corners[2] - corners[1])
    outwards = np.array(
        [
            -along * margin_x - down * margin_y,
            along * margin_x - down * margin_y,
            along * margin_x + down * margin_y,
            -along * margin_x + down * margin_y,
        ]
    )
    return np.asarray(corners + outwards, dtype=np.float32)


def rectify(image: Image, corners: Quad) -> Image:
    """Cut the quadrilateral out, upright, at its own size; what lies outside the picture repeats the picture's edge."""
    width, height = size(corners)
    shrink = min(1.0, MAX_RECTIFIED_SIDE_PX / max(width, height, 1.0))
    columns, rows = max(1, round(width * shrink)), max(1, round(height * shrink))
    # Only the part that is needed goes to OpenCV, which takes no picture of more than 32,766 pixels a side.
    limits = [image.shape[1] - 1, image.shape[0] - 1]
    left, top = np.clip(np.floor(corners.min(axis=0)).astype(int) - 2, 0, limits)
    right, bottom = np.clip(np.ceil(corners.max(axis=0)).astype(int) + 2, 0, limits)
    part = image[top : bottom + 1, left : right + 1]
    target = np.array([[0, 0], [columns, 0], [columns, rows], [0, rows]], dtype=np.float32)
    transform = cv2.getPerspectiveTransform((corners - [left, top]).astype(np.float32), target)
    cut = cv2.warpPerspective(part, transform, (columns, rows), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(cut, dtype=np.uint8)


def slope_deg(corners: Quad) -> float:
    """How far the rectangle is turned from level, in degrees, 0 to 90."""
    along = corners[1] - corners[0] + corners[2] - corners[3]
    return abs(math.degrees(math.atan2(abs(float(along[1])), abs(float(along[0])))))


def _unit(vector: NDArray[np.float64]) -> NDArray[np.float64]:
    length = float(np.linalg.norm(vector))
    return np.asarray(vector / length if length else vector, dtype=np.float64)
