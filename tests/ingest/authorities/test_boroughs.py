"""Requests that name boroughs: with a file the centre fills in their borders; without one a name is not enough."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from governance.authority.borough_outlines import BoroughOutlines
from governance.authority.question import Kind, Refusal, Where
from governance.authority.states import Step
from governance.errors import BadOutlines
from governance.keys import PrivateKey
from governance.log import Log
from ingest.authorities.register import Authorities
from ingest.centre import Centre
from ingest.errors import BadInput
from ingest.settings import AuthoritySettings
from tests.governance.authority.drawn import FORCE, LIST, NOON, RULES, START, WHY, proposal
from tests.ingest.authorities.conftest import BRAND, CLERK, PASSPHRASE, WICK

RING = [[-0.10, 51.50], [-0.08, 51.50], [-0.08, 51.52], [-0.10, 51.52], [-0.10, 51.50]]
FILE = {
    "type": "FeatureCollection",
    "features": [
        {"type": "Feature", "properties": {"name": "Camden"}, "geometry": {"type": "Polygon", "coordinates": [RING]}}
    ],
}
OUTLINE = [[51.50, -0.10], [51.50, -0.08], [51.52, -0.08], [51.52, -0.10]]
INSIDE, OUTSIDE = Where(51.51, -0.09, "car-1"), Where(51.53, -0.09, "car-1")
Make = Callable[[bool], Authorities]


def place(**more: Any) -> dict[str, Any]:
    return {"kind": "boroughs", "names": ["camden"], **more}


@pytest.fixture
def make(engine: Engine, log: Log, clock: Any) -> Make:
    """A register with a borough file or without, and an inspector."""
    clock.now = START

    def made(with_file: bool) -> Authorities:
        boroughs = BoroughOutlines.parse(json.dumps(FILE).encode()) if with_file else None
        anchor = PrivateKey.new()
        register = Authorities(engine, log, clock, force=FORCE, anchor=anchor, rules=RULES, boroughs=boroughs)
        key = register.keys.make(PASSPHRASE, BRAND)
        register.keys.trust(key.fingerprint, "inspector", CLERK)
        return register

    return made


def test_a_name_gets_its_border_which_is_signed_and_decided_by(make: Make) -> None:
    register = make(True)
    made = register.requests.draft(proposal(place=place()), "constable", WICK)
    assert register.show(made).request["place"] == place(outlines=[OUTLINE])
    register.requests.amend(made, proposal(place=place(outlines=[OUTLINE])), WICK)
    register.requests.submit(made, WICK)
    register.steps.take(made, Step.GRANT, WHY, PASSPHRASE, BRAND)
    assert register.case(made).document.body["place"]["outlines"] == [OUTLINE]
    for where, refusal in ((INSIDE, None), (OUTSIDE, Refusal.OUTSIDE_PLACE)):
        assert register.may("list.match", LIST, str(made), NOON, where).refusal == refusal


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (place(names=["Camdem"]), "there is no borough 'Camdem'; did you mean Camden"),
        (place(outlines=[[[50.0, 0.0], [50.1, 0.0], [50.0, 0.1]]]), "are not those that this centre has"),
    ],
)
def test_another_border_under_a_boroughs_name_is_refused(make: Make, given: dict[str, Any], said: str) -> None:
    with pytest.raises(BadInput, match=said):
        make(True).requests.draft(proposal(place=given), "constable", WICK)


def test_without_a_file_a_name_alone_is_not_put_before_an_officer(make: Make) -> None:
    register = make(False)
    made = register.requests.draft(proposal(place=place()), "constable", WICK)
    with pytest.raises(BadInput, match=r"boroughs need their outlines.*authorities\.boroughs_file"):
        register.requests.submit(made, WICK)
    register.requests.amend(made, proposal(place=place(outlines=[OUTLINE])), WICK)
    register.requests.submit(made, WICK)


def test_what_is_never_held_against_a_position_needs_no_border(make: Make) -> None:
    register = make(False)
    made = register.requests.draft(proposal(Kind.ANPR_SEARCH, place=place()), "constable", WICK)
    register.requests.submit(made, WICK)


def test_the_centre_does_not_start_with_a_file_that_has_a_fault(settings: Any, tmp_path: Path) -> None:
    path = tmp_path / "boroughs.geojson"
    path.write_text("{}")
    with pytest.raises(BadOutlines, match=r"boroughs\.geojson: it is not a GeoJSON"):
        Centre.open(settings.model_copy(update={"authorities": AuthoritySettings(boroughs_file=path)}))
