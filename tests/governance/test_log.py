"""Appending and reading, and what is left after a crash, a full disk or a hand that changed something."""

import logging
import shutil
import threading
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from aics_tlog import FileSystemTileReader, parse_note, parse_vkey, tree_root_from_tiles, verify_checkpoint
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from governance.errors import BadProof, GovernanceError, LogBusy
from governance.log import Log
from governance.merkle.checkpoint import EMPTY

AT = datetime(2026, 11, 23, tzinfo=UTC)


def test_a_new_log_is_empty_and_whole(log):
    assert (log.size, log.checkpoint.head) == (0, EMPTY)
    assert list(log.read()) == []
    assert log.verify().ok


def test_entries_are_given_back_as_they_were_written(log, act):
    written = [*log.append(act(0)), *log.append(act(1), act(2))]
    assert list(log.read()) == written
    assert [entry.index for entry in written] == [0, 1, 2]
    assert log.integrate().head.size == 3
    assert list(log.read()) == written


def test_several_acts_in_one_go_have_one_time(log, act):
    assert len({entry.at for entry in log.append(act(0), act(1))}) == 1


def test_appending_nothing_writes_nothing(log, path):
    assert log.append() == []
    assert (path / "pending").stat().st_size == 0


def test_another_opening_of_the_log_goes_on_where_the_first_stopped(log, path, clock, signer, act):
    log.append(act(0))
    with Log.open(path, clock, signer) as other:
        other.append(act(1))
    log.append(act(2))
    assert [entry.act.objects["alert"] for entry in log.read()] == ["0", "1", "2"]
    assert (log.size, log.checkpoint.head.size) == (3, 2)
    assert log.verify().ok


@pytest.mark.parametrize("covered", [0, 3, 256, 300, 600])
@pytest.mark.parametrize(("start", "limit"), [(0, None), (0, 2), (1, 1), (255, 2), (290, 20), (599, 10), (5_000, 1)])
def test_reading_from_an_index_gives_what_a_slice_would(log, act, covered, start, limit):
    acts = [act(number) for number in range(600)]
    log.append(*acts[:covered])
    log.integrate()
    log.append(*acts[covered:])
    stop = None if limit is None else start + limit
    found = [entry.act.objects for entry in log.read(start, limit)]
    assert found == [act.objects for act in acts[start:stop]]


@pytest.mark.parametrize(("start", "limit"), [(-1, None), (0, -1)])
def test_reading_from_before_the_start_is_refused(log, start, limit):
    with pytest.raises(ValueError, match="less than 0"):
        next(log.read(start, limit))


@pytest.mark.parametrize("covered", [0, 300, 600])
def test_the_entries_that_name_an_id_are_found_in_tiles_and_journal(log, act, covered):
    acts = [act(number) for number in range(600)]
    log.append(*acts[:covered])
    log.integrate()
    log.append(*acts[covered:])
    wanted = ['"299"', '"301"']
    assert [entry.index for entry in log.naming(wanted)] == [299, 301]
    assert [entry.index for entry in log.naming(wanted, start=300)] == [301]
    assert list(log.naming([])) == []
    assert list(log.naming(["no.such.thing"])) == []


def test_only_this_account_reads_the_log(log, path, act):
    log.append(*map(act, range(300)))
    log.close()
    assert {file.stat().st_mode & 0o077 for file in (path, *path.rglob("*"))} == {0}


def test_the_journal_is_taken_into_tiles_when_it_is_long(path, clock, signer, act):
    log = Log.open(path, clock, signer, integrate_at=4)
    log.append(*map(act, range(4)))
    assert log.checkpoint.head.size == 0
    log.append(act(4))
    assert (log.checkpoint.head.size, log.size) == (4, 5)


def test_a_started_log_takes_its_journal_into_tiles_by_itself(path, clock, signer, act, monkeypatch):
    monkeypatch.setattr("governance.log.INTEGRATE_AFTER_S", 0.001)
    log = Log.open(path, clock, signer)
    log.start()
    log.append(act(0))
    covered = threading.Event()
    while log.checkpoint.head.size == 0:
        covered.wait(0.001)
    log.close()
    assert threading.active_count() == 1 or "log" not in {thread.name for thread in threading.enumerate()}


def test_partial_tiles_go_when_the_full_one_is_there(log, path, act):
    for number in range(260):
        log.append(act(number))
        if number in (100, 200, 255, 259):
            log.integrate()
    files = {file.relative_to(path / "tile").as_posix() for file in (path / "tile").rglob("*") if file.is_file()}
    assert files == {"entries/000", "entries/001.p/4", "0/000", "0/001.p/4", "1/000.p/1"}


def test_an_independent_implementation_reads_our_folder(log, path, act):
    log.append(*map(act, range(1_000)))
    log.integrate()
    note = parse_note((path / "checkpoint").read_bytes())
    result = verify_checkpoint(note, parse_vkey(log.verifier.text), expected_origin="lanthorn/met")
    assert (result.ok, result.size) == (True, 1_000)
    assert tree_root_from_tiles(FileSystemTileReader(path), 1_000) == result.root


def test_an_entry_is_proved_to_a_third_party(log, act):
    log.append(*map(act, range(700)))
    log.integrate()
    log.append(act(700))
    for index in (0, 255, 256, 699):
        proof = log.prove(index)
        assert proof.verify(log.verifier) == log.checkpoint
    with pytest.raises(BadProof, match="no entry 700"):
        log.prove(700)
    wrong = type(proof)(proof.index, proof.entry + b" ", proof.path, proof.checkpoint)
    with pytest.raises(BadProof, match="entry 699 is not in the tree"):
        wrong.verify(log.verifier)


# ---- several threads -----------------------------------------------------------------------------------------------


def test_threads_append_at_once_and_none_is_lost(path, clock, signer, act):
    log = Log.open(path, clock, signer, integrate_at=64)
    given_back = []

    def work(number):
        for step in range(50):
            given_back.extend((entry.index, entry.act) for entry in log.append(act(number), act(1_000 + step)))

    threads = [threading.Thread(target=work, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(given_back, key=lambda pair: pair[0]) == [(entry.index, entry.act) for entry in log.read()]
    assert len(given_back) == 600
    assert log.verify().ok
    assert not log.verify().notes


def test_too_many_waiting_acts_are_refused_at_once_and_the_rest_is_written(path, clock, signer, act):
    """A disk that stands still: one append writes, the next waits, and the third is told to come again."""
    slow, reached = threading.Event(), threading.Event()

    def stuck_clock():
        reached.set()
        slow.wait()
        return clock()

    log = Log.open(path, stuck_clock, signer, most_waiting=2)
    threads = [threading.Thread(target=log.append, args=(act(number), act(number))) for number in range(2)]
    threads[0].start()
    reached.wait()
    threads[1].start()
    while not log._group._turns:
        slow.wait(0.001)
    with pytest.raises(LogBusy, match="2 acts wait to be logged"):
        log.append(act(9))
    slow.set()
    for thread in threads:
        thread.join()
    assert [entry.act.objects["alert"] for entry in log.read()] == ["0", "0", "1", "1"]


def test_one_append_is_never_too_many(path, clock, signer, act):
    log = Log.open(path, clock, signer, most_waiting=2)
    assert len(log.append(*map(act, range(50)))) == 50


def test_every_thread_of_a_group_that_fails_is_told(path, clock, signer, act):
    slow, reached, failures = threading.Event(), threading.Event(), []

    def stuck_clock():
        reached.set()
        slow.wait()
        return clock()

    def work(number):
        try:
            log.append(act(number))
        except GovernanceError as error:
            failures.append(error)

    log = Log.open(path, stuck_clock, signer)
    threads = [threading.Thread(target=work, args=(number,)) for number in range(3)]
    threads[0].start()
    reached.wait()
    for thread in threads[1:]:
        thread.start()
    while len(log._group._turns) < 2:
        slow.wait(0.001)
    shutil.rmtree(path)
    slow.set()
    for thread in threads:
        thread.join()
    assert len(failures) == 3
    assert len(set(map(id, failures))) == 3


# ---- crashes -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("cut", [1, 31, 32, 100, 300])
def test_a_torn_record_is_moved_aside_with_a_warning(log, path, clock, signer, act, caplog, cut):
    entries = log.append(act(0), act(1))
    journal = path / "pending"
    record = journal.read_bytes()
    with journal.open("ab") as file:
        file.write(record[:cut])
    with caplog.at_level(logging.WARNING):
        reopened = Log.open(path, clock, signer)
    (torn,) = path.glob("pending.torn-*")
    assert torn.name.startswith("pending.torn-20261123T02")
    assert torn.read_bytes() == record[:cut]
    assert f"{cut} bytes of an append that broke off were moved to {torn.name}" in caplog.text
    assert list(reopened.read()) == entries
    assert reopened.append(act(2))[0].index == 2
    assert reopened.verify().ok
    assert torn.name in str(reopened.verify().notes[0])


def test_bytes_torn_at_the_same_moment_are_kept_apart(path, signer, act):
    for _ in range(2):
        log = Log.open(path, lambda: AT, signer)
        log.append(act(0))
        with (path / "pending").open("ab") as file:
            file.write(b"torn")
    Log.open(path, lambda: AT, signer)
    assert [torn.read_bytes() for torn in path.glob("pending.torn-*")] == [b"torn", b"torn"]


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_a_crash_at_any_byte_leaves_a_log_that_opens_and_goes_on(act, signer, data):
    """The journal ends anywhere in the append that was under way; of the integration under way, anything is there."""
    with TemporaryDirectory() as folder:
        path, copy = Path(folder) / "log", Path(folder) / "copy"
        log = Log.open(path, lambda: AT, signer)
        sizes = data.draw(st.lists(st.integers(1, 200), min_size=1, max_size=3))
        for size in sizes:
            log.append(*map(act, range(size)))
            if data.draw(st.booleans()):
                log.integrate()
        shutil.copytree(path, copy)
        acknowledged = log.size
        log.append(*map(act, range(data.draw(st.integers(1, 200)))))
        if data.draw(st.booleans()):
            whole = (path / "pending").read_bytes()
            start = (copy / "pending").stat().st_size
            (copy / "pending").write_bytes(whole[: data.draw(st.integers(start, len(whole)))])
        else:
            shutil.copy(path / "pending", copy / "pending")
            acknowledged = log.size
            before = {file.relative_to(path) for file in path.rglob("*")}
            log.integrate()
            files = sorted(file for file in path.rglob("*") if file.is_file() and file.relative_to(path) not in before)
            for file in files[: data.draw(st.integers(0, len(files)))]:
                target = copy / file.relative_to(path)
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(file.read_bytes()[: data.draw(st.sampled_from([0, 40, 10**6]))])

        again = Log.open(copy, lambda: AT, signer)
        assert again.size >= acknowledged
        assert again.verify().ok, again.verify().problems
        again.append(act(9))
        again.close()
        assert again.verify().ok, again.verify().problems
        assert [entry.index for entry in again.read()] == list(range(again.size))


def test_a_crash_between_the_checkpoint_and_the_journal_doubles_nothing(log, path, clock, signer, act):
    log.append(*map(act, range(3)))
    journal = (path / "pending").read_bytes()
    log.integrate()
    (path / "pending").write_bytes(journal)
    assert log.verify().ok
    assert (log.size, len(list(log.read()))) == (3, 3)
    again = Log.open(path, clock, signer)
    assert again.append(act(3))[0].index == 3
    assert again.verify().ok
