"""Turns centre lines into filled strokes: the only geometry that the glyphs need."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Point = tuple[float, float]

ARC_STEP_DEG = 5.0
"""Longest piece of an arc drawn straight: at a radius of 25 mm it strays less than 0.03 mm from the curve."""

MITRE_LIMIT = 6.0
"""Longest corner, in half stroke widths: enough for the sharpest glyph, whose corners its box cuts flat."""


@dataclass(frozen=True, slots=True)
class Stroke:
    """A centre line (x right, y down), the share of the glyph's stroke width that it has, and whether it closes."""

    points: tuple[Point, ...]
    weight: float = 1.0
    closed: bool = False


def line(*points: Point, weight: float = 1.0) -> Stroke:
    """Give the stroke along these points, with square ends and pointed corners."""
    return Stroke(points, weight)


def path(*parts: Sequence[Point], weight: float = 1.0, closed: bool = False) -> Stroke:
    """Give one stroke along several runs of points, each joined to the next."""
    joined: list[Point] = []
    for part in parts:
        joined.extend(point for point in part if not joined or math.dist(point, joined[-1]) > 1e-6)
    return Stroke(tuple(joined), weight, closed)


def arc(centre: Point, radius_x: float, radius_y: float, from_deg: float, to_deg: float) -> list[Point]:
    """Give points along an ellipse, from one angle to another; 0 is to the right and 90 is down."""
    steps = max(1, math.ceil(abs(to_deg - from_deg) / ARC_STEP_DEG))
    angles = [math.radians(from_deg + (to_deg - from_deg) * step / steps) for step in range(steps + 1)]
    return [(centre[0] + radius_x * math.cos(angle), centre[1] + radius_y * math.sin(angle)) for angle in angles]


def stroke_quads(points: NDArray[np.float64], width: float, *, closed: bool) -> list[NDArray[np.float64]]:
    """Give the quadrilaterals, each of shape (4, 2), that together cover a stroke of this width along points (n, 2)."""
    ends = np.roll(points, -1, axis=0) if closed else points[1:]
    starts = points if closed else points[:-1]
    along = (ends - starts) / np.linalg.norm(ends - starts, axis=1, keepdims=True)
    normals = np.column_stack([-along[:, 1], along[:, 0]])
    before = np.roll(normals, 1, axis=0) if closed else np.vstack([normals[:1], normals])
    after = normals if closed else np.vstack([normals, normals[-1:]])
    # A mitre is longer than the half width by 1 / cos(half the turn), which is 2 / |sum of the two unit normals|.
    total = before + after
    length = np.linalg.norm(total, axis=1, keepdims=True)
    reach = np.minimum(2 / np.maximum(length, 1e-9), MITRE_LIMIT) * width / 2
    offsets = total / np.maximum(length, 1e-9) * reach
    left, right = points + offsets, points - offsets
    count = len(points)
    return [np.array([left[i], left[(i + 1) % count], right[(i + 1) % count], right[i]]) for i in range(len(along))]
