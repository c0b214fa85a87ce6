"""Where an authority holds: areas on the map, boroughs, or the whole force where that is said in so many words.

Coordinates are WGS 84 in degrees, latitude first. Edges are straight lines in latitude and longitude, which at a
city's scale differ from the shortest line on the ground by centimetres. A point on an edge is inside.
"""

from itertools import pairwise
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, Field, FiniteFloat

from governance.authority.fields import Line, Record

MOST_CORNERS: Final = 500
MOST_OUTLINES: Final = 40
"""London has 32 boroughs and the City."""

WIDEST_DEG: Final = 5.0
"""An outline wider or higher than this is a slip: England is about 6 degrees high."""

_LEAST_AREA_DEG2: Final = 1e-9
"""About 10 square metres in London. Less is a line or a point."""

Latitude = Annotated[FiniteFloat, Field(ge=-90, le=90)]
Longitude = Annotated[FiniteFloat, Field(ge=-180, le=180)]
Corner = tuple[Latitude, Longitude]


def _an_area(corners: tuple[Corner, ...]) -> tuple[Corner, ...]:
    if len(set(corners)) != len(corners):
        raise ValueError("a corner is there twice; the last corner joins the first by itself")
    for axis, name in enumerate(("latitude", "longitude")):
        if max(corner[axis] for corner in corners) - min(corner[axis] for corner in corners) > WIDEST_DEG:
            raise ValueError(f"spans more than {WIDEST_DEG:g} degrees of {name}: is latitude first?")
    sides = zip(corners, (*corners[1:], corners[0]), strict=True)
    if abs(sum(a[1] * b[0] - b[1] * a[0] for a, b in sides)) / 2 < _LEAST_AREA_DEG2:
        raise ValueError("encloses no area")
    return corners


Outline = Annotated[tuple[Corner, ...], Field(min_length=3, max_length=MOST_CORNERS), AfterValidator(_an_area)]
"""The corners of an area in order, latitude first."""


class ForceWide(Record):
    """Everywhere in the force: said, never assumed."""

    kind: Literal["force-wide"] = "force-wide"


class Area(Record):
    """One or several areas on the map."""

    kind: Literal["area"] = "area"
    outlines: tuple[Outline, ...] = Field(min_length=1, max_length=MOST_OUTLINES)


class Boroughs(Record):
    """Boroughs by name. outlines are their borders as they were meant when this was signed.

    Without outlines no position can be checked, and what asks for a position is refused.
    """

    kind: Literal["boroughs"] = "boroughs"
    names: tuple[Line, ...] = Field(min_length=1, max_length=MOST_OUTLINES)
    outlines: tuple[Outline, ...] = Field(default=(), max_length=MOST_OUTLINES)


Place = Annotated[ForceWide | Area | Boroughs, Field(discriminator="kind")]


def contains(outlines: tuple[Outline, ...], latitude_deg: float, longitude_deg: float) -> bool:
    """Whether a point lies in one of these areas."""
    return any(_inside(outline, latitude_deg, longitude_deg) for outline in outlines)


def crosses_itself(outline: Outline) -> bool:
    """Whether two sides of an outline meet other than at a corner that they share. Inside has no meaning there.

    From west to east, so that only sides that lie above one another are compared.
    """
    sides = list(enumerate(pairwise((*outline, outline[0]))))
    sides.sort(key=lambda side: min(side[1][0][1], side[1][1][1]))
    for place, (first, (a, b)) in enumerate(sides):
        east = max(a[1], b[1])
        for second, (c, d) in sides[place + 1 :]:
            if min(c[1], d[1]) > east:
                break
            if (first - second) % len(sides) not in (1, len(sides) - 1) and _meet(a, b, c, d):
                return True
    return False


def _inside(outline: Outline, y: float, x: float) -> bool:
    """Even-odd rule: a ray to the east crosses the outline an odd number of times."""
    inside = False
    for (y1, x1), (y2, x2) in pairwise((*outline, outline[0])):
        side = _side(y1, x1, y2, x2, y, x)
        if side == 0 and min(y1, y2) <= y <= max(y1, y2) and min(x1, x2) <= x <= max(x1, x2):
            return True
        if (y1 > y) != (y2 > y) and (side > 0) == (y2 > y1):
            inside = not inside
    return inside


def _side(y1: float, x1: float, y2: float, x2: float, y: float, x: float) -> float:
    """Over 0 where the point is to the left of the line from 1 to 2 (west of it, for a line that goes north)."""
    return (x2 - x1) * (y - y1) - (y2 - y1) * (x - x1)


def _meet(a: Corner, b: Corner, c: Corner, d: Corner) -> bool:
    """Whether the sides ab and cd have a point in common."""
    one, two = _side(*a, *b, *c), _side(*a, *b, *d)
    three, four = _side(*c, *d, *a), _side(*c, *d, *b)
    if one == two == 0:
        return all(
            max(min(a[axis], b[axis]), min(c[axis], d[axis])) <= min(max(a[axis], b[axis]), max(c[axis], d[axis]))
            for axis in (0, 1)
        )
    return one * two <= 0 and three * four <= 0
