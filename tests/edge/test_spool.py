import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from edge import sqlite_file
from edge.counters import Counters
from edge.errors import DiskFull, MessageTooLarge, WrongState
from edge.spool import LONGEST_WAIT_FACTOR, Spool, Unsent
from ingest.contract.base import new_id
from ingest.contract.codec import decode
from ingest.contract.messages import ImageMessage, Receipt, SeqRange

RESEND_S = 60.0


@pytest.fixture
def open_spool(tmp_path: Path, clock: Any, counters: Counters) -> Iterator[Callable[..., Spool]]:
    opened: list[Spool] = []

    def make(path: Path | None = None, device: str = "car-1") -> Spool:
        opened.append(Spool.open(path or tmp_path / "state" / "spool.db", device, clock, counters))
        return opened[-1]

    yield make
    for spool in opened:
        spool.close()


def receipt(spool: Spool, *spans: tuple[int, int]) -> Receipt:
    return Receipt(device=spool.device, stream=spool.stream, ranges=tuple(SeqRange(first=a, last=b) for a, b in spans))


def due(spool: Spool, clock: Any, limit: int = 1000) -> list[int]:
    return [waiting.seq for waiting in spool.due(limit, clock.now(), RESEND_S)]


def test_messages_are_numbered_from_1_over_all_kinds(open_spool: Any, bodies: Any, clock: Any) -> None:
    spool = open_spool()
    picture = bodies.picture()

    made = [
        spool.put(bodies.read()),
        spool.put(bodies.hit()),
        spool.put(bodies.answer()),
        spool.put(picture.header, picture.data),
    ]

    assert [message.seq for message in made] == [1, 2, 3, 4]
    assert [message.kind for message in made] == ["reads", "hits", "answers", "images"]
    assert len({message.id for message in made}) == 4
    assert all((m.device, m.stream, m.made_at, m.id.version) == ("car-1", spool.stream, clock.at, 7) for m in made)
    assert (spool.made, spool.waiting) == (4, 4)


def test_what_goes_on_the_wire_is_the_message(open_spool: Any, bodies: Any, clock: Any) -> None:
    spool = open_spool()
    picture = bodies.picture()
    made = [spool.put(bodies.hit()), spool.put(picture.header, picture.data)]

    payloads = [waiting.payload for waiting in spool.due(10, clock.now(), RESEND_S)]

    assert [decode(payload) for payload in payloads] == [(made[0], None), (made[1], picture.data)]
    assert isinstance(made[1], ImageMessage)


def test_a_repeated_try_is_the_same_bytes(open_spool: Any, bodies: Any, clock: Any) -> None:
    spool = open_spool()
    spool.put(bodies.read())
    (first,) = spool.due(10, clock.now(), RESEND_S)
    spool.mark_published([1], clock.now(), RESEND_S)
    clock.pass_s(RESEND_S)
    (second,) = spool.due(10, clock.now(), RESEND_S)

    assert (first.payload, first.tries) == (second.payload, 0)
    assert second.tries == 1


def test_a_published_message_stays_until_its_receipt(open_spool: Any, bodies: Any, clock: Any) -> None:
    spool = open_spool()
    spool.put_all([Unsent(bodies.read()) for _ in range(3)])
    spool.mark_published([1, 2, 3], clock.now(), RESEND_S)

    assert (due(spool, clock), spool.waiting) == ([], 3)
    assert spool.settle(receipt(spool, (1, 1), (3, 3))) == 2
    clock.pass_s(RESEND_S)
    assert (due(spool, clock), spool.waiting, spool.made) == ([2], 1, 3)


def test_the_wait_for_a_receipt_doubles_up_to_its_limit(open_spool: Any, bodies: Any, clock: Any) -> None:
    spool = open_spool()
    spool.put(bodies.read())
    for factor in (1, 2, 4, 8, 16, LONGEST_WAIT_FACTOR, LONGEST_WAIT_FACTOR):
        assert due(spool, clock) == [1]
        spool.mark_published([1], clock.now(), RESEND_S)
        clock.pass_s(RESEND_S * factor - 0.001)
        assert due(spool, clock) == []
        clock.pass_s(0.001)


def test_new_messages_go_before_resent_ones(open_spool: Any, bodies: Any, clock: Any) -> None:
    spool = open_spool()
    spool.put_all([Unsent(bodies.read()) for _ in range(3)])
    spool.mark_published([2], clock.now(), RESEND_S)
    clock.pass_s(RESEND_S)
    spool.put(bodies.read())

    assert due(spool, clock) == [1, 3, 4, 2]
    assert due(spool, clock, limit=2) == [1, 3]


def test_what_a_lost_connection_did_not_acknowledge_is_due_at_once_in_order(
    open_spool: Any, bodies: Any, clock: Any
) -> None:
    spool = open_spool()
    spool.put_all([Unsent(bodies.read()) for _ in range(4)])
    spool.mark_published([1, 2, 3], clock.now(), RESEND_S)
    spool.release([3, 2])

    assert due(spool, clock) == [2, 3, 4]


def test_a_clock_that_goes_back_does_not_hold_messages_up(open_spool: Any, bodies: Any, clock: Any) -> None:
    spool = open_spool()
    spool.put(bodies.read())
    spool.mark_published([1], clock.now() + timedelta(days=30), RESEND_S)

    assert due(spool, clock) == [1]


def test_a_message_put_aside_is_not_due_and_not_gone(open_spool: Any, bodies: Any, clock: Any) -> None:
    spool = open_spool()
    spool.put_all([Unsent(bodies.read()), Unsent(bodies.read())])
    spool.put_aside(1, clock.now())

    assert (due(spool, clock), spool.waiting) == ([2], 2)
    clock.pass_s(3600)
    assert due(spool, clock) == [2, 1]


def test_a_restart_keeps_messages_numbers_and_stream(open_spool: Any, bodies: Any, clock: Any) -> None:
    before = open_spool()
    before.put_all([Unsent(bodies.read()) for _ in range(3)])
    before.settle(receipt(before, (1, 3)))
    before.put(bodies.read())
    before.close()

    after = open_spool()

    assert (after.stream, after.made, after.waiting) == (before.stream, 4, 1)
    assert after.held_bytes == before.held_bytes > 0
    assert after.put(bodies.read()).seq == 5


@pytest.mark.parametrize("other", ["device", "stream"])
def test_a_receipt_for_another_spool_settles_nothing(
    other: str, open_spool: Any, bodies: Any, counters: Counters
) -> None:
    spool = open_spool()
    spool.put(bodies.read())
    wrong = {"device": "car-2"} if other == "device" else {"stream": new_id()}

    assert spool.settle(receipt(spool, (1, 1)).model_copy(update=wrong)) == 0
    assert (spool.waiting, counters.value("receipts_of_another_stream")) == (1, 1)


def test_a_receipt_beyond_what_was_made_is_counted(open_spool: Any, bodies: Any, counters: Counters) -> None:
    spool = open_spool()
    spool.put(bodies.read())

    assert spool.settle(receipt(spool, (1, 9))) == 1
    assert counters.value("receipts_beyond_made") == 1


@given(
    put=st.integers(1, 120),
    spans=st.lists(st.tuples(st.integers(1, 130), st.integers(0, 60)), max_size=4),
)
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_exactly_what_a_receipt_covers_is_deleted(
    put: int, spans: list[tuple[int, int]], tmp_path: Path, bodies: Any, clock: Any
) -> None:
    spool = Spool.open(tmp_path / f"{new_id()}.db", "car-1", clock, Counters())
    spool.put_all([Unsent(bodies.answer()) for _ in range(put)])
    covered = {seq for first, more in spans for seq in range(first, first + more + 1)}

    settled = spool.settle(receipt(spool, *((first, first + more) for first, more in spans)))

    left = [seq for seq in range(1, put + 1) if seq not in covered]
    assert due(spool, clock) == left
    assert (spool.waiting, settled) == (len(left), put - len(left))
    spool.close()


def test_a_message_over_the_wires_limit_gets_no_number(open_spool: Any, bodies: Any) -> None:
    spool = open_spool()
    huge = bodies.picture(size=1_000_000)

    with pytest.raises(MessageTooLarge, match="make its picture smaller"):
        spool.put_all([Unsent(bodies.read()), Unsent(huge.header, huge.data)])

    assert (spool.made, spool.waiting) == (0, 0)
    assert spool.put(bodies.read()).seq == 1


def test_the_spool_of_another_device_is_refused(open_spool: Any) -> None:
    open_spool().close()

    with pytest.raises(WrongState, match="is the spool of car-1, not of car-2"):
        open_spool(device="car-2")


@pytest.mark.parametrize("damage", ["no database at all", "pages overwritten"])
def test_a_damaged_spool_is_kept_aside_and_a_new_stream_begun(
    damage: str, open_spool: Any, bodies: Any, counters: Counters, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    before = open_spool()
    before.put_all([Unsent(bodies.hit()) for _ in range(50)])
    before.close()
    path = before.path
    content = bytearray(path.read_bytes())
    if damage == "no database at all":
        content[:100] = b"\xff" * 100
    else:
        content[4096 : len(content) // 2] = os.urandom(len(content) // 2 - 4096)
    path.write_bytes(content)

    after = open_spool()

    assert after.stream != before.stream
    assert (after.made, after.waiting, counters.value("spool_damaged")) == (0, 0, 1)
    (aside,) = path.parent.glob("spool.db.damaged-*")
    assert aside.read_bytes() == content
    assert "kept as" in caplog.text


def test_files_are_for_this_account_only(open_spool: Any) -> None:
    path = open_spool().path

    assert (path.stat().st_mode & 0o077, path.parent.stat().st_mode & 0o077) == (0, 0)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 16 MB."""
    if os.geteuid() != 0 or shutil.which("mount") is None:
        pytest.skip("a small disk can be made only by root with mount (tmpfs)")
    folder = tmp_path / "disk"
    folder.mkdir()
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=16m", "tmpfs", str(folder)], capture_output=True, text=True, check=False
    )
    if done.returncode:
        pytest.skip(f"no tmpfs can be mounted here: {done.stderr.strip()}")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def fill(folder: Path) -> None:
    """Leave not one block free."""
    with (folder / "filler").open("wb", buffering=0) as file, pytest.raises(OSError, match="No space left"):
        all(file.write(b"x" * 4096) for _ in range(1_000_000))


def test_a_full_disk_refuses_in_words_keeps_what_it_has_and_can_be_emptied(
    small_disk: Path, open_spool: Any, bodies: Any, clock: Any, counters: Counters
) -> None:
    spool = open_spool(small_disk / "spool.db")
    group = [Unsent(bodies.read())]
    group += [Unsent(picture.header, picture.data) for picture in (bodies.picture(size=25_000) for _ in range(4))]

    with pytest.raises(DiskFull, match=r"spool\.db: the disk is full \([0-9,]+ bytes free\)"):
        all(spool.put_all(group) for _ in range(1_000))

    made = spool.made
    assert made > 0
    assert made % 5 == 0
    assert spool.waiting == made
    with pytest.raises(DiskFull):
        spool.put_all(group)
    assert spool.made == made

    fill(small_disk)
    for waiting in spool.due(made, clock.now(), RESEND_S):
        decode(waiting.payload)
    spool.mark_published([1], clock.now(), RESEND_S)
    with pytest.raises(DiskFull):
        spool.put(bodies.read())  # the reserve's room is for sending what waits, not for more

    assert spool.settle(receipt(spool, (1, made))) == made
    assert spool.waiting == 0
    assert counters.value("spool_reserve_used") == 1
    assert spool.put(bodies.read()).seq == made + 1


def test_a_full_disk_at_start_is_said_in_words(small_disk: Path, open_spool: Any) -> None:
    fill(small_disk)

    with pytest.raises(DiskFull, match="the disk is full"):
        open_spool(small_disk / "spool.db")


def test_a_spool_on_a_full_disk_can_be_opened_and_emptied(
    small_disk: Path, open_spool: Any, bodies: Any, counters: Counters
) -> None:
    before = open_spool(small_disk / "spool.db")
    before.put_all([Unsent(bodies.read()) for _ in range(200)])
    before.close()
    fill(small_disk)

    after = open_spool(small_disk / "spool.db")

    assert after.waiting == 200
    assert after.settle(receipt(after, (1, 200))) == 200
    assert counters.value("spool_reserve_used") == 1


def test_the_reserve_is_made_again_when_there_is_room(small_disk: Path, open_spool: Any) -> None:
    spool = open_spool(small_disk / "spool.db")
    reserve = small_disk / "spool.db-reserve"
    assert reserve.stat().st_size == sqlite_file.RESERVE_BYTES
    reserve.unlink()
    spool.close()

    open_spool(small_disk / "spool.db")

    assert reserve.exists()


WRITER = """
import sys
from pathlib import Path
from datetime import UTC, datetime
from edge.counters import Counters
from edge.spool import Spool, Unsent
from ingest.contract.base import new_id
from ingest.contract.messages import Answer, Outcome, Read
from hardware.clock import SystemClock
read = Read.model_validate_json(sys.argv[2])
spool = Spool.open(Path(sys.argv[1]), "car-1", SystemClock(), Counters())
while True:
    made = spool.put_all([Unsent(read) for _ in range(3)])
    print(made[-1].seq, flush=True)
"""


@pytest.mark.parametrize("after", [1, 7, 40])
def test_killed_while_writing_nothing_acknowledged_is_lost_and_no_group_is_half_there(
    after: int, tmp_path: Path, open_spool: Any, bodies: Any, clock: Any
) -> None:
    path = tmp_path / "spool.db"
    command = [sys.executable, "-c", WRITER, str(path), bodies.read().model_dump_json()]
    root = Path(__file__).resolve().parents[2]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=root) as writer:
        assert writer.stdout is not None
        told = [int(writer.stdout.readline()) for _ in range(after)][-1]
        writer.send_signal(signal.SIGKILL)
        told = max([told, *(int(line) for line in writer.stdout if line.endswith("\n"))])

    spool = open_spool(path)

    assert spool.made >= told
    assert spool.made % 3 == 0
    waiting = spool.due(spool.made + 10, clock.now(), RESEND_S)
    assert [w.seq for w in waiting] == list(range(1, spool.made + 1))
    assert [decode(w.payload)[0].seq for w in waiting] == [w.seq for w in waiting]
    assert spool.put(bodies.read()).seq == spool.made


def test_the_file_is_written_through_to_the_disk(open_spool: Any) -> None:
    spool = open_spool()
    with spool._file.reading() as db:
        assert db.execute("PRAGMA synchronous").fetchone() == (2,)
        assert db.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert db.execute("PRAGMA secure_delete").fetchone() == (1,)


def test_nothing_of_a_settled_message_is_left_in_the_file(open_spool: Any, bodies: Any) -> None:
    spool = open_spool()
    spool.put(bodies.read("ZZ99ZZZ"))
    spool.settle(receipt(spool, (1, 1)))
    spool.close()

    assert b"ZZ99ZZZ" not in spool.path.read_bytes()
