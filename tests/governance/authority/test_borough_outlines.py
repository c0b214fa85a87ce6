"""A force's file of borough borders: read whole, refused with the borough and the fault, found by name."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from governance.authority.borough_outlines import MOST_BYTES, BoroughOutlines
from governance.authority.decision import decide
from governance.authority.place import MOST_CORNERS, contains
from governance.authority.question import Refusal, Where
from governance.authority.replay import replay
from governance.errors import BadOutlines
from tests.governance.authority.drawn import INSIDE, LIST, NOON, RULES, Court, at, request

WEST = [[-0.2, 51.5], [-0.1, 51.5], [-0.1, 51.6], [-0.2, 51.6], [-0.2, 51.5]]
EAST = [[-0.1, 51.5], [0.0, 51.5], [0.0, 51.6], [-0.1, 51.6], [-0.1, 51.5]]
ISLAND = [[0.1, 51.5], [0.2, 51.5], [0.2, 51.6], [0.1, 51.5]]


def feature(name: Any, kind: str, coordinates: Any, key: str = "name") -> dict[str, Any]:
    return {"type": "Feature", "properties": {key: name}, "geometry": {"type": kind, "coordinates": coordinates}}


def parsed(*features: Any) -> BoroughOutlines:
    return BoroughOutlines.parse(json.dumps({"type": "FeatureCollection", "features": features}).encode())


@pytest.fixture
def boroughs() -> BoroughOutlines:
    return parsed(
        feature("West Ham and Eggs", "Polygon", [WEST]), feature("East", "MultiPolygon", [[EAST], [ISLAND]], "NAME")
    )


def test_a_border_is_latitude_first_and_closes_by_itself(boroughs: BoroughOutlines) -> None:
    assert boroughs.names == ("West Ham and Eggs", "East")
    assert boroughs.of(["West Ham and Eggs"]) == (((51.5, -0.2), (51.5, -0.1), (51.6, -0.1), (51.6, -0.2)),)
    assert len(boroughs.of(["east"])) == 2


def test_names_are_found_without_regard_to_capitals_and_spaces(boroughs: BoroughOutlines) -> None:
    both = boroughs.of(["  west HAM  and eggs", "East", "EAST"])
    assert both == boroughs.of(["West Ham and Eggs", "East"])
    assert contains(both, 51.55, -0.15)
    assert contains(both, 51.55, -0.05)
    assert not contains(both, 51.55, 0.05)


@pytest.mark.parametrize(
    ("name", "said"), [("Eastt", "did you mean East?"), ("Q", "one of West Ham and Eggs, East"), ("", "one of")]
)
def test_a_borough_that_is_not_there_is_refused(boroughs: BoroughOutlines, name: str, said: str) -> None:
    with pytest.raises(BadOutlines, match=f"there is no borough '{name}'.*{said.replace('?', '.')}"):
        boroughs.of(["East", name])


HOLE = [[-0.18, 51.52], [-0.12, 51.52], [-0.12, 51.58], [-0.18, 51.52]]
BOW = [[0.0, 51.0], [0.1, 51.1], [0.1, 51.0], [0.0, 51.2], [0.0, 51.0]]
FAULTS: dict[str, tuple[Any, str]] = {
    "no name": (feature("", "Polygon", [WEST]), "not a GeoJSON FeatureCollection of named features"),
    "another property": (feature("A", "Polygon", [WEST], "label"), "not a GeoJSON FeatureCollection of named features"),
    "a number for a name": (feature(7, "Polygon", [WEST]), "of named features"),
    "no feature": ([], "of named features"),
    "a point": (feature("A", "Point", [0, 51]), "A has no Polygon or MultiPolygon"),
    "no geometry": (feature("A", "Polygon", None), "A has no Polygon or MultiPolygon"),
    "a hole": (feature("A", "Polygon", [WEST, HOLE]), "A has a hole"),
    "an open ring": (feature("A", "Polygon", [WEST[:-1]]), "does not end where it begins"),
    "a short ring": (feature("A", "Polygon", [[WEST[0], WEST[1], WEST[0]]]), "does not end where it begins"),
    "crossed": (feature("A", "Polygon", [BOW]), "crosses itself"),
    "latitude first": (feature("A", "Polygon", [[[91.0, 0.0], [91.1, 91.0], [92.0, 95.0], [91.0, 0.0]]]), "A: "),
    "text": (feature("A", "Polygon", [[["x", 1], [2, 2], [3, 1], ["x", 1]]]), "A: "),
    "too many corners": (
        feature("A", "Polygon", [[[0.001 * n, 51.0] for n in range(MOST_CORNERS + 1)] + [[0.0, 51.0]]]),
        f"a ring of {MOST_CORNERS + 1} corners, and a place takes {MOST_CORNERS}",
    ),
}


@pytest.mark.parametrize("what", FAULTS)
def test_a_file_with_a_fault_is_refused_whole_with_the_borough(what: str) -> None:
    broken, said = FAULTS[what]
    with pytest.raises(BadOutlines, match=said):
        parsed(feature("East", "Polygon", [EAST]), broken)


def test_a_name_twice_or_no_feature_is_refused() -> None:
    with pytest.raises(BadOutlines, match="east is there twice"):
        parsed(feature("East", "Polygon", [EAST]), feature("east", "Polygon", [WEST]))
    with pytest.raises(BadOutlines, match="no feature"):
        parsed()


@pytest.mark.parametrize(("content", "said"), [(b"{", "not a GeoJSON"), (b"\xff", "not a GeoJSON"), (b"[]", "not a")])
def test_what_is_no_geojson_is_refused_with_its_file(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "boroughs.geojson"
    with pytest.raises(BadOutlines, match=r"boroughs\.geojson cannot be read"):
        BoroughOutlines.read(path)
    path.write_bytes(content)
    with pytest.raises(BadOutlines, match=rf"boroughs\.geojson: it is {said}"):
        BoroughOutlines.read(path)


def test_a_file_that_is_too_long_is_not_read() -> None:
    with pytest.raises(BadOutlines, match="over the limit"):
        BoroughOutlines.parse(b" " * (MOST_BYTES + 1))


@given(st.recursive(st.none() | st.booleans() | st.floats() | st.text(max_size=5), lambda x: st.lists(x, max_size=4)))
def test_whatever_stands_for_coordinates_is_read_or_refused(coordinates: Any) -> None:
    for kind in ("Polygon", "MultiPolygon"):
        try:
            parsed(feature("A", kind, coordinates))
        except BadOutlines:
            continue


def test_a_device_decides_by_the_border_that_was_signed() -> None:
    boroughs = parsed(feature("City", "Polygon", [[[-0.1, 51.5], [-0.08, 51.5], [-0.08, 51.52], [-0.1, 51.5]]]))
    court = Court.sitting()
    place = {"kind": "boroughs", "names": ["City"], "outlines": boroughs.of(["City"])}
    history = replay(court.decided(request(place=place)), court.trust(), RULES)
    south_east, north_west = (51.503, -0.085), (51.518, -0.099)
    for (latitude, longitude), refusal in ((south_east, None), (north_west, Refusal.OUTSIDE_PLACE)):
        decision = decide("list.match", LIST, history, at(NOON), Where(latitude, longitude, "car-1"))
        assert decision.refusal == refusal
    without = replay(court.decided(request(place={"kind": "boroughs", "names": ["City"]})), court.trust(), RULES)
    decision = decide("list.match", LIST, without, at(NOON), Where(*INSIDE, "car-1"))
    assert "without their outlines, so nobody can tell whether this is inside them: ask for it anew" in decision.reason
