"""What the register answers, what it writes down, and that a changed row is a no."""

from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import delete, insert, select, update

from governance.authority.question import Authorised, Kind, Refusal, Where
from governance.authority.states import State, Step
from governance.log import LogDamaged
from ingest.authorities.register import Authorities
from ingest.database.engine import read_transaction, write_transaction
from ingest.database.recorded import recorded
from ingest.database.schema import authority, authority_statement, authority_use
from ingest.errors import NotAuthorised, NotFound
from tests.governance.authority.drawn import LIST
from tests.ingest.authorities.conftest import NOON, WICK, Office


@pytest.fixture
def at_noon(office: Office) -> Office:
    office.granted()
    office.clock.now = NOON
    return office


@pytest.fixture
def small_noon(small_office: Office) -> Office:
    small_office.granted()
    small_office.clock.now = NOON
    return small_office


def ask(office: Office, under: str = "AUTH-2026-0001", **changes: Any) -> Refusal | None:
    authorised: Authorised = office.authorities
    given = {"act": "list.publish", "on": LIST, "under": under, "at": office.clock(), **changes}
    return authorised.may(**given).refusal


def test_it_answers_by_id_and_by_reference(at_noon: Office) -> None:
    (made,) = at_noon.authorities.all()
    assert ask(at_noon) is None
    assert at_noon.authorities.may("list.publish", LIST, str(made.authority_id), NOON).authority_id == str(
        made.authority_id
    )


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        ({"under": "AUTH-2026-0002"}, Refusal.UNKNOWN),
        ({"under": ""}, Refusal.UNKNOWN),
        ({"under": str(uuid4())}, Refusal.UNKNOWN),
        ({"act": "media.disclose"}, Refusal.WRONG_KIND),
        ({"act": "nonsense"}, Refusal.UNKNOWN_ACT),
        ({"on": "another list"}, Refusal.OUT_OF_SCOPE),
        ({"where": Where(51.6, -0.09, "car-1")}, Refusal.OUTSIDE_PLACE),
        ({"where": Where(device="car-1")}, Refusal.POSITION_UNKNOWN),
        ({"where": Where(51.51, -0.09, "car-9")}, Refusal.DEVICE_NOT_NAMED),
        ({"at": NOON.replace(hour=7, minute=59)}, Refusal.TOO_EARLY),
        ({"at": NOON.replace(day=24)}, Refusal.TOO_LATE),
    ],
)
def test_what_it_says_no_to(small_noon: Office, change: dict[str, Any], refusal: Refusal) -> None:
    assert ask(small_noon, **change) is refusal


def test_what_was_not_decided_allows_nothing(office: Office) -> None:
    office.submitted()
    assert ask(office) is Refusal.NOT_GRANTED
    with pytest.raises(NotFound, match="nothing was decided"):
        office.authorities.case(office.authorities.all()[0].authority_id)


# ---- uses ----------------------------------------------------------------------------------------------------------


def use(office: Office, **changes: Any) -> None:
    given = {"act": "list.publish", "on": LIST, "under": "AUTH-2026-0001", "by": WICK.name, **changes}
    with recorded(office.engine, office.log) as (connection, acts):
        office.authorities.use(connection, acts, **given)


def test_a_use_is_written_down(at_noon: Office) -> None:
    use(at_noon)
    use(at_noon, act="list.entry.add")
    whole = at_noon.authorities.show(at_noon.authorities.all()[0].authority_id)
    assert whole.uses_in_all == 2
    assert {(each.act, each.object, each.at, each.by) for each in whole.uses} == {
        ("list.publish", LIST, NOON, "dc.wick"),
        ("list.entry.add", LIST, NOON, "dc.wick"),
    }
    act = at_noon.acts("authority.use")[0]
    assert (act.authority, act.objects["object"]) == (str(whole.summary.authority_id), LIST)


def test_a_use_that_is_not_authorised_is_refused_and_not_written_down(at_noon: Office) -> None:
    with pytest.raises(NotAuthorised) as refused:
        use(at_noon, on="another list")
    assert refused.value.decision.refusal is Refusal.OUT_OF_SCOPE
    assert at_noon.acts("authority.use") == []


def test_a_use_that_cannot_be_logged_is_not_made(at_noon: Office, tmp_path: Any) -> None:
    (tmp_path / "log" / "checkpoint").write_bytes(b"spoilt")
    with pytest.raises(LogDamaged):
        use(at_noon)
    with read_transaction(at_noon.engine) as connection:
        assert connection.execute(select(authority_use)).all() == []


# ---- what was changed by other means -------------------------------------------------------------------------------


def test_any_changed_byte_of_a_stored_document_or_statement_is_a_no(small_office: Office) -> None:
    office = small_office
    made = office.granted()
    office.step(made, Step.SUSPEND)
    office.step(made, Step.RESUME)
    office.clock.now = NOON
    assert ask(office) is None
    with read_transaction(office.engine) as connection:
        document = bytes(connection.execute(select(authority.c.document)).scalar_one())
        statements = [bytes(each) for each in connection.execute(select(authority_statement.c.document)).scalars()]
    for place in range(0, len(document), 41):
        spoilt = _flipped(document, place)
        with write_transaction(office.engine) as connection:
            connection.execute(update(authority).values(document=spoilt))
        assert ask(office) is not None, place
    with write_transaction(office.engine) as connection:
        connection.execute(update(authority).values(document=document))
    for number, statement in enumerate(statements, 1):
        for place in range(0, len(statement), 53):
            _set_statement(office, number, _flipped(statement, place))
            assert ask(office) is not None, (number, place)
        _set_statement(office, number, statement)
    assert ask(office) is None


def _flipped(data: bytes, place: int) -> bytes:
    spoilt = bytearray(data)
    spoilt[place] ^= 1
    return bytes(spoilt)


def _set_statement(office: Office, number: int, document: bytes) -> None:
    with write_transaction(office.engine) as connection:
        s = authority_statement
        connection.execute(update(s).where(s.c.number == number).values(document=document))


@pytest.mark.parametrize(
    "change",
    [
        lambda c: c.execute(delete(authority_statement).where(authority_statement.c.number == 2)),
        lambda c: c.execute(delete(authority_statement)),
        lambda c: c.execute(update(authority).values(reference="AUTH-2026-0009")),
        lambda c: c.execute(update(authority).values(head=None)),
        lambda c: c.execute(update(authority).values(document=b"nonsense")),
    ],
    ids=["the last statement taken away", "all taken away", "another reference", "no head", "no document"],
)
def test_a_changed_row_is_a_no_and_is_shown(at_noon: Office, change: Any) -> None:
    (made,) = at_noon.authorities.all()
    at_noon.step(made.authority_id, Step.SUSPEND)
    at_noon.step(made.authority_id, Step.RESUME)
    at_noon.step(made.authority_id, Step.SUSPEND)
    with write_transaction(at_noon.engine) as connection:
        change(connection)
    assert ask(at_noon, under=str(made.authority_id)) is Refusal.CHANGED
    whole = at_noon.authorities.show(made.authority_id)
    assert not whole.verified
    assert "AUTH-2026-000" in whole.trouble
    assert at_noon.authorities.cases_for_devices() == {}


def test_a_row_that_says_granted_does_not_make_it_so(at_noon: Office) -> None:
    (made,) = at_noon.authorities.all()
    at_noon.step(made.authority_id, Step.END)
    with write_transaction(at_noon.engine) as connection:
        connection.execute(update(authority).values(state="granted", ends_at=at_noon.clock().replace(year=2030)))
    assert ask(at_noon) is Refusal.ENDED


def test_a_statement_moved_from_another_authority_is_a_no(at_noon: Office) -> None:
    at_noon.clock.forward(hours=-6)
    other = at_noon.submitted()
    at_noon.step(other, Step.REFUSE)
    with write_transaction(at_noon.engine) as connection:
        s = authority_statement
        first = connection.execute(
            select(s.c.document).where(s.c.authority_id == at_noon.authorities.all()[1].authority_id)
        ).scalar_one()
        connection.execute(delete(s).where(s.c.authority_id == other))
        connection.execute(insert(s), {"authority_id": other, "number": 1, "document": first})
    assert ask(at_noon, under=str(other)) is Refusal.CHANGED


# ---- lists ---------------------------------------------------------------------------------------------------------


def test_the_list_and_the_queue(office: Office) -> None:
    urgent = office.submitted(ends_at="2026-12-20T08:00:00Z")
    office.verbal(urgent)
    office.submitted()
    ended = office.granted(Kind.DISCLOSURE)
    office.step(ended, Step.END)
    queue = office.authorities.queue()
    assert [each.waits_for for each in queue] == ["confirmation", "decision", "review"]
    assert [each.reference for each in office.authorities.all(kind=Kind.DISCLOSURE)] == ["AUTH-2026-0003"]
    assert [each.reference for each in office.authorities.all(state=State.GRANTED)] == ["AUTH-2026-0001"]
    office.clock.forward(days=2)
    assert {each.reference: each.waits_for for each in office.authorities.queue()}["AUTH-2026-0001"] == "confirmation"


def test_what_devices_are_sent(office: Office) -> None:
    office.submitted()
    made = office.granted()
    assert set(office.authorities.cases_for_devices()) == {str(made)}
    office.step(made, Step.END)
    assert len(office.authorities.cases_for_devices()[str(made)].statements) == 2
    office.clock.forward(days=3)
    assert office.authorities.cases_for_devices() == {}


def test_the_register_is_an_authorised(small_office: Office) -> None:
    assert isinstance(small_office.authorities, Authorities)
    authorised: Authorised = small_office.authorities
    assert not authorised.may("list.publish", LIST, "AUTH-2026-0001", NOON).allowed
