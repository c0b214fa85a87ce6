"""The form of a request: there and back for every kind, times on London's clock, and every fault by its field."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from governance.authority.document import Proposal
from governance.authority.question import Kind
from ingest.web.authority_form import document_rows, first_form, labels, local_text, read_form, read_local, typed_of
from tests.governance.authority.drawn import RULES, SQUARE, proposal

BOROUGHS = {"kind": "boroughs", "names": ["Camden", "Islington"], "outlines": [SQUARE]}


@pytest.mark.parametrize("kind", Kind)
@pytest.mark.parametrize(
    "changes", [{}, {"place": {"kind": "force-wide"}, "devices": "all"}, {"place": BOROUGHS, "documents": []}]
)
def test_a_request_goes_into_the_form_and_comes_back_the_same(kind: Kind, changes: dict[str, Any]) -> None:
    body = Proposal.model_validate(proposal(kind, **changes)).body()
    written = read_form(kind, typed_of(body))
    assert written.faults == {}
    assert Proposal.model_validate(written.fields).body() == body


@pytest.mark.parametrize("kind", Kind)
def test_an_empty_form_names_everything_that_it_wants(kind: Kind) -> None:
    faults = read_form(kind, first_form(RULES.kinds[kind])).faults
    assert set(faults) <= set(labels(kind))
    assert {"title", "necessity", "place", "starts_at", "ends_at", "review_at"} <= set(faults)
    assert {name for name in faults if name.startswith("scope_")} == {
        name for name in labels(kind) if name.startswith("scope_")
    }
    assert set(faults.values()) <= {
        "is empty",
        "names no device",
        "is not said: named devices, or all",
        "is not said: an area, boroughs, or the whole force",
    }


@pytest.mark.parametrize(
    ("typed", "field", "said"),
    [
        ({"title": "x" * 201}, "title", "has more than 200 characters"),
        ({"title": "two\nlines"}, "title", "has more than one line"),
        ({"necessity": "as discussed"}, "necessity", "says too little"),
        ({"necessity": "word " * 1_000}, "necessity", "has more than 4,000 characters"),
        ({"necessity": "The driver of AB12 CDE was seen"}, "necessity", "names AB12 CDE, which looks like"),
        ({"title": "Where ab12cde goes"}, "title", "names ab12cde, which looks like"),
        ({"scope_investigations": "CR/4411\nAB12CDE"}, "scope_investigations", "names AB12CDE"),
        ({"place": "moon"}, "place", "is not said"),
        ({"outlines": ""}, "outlines", "has no outline"),
        ({"outlines": "north"}, "outlines", "line 1 is not a corner"),
        ({"outlines": "51,0\n51,1"}, "outlines", "fewer than 3 corners"),
        ({"outlines": "51,0\n51,1\n51,2"}, "outlines", "encloses no area"),
        ({"outlines": "91,0\n51,1\n52,2"}, "outlines", "is more than 90"),
        ({"place": "boroughs", "boroughs": " "}, "boroughs", "names no borough"),
        ({"place": "boroughs", "boroughs": "x" * 201}, "boroughs", "has more than 200 characters"),
        ({"starts_at": "soon"}, "starts_at", "is not a day and a time"),
        ({"starts_at": "2027-03-28T01:30"}, "starts_at", "the clocks change"),
        ({"ends_at": "2020-01-01T00:00"}, "ends_at", "is not after the start"),
        ({"review_at": "2020-01-01T00:00"}, "review_at", "is not after the start"),
        ({"review_at": "2030-01-01T00:00"}, "review_at", "is after the end"),
        ({"which": ""}, "which", "is not said"),
        ({"devices": ""}, "devices", "names no device"),
        ({"devices": "Car 1"}, "devices", "is no device's name"),
        ({"scope_investigations": ""}, "scope_investigations", "is empty"),
        ({"scope_oldest_days": "many"}, "scope_oldest_days", "is not a whole number"),
        ({"scope_oldest_days": "900"}, "scope_oldest_days", "is more than 366"),
        ({"document_0_kind": ""}, "document_0_kind", "is not one of those"),
        ({"document_1_sha256": "abc"}, "document_1_sha256", "is not 64 digits"),
        ({"document_2_version": ""}, "document_2_version", "is empty"),
    ],
)
def test_a_fault_is_said_by_the_field_that_it_is_about(typed: dict[str, str], field: str, said: str) -> None:
    faults = read_form(Kind.ANPR_SEARCH, typed_of(proposal(Kind.ANPR_SEARCH)) | typed).faults
    assert list(faults) == [field]
    assert said in faults[field]


def test_a_document_in_a_later_row_keeps_its_row() -> None:
    typed = typed_of(proposal()) | {f"document_0_{part}": "" for part in ("title", "version", "where", "sha256")}
    written = read_form(Kind.ANPR_LIST, typed | {"document_2_sha256": "abc"})
    assert list(written.faults) == ["document_2_sha256"]
    assert [each["title"] for each in written.fields["documents"]] == [
        "Drawn equality-impact",
        "Drawn community-impact",
    ]
    assert list(document_rows(typed)) == [0, 1, 2, 3]


def test_a_copy_leaves_the_times_out() -> None:
    faults = read_form(Kind.ANPR_LIST, typed_of(proposal(), times=False)).faults
    assert faults == dict.fromkeys(("starts_at", "ends_at", "review_at"), "is empty")


def test_an_end_of_a_line_is_one_character() -> None:
    typed = typed_of(proposal()) | {"necessity": "Patrols did not\r\nfind the vehicles"}
    assert read_form(Kind.ANPR_LIST, typed).fields["necessity"] == "Patrols did not\nfind the vehicles"


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("2026-11-23T08:00", datetime(2026, 11, 23, 8, tzinfo=UTC)),
        ("2026-07-01T08:00", datetime(2026, 7, 1, 7, tzinfo=UTC)),
        (" 2028-02-29T00:00 ", datetime(2028, 2, 29, tzinfo=UTC)),
        ("2026-07-01T08:00Z", datetime(2026, 7, 1, 8, tzinfo=UTC)),
    ],
)
def test_times_are_londons(text: str, at: datetime) -> None:
    assert read_local(text) == at


@pytest.mark.parametrize("text", ["2026-03-29T01:30", "2026-10-25T01:30"])
def test_an_hour_that_is_there_twice_or_never_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="the clocks change"):
        read_local(text)


@given(st.integers(0, 100 * 366 * 24 * 60))
def test_a_time_goes_into_the_form_and_comes_back(minutes: int) -> None:
    at = datetime(2000, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    assume(at.month not in (3, 10))  # the months in which the clocks change
    assert read_local(local_text(at)) == at
