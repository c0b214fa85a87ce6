"""Outlines as people give them: plain text, GeoJSON, and what is refused in words."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.web.outlines import MOST_CHARACTERS, read_outlines, write_outlines

RING = [[-0.10, 51.50], [-0.08, 51.50], [-0.08, 51.52], [-0.10, 51.50]]
FEATURE = {"type": "Feature", "geometry": {"type": "Polygon", "coordinates": [RING]}}
READ = [[51.50, -0.10], [51.50, -0.08], [51.52, -0.08]]


def geojson(kind: str, **fields: Any) -> str:
    return json.dumps({"type": kind, **fields})


@pytest.mark.parametrize(
    ("text", "outlines"),
    [
        ("", []),
        ("\n \n", []),
        ("51.5, -0.1\n51.5,-0.08\n51.52 -0.08", [[[51.5, -0.1], [51.5, -0.08], [51.52, -0.08]]]),
        ("51;-0.1\r\n\r\n\r\n52\t1\r\n", [[[51.0, -0.1]], [[52.0, 1.0]]]),
        (geojson("Polygon", coordinates=[RING]), [READ]),
        (geojson("MultiPolygon", coordinates=[[RING], [RING]]), [READ, READ]),
        (json.dumps(FEATURE), [READ]),
        (geojson("FeatureCollection", features=[FEATURE, FEATURE]), [READ, READ]),
        (geojson("GeometryCollection", geometries=[{"type": "Polygon", "coordinates": [RING[:3]]}]), [READ]),
    ],
)
def test_what_is_read(text: str, outlines: list[Any]) -> None:
    assert read_outlines(text) == outlines


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("51.5, -0.1\nnorth", "line 2 is not a corner"),
        ("51.5", "line 1 is not a corner"),
        ("1" * (MOST_CHARACTERS + 1), "has more than 400,000 characters"),
        ("{", "is not GeoJSON"),
        ('{"type": "Polygon"}', "is not GeoJSON"),
        ('{"type": "Polygon", "coordinates": [[["a", "b"]]]}', "is not GeoJSON"),
        (geojson("Polygon", coordinates=[[[10**400, 1]]]), "is not GeoJSON"),
        (geojson("Point", coordinates=[1, 2]), "holds a 'Point'"),
        (geojson("Polygon", coordinates=[RING, RING]), "with a hole"),
    ],
)
def test_what_is_refused_says_why(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        read_outlines(text)


DEGREES = st.floats(-180, 180, allow_nan=False)


@given(st.lists(st.lists(st.tuples(DEGREES, DEGREES), min_size=1, max_size=6), max_size=4))
def test_what_is_written_reads_back_exactly(outlines: list[list[tuple[float, float]]]) -> None:
    assert read_outlines(write_outlines(outlines)) == [[list(corner) for corner in outline] for outline in outlines]


@given(st.text() | st.text('{}[]"0123456789.,-:typePolygon \n'))
def test_any_text_is_read_or_refused_in_words(text: str) -> None:
    said = ""
    try:
        read_outlines(text)
    except ValueError as error:
        said = str(error)
    assert said.split(" ")[0] in ("", "has", "line", "is", "holds")
