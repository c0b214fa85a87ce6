"""The form of a request: saved, refused with nothing lost, written anew, put before an officer, taken back, copied."""

import json
from pathlib import Path
from typing import Any

import pytest

from governance.authority.question import Kind
from ingest.settings import AuthoritySettings
from tests.governance.authority.drawn import RULES, SQUARE, proposal
from tests.ingest.web.asking import form, text_of


@pytest.fixture
def manager(house: Any) -> Any:
    return house.browser("list-manager")


def test_the_kinds_say_what_they_need(manager: Any) -> None:
    said = text_of(manager.get("/authorities/new"))
    for rule in RULES.kinds.values():
        assert f"{rule.least_rank.capitalize()} or above; {rule.longest_days} day" in said


@pytest.mark.parametrize("kind", Kind)
def test_the_form_of_each_kind_can_be_opened_and_saved(house: Any, manager: Any, kind: Kind) -> None:
    assert "What it costs those whom it touches" in manager.get(f"/authorities/new?kind={kind}").text
    made = manager.post("/authorities/new", data=form(house, kind, days=1))
    assert made.status_code == 303
    (only,) = house.centre.authorities.all()
    assert (only.state, only.kind, only.applicant) == ("draft", kind, "list-manager")
    body = house.centre.authorities.show(only.authority_id).request
    assert (body["documents"], body["place"]["outlines"]) == (proposal(kind)["documents"], [SQUARE])


def test_a_form_that_is_wrong_names_each_field_and_loses_nothing(house: Any, manager: Any) -> None:
    typed = form(house, title="", necessity="too short", starts_at="2026-10-25T01:30", devices="Car 1", rank="")
    answer = manager.post("/authorities/new", data=typed)
    said = text_of(answer)
    assert answer.status_code == 422
    for fault in (
        "Your rank is not said",
        "Title is empty",
        "Necessity says too little",
        "Start falls into the hour in which the clocks change",
        "Devices has what is no device's name",
    ):
        assert fault in said
    for kept in ("too short", "2026-10-25T01:30", "Car 1", typed["proportionality"], "DOC-community-impact"):
        assert kept in answer.text
    assert 'aria-describedby="necessity-fault necessity-note"' in answer.text
    assert house.centre.authorities.all() == []


def test_a_form_without_its_kind_is_refused(manager: Any) -> None:
    assert manager.post("/authorities/new", data={}).status_code == 422


def test_outlines_can_come_from_a_file(house: Any, manager: Any) -> None:
    ring = [[east, north] for north, east in SQUARE]
    file = {"outlines_file": ("ward.geojson", json.dumps({"type": "Polygon", "coordinates": [ring]}).encode())}
    made = manager.post("/authorities/new", data=form(house, outlines="typed and replaced"), files=file)
    assert made.status_code == 303
    (only,) = house.centre.authorities.all()
    assert house.centre.authorities.show(only.authority_id).request["place"]["outlines"] == [SQUARE]
    wrong = manager.post("/authorities/new", data=form(house), files={"outlines_file": ("w.txt", b"north\n\xff")})
    assert (wrong.status_code, "Outlines line 1 is not a corner" in text_of(wrong)) == (422, True)


def test_the_outlines_of_many_boroughs_fit(house: Any, manager: Any) -> None:
    large = "\n\n".join(
        "\n".join(f"{51 + row / 100 + corner * 1e-5:.9f}, {-0.5 + corner**2 * 1e-7:.9f}" for corner in range(400))
        for row in range(20)
    )
    made = manager.post("/authorities/new", data=form(house, outlines=large))
    assert (made.status_code, len(large) > 200_000) == (303, True)
    assert "Its 400 corners" in manager.get(made.headers["location"]).text
    over = {"outlines_file": ("w.txt", b"51.5, -0.1\n" * 50_000)}
    refused = manager.post("/authorities/new", data=form(house), files=over)
    assert (refused.status_code, "simplify the outlines" in text_of(refused)) == (422, True)
    assert manager.post("/authorities/new", data=form(house, outlines="1" * 3_000_000)).status_code == 413
    assert house.stranger().post("/authorities/new", data=form(house, outlines=large)).status_code == 413


def test_a_borough_that_the_force_does_not_have_is_said_at_its_field(make_house: Any, tmp_path: Path) -> None:
    ring = [[east, north] for north, east in [*SQUARE, SQUARE[0]]]
    geometry = {"type": "Polygon", "coordinates": [ring]}
    feature = {"type": "Feature", "properties": {"name": "Camden"}, "geometry": geometry}
    file = tmp_path / "boroughs.geojson"
    file.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))
    house = make_house(authorities=AuthoritySettings(boroughs_file=file))
    manager = house.browser("list-manager")
    typed = form(house, place="boroughs", boroughs="Camdem", outlines="")
    refused = manager.post("/authorities/new", data=typed)
    assert refused.status_code == 422
    assert 'id="boroughs-fault">Boroughs cannot be taken: there is no borough' in refused.text
    assert "did you mean Camden?" in refused.text
    assert typed["necessity"] in refused.text
    path = manager.post("/authorities/new", data=typed | {"boroughs": "camden"}).headers["location"]
    assert "2.2 km from north to south" in text_of(manager.get(path))
    edit = manager.get(f"{path}/edit")
    assert "Their borders are filled in" in text_of(edit)
    assert "51.5, -0.1" not in edit.text
    again = manager.post(f"{path}/edit", data=typed)
    assert (again.status_code, "did you mean Camden?" in again.text) == (422, True)


def test_a_draft_is_written_anew_put_before_an_officer_and_taken_back(house: Any, manager: Any) -> None:
    path = manager.post("/authorities/new", data=form(house)).headers["location"]
    assert "Vehicles used in burglary" in manager.get(f"{path}/edit").text
    again = form(house, title="Vehicles used in theft")
    assert manager.post(f"{path}/edit", data=again).headers["location"] == path
    assert "Vehicles used in theft" in manager.get(path).text
    assert manager.post(f"{path}/edit", data=again | {"title": ""}).status_code == 422
    assert manager.post(f"{path}/submit").status_code == 303
    late = manager.post(f"{path}/edit", data=again)
    assert (late.status_code, "only a draft can be written anew" in late.text) == (409, True)
    assert manager.post(f"{path}/submit").status_code == 409
    assert manager.post(f"{path}/withdraw").status_code == 303
    assert manager.post(f"{path}/withdraw").status_code == 409
    assert [act.act for act in house.acts()[-40:] if act.act.startswith("authority.")] == [
        "authority.draft",
        "authority.amend",
        "authority.submit",
        "authority.withdraw",
    ]
    copy = manager.get(f"/authorities/new?copy={path.rsplit('/', 1)[1]}")
    assert "A copy of AUTH-2026-0001, without its times" in text_of(copy)
    assert "Vehicles used in theft" in copy.text
    assert 'name="starts_at" type="datetime-local" value=""' in copy.text


def test_what_a_request_lacks_for_its_kind_is_said_before_it_is_put(house: Any, manager: Any) -> None:
    path = manager.post("/authorities/new", data=form(house, days=400)).headers["location"]
    page = manager.get(path)
    assert "an officer yet: it may run for 366 days at most" in text_of(page)
    assert "Put it before an officer" not in page.text
    refused = manager.post(f"{path}/submit")
    assert (refused.status_code, "366 days at most" in refused.text) == (422, True)


def test_a_draft_whose_time_is_over_says_so_before_it_is_put(house: Any, manager: Any) -> None:
    path = manager.post("/authorities/new", data=form(house, days=2)).headers["location"]
    house.clock.forward(days=3)
    page = house.browser("list-manager").get(path)
    assert "its end has passed" in page.text
    assert "Put it before an officer" not in page.text


def test_nobody_changes_anothers_draft(house: Any, manager: Any) -> None:
    path = manager.post("/authorities/new", data=form(house)).headers["location"]
    other = house.browser("investigator")
    for answer in (
        other.get(f"{path}/edit"),
        other.post(f"{path}/edit", data=form(house)),
        other.post(f"{path}/submit"),
        other.post(f"{path}/withdraw"),
    ):
        assert answer.status_code == 409
        assert "is a request of list-manager: only they" in answer.text
    assert "Change it" not in other.get(path).text
