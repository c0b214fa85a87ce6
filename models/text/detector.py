"""Finds lines of text: differentiable binarisation (DB, Liao et al. 2020), as PP-OCR's detector was trained for it.

The network gives, for each pixel, the probability that it lies in the shrunken core of a line of text. The cores are
thresholded, each is fitted with a turned rectangle, and the rectangle is grown back to the whole line.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from models.plates.reading import Image
from models.registry import Weights
from models.sessions import CPU_ONLY, Session
from models.text.geometry import Quad, area, grow, quad, size

CORE_THRESHOLD: Final = 0.3
"""A pixel is core from this probability on (PP-OCR's own setting)."""

LINE_THRESHOLD: Final = 0.5
"""A line is kept from this mean probability on (PP-OCR's own setting)."""

UNCLIP_RATIO: Final = 1.6
"""How far a core is grown: its area times this, over its perimeter, on every side (PP-OCR's own setting)."""

MIN_CORE_SIDE_PX: Final = 3.0
"""Smaller cores are noise (PP-OCR's own setting)."""

MAX_LINES: Final = 1000
"""Cores looked at in one picture, a bound on the work (PP-OCR's own setting)."""

STRIDE_PX: Final = 32
"""The network halves the picture five times, so its sides must be multiples of this."""

_DILATION: Final = np.ones((2, 2), dtype=np.uint8)


@dataclass(frozen=True, slots=True)
class TextLine:
    """Where a line of text is (corners in pixels of the picture) and the mean probability (0-1) that it is one."""

    corners: Quad
    score: float


class TextDetector:
    """Finds lines of text in a picture."""

    def __init__(self, weights: Weights, *, threads: int, providers: Sequence[str] = CPU_ONLY) -> None:
        self._session = Session(weights, threads=threads, providers=providers)

    def find(self, image: Image, side_px: int, max_enlargement: float = 1.0) -> list[TextLine]:
        """Give the lines of text in the picture, which is looked at with its long side at side_px.

        A smaller picture is enlarged at most max_enlargement times.
        """
        height, width = image.shape[:2]
        columns, rows = detection_size(width, height, side_px, max_enlargement)
        core = self._session.run(to_tensor(image, columns, rows))[0, 0]
        scale = np.array([width / columns, height / rows], dtype=np.float32)
        return [TextLine((line.corners * scale).astype(np.float32), line.score) for line in lines_in(core)]


def detection_size(width: int, height: int, side_px: int, max_enlargement: float) -> tuple[int, int]:
    """Choose the size (columns, rows) that the network sees: multiples of its stride, near the picture's shape."""
    scale = min(side_px / max(width, height), max_enlargement)
    columns, rows = (max(1, round(side * scale / STRIDE_PX)) * STRIDE_PX for side in (width, height))
    return columns, rows


def to_tensor(image: Image, columns: int, rows: int) -> NDArray[np.float32]:
    """Resize and give float32 of shape (1, 3, rows, columns), BGR, -1 to 1."""
    height, width = image.shape[:2]
    shrinking = columns * rows < width * height
    resized = cv2.resize(image, (columns, rows), interpolation=cv2.INTER_AREA if shrinking else cv2.INTER_LINEAR)
    planes = resized.transpose(2, 0, 1)[np.newaxis].astype(np.float32)
    return np.ascontiguousarray(planes / np.float32(127.5) - np.float32(1))


def lines_in(core: NDArray[np.float32]) -> list[TextLine]:
    """Turn the network's map, (rows, columns) of probability 0-1, into lines in pixels of the map."""
    mask = cv2.dilate((core > CORE_THRESHOLD).astype(np.uint8), _DILATION)
    contours, _ = cv2.findContours(mask, cv2.RETR_LIST, cv2.CHAIN_APPROX_SIMPLE)
    found = []
    for contour in contours[:MAX_LINES]:
        corners = quad(cv2.boxPoints(cv2.minAreaRect(contour)))
        if min(size(corners)) < MIN_CORE_SIDE_PX:
            continue
        score = mean_inside(core, corners)
        if score >= LINE_THRESHOLD:
            found.append(TextLine(unclip(corners), score))
    return found


def unclip(core: Quad) -> Quad:
    """Grow a core to its whole line: the exact offset of a turned rectangle, area x ratio / perimeter on every side."""
    width, height = size(core)
    distance = area(core) * UNCLIP_RATIO / (2 * (width + height)) if width + height else 0.0
    return grow(core, distance, distance)


def mean_inside(core: NDArray[np.float32], corners: Quad) -> float:
    """Mean probability over the pixels of a quadrilateral."""
    rows, columns = core.shape
    left, top = np.clip(np.floor(corners.min(axis=0)).astype(int), 0, [columns - 1, rows - 1])
    right, bottom = np.clip(np.ceil(corners.max(axis=0)).astype(int), 0, [columns - 1, rows - 1])
    mask = np.zeros((bottom - top + 1, right - left + 1), dtype=np.uint8)
    cv2.fillPoly(mask, [(corners - [left, top]).astype(np.int32)], 1)
    return float(cv2.mean(core[top : bottom + 1, left : right + 1], mask)[0])
