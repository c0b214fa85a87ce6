"""The log's bytes on disk: the lock, the head file, a durable append and the mending of a torn end.

The module docstring of governance.log describes the files. The order of an append is: new head to a side file, fsync;
lines to the log, fsync; side file renamed over the head. Whatever a crash or a full disk leaves, the head names the
last acknowledged byte, so what lies behind it can be told from what was promised.
"""

import errno
import fcntl
import json
import logging
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from governance.acts import is_hash
from governance.entry import MAX_LINE_BYTES, START, Head, canonical, parse
from governance.errors import LogDamaged, LogFull, LogWriteFailed

_NO_ROOM: Final = frozenset((errno.ENOSPC, errno.EDQUOT, errno.EFBIG))
_COPY_BYTES: Final = 1_048_576
_FILE_MODE: Final = 0o600

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Mark:
    """What the head file says: the number of entries, the hash of the last, and the log's length in bytes."""

    size: int
    hash: str
    bytes: int

    @property
    def head(self) -> Head:
        return Head(self.size, self.hash)


NOTHING: Final = Mark(0, START, 0)


def head_path(log: Path) -> Path:
    """Where the head of this log is kept."""
    return log.with_name(log.name + ".head")


def read_mark(log: Path) -> Mark | None:
    """What the head file says; None where there is none. Raises LogDamaged where it is not one."""
    path = head_path(log)
    try:
        text = path.read_bytes()
    except FileNotFoundError:
        return None
    try:
        fields = json.loads(text)
        mark = Mark(**fields)
        numbers = type(mark.size) is int and type(mark.bytes) is int and mark.size >= 0 and mark.bytes >= 0
        if not numbers or not is_hash(mark.hash) or _mark_text(mark) != text or (mark.size == 0 and mark != NOTHING):
            raise ValueError(f"{text[:200]!r}")
    except (ValueError, TypeError, RecursionError) as error:
        raise LogDamaged(f"{path} is not a head: {error}") from error
    return mark


@contextmanager
def locked(log: Path) -> Iterator[int]:
    """Hold the log for writing, against every other process and thread; gives its file descriptor."""
    with _as_ours(log):
        descriptor = os.open(log, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, _FILE_MODE)
    try:
        with _as_ours(log):
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield descriptor
    finally:
        os.close(descriptor)


def settle(log: Path, descriptor: int, clock: Callable[[], datetime]) -> Mark:
    """Make log and head agree after whatever happened last, and give the mark to append at. Needs the lock.

    Whole entries behind the head are taken in; other bytes there are moved aside. Raises LogDamaged where what the
    head covers is not there; then nothing is touched.
    """
    mark = read_mark(log)
    with _as_ours(log):
        length = os.fstat(descriptor).st_size
        if mark is None:
            if length:
                raise LogDamaged(f"{head_path(log)} is missing, and {log} is not empty: somebody took it away")
            _put_in_place(_stage(log, NOTHING), log)
            return NOTHING
        if length < mark.bytes:
            raise LogDamaged(f"{log} has {length} bytes, but its head covers {mark.bytes}: its end was cut off")
        _check_last(log, descriptor, mark)
        if length == mark.bytes:
            return mark
        settled = _take_in(log, descriptor, mark)
        if length > settled.bytes:
            _move_aside(log, descriptor, settled.bytes, clock())
        _put_in_place(_stage(log, settled), log)
        return settled


def extend(log: Path, descriptor: int, mark: Mark, data: bytes, after: Mark) -> None:
    """Write data behind the mark and move the head to after, durably. Needs the lock. Fails with nothing changed."""
    with _as_ours(log):
        staged = _stage(log, after)
        try:
            _write_all(descriptor, data, mark.bytes)
            os.fsync(descriptor)
        except OSError:
            staged.unlink(missing_ok=True)
            os.ftruncate(descriptor, mark.bytes)
            raise
        _put_in_place(staged, log)


def last_line(descriptor: int, end: int) -> bytes:
    """The line that ends at this byte of the file; all that was read where no line starts within its longest length."""
    start = max(0, end - MAX_LINE_BYTES)
    tail = os.pread(descriptor, end - start, start)
    return tail[tail.rfind(b"\n", 0, -1) + 1 :]


def torn_files(log: Path) -> list[Path]:
    """What was moved aside from this log, oldest first."""
    return sorted(log.parent.glob(log.name.replace("[", "[[]") + ".torn-*"))


def _check_last(log: Path, descriptor: int, mark: Mark) -> None:
    if mark.size == 0:
        return
    try:
        entry = parse(last_line(descriptor, mark.bytes))
    except ValueError as error:
        raise LogDamaged(f"entry {mark.size - 1} of {log}, the last that its head covers: {error}") from error
    if (entry.index, entry.hash) != (mark.size - 1, mark.hash):
        raise LogDamaged(f"entry {entry.index} of {log} stands where its head says entry {mark.size - 1} is")


def _take_in(log: Path, descriptor: int, mark: Mark) -> Mark:
    with open(descriptor, "rb", closefd=False) as file:
        file.seek(mark.bytes)
        while line := file.readline(MAX_LINE_BYTES):
            try:
                entry = parse(line)
            except ValueError:
                break
            if (entry.index, entry.previous) != (mark.size, mark.hash):
                break
            mark = Mark(mark.size + 1, entry.hash, mark.bytes + len(line))
            _log.warning("%s: entry %d was written but not acknowledged; it is kept", log, entry.index)
    return mark


def _move_aside(log: Path, descriptor: int, start: int, now: datetime) -> None:
    stem = f"{log.name}.torn-{now.astimezone(UTC):%Y%m%dT%H%M%S%fZ}"
    aside = log.with_name(stem)
    number = 1
    while aside.exists():
        number += 1
        aside = log.with_name(f"{stem}-{number}")
    moved = 0
    try:
        with open(aside, "xb", opener=_private) as file:
            while part := os.pread(descriptor, _COPY_BYTES, start + moved):
                file.write(part)
                moved += len(part)
            file.flush()
            os.fsync(file.fileno())
    except OSError:
        aside.unlink(missing_ok=True)
        raise
    _sync_folder(log)
    os.ftruncate(descriptor, start)
    os.fsync(descriptor)
    _log.warning("%s: %d bytes of an append that broke off were moved to %s", log, moved, aside.name)


def _stage(log: Path, mark: Mark) -> Path:
    staged = log.with_name(log.name + ".head-next")
    try:
        with open(staged, "wb", opener=_private) as file:
            file.write(_mark_text(mark))
            file.flush()
            os.fsync(file.fileno())
    except OSError:
        staged.unlink(missing_ok=True)
        raise
    return staged


def _put_in_place(staged: Path, log: Path) -> None:
    new = not (place := head_path(log)).exists()
    staged.replace(place)
    if new:
        _sync_folder(log)


def _mark_text(mark: Mark) -> bytes:
    return canonical({"bytes": mark.bytes, "hash": mark.hash, "size": mark.size}) + b"\n"


def _write_all(descriptor: int, data: bytes, at: int) -> None:
    rest = memoryview(data)
    while rest:
        written = os.pwrite(descriptor, rest, at)
        at, rest = at + written, rest[written:]


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, _FILE_MODE)


def _sync_folder(log: Path) -> None:
    folder = os.open(log.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


@contextmanager
def _as_ours(log: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in _NO_ROOM:
            raise LogFull(f"{log}: no room on its disk; nothing was logged, make room and do it again") from error
        raise LogWriteFailed(f"{log}: {error.strerror}; nothing was logged") from error
