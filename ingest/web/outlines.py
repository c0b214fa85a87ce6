"""The outlines of a place as somebody types or uploads them.

Either plain text: a corner to a line, latitude first ("51.50, -0.10"), an empty line between two outlines. Or GeoJSON
(RFC 7946), as maps and borough data give it: polygons, longitude first, the first corner repeated as the last.
"""

import json
import re
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any, Final

Outline = list[list[float]]
"""Corners as [latitude, longitude] in degrees (WGS 84)."""

MOST_CHARACTERS: Final = 400_000
"""40 outlines of 500 corners, the most that a place has (governance.authority.place), at 20 characters a corner."""

_CORNER: Final = re.compile(r"\s*(-?\d{1,3}(?:\.\d+)?)\s*[,; \t]\s*(-?\d{1,3}(?:\.\d+)?)\s*")


def read_outlines(text: str) -> list[Outline]:
    """Read outlines. Raises ValueError, which says in words what is wrong and where."""
    if len(text) > MOST_CHARACTERS:
        raise ValueError(f"has more than {MOST_CHARACTERS:,} characters: simplify the outlines")
    return _from_geojson(text) if text.lstrip().startswith("{") else _from_lines(text)


def write_outlines(outlines: Sequence[Sequence[Sequence[float]]]) -> str:
    """The plain text of outlines, which read_outlines reads back exactly."""
    return "\n\n".join("\n".join(f"{_plain(north)}, {_plain(east)}" for north, east in each) for each in outlines)


def _plain(degrees: float) -> str:
    """Without an exponent, and not shorter than it takes to read the same number back.

    >>> _plain(51.5), _plain(0.00001), _plain(-0.1)
    ('51.5', '0.00001', '-0.1')
    """
    return format(Decimal(repr(float(degrees))), "f").removesuffix(".0")


def _from_lines(text: str) -> list[Outline]:
    found: list[Outline] = [[]]
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            found.append([])
            continue
        corner = _CORNER.fullmatch(line)
        if corner is None:
            raise ValueError(f"line {number} is not a corner such as 51.50, -0.10 (latitude first)")
        found[-1].append([float(corner[1]), float(corner[2])])
    return [outline for outline in found if outline]


def _from_geojson(text: str) -> list[Outline]:
    try:
        read = json.loads(text)
        return [_outline(rings) for rings in _polygons(read)]
    except (TypeError, KeyError, IndexError, OverflowError, RecursionError, json.JSONDecodeError) as error:
        raise ValueError("is not GeoJSON that can be read: give polygons, or a corner to a line") from error


def _polygons(part: Any) -> Iterator[Any]:
    match part["type"]:
        case "FeatureCollection":
            for feature in part["features"]:
                yield from _polygons(feature)
        case "Feature":
            yield from _polygons(part["geometry"])
        case "GeometryCollection":
            for geometry in part["geometries"]:
                yield from _polygons(geometry)
        case "Polygon":
            yield part["coordinates"]
        case "MultiPolygon":
            yield from part["coordinates"]
        case other:
            raise ValueError(f"holds a {str(other)[:40]!r} where only polygons have a use")


def _outline(rings: Any) -> Outline:
    if len(rings) != 1:
        raise ValueError("holds a polygon with a hole, which an outline cannot have: cut it into parts without holes")
    corners = [[_degrees(corner[1]), _degrees(corner[0])] for corner in rings[0]]
    return corners[:-1] if len(corners) > 1 and corners[0] == corners[-1] else corners


def _degrees(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise TypeError("a coordinate is not a number")
    return float(value)
