"""Points in areas: by table at the edges, and against a second way to tell for drawn shapes."""

import math
from itertools import pairwise

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from pydantic import ValidationError

from governance.authority.place import Area, Boroughs, _meet, contains, crosses_itself

SQUARE = ((0.0, 0.0), (0.0, 2.0), (2.0, 2.0), (2.0, 0.0))
U_SHAPE = ((0.0, 0.0), (3.0, 0.0), (3.0, 1.0), (1.0, 1.0), (1.0, 2.0), (3.0, 2.0), (3.0, 3.0), (0.0, 3.0))


@pytest.mark.parametrize(
    ("outline", "point", "inside"),
    [
        (SQUARE, (1, 1), True),
        (SQUARE, (0, 0), True),
        (SQUARE, (0, 1), True),
        (SQUARE, (1, 2), True),
        (SQUARE, (2, 2), True),
        (SQUARE, (2.000001, 1), False),
        (SQUARE, (1, -0.000001), False),
        (SQUARE, (3, 0), False),
        (SQUARE, (0, 3), False),
        (U_SHAPE, (2, 0.5), True),
        (U_SHAPE, (2, 1.5), False),
        (U_SHAPE, (2, 2.5), True),
        (U_SHAPE, (1, 1.5), True),
        (SQUARE, (math.nan, 1), False),
        (SQUARE, (1, math.inf), False),
    ],
)
def test_the_edges(outline: tuple[tuple[float, float], ...], point: tuple[float, float], inside: bool) -> None:
    assert contains((outline,), *point) is inside
    assert contains((tuple(reversed(outline)),), *point) is inside


def test_one_of_several_areas_is_enough() -> None:
    far = tuple((y + 10, x) for y, x in SQUARE)
    assert contains((SQUARE, far), 11, 1)
    assert not contains((SQUARE, far), 5, 1)
    assert not contains((), 1, 1)


angles = st.lists(st.integers(0, 359), min_size=3, max_size=12, unique=True).map(sorted)


@given(angles, st.floats(-1.5, 1.5), st.floats(-1.5, 1.5))
def test_convex_shapes_against_half_planes(degrees: list[int], y: float, x: float) -> None:
    """Corners on a circle: a point is inside where it is to the left of every side."""
    corners = tuple((math.sin(math.radians(a)), math.cos(math.radians(a))) for a in degrees)
    assume(len(set(corners)) == len(corners))
    sides = zip(corners, (*corners[1:], corners[0]), strict=True)
    left = [(bx - ax) * (y - ay) - (by - ay) * (x - ax) for (ay, ax), (by, bx) in sides]
    assume(min(abs(each) for each in left) > 1e-9)
    assert contains((corners,), y, x) is all(each > 0 for each in left)
    assert not crosses_itself(corners)


@given(st.floats(-1, 3), st.floats(-1, 3), st.integers(0, 3))
def test_where_the_outline_begins_does_not_matter(y: float, x: float, turn: int) -> None:
    assert contains((SQUARE,), y, x) is contains((SQUARE[turn:] + SQUARE[:turn],), y, x)


@pytest.mark.parametrize(
    ("outline", "crosses"),
    [
        (SQUARE, False),
        (U_SHAPE, False),
        (((0.0, 0.0), (2.0, 2.0), (0.0, 2.0), (2.0, 0.0)), True),
        (((0.0, 0.0), (0.0, 4.0), (2.0, 2.0), (0.0, 1.0), (-1.0, 2.0)), True),
    ],
)
def test_an_outline_that_crosses_itself_is_seen(outline: tuple[tuple[float, float], ...], crosses: bool) -> None:
    assert crosses_itself(outline) is crosses


@pytest.mark.parametrize(
    "outline",
    [
        [],
        [[0, 0], [1, 1]],
        [[0, 0], [1, 1], [2, 2]],
        [[0, 0], [0, 1], [1, 1], [0, 0]],
        [[0, 0], [0, 1], [91, 1]],
        [[0, 0], [0, 181], [1, 1]],
        [[0, 0], [0, 6], [1, 1]],
        [[0, 0], [0, 1], [math.nan, 1]],
        [[0, 0], [0, 1], [math.inf, 1]],
        [[0, 0, 0], [0, 1, 0], [1, 1, 0]],
    ],
    ids=range(10),
)
def test_what_is_no_area_is_refused(outline: list[list[float]]) -> None:
    with pytest.raises(ValidationError):
        Area.model_validate({"kind": "area", "outlines": [outline]})


def test_boroughs_have_names() -> None:
    with pytest.raises(ValidationError):
        Boroughs.model_validate({"kind": "boroughs", "names": []})


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=3, max_size=8, unique=True))
def test_sides_are_compared_from_west_to_east_as_each_with_each(corners: list[tuple[int, int]]) -> None:
    outline = tuple((float(y), float(x)) for y, x in corners)
    sides = list(pairwise((*outline, outline[0])))
    apart = [(i, j) for i in range(len(sides)) for j in range(i + 2, len(sides)) if (i, j) != (0, len(sides) - 1)]
    assert crosses_itself(outline) is any(_meet(*sides[i], *sides[j]) for i, j in apart)
