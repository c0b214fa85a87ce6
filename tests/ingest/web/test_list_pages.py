"""The pages of the lists: every change that can be made there, and every refusal."""

import re
from typing import Any
from uuid import uuid4

import pytest

NEW = {"name": "Burglary", "purpose": "Find vehicles used in burglary", "owner": "DI Drawn", "authority": "AO-1"}
ENTRY = {
    "vrm": "ab12 cde",
    "reason": "Used in a burglary",
    "marker": "Stolen",
    "action": "Stop",
    "risk_warnings": "Firearms\nViolent; Drugs",
    "owner": "DC 4411",
    "expires": "2026-12-31",
    "authority": "AO-1",
}
HEADER = "vrm,reason,marker,action,risk_warnings,owner,expires,authority\n"


@pytest.fixture
def manager(house: Any) -> Any:
    return house.browser("list-manager")


@pytest.fixture
def new(house: Any) -> dict[str, str]:
    """What makes a list whose authority is in force."""
    return NEW | {"authority": house.grants.lists("Burglary")}


def test_a_list_is_made_and_found(house: Any, manager: Any, new: dict[str, str]) -> None:
    assert "There is no list yet." in manager.get("/lists").text
    made = manager.post("/lists", data=new)
    assert made.status_code == 303
    html = manager.get("/lists").text
    assert made.headers["location"] in html
    assert "not yet" in html
    assert house.acts("list.create")[0].actor == "list-manager"


def test_a_list_whose_name_is_taken_is_refused_and_nothing_typed_is_lost(manager: Any, new: dict[str, str]) -> None:
    manager.post("/lists", data=new)
    answer = manager.post("/lists", data=new | {"purpose": "Another purpose"})
    assert answer.status_code == 409
    assert "there is a list &#39;Burglary&#39; already" in answer.text
    assert "Another purpose" in answer.text


def test_a_vehicle_is_added(house: Any, manager: Any) -> None:
    made = house.make_list()
    assert manager.post(f"/lists/{made.list_id}/entries", data=ENTRY).status_code == 303
    (entry,) = house.centre.lists.show(made.list_id).entries
    assert (entry.vrm, entry.risk_warnings, entry.added_by) == (
        "AB12CDE",
        ("Firearms", "Violent", "Drugs"),
        "list-manager",
    )
    html = manager.get(f"/lists/{made.list_id}").text
    assert "Firearms, Violent, Drugs" in html


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"vrm": "!"}, "is not 2 to 12 letters"),
        ({"reason": " "}, "reason is empty"),
        ({"expires": "tomorrow"}, "is not a date"),
        ({"expires": "2020-01-01"}, "is in the past"),
        ({"authority": "x" * 81}, "authority has 81 characters"),
        ({"vrm": "!", "reason": " "}, "reason is empty"),
    ],
)
def test_an_entry_that_is_wrong_is_refused_with_every_fault(
    house: Any, manager: Any, changes: dict[str, str], said: str
) -> None:
    made = house.make_list()
    answer = manager.post(f"/lists/{made.list_id}/entries", data=ENTRY | changes)
    assert answer.status_code == 422
    assert said in answer.text
    assert 'value="DC 4411"' in answer.text  # what was typed stays
    assert house.centre.lists.show(made.list_id).entries == ()


def test_a_mark_that_is_on_the_list_is_refused(house: Any, manager: Any) -> None:
    made = house.make_list()
    manager.post(f"/lists/{made.list_id}/entries", data=ENTRY)
    answer = manager.post(f"/lists/{made.list_id}/entries", data=ENTRY)
    assert answer.status_code == 409
    assert "on the list already" in answer.text


def test_a_vehicle_comes_off_with_a_reason(house: Any, manager: Any) -> None:
    made = house.make_list()
    entry = house.add(made.list_id)
    path = f"/lists/{made.list_id}/entries/{entry.entry_id}/remove"
    assert manager.post(path, data={"why": "  "}).status_code == 422
    assert manager.post(path, data={"why": "Found and returned"}).status_code == 303
    assert house.centre.lists.show(made.list_id).entries == ()
    assert house.acts("list.entry.remove")[0].purpose == "Found and returned"


def test_a_file_is_imported_with_a_report_by_line(house: Any, manager: Any) -> None:
    made = house.make_list()
    rows = (
        "AB12CDE,Burglary,,,Firearms,DC 1,2026-12-31,AO-1\n"
        "ab12 cde,Burglary,,,Firearms,DC 1,2026-12-31,AO-1\n"
        "\n"
        "LD70XYZ,Theft,,,,DC 1,not a date,AO-1\n"
    )
    file = {"file": ("list.csv", (HEADER + rows).encode(), "text/csv")}
    answer = manager.post(f"/lists/{made.list_id}/import", files=file)
    assert answer.status_code == 200
    words = " ".join(answer.text.split())
    assert "<strong>1 added</strong>, 0 changed, 0 different and left as they are, 1 refused, 1 there already" in words
    refused, repeats = words.split("1 line says nothing new")
    assert "is not a date" in refused
    assert "</span>3</th><td>the same as line 2</td>" in repeats
    assert "Mend these lines" in refused
    assert "Mend these lines" not in repeats


def send(manager: Any, path: str, rows: str, header: str = HEADER, **form: str) -> Any:
    file = {"file": ("list.csv", (header + rows).encode(), "text/csv")}
    return manager.post(f"{path}/import", files=file, data=form)


def test_a_column_that_no_list_has_refuses_the_file_until_it_is_named(house: Any, manager: Any) -> None:
    path = f"/lists/{house.make_list().list_id}"
    header, row = "vrm,reason,risk_warning,owner,expires,authority\n", "AB12CDE,x,VIOLENT,o,2026-12-31,a\n"
    answer = send(manager, path, row, header)
    assert answer.status_code == 422
    assert "(did you mean risk_warnings?)" in answer.text
    answer = send(manager, path, row, header, leave_out="remarks, risk_warning")
    assert "<strong>1 added</strong>" in answer.text
    assert "what it added carries no warning" in answer.text


def test_what_differs_from_the_list_is_shown_and_taken_only_when_ticked(house: Any, manager: Any) -> None:
    made = house.make_list()
    house.add(made.list_id, risk_warnings=())
    path = f"/lists/{made.list_id}"
    row = "AB12CDE,Used in a burglary,Stolen,Stop and detain,VIOLENT,DC 4411,2026-12-31,AO-2026-118\n"
    answer = send(manager, path, row)
    assert "1 different and left as they are" in answer.text
    assert "<td>risk_warnings, expires</td>" in answer.text
    answer = send(manager, path, row, update="true")
    assert answer.status_code == 422
    assert "why is empty" in answer.text
    answer = send(manager, path, row, update="true", why="The warning was missing")
    assert "1 changed" in answer.text
    assert house.centre.lists.show(made.list_id).entries[0].risk_warnings == ("VIOLENT",)
    assert house.acts("list.entry.remove")[0].purpose == "The warning was missing"


def test_an_expiry_is_shown_as_it_was_meant(house: Any, manager: Any) -> None:
    made = house.make_list()
    manager.post(f"/lists/{made.list_id}/entries", data=ENTRY)
    html = manager.get(f"/lists/{made.list_id}").text
    assert ">the end of 31 December 2026</time>" in html
    assert "Jan 2027" not in html


def test_with_nothing_changed_there_is_nothing_to_publish(house: Any, manager: Any) -> None:
    made = house.make_list()
    house.add(made.list_id)
    house.clock.forward(minutes=1)
    manager.post(f"/lists/{made.list_id}/publish")
    html = manager.get(f"/lists/{made.list_id}").text
    assert "Nothing has changed since version 1" in html
    assert "/publish" not in html
    answer = manager.post(f"/lists/{made.list_id}/publish")  # from a page that was open before
    assert "Nothing has changed since version 1, so no new version was made." in answer.text
    assert house.centre.lists.get(made.list_id).version == 1
    assert len(house.acts("list.publish")) == 1


@pytest.mark.parametrize("content", [b"", b"\xff\xfe\x00", b"just text\n", b"vrm,reason\nAB12CDE,x\n"])
def test_a_file_that_is_no_list_is_refused_whole(house: Any, manager: Any, content: bytes) -> None:
    made = house.make_list()
    answer = manager.post(f"/lists/{made.list_id}/import", files={"file": ("list.csv", content, "text/csv")})
    assert answer.status_code == 422
    assert "Nothing was changed." in answer.text


def test_a_list_is_published(house: Any, manager: Any) -> None:
    made = house.make_list()
    house.add(made.list_id)
    assert "no car knows this list" in manager.get(f"/lists/{made.list_id}").text
    assert manager.post(f"/lists/{made.list_id}/publish").status_code == 303
    assert "version 1, Mon 23 Nov 2026, 03:04:05" in " ".join(_words(manager.get(f"/lists/{made.list_id}").text))


def _words(html: str) -> list[str]:
    return re.sub(r"<[^>]+>", "", html).split()


def test_a_long_list_is_shown_in_pages(house: Any, manager: Any) -> None:
    made = house.make_list()
    rows = "".join(f"AA{n:02d}AA{letter},x,,,,o,2026-12-31,a\n" for letter in "ABC" for n in range(50))
    manager.post(f"/lists/{made.list_id}/import", files={"file": ("l.csv", (HEADER + rows).encode(), "text/csv")})
    first = manager.get(f"/lists/{made.list_id}").text
    assert "1 to 100 of 150" in first
    assert 'href="?start=100"' in first
    assert "101 to 150 of 150" in manager.get(f"/lists/{made.list_id}?start=100").text
    assert manager.get(f"/lists/{made.list_id}?start=-5").status_code == 200


def test_an_authorising_officer_may_publish_but_not_change(house: Any) -> None:
    made = house.make_list()
    house.add(made.list_id)
    officer = house.browser("authorising-officer")
    html = officer.get(f"/lists/{made.list_id}").text
    assert "Publish version 1" in html
    assert "Add a vehicle" not in html
    assert officer.post(f"/lists/{made.list_id}/publish").status_code == 303
    assert officer.post(f"/lists/{made.list_id}/entries", data=ENTRY).status_code == 403


@pytest.mark.parametrize("path", ["/lists/{}", "/lists/{}/publish", "/lists/{}/entries"])
def test_a_list_that_is_not_there_is_said(manager: Any, path: str) -> None:
    target = path.format(uuid4())
    answer = manager.get(target) if target.count("/") == 2 else manager.post(target, data=ENTRY)
    assert answer.status_code == 404
    assert "there is no list" in answer.text.lower()


@pytest.mark.parametrize("text", ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>'])
def test_what_a_list_says_is_never_markup(house: Any, manager: Any, text: str) -> None:
    made = house.make_list(text)
    house.add(made.list_id, reason=text, risk_warnings=(text,))
    for page in ("/lists", f"/lists/{made.list_id}"):
        html = manager.get(page).text
        assert text not in html
        assert "&lt;" in html
