from typing import Any
from uuid import uuid4

import pytest

from governance.authority.question import Kind
from governance.authority.states import State, Step
from ingest.errors import BadInput, NotFound, StepRefused
from tests.governance.authority.drawn import proposal
from tests.ingest.authorities.conftest import FLINT, WICK, Office


def test_a_request_is_drafted_written_anew_submitted_and_withdrawn(office: Office) -> None:
    requests, show = office.authorities.requests, office.authorities.show
    made = requests.draft(proposal(), "constable", WICK)
    whole = show(made)
    assert (whole.summary.state, whole.summary.reference) == (State.DRAFT, "AUTH-2026-0001")
    assert whole.request["applicant"] == {"account": "dc.wick", "name": "DC.WICK", "rank": "constable"}
    assert whole.steps_open == (Step.SUBMIT, Step.WITHDRAW)
    requests.amend(made, proposal(title="Vehicles used in theft"), WICK)
    requests.submit(made, WICK)
    assert (show(made).summary.title, show(made).summary.state) == ("Vehicles used in theft", State.SUBMITTED)
    assert show(made).steps_open == (Step.WITHDRAW, Step.GRANT, Step.GRANT_VERBALLY, Step.REFUSE)
    assert [each.waits_for for each in office.authorities.queue()] == ["decision"]
    requests.withdraw(made, WICK)
    assert show(made).summary.state == State.ENDED
    assert office.authorities.queue() == []
    said = [(act.act, act.actor, act.authority) for act in office.acts()][4:]
    assert said == [(f"authority.{what}", "dc.wick", str(made)) for what in ("draft", "amend", "submit", "withdraw")]


def test_references_are_numbered_by_the_year(office: Office) -> None:
    references = [office.authorities.show(office.submitted()).summary.reference for _ in range(3)]
    assert references == ["AUTH-2026-0001", "AUTH-2026-0002", "AUTH-2026-0003"]
    office.clock.forward(days=60)
    later = {
        "starts_at": "2027-02-01T00:00:00Z",
        "ends_at": "2027-02-02T00:00:00Z",
        "review_at": "2027-02-02T00:00:00Z",
    }
    assert office.authorities.show(office.submitted(**later)).summary.reference == "AUTH-2027-0001"


def test_the_log_has_no_word_of_the_reasons(office: Office) -> None:
    office.granted()
    text = " ".join(repr(entry.act) for entry in office.log.read())
    for word in ("burglary", "Burglar", "three weeks", "passing vehicles"):
        assert word not in text


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"necessity": "needed"}, "necessity: says too little"),
        ({"place": None}, "place"),
        ({"ends_at": "2026-11-22T00:00:00Z"}, "ends_at"),
        ({"mark": "AB12CDE"}, "mark"),
    ],
)
def test_a_draft_with_a_fault_is_refused_by_field(small_office: Office, change: dict[str, Any], said: str) -> None:
    with pytest.raises(BadInput, match=said):
        small_office.authorities.requests.draft(proposal(**change), "constable", WICK)


def test_what_lacks_for_its_kind_is_said_before_it_is_submitted(small_office: Office) -> None:
    requests = small_office.authorities.requests
    made = requests.draft(proposal(Kind.FACE_DEPLOYMENT, documents=[], devices="all"), "constable", WICK)
    assert len(small_office.authorities.show(made).faults) == 2
    with pytest.raises(BadInput, match=r"devices must be named.*community-impact, dpia, equality-impact"):
        requests.submit(made, WICK)


def test_what_is_over_is_not_submitted(small_office: Office) -> None:
    made = small_office.authorities.requests.draft(proposal(), "constable", WICK)
    small_office.clock.forward(days=3)
    with pytest.raises(BadInput, match="its end has passed"):
        small_office.authorities.requests.submit(made, WICK)


def test_only_the_applicant_changes_a_request(small_office: Office) -> None:
    requests = small_office.authorities.requests
    made = requests.draft(proposal(), "constable", WICK)
    for change in (requests.submit, requests.withdraw, lambda one, by: requests.amend(one, proposal(), by)):
        with pytest.raises(StepRefused, match="only they can"):
            change(made, FLINT)
    requests.submit(made, WICK)
    with pytest.raises(StepRefused, match="only a draft"):
        requests.amend(made, proposal(), WICK)
    with pytest.raises(StepRefused, match="cannot be taken to submit"):
        requests.submit(made, WICK)


def test_a_rank_that_there_is_not_is_refused(small_office: Office) -> None:
    with pytest.raises(BadInput, match="is not a rank"):
        small_office.authorities.requests.draft(proposal(), "wizard", WICK)


def test_what_is_not_there_is_not_found(small_office: Office) -> None:
    with pytest.raises(NotFound):
        small_office.authorities.requests.submit(uuid4(), WICK)
