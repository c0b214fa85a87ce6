"""The drawing of a place's outlines: its size, its shape on the ground, and its scale."""

import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.web.outline_drawing import HIGH, LONGEST_BAR, MARGIN, WIDE, draw_outlines

TALL = [[51.50, -0.10], [51.50, -0.09], [51.52, -0.09], [51.52, -0.10]]
EAST = [[51.50, -0.05], [51.50, -0.04], [51.51, -0.04]]


def test_no_outline_is_no_drawing() -> None:
    assert draw_outlines([]) is None


def test_north_is_up_and_lengths_are_those_on_the_ground() -> None:
    drawing = draw_outlines([TALL])
    assert drawing is not None
    x = MARGIN + round(HIGH * math.cos(math.radians(51.51)) / 2, 1)
    low, high = f"{MARGIN + HIGH}.0", f"{MARGIN}.0"
    assert drawing.paths == (f"M{MARGIN}.0 {low}L{x} {low}L{x} {high}L{MARGIN}.0 {high}Z",)
    assert drawing.height == HIGH + 2 * MARGIN
    assert drawing.bar_km == 1.0
    assert drawing.bar == pytest.approx(HIGH / (0.02 * 111.2), abs=0.1)


def test_several_outlines_share_one_scale_and_have_numbers() -> None:
    drawing = draw_outlines([TALL, EAST])
    assert drawing is not None
    assert [label.number for label in drawing.labels] == [1, 2]
    assert drawing.labels[0].x < drawing.labels[1].x
    assert drawing.width == WIDE + 2 * MARGIN


CORNERS = st.tuples(st.floats(49, 54), st.floats(-3, 2))


@given(st.lists(st.lists(CORNERS, min_size=3, max_size=8), min_size=1, max_size=4))
def test_every_corner_is_within_the_drawing(outlines: list[list[tuple[float, float]]]) -> None:
    spans = [max(c[axis] for o in outlines for c in o) - min(c[axis] for o in outlines for c in o) for axis in (0, 1)]
    if max(spans) < 1e-4:
        return  # smaller than any place that can be asked for
    drawing = draw_outlines(outlines)
    assert drawing is not None
    assert 0 < drawing.bar <= LONGEST_BAR + 0.1
    for path in drawing.paths:
        for x, y in (map(float, pair.split()) for pair in re.split("[MLZ]", path) if pair):
            assert -0.1 <= x <= drawing.width + 0.1
            assert -0.1 <= y <= drawing.height + 0.1
