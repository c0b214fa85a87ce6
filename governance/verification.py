"""Is a log whole? Reads it from the first byte and names each place that is not as it was written.

Works on files alone, with no lock and no right to write: on the service's own log or on a copy somewhere else. Holds
one line at a time, so the length of the log does not matter.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, Final

from governance.entry import MAX_LINE_BYTES, START, Entry, Head, parse
from governance.errors import LogDamaged
from governance.storage import Mark, head_path, read_mark, torn_files

MAX_FINDINGS: Final = 100
"""How many problems, and how many notes, are kept in words; the rest are counted."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong, or worth a look: the entry that should be there, its line, and what it is."""

    index: int | None
    line: int | None
    what: str

    def __str__(self) -> str:
        return self.what if self.index is None else f"entry {self.index} (line {self.line}): {self.what}"


@dataclass(frozen=True, slots=True)
class Verification:
    """What verify found. head is what the file's lines give: write it down, and give it next time as at_least.

    problems mean that the log is not what was written. notes do not: a clock that went back, what a crash left.
    The two left_out fields count what was found beyond the first MAX_FINDINGS of each.
    """

    head: Head
    problems: tuple[Finding, ...]
    notes: tuple[Finding, ...]
    problems_left_out: int = 0
    notes_left_out: int = 0

    @property
    def ok(self) -> bool:
        return not self.problems


def verify_log(path: Path, at_least: Head | None = None) -> Verification:
    """Check every entry of the log at path, the chain and the head file; at_least is a head written down before."""
    check = _Check()
    mark = check.mark = _mark(path, check)
    for head, name in ((mark.head if mark else None, head_path(path).name), (at_least, "the head written down before")):
        if head is not None:
            check.expect(head, name)
    try:
        with path.open("rb") as file:
            for line in _lines(file):
                check.take(line)
    except FileNotFoundError:
        check.problem(f"{path} does not exist", whole=True)
    except OSError as error:
        check.problem(f"{path} cannot be read from byte {check.offset} on: {error.strerror}", whole=True)
    check.finish(path)
    return check.result()


class _Check:
    """The state of one pass over the lines: what should come next, and what was found so far."""

    def __init__(self) -> None:
        self.mark: Mark | None = None
        self.index = 0
        self.offset = 0
        self._line = 0
        self._previous: str | None = START
        self._last_at: datetime | None = None
        self._last_hash = START
        self._awaited: list[tuple[Head, str]] = []
        self._problems: list[Finding] = []
        self._notes: list[Finding] = []
        self._left_out = [0, 0]
        self._unfinished = 0

    def expect(self, head: Head, name: str) -> None:
        """Hold the log against a head when its entry comes."""
        if head.size == 0:
            if head.hash != START:
                self.problem(f"{name} is of an empty log, but its hash is not 64 zeros", whole=True)
        else:
            self._awaited.append((head, name))

    def take(self, line: bytes) -> None:
        self._line += 1
        self.offset += len(line)
        if not line.endswith(b"\n") and len(line) <= MAX_LINE_BYTES:
            self._unfinished = len(line)
            return
        try:
            entry = parse(line)
        except ValueError as error:
            self.problem(str(error))
            self.index += 1
            self._previous = None
            return
        self._place(entry)
        if self._last_at is not None and entry.at < self._last_at:
            self.note(f"its time, {entry.at}, is before that of the entry before it, {self._last_at}")
        self._last_at = entry.at
        self._last_hash = self._previous = entry.hash
        self.index = entry.index + 1
        self._compare(entry)

    def _place(self, entry: Entry) -> None:
        if entry.index > self.index:
            self.problem(f"entry {entry.index} stands here: one or more before it were removed or moved")
        elif entry.index < self.index:
            self.problem(f"entry {entry.index} stands here: it was put in, repeated or moved")
        elif self._previous is not None and entry.previous != self._previous:
            self.problem("it does not follow from the entry before it: one of the two was replaced")

    def _compare(self, entry: Entry) -> None:
        for head, name in [awaited for awaited in self._awaited if awaited[0].size == entry.index + 1]:
            self._awaited.remove((head, name))
            if entry.hash != head.hash:
                self.problem(
                    f"its hash is not the one in {name}: this entry or one before it was written anew", entry.index
                )
        if self.mark and self.mark.size == entry.index + 1 and self.mark.bytes != self.offset:
            what = f"the head covers {self.mark.bytes} bytes, but its entry ends at byte {self.offset}"
            self.problem(what, whole=True)

    def finish(self, path: Path) -> None:
        for head, name in self._awaited:
            if self.index < head.size:
                what = f"the log ends after {self.index} entries, but {name} has {head.size}: its end was cut off"
            else:
                what = f"entry {head.size - 1}, which {name} names, cannot be read"
            self.problem(what, whole=True)
        if self.mark:
            self._behind_the_head(path, self.mark)
        for torn in torn_files(path):
            self.note(f"{torn.name} holds {torn.stat().st_size} bytes of an append that broke off", whole=True)

    def _behind_the_head(self, path: Path, mark: Mark) -> None:
        if self.offset <= mark.bytes:
            return
        latest = _mark(path, self) or mark  # an append may have ended while the lines were read
        if self.index > latest.size:
            count = self.index - latest.size
            self.note(f"{count} entries stand behind the head: an append was under way or broke off", whole=True)
        if self._unfinished and self.offset > latest.bytes:
            self.note(f"the last {self._unfinished} bytes are of an append under way or broken off", whole=True)

    def problem(self, what: str, index: int | None = None, *, whole: bool = False) -> None:
        self._keep(0, self._problems, what, index, whole)

    def note(self, what: str, *, whole: bool = False) -> None:
        self._keep(1, self._notes, what, None, whole)

    def _keep(self, kind: int, kept: list[Finding], what: str, index: int | None, whole: bool) -> None:
        if len(kept) == MAX_FINDINGS:
            self._left_out[kind] += 1
        elif whole:
            kept.append(Finding(None, None, what))
        else:
            kept.append(Finding(self.index if index is None else index, self._line, what))

    def result(self) -> Verification:
        head = Head(self.index, self._last_hash)
        return Verification(head, tuple(self._problems), tuple(self._notes), *self._left_out)


def _mark(path: Path, check: _Check) -> Mark | None:
    try:
        mark = read_mark(path)
    except LogDamaged as error:
        check.problem(str(error), whole=True)
        return None
    if mark is None:
        check.problem(f"{head_path(path)} is missing: nothing says where the log should end", whole=True)
    return mark


def _lines(file: BinaryIO) -> Iterator[bytes]:
    """The file's lines; of one longer than any entry only the first bytes, as one piece, with its true length lost."""
    while line := file.readline(MAX_LINE_BYTES + 1):
        yield line
        while len(line) > MAX_LINE_BYTES and not line.endswith(b"\n"):
            line = file.readline(MAX_LINE_BYTES + 1)
