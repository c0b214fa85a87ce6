"""A drawing of a place's outlines, so that a person sees the shape that they sign: north up, one scale, no map.

Longitude is drawn shorter than latitude by the cosine of the middle latitude, as it is on the ground. Over the 5
degrees that an outline may span at most (governance.authority.place) the shape stays right to a few per cent.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

KM_A_DEGREE: Final = 111.2
"""Of latitude, on a sphere of the Earth's mean radius (6,371 km)."""

WIDE: Final = 320
HIGH: Final = 220
MARGIN: Final = 12
"""The drawing's largest size and its margin, in its own units."""

LONGEST_BAR: Final = 110
"""The bar of the scale is at most this long, in the drawing's units."""

Outline = Sequence[Sequence[float]]


@dataclass(frozen=True, slots=True)
class Label:
    """An outline's number and where it stands."""

    number: int
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Drawing:
    """An SVG's size, a path (the attribute d) and a label for each outline, and a bar that is bar_km long."""

    width: float
    height: float
    paths: tuple[str, ...]
    labels: tuple[Label, ...]
    bar: float
    bar_km: float


def draw_outlines(outlines: Sequence[Outline]) -> Drawing | None:
    """Draw outlines of corners as [latitude, longitude] in degrees; None where there are none."""
    corners = [corner for outline in outlines for corner in outline]
    if not corners:
        return None
    top, bottom = max(north for north, _ in corners), min(north for north, _ in corners)
    right, left = max(east for _, east in corners), min(east for _, east in corners)
    shrink = math.cos(math.radians((top + bottom) / 2))
    high_km, wide_km = (top - bottom) * KM_A_DEGREE, (right - left) * KM_A_DEGREE * shrink
    units_a_km = min(HIGH / high_km if high_km else math.inf, WIDE / wide_km if wide_km else math.inf)

    def point(corner: Sequence[float]) -> tuple[float, float]:
        north, east = corner
        x = MARGIN + (east - left) * KM_A_DEGREE * shrink * units_a_km
        return x, MARGIN + (top - north) * KM_A_DEGREE * units_a_km

    drawn = [[point(corner) for corner in outline] for outline in outlines]
    bar_km = _round_length(LONGEST_BAR / units_a_km)
    return Drawing(
        width=round(max(wide_km * units_a_km, LONGEST_BAR) + 2 * MARGIN, 1),
        height=round(high_km * units_a_km + 2 * MARGIN, 1),
        paths=tuple("M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in outline) + "Z" for outline in drawn),
        labels=tuple(_label(number, outline) for number, outline in enumerate(drawn, 1)),
        bar=round(bar_km * units_a_km, 1),
        bar_km=bar_km,
    )


def _label(number: int, points: Sequence[tuple[float, float]]) -> Label:
    """In the middle of an outline's corners."""
    return Label(
        number, round(sum(x for x, _ in points) / len(points), 1), round(sum(y for _, y in points) / len(points), 1)
    )


def _round_length(longest_km: float) -> float:
    """The longest of 1, 2 and 5 times a power of ten that is not longer.

    >>> _round_length(0.7), _round_length(3.0), _round_length(10.0)
    (0.5, 2.0, 10.0)
    """
    power = 10.0 ** math.floor(math.log10(longest_km))
    return float(max(step * power for step in (1, 2, 5) if step * power <= longest_km))
