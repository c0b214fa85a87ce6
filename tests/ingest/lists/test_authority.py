"""A list stands on an authority, on both engines: each refusal by its name, and what stopping never needs."""

import io
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Engine, update

from governance.authority.question import Kind, Refusal
from governance.authority.states import Step
from governance.log import Log
from ingest.contract.base import new_id
from ingest.database import schema
from ingest.database.engine import write_transaction
from ingest.errors import BadInput, NotAuthorised, NotFound
from ingest.lists.drafts import EntryDraft
from ingest.lists.register import Lists, VoiList
from tests.ingest.granting import Grants
from tests.ingest.lists.making import HEADER, acts, load, row

Stop = Callable[[Grants, str, Any], None]


def suspend(grants: Grants, reference: str, _clock: Any) -> None:
    grants.take(reference, Step.SUSPEND)


def end(grants: Grants, reference: str, _clock: Any) -> None:
    grants.take(reference, Step.END)


def expire(_grants: Grants, _reference: str, clock: Any) -> None:
    clock.forward(days=3)


STOPS = [
    pytest.param(suspend, Refusal.SUSPENDED, "can resume it", id="suspended"),
    pytest.param(end, Refusal.ENDED, "Ask for one", id="ended"),
    pytest.param(expire, Refusal.TOO_LATE, "Ask for one", id="expired"),
]


@pytest.fixture
def reference(grants: Grants) -> str:
    """An authority for three days."""
    return grants.lists("Burglary", "Other", days=3)


def refused(call: Callable[..., object], *given: object) -> NotAuthorised:
    with pytest.raises(NotAuthorised) as caught:
        call(*given)
    return caught.value


def everything(lists: Lists, made: VoiList, draft: EntryDraft) -> list[NotAuthorised]:
    """What each act that adds is told."""
    file = io.BytesIO((HEADER + row("D1")).encode())
    return [
        refused(lists.add, made.list_id, draft, "manager"),
        refused(lists.import_csv, made.list_id, file, "manager"),
        refused(lists.publish, made.list_id, "manager"),
    ]


@pytest.mark.parametrize(
    ("asked", "refusal", "says"),
    [
        (lambda _: "AUTH-2026-0099", Refusal.UNKNOWN, "there is no authority 'AUTH-2026-0099'"),
        (lambda _: str(new_id()), Refusal.UNKNOWN, "there is no authority"),
        (lambda grants: grants.grant(Kind.ANPR_SEARCH), Refusal.WRONG_KIND, "needs an authority of the kind anpr-list"),
        (lambda grants: grants.asked(Kind.ANPR_LIST), Refusal.NOT_GRANTED, "is submitted"),
        (lambda grants: grants.lists("Theft"), Refusal.OUT_OF_SCOPE, "it does not cover 'Burglary'"),
    ],
)
def test_no_list_is_made_without_one_that_covers_it(
    lists: Lists, grants: Grants, log: Log, asked: Callable[[Grants], str], refusal: Refusal, says: str
) -> None:
    under = asked(grants)
    error = refused(lists.create, "Burglary", "Find vehicles", "DI 1", under, "manager")
    assert error.decision.refusal is refusal
    assert says in str(error)
    assert "inspector or above" in str(error)
    assert (lists.all(), acts(log)) == ([], [])


@pytest.mark.parametrize("by_id", [False, True])
def test_a_list_is_made_under_its_reference_or_its_id(
    lists: Lists, grants: Grants, reference: str, by_id: bool
) -> None:
    authority_id = grants.id_of(reference)
    under = str(authority_id) if by_id else reference
    made = lists.create("Burglary", "Find vehicles", "DI 1", under, "manager")
    assert (made.authority, made.authority_id) == (reference, authority_id)
    (use,) = grants.authorities.show(authority_id).uses
    assert (use.act, use.object, use.by) == ("list.create", "Burglary", "manager")


def test_each_use_stands_beside_what_was_done(
    lists: Lists, made: VoiList, draft: EntryDraft, grants: Grants, clock: Any
) -> None:
    for act in (lambda: lists.add(made.list_id, draft, "manager"), lambda: load(lists, made, HEADER + row("D1"))):
        clock.forward(minutes=1)
        act()
    clock.forward(minutes=1)
    lists.publish(made.list_id, "boss")
    assert made.authority_id is not None
    uses = grants.authorities.show(made.authority_id).uses
    assert [each.act for each in uses] == ["list.publish", "list.import", "list.entry.add", "list.create"]
    assert {each.object for each in uses} == {"Burglary"}


def test_a_scope_may_name_the_list_by_its_id(lists: Lists, made: VoiList, draft: EntryDraft, grants: Grants) -> None:
    by_id = grants.lists(str(made.list_id))
    moved = lists.put_under(made.list_id, by_id, "manager")
    assert (moved.authority, moved.authority_id) == (by_id, grants.id_of(by_id))
    lists.add(made.list_id, draft, "manager")
    assert lists.publish(made.list_id, "manager").entries == 1
    assert lists.withdrawals.look() == []


@pytest.mark.parametrize(("stop", "refusal", "remedy"), STOPS)
def test_what_adds_is_refused_once_it_does_not_hold(
    lists: Lists,
    made: VoiList,
    draft: EntryDraft,
    grants: Grants,
    clock: Any,
    log: Log,
    stop: Stop,
    refusal: Refusal,
    remedy: str,
) -> None:
    entry = lists.add(made.list_id, draft, "manager")
    stop(grants, made.authority, clock)
    before = acts(log)
    other = EntryDraft("ZZ99ZZZ", "Seen", "", "", (), "DC 2", draft.expires_at, "AO-7")
    for error in everything(lists, made, other):
        assert error.decision.refusal is refusal
        assert made.authority in str(error)
        assert remedy in str(error)
    assert acts(log) == before

    # Stopping needs none: the vehicle comes off, and a version without entries can be made.
    lists.remove(entry.entry_id, "found", "manager")
    assert (lists.publish(made.list_id, "manager").entries, lists.get(made.list_id).entries) == (0, 0)


@pytest.mark.parametrize(("stop", "refusal", "_remedy"), STOPS)
def test_a_published_list_is_withdrawn_by_the_centre_itself(
    lists: Lists,
    made: VoiList,
    draft: EntryDraft,
    grants: Grants,
    clock: Any,
    log: Log,
    stop: Stop,
    refusal: Refusal,
    _remedy: str,
) -> None:
    lists.add(made.list_id, draft, "manager")
    lists.publish(made.list_id, "manager")
    assert lists.withdrawals.look() == []
    stop(grants, made.authority, clock)
    assert lists.withdrawals.look() == [made.list_id]
    assert lists.withdrawals.look() == [], "once"
    about = lists.get(made.list_id)
    assert (about.version, about.entries, about.withdrawn, about.changed) == (2, 1, True, True)
    act = acts(log)[-1]
    assert (act.act, act.actor, act.authority) == ("list.withdraw", "system:lists", made.authority)
    assert act.details == {"version": 2, "entries": 1, "refusal": refusal.value}


def test_a_resumed_authority_needs_a_person_to_publish_again(
    lists: Lists, made: VoiList, draft: EntryDraft, grants: Grants
) -> None:
    lists.add(made.list_id, draft, "manager")
    lists.publish(made.list_id, "manager")
    grants.take(made.authority, Step.SUSPEND)
    lists.withdrawals.look()
    grants.take(made.authority, Step.RESUME)
    assert lists.withdrawals.look() == []
    assert lists.get(made.list_id).withdrawn
    again = lists.publish(made.list_id, "manager")
    assert (again.version, again.entries, again.new) == (3, 1, True)
    assert not lists.get(made.list_id).withdrawn


def test_a_list_is_moved_to_the_next_authority_and_published_anew(
    lists: Lists, made: VoiList, draft: EntryDraft, grants: Grants, log: Log
) -> None:
    lists.add(made.list_id, draft, "manager")
    lists.publish(made.list_id, "manager")
    following = grants.lists("Burglary", days=20)
    lists.put_under(made.list_id, following, "manager")
    act = acts(log)[-1]
    assert (act.act, act.authority, act.details["before"]) == ("list.authority", following, made.authority)
    assert lists.get(made.list_id).changed, "the cars hold it under the authority before"
    # What the cars have still stands on the one before, and goes with it.
    assert lists.publish(made.list_id, "manager").new
    grants.take(made.authority, Step.END)
    assert lists.withdrawals.look() == []
    with pytest.raises(NotFound):
        lists.put_under(new_id(), following, "manager")
    assert refused(lists.put_under, made.list_id, grants.lists("Theft"), "manager").decision.refusal is (
        Refusal.OUT_OF_SCOPE
    )
    assert lists.get(made.list_id).authority == following


def test_a_person_withdraws_a_list_at_any_time(
    made: VoiList, draft: EntryDraft, grants: Grants, engine: Engine, log: Log, clock: Any
) -> None:
    told: list[int] = []
    lists = Lists(engine, log, clock, grants.authorities, on_published=lambda: told.append(1))
    assert not lists.withdrawals.withdraw(made.list_id, "the operation is over", "manager"), "no car has it"
    lists.add(made.list_id, draft, "manager")
    lists.publish(made.list_id, "manager")
    grants.take(made.authority, Step.SUSPEND)
    with pytest.raises(BadInput, match="why is empty"):
        lists.withdrawals.withdraw(made.list_id, " ", "manager")
    with pytest.raises(NotFound):
        lists.withdrawals.withdraw(new_id(), "why", "manager")
    assert lists.withdrawals.withdraw(made.list_id, "the operation is over", "manager")
    assert (acts(log)[-1].act, acts(log)[-1].actor, acts(log)[-1].purpose) == (
        "list.withdraw",
        "manager",
        "the operation is over",
    )
    assert told == [1, 1], "the publisher is woken by both"


def test_a_list_from_before_is_withdrawn_until_it_is_put_under_one(
    lists: Lists, made: VoiList, draft: EntryDraft, engine: Engine, reference: str
) -> None:
    lists.add(made.list_id, draft, "manager")
    lists.publish(made.list_id, "manager")
    forget(engine, made.list_id)
    assert lists.withdrawals.look() == [made.list_id]
    other = EntryDraft("ZZ99ZZZ", "Seen", "", "", (), "DC 2", draft.expires_at, "AO-7")
    for error in everything(lists, made, other):
        assert (error.decision.refusal, "before a list needed one" in str(error)) == (Refusal.UNKNOWN, True)
    lists.put_under(made.list_id, reference, "manager")
    assert lists.publish(made.list_id, "manager").entries == 1


def forget(engine: Engine, list_id: UUID) -> None:
    """As the migration leaves what was made before."""
    with write_transaction(engine) as connection:
        for table in (schema.voi_list, schema.list_version):
            connection.execute(update(table).where(table.c.list_id == list_id).values(authority_id=None))
