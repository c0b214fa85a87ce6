"""Everything that somebody may do to the file, and that verify finds it and names the place."""

import os
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from governance.entry import EMPTY, START, Act, Head, line_of
from governance.log import Log
from governance.verification import MAX_FINDINGS, verify_log

AT = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
COUNT = 8


@pytest.fixture
def lines(log, path, act):
    log.append(*map(act, range(COUNT)))
    return path.read_bytes().splitlines(keepends=True)


def chained(count: int, purpose: str = "why") -> list[bytes]:
    previous, made = START, []
    for index in range(count):
        line, entry = line_of(index, AT, Act("a", "b", purpose), previous)
        made.append(line)
        previous = entry.hash
    return made


def words(path: Path, at_least: Head | None = None) -> str:
    verification = verify_log(path, at_least)
    assert not verification.ok
    return "\n".join(map(str, verification.problems))


def test_a_whole_log_gives_its_head_and_no_word(log, path, lines):
    verification = verify_log(path, log.head)
    assert verification.ok
    assert verification.head == log.head
    assert verification.problems == verification.notes == ()


def swapped(lines):
    return [*lines[:3], lines[4], lines[3], *lines[5:]]


def rechained(lines):
    """Entry 3 written anew with a right hash, the rest as it was."""
    _, before = line_of(2, AT, Act("x", "x", "x"), START)
    line, _ = line_of(3, AT, Act("forger", "b", "c"), before.hash)
    return [*lines[:3], line, *lines[4:]]


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (lambda lines: [*lines[:3], lines[3].replace(b"pc.demo", b"pc.dumb"), *lines[4:]],
         r"entry 3 \(line 4\): its content does not give its hash: one of the two was changed"),
        (lambda lines: [*lines[:3], *lines[4:]],
         r"entry 3 \(line 4\): entry 4 stands here: one or more before it were removed"),
        (lambda lines: lines[1:], r"entry 0 \(line 1\): entry 1 stands here: one or more before it were removed"),
        (lambda lines: [*lines[:3], lines[2], *lines[3:]],
         r"entry 3 \(line 4\): entry 2 stands here: it was put in, repeated"),
        (swapped, r"entry 3 \(line 4\): entry 4 stands here.*\n.*line 5\): entry 3 stands here"),
        (rechained, r"entry 3 \(line 4\): it does not follow from the entry before it"),
        (lambda lines: lines[:5], r"the log ends after 5 entries, but acts.log.head has 8: its end was cut off"),
        (lambda lines: [*lines[:7], lines[7][:-1]], r"the log ends after 7 entries, but acts.log.head has 8"),
        (lambda lines: [], "the log ends after 0 entries, but acts.log.head has 8"),
        (lambda lines: [*lines[:3], b"\n", *lines[3:]], r"entry 3 \(line 4\): the line does not end in a hash"),
        (lambda lines: [*lines[:3], b"x" * 200_000 + b"\n", *lines[3:]],
         r"entry 3 \(line 4\): the line is longer than any"),
        (lambda lines: chained(COUNT), r"its hash is not the one in acts.log.head"),
        (lambda lines: [*lines, b"junk\n"], r"entry 8 \(line 9\): the line does not end in a hash"),
    ],
    ids=["changed", "removed", "first removed", "inserted", "swapped", "replaced", "cut", "no newline", "emptied",
         "blank line", "long line", "all anew", "junk behind"],
)  # fmt: skip
def test_what_was_done_to_the_lines_is_found_at_its_place(path, lines, change, fault):
    path.write_bytes(b"".join(change(lines)))
    assert re.search(fault, words(path)), words(path)


def test_a_log_written_anew_with_its_head_is_found_by_a_head_written_down_before(log, path, lines, act):
    before = log.head
    path.unlink()
    path.with_name("acts.log.head").unlink()
    forged = Log.open(path, lambda: AT)
    forged.append(*map(act, range(COUNT + 5)))
    assert forged.verify().ok
    assert re.search(
        r"entry 7 \(line 8\): its hash is not the one in the head written down before", words(path, before)
    )


def test_a_log_cut_off_with_its_head_is_found_by_a_head_written_down_before(log, path, lines, act):
    before = log.head
    path.unlink()
    path.with_name("acts.log.head").unlink()
    Log.open(path, lambda: AT).append(act(0))
    assert "ends after 1 entries, but the head written down before has 8" in words(path, before)


@pytest.mark.parametrize("size", [0, 1, COUNT])
def test_every_earlier_head_is_accepted(log, path, lines, size):
    entries = list(log.read())
    assert verify_log(path, Head(size, entries[size - 1].hash) if size else EMPTY).ok


def test_a_head_of_an_empty_log_has_64_zeros(path, lines):
    assert "empty log" in words(path, Head(0, "ab" * 32))


@pytest.mark.parametrize(
    ("head", "fault"),
    [
        (None, "acts.log.head is missing"),
        (b"", "is not a head"),
        (b"{}\n", "is not a head"),
        (b"[1,2,3]\n", "is not a head"),
        (b"\xff", "is not a head"),
        (b'{"bytes":true,"hash":"' + b"0" * 64 + b'","size":0}\n', "is not a head"),
        (b'{"bytes":1,"hash":"' + b"0" * 64 + b'","size":-1}\n', "is not a head"),
        (b'{"bytes":1,"hash":"' + b"0" * 64 + b'","size":0}\n', "is not a head"),
        (b'{"bytes":1,"hash":"' + b"0" * 64 + b'","size":8}\n', "its hash is not the one in acts.log.head"),
    ],
)
def test_what_was_done_to_the_head_is_found(path, lines, head, fault):
    file = path.with_name("acts.log.head")
    file.unlink() if head is None else file.write_bytes(head)
    assert fault in words(path)


def test_a_head_with_another_length_is_found(log, path, lines):
    file = path.with_name("acts.log.head")
    length = path.stat().st_size
    file.write_bytes(file.read_bytes().replace(str(length).encode(), str(length - 1).encode()))
    assert f"the head covers {length - 1} bytes, but its entry ends at byte {length}" in words(path)


def test_a_log_that_is_not_there_is_named(tmp_path):
    assert "does not exist" in words(tmp_path / "no.log")


def test_a_log_that_cannot_be_read_is_named(tmp_path):
    assert "Is a directory" in words(tmp_path)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_single_byte_that_is_changed_in_log_or_head_is_found(act, data):
    with TemporaryDirectory() as folder:
        path = Path(folder) / "log"
        log = Log.open(path, lambda: AT)
        log.append(*map(act, range(3)))
        file = data.draw(st.sampled_from([path, path.with_name("log.head")]))
        content = bytearray(file.read_bytes())
        where = data.draw(st.integers(0, len(content) - 1))
        content[where] ^= data.draw(st.integers(1, 255))
        file.write_bytes(content)
        assert not verify_log(path).ok


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(order=st.lists(st.integers(0, 3), max_size=6).filter(lambda order: order != [0, 1, 2, 3]))
def test_any_other_choice_or_order_of_the_entries_is_found(act, order):
    with TemporaryDirectory() as folder:
        path = Path(folder) / "log"
        Log.open(path, lambda: AT).append(*map(act, range(4)))
        lines = path.read_bytes().splitlines(keepends=True)
        path.write_bytes(b"".join(lines[number] for number in order))
        assert not verify_log(path).ok


def test_a_clock_that_went_back_is_a_note(log, path, clock, act):
    log.append(act(0))
    clock.step = timedelta(hours=-1)
    log.append(act(1))
    verification = verify_log(path)
    assert verification.ok
    assert re.search(
        r"entry 1 \(line 2\): its time, .*, is before that of the entry before", str(verification.notes[0])
    )


def test_what_a_crash_left_behind_the_head_is_a_note(log, path, lines, act):
    head = path.with_name("acts.log.head").read_bytes()
    log.append(act(8), act(9))
    path.with_name("acts.log.head").write_bytes(head)
    os.truncate(path, path.stat().st_size - 5)
    verification = verify_log(path)
    assert verification.ok
    assert "1 entries stand behind the head" in str(verification.notes[0])
    assert "bytes are of an append under way or broken off" in str(verification.notes[1])


def test_verify_needs_no_right_to_write_and_changes_nothing(log, path, lines):
    with path.open("ab") as file:
        file.write(b"torn")
    before = {file.name: file.read_bytes() for file in path.parent.iterdir()}
    assert verify_log(path).ok
    assert {file.name: file.read_bytes() for file in path.parent.iterdir()} == before


def test_a_log_with_many_faults_is_counted_and_not_listed_for_ever(path, lines):
    path.write_bytes(b"junk\n" * 1_000)
    verification = verify_log(path)
    assert len(verification.problems) == MAX_FINDINGS
    assert verification.problems_left_out >= 900
