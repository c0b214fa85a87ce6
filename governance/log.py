r"""The append-only log: who did what, to what, why and under which authority. Hash-chained, so that a change shows.

The file, exactly, so that anybody can write a verifier:

1.  The log is a file of lines, each ended by one newline (0x0A). Line n, counted from 1, is the entry of index n - 1.
2.  A line is   BODY without its last byte, then `,"hash":"`, then HASH, then `"}`.
    BODY is a JSON object (RFC 8259) in canonical form: keys in ascending order of code points at every level, no white
    space outside strings, UTF-8, only `"`, `\` and the control characters below U+0020 escaped (as `\b \f \n \r \t` or
    `\u00xx` in lower case), numbers as Python's json module writes them (shortest form that reads back the same).
    HASH is the lower-case hexadecimal SHA-256 of the 22 bytes `lanthorn log entry v1` + 0x0A, followed by BODY. A
    verifier therefore hashes bytes of the line and need not write JSON at all.
3.  BODY has exactly these keys: `act`, `actor`, `at`, `authority`, `commitments`, `details`, `index`, `objects`,
    `operation`, `previous`, `purpose`, `recipients`. `index` counts from 0 without gaps. `at` is UTC as
    `2026-11-23T02:14:05.123Z`. `previous` is the HASH of the entry before, or 64 zeros in the first. `authority` is
    text or null, `operation` one of the six of governance.acts or null, `recipients` a list of text. `objects` maps
    text to text;
    `details` maps text to text, a finite number (a whole one of at most 2^53 - 1), true, false or null; `commitments`
    maps text to 64 hexadecimal digits (governance.commitments). A line has at most 65,536 bytes.
4.  Beside LOG lies LOG.head: one line, the canonical JSON object with `bytes` (the log's length), `hash` (that of its
    last entry, 64 zeros where there is none) and `size` (its number of entries). Only what the head covers was ever
    acknowledged. A head written down elsewhere (`size` and `hash`) shows later whether the log still begins with it.
5.  Bytes after those the head covers are of an append that was under way or broke off. Whole entries there are kept by
    the next append; anything else is moved, never dropped, to LOG.torn-TIME.

A hash chain shows every change to whoever holds a later head. It cannot show that all was written anew, head and
all, to somebody who holds none: write heads down elsewhere (`lanthorn verify` prints one).

Several processes may append: each holds an exclusive flock on the log while it does. Readers take no lock; they read
up to the head. An append is on disk when it returns: the log and its head are fsynced. After a power failure the head
may be one append behind; the entries after it are whole, and the next append takes them in.
"""

import logging
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, Final, Self

from governance.acts import Act, Operation
from governance.entry import MAX_LINE_BYTES, Entry, Head, line_of, parse
from governance.errors import LogDamaged
from governance.storage import Mark, extend, head_path, locked, read_mark, settle
from governance.verification import Verification, verify_log

__all__ = ["Act", "Entry", "Head", "Log", "Operation", "Verification"]

_NEAR_BYTES: Final = 4 * MAX_LINE_BYTES
"""A search for an entry halves the file until this much is left, then reads line by line."""

_log = logging.getLogger(__name__)


class Log:
    """One log file. Any number of these, in any number of processes and threads, may be open on the same path."""

    def __init__(self, path: Path, clock: Callable[[], datetime]) -> None:
        self._path = path
        self._clock = clock

    @classmethod
    def open(cls, path: Path, clock: Callable[[], datetime]) -> Self:
        """Open the log, making it where there is none. What a crash left half written is moved aside with a warning.

        Takes the same time for a long log as for a short one. A damaged log opens too, so that it can be read and
        verified; append refuses it. Raises LogWriteFailed where the path cannot be written.
        """
        try:
            with locked(path) as descriptor:
                settle(path, descriptor, clock)
        except LogDamaged as error:
            _log.error("the log is damaged, and nothing can be appended to it: %s", error)
        return cls(path, clock)

    def append(self, *acts: Act) -> list[Entry]:
        """Write acts down, all in one go, and give their entries. On return they are on disk.

        Raises LogFull or LogWriteFailed, with nothing written, and LogDamaged where the log is not what its head says.
        """
        if not acts:
            return []
        entries: list[Entry] = []
        lines: list[bytes] = []
        with locked(self._path) as descriptor:
            mark = settle(self._path, descriptor, self._clock)
            at, previous = self._clock(), mark.hash
            for index, act in enumerate(acts, mark.size):
                line, entry = line_of(index, at, act, previous)
                lines.append(line)
                entries.append(entry)
                previous = entry.hash
            data = b"".join(lines)
            after = Mark(mark.size + len(acts), previous, mark.bytes + len(data))
            extend(self._path, descriptor, mark, data, after)
        return entries

    def read(self, start: int = 0, limit: int | None = None) -> Iterator[Entry]:
        """Give the entries from index start on, in order, at most limit of them. Raises LogDamaged at a bad one."""
        mark = self._mark()
        stop = mark.size if limit is None else min(mark.size, start + limit)
        if start < 0 or (limit is not None and limit < 0):
            raise ValueError(f"start is {start} and limit {limit}: neither may be less than 0")
        if start >= stop:
            return
        with self._file() as file:
            index = self._seek(file, start, mark)
            while index < stop:
                entry = self._next(file, index)
                if entry.index != index:
                    raise LogDamaged(f"{self._path}: entry {entry.index} stands where entry {index} should be")
                if index >= start:
                    yield entry
                index += 1

    def verify(self, at_least: Head | None = None) -> Verification:
        """Check every entry, the chain and the head; at_least is a head that was written down before."""
        return verify_log(self._path, at_least)

    @property
    def head(self) -> Head:
        """The state of the log: what to write down elsewhere. Raises LogDamaged where the head file cannot be read."""
        return self._mark().head

    def _mark(self) -> Mark:
        mark = read_mark(self._path)
        if mark is None:
            raise LogDamaged(f"{head_path(self._path)} is missing: verify the log")
        return mark

    def _file(self) -> BinaryIO:
        try:
            return self._path.open("rb")
        except FileNotFoundError as error:
            raise LogDamaged(f"{self._path} is missing, but its head is not: somebody took it away") from error

    def _seek(self, file: BinaryIO, start: int, mark: Mark) -> int:
        """Go to an entry at or shortly before the one of index start, and give its index."""
        low, high, index = 0, mark.bytes, 0
        while high - low > _NEAR_BYTES:
            middle = (low + high) // 2
            file.seek(middle)
            here = middle + len(file.readline(MAX_LINE_BYTES))
            entry = self._next(file, start)
            if entry.index <= start:
                low, index = here, entry.index
            else:
                high = middle
        file.seek(low)
        return index

    def _next(self, file: BinaryIO, index: int) -> Entry:
        try:
            return parse(file.readline(MAX_LINE_BYTES))
        except ValueError as error:
            raise LogDamaged(f"{self._path}, at or near entry {index}: {error}") from error
