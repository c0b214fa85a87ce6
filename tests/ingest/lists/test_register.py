"""Lists on both engines: made, changed, published, with an entry in the log for each."""

import io
import re
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Engine, select

from governance.commitments import opens
from governance.log import Log
from ingest.contract.base import new_id
from ingest.contract.codec import decode_entries
from ingest.database import schema
from ingest.database.engine import read_transaction
from ingest.errors import BadInput, Conflict, EntryRefused, NotFound
from ingest.export.content import content_of_entry
from ingest.lists.drafts import EntryDraft
from ingest.lists.register import Lists, VoiList
from tests.ingest.granting import Grants
from tests.ingest.lists.making import HEADER, acts, load, row


def test_a_list_is_made_and_shown(lists: Lists, made: VoiList, reference: str, log: Log) -> None:
    assert lists.all() == [made]
    assert lists.show(made.list_id).entries == ()
    (act,) = acts(log)
    assert (act.actor, act.act, act.authority, act.objects) == (
        "manager",
        "list.create",
        reference,
        {"list": str(made.list_id)},
    )


def test_lists_that_may_not_be_made(lists: Lists, made: VoiList, reference: str) -> None:
    with pytest.raises(Conflict):
        lists.create("Burglary", "Another", "DI 1", reference, "manager")
    for empty in range(4):
        with pytest.raises(BadInput):
            lists.create(*["" if at == empty else "said" for at in range(4)], "manager")
    assert len(lists.all()) == 1


def test_an_entry_is_added_and_logged_by_commitment(
    lists: Lists, made: VoiList, draft: EntryDraft, log: Log, engine: Engine
) -> None:
    entry = lists.add(made.list_id, draft, "manager")
    page = lists.show(made.list_id)
    assert (page.entries, page.list.entries) == ((entry,), 1)
    assert entry.vrm == "AB12CDE"
    act = acts(log)[-1]
    assert (act.act, act.actor, act.authority, act.purpose) == ("list.entry.add", "manager", "AO-7", made.purpose)
    assert act.objects == {"list": str(made.list_id), "entry": str(entry.entry_id)}
    with read_transaction(engine) as connection:
        row = connection.execute(select(schema.voi_entry)).mappings().one()
    assert opens(act.commitments[str(entry.entry_id)], content_of_entry(row), row["salt"])
    assert "AB12CDE" not in str(acts(log))


def test_entries_that_may_not_be_added(lists: Lists, made: VoiList, draft: EntryDraft, clock: Any, log: Log) -> None:
    lists.add(made.list_id, draft, "manager")
    before = log.size
    with pytest.raises(Conflict, match="on the list already"):
        lists.add(made.list_id, draft, "manager")
    with pytest.raises(NotFound):
        lists.add(new_id(), draft, "manager")
    clock.forward(days=8)
    with pytest.raises(EntryRefused, match="in the past"):
        lists.add(made.list_id, draft, "manager")
    assert log.size == before


def test_an_entry_is_removed_with_a_reason(
    lists: Lists, made: VoiList, draft: EntryDraft, log: Log, clock: Any
) -> None:
    entry = lists.add(made.list_id, draft, "manager")
    with pytest.raises(BadInput, match="why is empty"):
        lists.remove(entry.entry_id, " ", "manager")
    lists.remove(entry.entry_id, "found", "manager")
    assert lists.show(made.list_id).entries == ()
    act = acts(log)[-1]
    assert (act.act, act.purpose, act.authority) == ("list.entry.remove", "found", "AO-7")
    assert list(act.commitments) == [str(entry.entry_id)]
    for gone in (entry.entry_id, new_id()):
        with pytest.raises(NotFound):
            lists.remove(gone, "found", "manager")
    assert lists.add(made.list_id, draft, "manager").entry_id != entry.entry_id


def test_an_entry_is_removed_by_its_mark_however_it_is_typed(
    lists: Lists, made: VoiList, draft: EntryDraft, reference: str, log: Log
) -> None:
    lists.add(made.list_id, draft, "manager")
    other = lists.create("Other", "Another purpose", "DI 1", reference, "manager")
    with pytest.raises(NotFound, match="this mark is not on the list 'Other'"):
        lists.remove_mark(other.list_id, "AB12CDE", "found", "manager")
    with pytest.raises(BadInput, match="why is empty"):
        lists.remove_mark(made.list_id, "AB12CDE", "", "manager")
    lists.remove_mark(made.list_id, "ab12 cde", "found", "manager")
    assert lists.show(made.list_id).entries == ()
    assert (acts(log)[-1].act, acts(log)[-1].purpose) == ("list.entry.remove", "found")


def test_an_entry_may_stay_as_long_as_the_settings_say(
    engine: Engine, log: Log, clock: Any, made: VoiList, draft: EntryDraft, grants: Grants
) -> None:
    lists = Lists(engine, log, clock, grants.authorities, longest_days=3)
    with pytest.raises(EntryRefused, match="is the latest"):
        lists.add(made.list_id, draft, "manager")
    report = lists.import_csv(made.list_id, io.BytesIO((HEADER + row("AB12CDE")).encode()), "manager")
    assert (report.accepted, report.refused) == (0, 1)


def test_what_has_expired_is_off_the_list_and_its_mark_may_be_listed_again(
    lists: Lists, made: VoiList, draft: EntryDraft, log: Log, clock: Any
) -> None:
    lists.add(made.list_id, draft, "manager")
    clock.forward(days=7)
    assert (lists.show(made.list_id).entries, lists.get(made.list_id).entries) == ((), 0)
    later = EntryDraft("AB12CDE", "Again", "", "", (), "DC 2", clock() + timedelta(days=1), "AO-8")
    lists.add(made.list_id, later, "manager")
    assert [each.act for each in acts(log)[-2:]] == ["list.entry.expire", "list.entry.add"]


def test_a_page_is_a_part_of_the_list_by_mark(lists: Lists, made: VoiList) -> None:
    load(lists, made, HEADER + "".join(row(f"AB{number:02}") for number in range(9)))
    page = lists.show(made.list_id, start=3, limit=2)
    assert ([each.vrm for each in page.entries], page.list.entries) == (["AB03", "AB04"], 9)


def test_publishing_makes_a_version_of_what_is_in_force(
    lists: Lists, made: VoiList, draft: EntryDraft, engine: Engine, log: Log, clock: Any
) -> None:
    entry = lists.add(made.list_id, draft, "manager")
    first = lists.publish(made.list_id, "manager")
    assert (first.version, first.entries, first.name, first.published_at) == (1, 1, "Burglary", clock())
    assert chunks(engine, made.list_id) == {(1, 0): ["AB12CDE"]}
    lists.remove(entry.entry_id, "found", "manager")
    second = lists.publish(made.list_id, "boss")
    assert (second.version, second.entries, second.chunks) == (2, 0, 0)
    assert chunks(engine, made.list_id) == {}, "only the newest version's marks are kept"
    assert lists.get(made.list_id).version == 2
    act = acts(log)[-1]
    assert (act.act, act.actor, act.authority) == ("list.publish", "boss", made.authority)
    assert act.details == {"version": 2, "entries": 0, "chunks": 0, "sha256": second.sha256}
    with pytest.raises(NotFound):
        lists.publish(new_id(), "boss")


def test_with_nothing_changed_there_is_no_new_version(
    engine: Engine, log: Log, made: VoiList, draft: EntryDraft, clock: Any, grants: Grants
) -> None:
    told: list[int] = []
    lists = Lists(engine, log, clock, grants.authorities, on_published=lambda: told.append(1))
    lists.add(made.list_id, draft, "manager")
    assert lists.get(made.list_id).changed
    first = lists.publish(made.list_id, "manager")
    clock.forward(minutes=1)
    before = log.size
    again = lists.publish(made.list_id, "manager")
    assert (first.new, again.new) == (True, False)
    assert (again.version, again.published_at, again.sha256) == (1, first.published_at, first.sha256)
    assert (log.size, told, lists.get(made.list_id).version) == (before, [1], 1)


@pytest.mark.parametrize("what", ["added", "removed", "expired"])
def test_a_list_says_whether_anything_has_changed_since_its_version(
    lists: Lists, made: VoiList, draft: EntryDraft, clock: Any, what: str
) -> None:
    entry = lists.add(made.list_id, draft, "manager")
    clock.forward(minutes=1)
    lists.publish(made.list_id, "manager")
    assert not lists.get(made.list_id).changed
    clock.forward(minutes=1)
    if what == "added":
        load(lists, made, HEADER + row("D1"))
    elif what == "removed":
        lists.remove(entry.entry_id, "found", "manager")
    else:
        clock.forward(days=8)
    assert lists.get(made.list_id).changed
    assert lists.publish(made.list_id, "manager").new


def chunks(engine: Engine, list_id: UUID) -> dict[tuple[int, int], list[str]]:
    with read_transaction(engine) as connection:
        rows = connection.execute(select(schema.list_chunk).where(schema.list_chunk.c.list_id == list_id)).all()
    return {(row.version, row.number): [each.vrm for each in decode_entries(row.payload)] for row in rows}


def test_no_mark_is_in_the_log_whatever_is_done(lists: Lists, made: VoiList, draft: EntryDraft, log: Log) -> None:
    entry = lists.add(made.list_id, draft, "manager")
    load(lists, made, HEADER + row("ZZ99ZZZ"))
    lists.publish(made.list_id, "manager")
    lists.remove(entry.entry_id, "found", "manager")
    log.integrate()
    files = [path.read_bytes() for path in log.path.rglob("*") if path.is_file()]
    assert any(b"list.publish" in data for data in files)
    assert not any(re.search(rb"AB12CDE|ZZ99ZZZ", data) for data in files)
