"""Files put on lists, on both engines: what became of each row, and nothing done by halves."""

import io
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import Engine, func, select

from governance.errors import LogWriteFailed
from governance.log import Act, Log
from ingest.database import schema
from ingest.database.engine import read_transaction
from ingest.errors import BadInput, Conflict, ImportRefused
from ingest.lists.drafts import EntryDraft
from ingest.lists.importing import BATCH_ROWS, REFUSALS_SHOWN
from ingest.lists.register import Lists, VoiList
from ingest.lists.rows import ENTRIES_AN_ACT
from tests.ingest.granting import Grants
from tests.ingest.lists.making import HEADER, acts, load, row


def test_an_import_says_what_became_of_each_row(lists: Lists, made: VoiList, draft: EntryDraft, log: Log) -> None:
    lists.add(made.list_id, draft, "manager")
    text = (
        HEADER
        + row("B1")
        + row("b 1")
        + "\n"
        + row("AB12CDE")
        + row("?")
        + row("C1", expires="2020-01-01")
        + row("D1")
        + row("D1", authority="AO-8")
    )
    report = load(lists, made, text)
    assert (report.accepted, report.refused, report.duplicates, report.blank) == (2, 3, 1, 1)
    assert (report.different, report.updated, report.absent) == (1, 0, ())
    assert [(each.line, each.reason) for each in report.refusals] == [
        (6, "vrm '?' is not 2 to 12 letters A-Z and digits"),
        (7, "expires at the end of 1 January 2020, which is in the past"),
        (9, "line 8 has the same mark and says something else of it: leave one of the two"),
    ]
    assert [(each.line, each.reason) for each in report.repeats] == [(3, "the same as line 2")]
    assert [(each.line, each.columns) for each in report.differences] == [(5, ("expires",))]
    assert sorted(each.vrm for each in lists.show(made.list_id).entries) == ["AB12CDE", "B1", "D1"]
    last = acts(log)[-1]
    assert (last.act, last.details["accepted"], last.details["refused"]) == ("list.import", 2, 3)
    assert last.details["file_sha256"] == report.sha256


FIRST = "vrm,reason,owner,expires,authority\nAB12CDE,Seen,DC 2,2026-12-31,AO-7\n"
"""A list as it was first imported, before somebody saw that its warnings were missing."""


def test_a_mark_that_is_listed_with_other_content_is_no_harmless_duplicate(lists: Lists, made: VoiList) -> None:
    assert load(lists, made, FIRST).absent == ("marker", "action", "risk_warnings")
    (before,) = lists.show(made.list_id).entries
    report = load(lists, made, HEADER + row("AB12CDE"))
    assert (report.accepted, report.different, report.updated, report.duplicates) == (0, 1, 0, 0)
    assert [(each.line, each.columns) for each in report.differences] == [(2, ("marker", "action", "risk_warnings"))]
    assert lists.show(made.list_id).entries == (before,)


def test_an_update_puts_the_files_entry_in_the_place_of_the_listed_one(
    lists: Lists, made: VoiList, log: Log, clock: Any
) -> None:
    load(lists, made, FIRST)
    (before,) = lists.show(made.list_id).entries
    clock.forward(hours=1)
    text = HEADER + row("AB12CDE") + row("D1")
    report = lists.import_csv(
        made.list_id, io.BytesIO(text.encode()), "manager", update=True, why="Warnings were missing"
    )
    assert (report.accepted, report.updated, report.different) == (1, 1, 0)
    after, added = lists.show(made.list_id).entries
    assert (after.vrm, after.risk_warnings, after.added_at, added.vrm) == ("AB12CDE", ("Violent",), clock(), "D1")
    assert after.entry_id != before.entry_id
    removed, entered, imported = acts(log)[-3:]
    assert (removed.act, removed.purpose, list(removed.commitments)) == (
        "list.entry.remove",
        "Warnings were missing",
        [str(before.entry_id)],
    )
    assert (entered.act, set(entered.commitments)) == (
        "list.entry.add",
        {str(after.entry_id), str(added.entry_id)},
    )
    assert removed.objects["import"] == imported.objects["import"]
    assert (imported.details["updated"], imported.details["accepted"]) == (1, 1)
    assert load(lists, made, text).duplicates == 2


def test_an_update_says_nothing_of_columns_that_the_file_does_not_have(lists: Lists, made: VoiList) -> None:
    load(lists, made, HEADER + row("AB12CDE"))
    assert load(lists, made, FIRST).duplicates == 1
    changed = io.BytesIO(FIRST.replace("Seen", "Seen twice").encode())
    assert lists.import_csv(made.list_id, changed, "manager", update=True, why="Seen again").updated == 1
    (entry,) = lists.show(made.list_id).entries
    assert (entry.reason, entry.risk_warnings, entry.action) == ("Seen twice", ("Violent",), "Stop")


def test_an_update_needs_a_reason(lists: Lists, made: VoiList, log: Log) -> None:
    load(lists, made, FIRST)
    before = log.size
    with pytest.raises(BadInput, match="why is empty"):
        lists.import_csv(made.list_id, io.BytesIO(FIRST.encode()), "manager", update=True, why=" ")
    assert log.size == before


def test_an_update_of_what_somebody_else_has_changed_meanwhile_changes_nothing(
    lists: Lists, made: VoiList, log: Log
) -> None:
    load(lists, made, FIRST)
    (entry,) = lists.show(made.list_id).entries

    class Meanwhile(io.BytesIO):
        """A file whose end is read only after somebody has taken the entry off."""

        def readinto(self, buffer: Any) -> int:
            part = super().readinto(buffer)
            if not part and lists.show(made.list_id).entries:
                lists.remove(entry.entry_id, "found", "other")
            return part

    # The first batch is compared with the list before the file's end is reached.
    rows = row("AB12CDE") + "".join(row(f"B{number:05}") for number in range(BATCH_ROWS + 500))
    with pytest.raises(Conflict, match="changed during the import"):
        lists.import_csv(
            made.list_id, io.BufferedReader(Meanwhile((HEADER + rows).encode())), "manager", update=True, why="Newer"
        )
    assert lists.show(made.list_id).entries == ()
    assert "list.import" not in [act.act for act in acts(log)[3:]]


def test_each_authority_of_an_import_has_its_own_entry_in_the_log(lists: Lists, made: VoiList, log: Log) -> None:
    rows = [row(f"AB{number}", authority=f"AO-{number % 2}") for number in range(2 * ENTRIES_AN_ACT + 2)]
    load(lists, made, HEADER + "".join(rows))
    added = [act for act in acts(log) if act.act == "list.entry.add"]
    counted = [(act.authority, len(act.commitments)) for act in added]
    assert counted == [("AO-0", ENTRIES_AN_ACT), ("AO-0", 1), ("AO-1", ENTRIES_AN_ACT), ("AO-1", 1)]
    assert log.verify().ok


@pytest.mark.parametrize("text", ["", "vrm\nAB12\n", HEADER + row("AB12") + '"open'])
def test_a_file_that_is_refused_changes_nothing(lists: Lists, made: VoiList, log: Log, text: str) -> None:
    before = log.size
    with pytest.raises(ImportRefused):
        load(lists, made, text)
    assert (lists.show(made.list_id).entries, log.size) == ((), before)


def test_a_file_that_is_too_long_changes_nothing(
    engine: Engine, log: Log, clock: Any, made: VoiList, grants: Grants
) -> None:
    few = Lists(engine, log, clock, grants.authorities, import_max_rows=3)
    with pytest.raises(ImportRefused, match="more than 3 rows"):
        load(few, made, HEADER + "".join(row(f"AB{number}") for number in range(4)))
    assert load(few, made, HEADER + "".join(row(f"AB{number}") for number in range(3))).accepted == 3


def test_an_import_whose_log_fails_half_way_is_undone(
    lists: Lists, made: VoiList, log: Log, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    append, calls = Log.append, iter(range(9))

    def fail_the_second(self: Log, *given: Act) -> Any:
        if next(calls) == 1:
            raise LogWriteFailed("the disk has a fault")
        return append(self, *given)

    monkeypatch.setattr(Log, "append", fail_the_second)
    with pytest.raises(LogWriteFailed):
        load(lists, made, HEADER + "".join(row(f"AB{number}") for number in range(2_500)))
    assert lists.get(made.list_id).entries == 0
    names = [act.act for act in acts(log)]
    assert names.count("list.entry.add") == names.count("list.entry.add.not-done") == 5
    assert "list.import" not in names


def test_refusals_beyond_the_limit_are_counted(lists: Lists, made: VoiList) -> None:
    report = load(lists, made, HEADER + row("?") * (REFUSALS_SHOWN + 7))
    assert (report.refused, len(report.refusals), report.not_shown) == (REFUSALS_SHOWN + 7, REFUSALS_SHOWN, 7)


class Endless(io.RawIOBase):
    """A file that is made while it is read, so that nobody can hold it whole."""

    def __init__(self, number: int) -> None:
        self._lines = self._made(number)
        self._rest = b""

    @staticmethod
    def _made(number: int) -> Iterator[bytes]:
        yield HEADER.encode()
        for each in range(number):
            yield row(f"AB{each:06}").encode()

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._rest and (line := next(self._lines, b"")):
            self._rest = line
        part, self._rest = self._rest[: len(buffer)], self._rest[len(buffer) :]
        buffer[: len(part)] = part
        return len(part)


def test_a_hundred_thousand_rows_in_one_go(lists: Lists, made: VoiList, engine: Engine, log: Log) -> None:
    report = lists.import_csv(made.list_id, io.BufferedReader(Endless(100_000)), "manager")
    assert (report.accepted, report.refused, report.duplicates) == (100_000, 0, 0)
    with read_transaction(engine) as connection:
        assert connection.execute(select(func.count()).select_from(schema.voi_entry)).scalar_one() == 100_000
    manifest = lists.publish(made.list_id, "manager")
    assert (manifest.entries, manifest.chunks, manifest.version) == (100_000, 100, 1)
    assert log.verify().ok
