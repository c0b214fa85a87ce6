"""Appending and reading, and what is left after a crash or a full disk."""

import logging
import os
import shutil
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from governance.entry import EMPTY, START, Head
from governance.errors import LogDamaged, LogFull, LogWriteFailed
from governance.log import Act, Log


def test_a_new_log_is_empty_and_whole(log):
    assert log.head == EMPTY
    assert list(log.read()) == []
    assert log.verify().ok


def test_entries_are_given_back_as_they_were_written(log, act):
    written = [*log.append(act(0)), *log.append(act(1), act(2))]
    assert list(log.read()) == written
    assert [entry.index for entry in written] == [0, 1, 2]
    assert [entry.previous for entry in written] == [START, written[0].hash, written[1].hash]
    assert log.head == Head(3, written[2].hash)


def test_several_acts_in_one_go_have_one_time(log, act):
    assert len({entry.at for entry in log.append(act(0), act(1))}) == 1


def test_appending_nothing_writes_nothing(log, path):
    assert log.append() == []
    assert path.stat().st_size == 0


def test_another_opening_of_the_log_goes_on_where_the_first_stopped(log, path, clock, act):
    log.append(act(0))
    Log.open(path, clock).append(act(1))
    log.append(act(2))
    assert [entry.act.objects["alert"] for entry in log.read()] == ["0", "1", "2"]
    assert log.verify().ok


@pytest.mark.parametrize("size", [0, 1, 3, 2_000])
@pytest.mark.parametrize(
    ("start", "limit"), [(0, None), (0, 2), (1, 1), (2, None), (1_500, 3), (1_999, 10), (5_000, 1)]
)
def test_reading_from_an_index_gives_what_a_slice_would(log, act, size, start, limit):
    acts = [act(number) for number in range(size)]
    log.append(*acts)
    stop = None if limit is None else start + limit
    assert [entry.act for entry in log.read(start, limit)] == acts[start:stop]


@pytest.mark.parametrize(("start", "limit"), [(-1, None), (0, -1)])
def test_reading_from_before_the_start_is_refused(log, start, limit):
    with pytest.raises(ValueError, match="less than 0"):
        next(log.read(start, limit))


def test_a_long_entry_before_a_short_one_is_found(log):
    log.append(*(Act("a", "b", "c" * (65_000 if number % 2 else 1)) for number in range(40)))
    assert [next(log.read(number, 1)).index for number in range(40)] == list(range(40))


def test_only_this_account_reads_the_log(log, path, act):
    log.append(act(0))
    assert [file.stat().st_mode & 0o077 for file in path.parent.iterdir()] == [0, 0]


@pytest.mark.parametrize("cut", [1, 100, 300])
def test_a_torn_last_line_is_moved_aside_with_a_warning(log, path, clock, act, caplog, cut):
    entries = log.append(act(0), act(1))
    line = path.read_bytes().splitlines(keepends=True)[1]
    with path.open("ab") as file:
        file.write(line[:cut])
    with caplog.at_level(logging.WARNING):
        reopened = Log.open(path, clock)
    (torn,) = path.parent.glob("*.torn-*")
    assert torn.name.startswith("acts.log.torn-20261123T02")
    assert torn.read_bytes() == line[:cut]
    assert f"{cut} bytes of an append that broke off were moved to {torn.name}" in caplog.text
    assert list(reopened.read()) == entries
    assert reopened.append(act(2))[0].index == 2
    assert reopened.verify().ok
    assert torn.name in str(reopened.verify().notes[0])


def test_bytes_torn_at_the_same_moment_are_kept_apart(path, act):
    at = datetime(2026, 11, 23, tzinfo=UTC)
    for _ in range(2):
        log = Log.open(path, lambda: at)
        log.append(act(0))
        with path.open("ab") as file:
            file.write(b"torn")
    Log.open(path, lambda: at)
    assert [torn.read_bytes() for torn in path.parent.glob("*.torn-*")] == [b"torn", b"torn"]


def test_an_append_takes_in_what_another_process_left(log, path, act):
    """The head was not moved when the writer died: its whole entry is kept, the rest is moved aside."""
    log.append(act(0))
    head = path.with_name("acts.log.head").read_bytes()
    log.append(act(1))
    path.with_name("acts.log.head").write_bytes(head)
    with path.open("ab") as file:
        file.write(b'{"act":')
    assert log.append(act(2))[0].index == 2
    assert [entry.act.objects["alert"] for entry in log.read()] == ["0", "1", "2"]
    assert log.verify().ok
    assert len(list(path.parent.glob("*.torn-*"))) == 1


def test_readers_see_what_the_head_covers_and_no_more(log, path, act):
    log.append(act(0))
    head = path.with_name("acts.log.head").read_bytes()
    log.append(act(1))
    path.with_name("acts.log.head").write_bytes(head)
    assert len(list(log.read())) == 1


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_a_crash_at_any_byte_leaves_a_log_that_opens_and_goes_on(act, data):
    """The head that a crash leaves is that of the last append that ended, or, after a power failure, the one before."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "log"
        now = datetime(2026, 11, 23, tzinfo=UTC)
        log = Log.open(path, lambda: now)
        head_file = path.with_name("log.head")
        heads = [(0, head_file.read_bytes(), 0)]
        for size in data.draw(st.lists(st.integers(1, 3), min_size=1, max_size=4)):
            log.append(*map(act, range(size)))
            heads.append((path.stat().st_size, head_file.read_bytes(), log.head.size))
        cut = data.draw(st.integers(0, heads[-1][0]))
        ended = [head for head in heads if head[0] <= cut]
        _, text, acknowledged = data.draw(st.sampled_from(ended[-2:]))
        os.truncate(path, cut)
        head_file.write_bytes(text)
        before = path.read_bytes()

        again = Log.open(path, lambda: now)
        assert again.head.size >= ended[-1][2] >= acknowledged
        assert [entry.index for entry in again.read()] == list(range(again.head.size))
        torn = b"".join(file.read_bytes() for file in path.parent.glob("*.torn-*"))
        assert path.read_bytes() + torn == before
        again.append(act(9))
        assert again.verify().ok


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cut=st.integers(0, 2_000))
def test_any_prefix_of_the_file_opens_and_what_was_cut_off_is_found(act, cut):
    with TemporaryDirectory() as folder:
        path = Path(folder) / "log"
        log = Log.open(path, lambda: datetime(2026, 11, 23, tzinfo=UTC))
        log.append(*map(act, range(6)))
        whole = path.stat().st_size
        os.truncate(path, min(cut, whole))
        again = Log.open(path, lambda: datetime(2026, 11, 23, tzinfo=UTC))
        assert again.verify().ok == (cut >= whole)
        if cut < whole:
            with pytest.raises(LogDamaged, match="cut off"):
                again.append(act(9))
            assert path.stat().st_size == cut


def test_a_log_whose_head_was_taken_away_takes_no_more(log, path, clock, act):
    log.append(act(0))
    path.with_name("acts.log.head").unlink()
    again = Log.open(path, clock)
    with pytest.raises(LogDamaged, match="head is missing"):
        again.append(act(1))
    with pytest.raises(LogDamaged, match="head is missing"):
        _ = again.head
    with pytest.raises(LogDamaged, match="head is missing"):
        next(again.read())


def test_a_log_that_was_taken_away_and_not_its_head_takes_no_more(log, path, act):
    log.append(act(0))
    path.unlink()
    with pytest.raises(LogDamaged, match="somebody took it away"):
        next(log.read())
    with pytest.raises(LogDamaged, match="cut off"):
        log.append(act(1))


def test_reading_stops_at_a_damaged_entry(log, path, act):
    log.append(*map(act, range(3)))
    path.write_bytes(path.read_bytes().replace(b'"alert":"1"', b'"alert":"7"'))
    entries = log.read()
    assert next(entries).index == 0
    with pytest.raises(LogDamaged, match=r"entry 1: .* was changed"):
        next(entries)


def test_reading_stops_where_an_entry_is_missing(log, path, act):
    log.append(*map(act, range(3)))
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join((lines[0], lines[2], lines[1])))
    with pytest.raises(LogDamaged, match="entry 2 stands where entry 1 should be"):
        list(log.read())


def test_a_changed_last_entry_takes_no_more_after_it(log, path, act):
    log.append(act(0))
    path.write_bytes(path.read_bytes().replace(b"patrol", b"leave!"))
    with pytest.raises(LogDamaged, match="entry 0"):
        log.append(act(1))


def test_a_replaced_last_entry_takes_no_more_after_it(log, path, act, tmp_path):
    log.append(act(0))
    other = Log.open(tmp_path / "other.log", lambda: datetime(2026, 11, 23, tzinfo=UTC))
    other.append(act(0))
    shutil.copy(tmp_path / "other.log", path)
    with pytest.raises(LogDamaged, match=r"covers|stands where its head says"):
        log.append(act(1))


def test_a_clock_that_goes_back_is_written_down_as_it_is(log, clock, act):
    log.append(act(0))
    clock.step = timedelta(seconds=-60)
    log.append(act(1))
    first, second = log.read()
    assert second.at < first.at
    assert log.verify().ok


def test_a_folder_that_cannot_be_written_is_refused(tmp_path, clock):
    with pytest.raises(LogWriteFailed, match="No such file or directory; nothing was logged"):
        Log.open(tmp_path / "nowhere" / "log", clock)


def write_until_refused(log, act):
    for number in range(10_000):
        log.append(act(number))


@pytest.fixture
def small_disk(tmp_path):
    """A disk of 64 KiB."""
    if os.geteuid() != 0:
        pytest.skip("only root can mount the small disk that this test fills")
    folder = tmp_path / "small"
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", folder], check=True)
    yield folder
    subprocess.run(["umount", folder], check=True)


def test_a_full_disk_refuses_the_act_and_leaves_the_log_whole(small_disk, clock, act):
    log = Log.open(small_disk / "log", clock)
    with pytest.raises(LogFull, match="make room"):
        write_until_refused(log, act)
    head = log.head
    assert 10 < head.size < 10_000
    with pytest.raises(LogFull):
        log.append(*map(act, range(1_000)))
    assert log.head == head
    assert log.verify().ok
    assert not log.verify().notes
    assert Log.open(small_disk / "log", clock).head == head


def test_a_full_disk_that_has_room_again_goes_on(small_disk, clock, act):
    (small_disk / "ballast").write_bytes(bytes(40_000))
    log = Log.open(small_disk / "log", clock)
    with pytest.raises(LogFull):
        log.append(*map(act, range(100)))
    (small_disk / "ballast").unlink()
    assert len(log.append(*map(act, range(100)))) == 100
    assert log.verify().ok
