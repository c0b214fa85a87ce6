"""What a check of the log found: each place, in words."""

from dataclasses import dataclass
from typing import Final

from governance.merkle.checkpoint import Head

MAX_FINDINGS: Final = 100
"""The most that are kept of each kind; the others are counted."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong and where: an entry by its index, a file by its path in the log's folder."""

    what: str
    index: int | None = None

    def __str__(self) -> str:
        return self.what if self.index is None else f"entry {self.index}: {self.what}"


@dataclass(frozen=True, slots=True)
class Verification:
    """What a check found. head is what the entries give, of those that a checkpoint covers; size counts all entries.

    signed says whether the checkpoint's signature was checked. problems mean that the log is not what was written;
    notes do not: a clock that went back, what a crash left. The left_out fields count what is beyond the first
    MAX_FINDINGS.
    """

    head: Head
    size: int
    signed: bool
    problems: tuple[Finding, ...]
    notes: tuple[Finding, ...]
    problems_left_out: int = 0
    notes_left_out: int = 0

    @property
    def ok(self) -> bool:
        """Whether the log is what was written."""
        return not self.problems


class Findings:
    """Gathers findings."""

    def __init__(self) -> None:
        self._problems: list[Finding] = []
        self._notes: list[Finding] = []
        self._left_out = [0, 0]

    def problem(self, what: str, index: int | None = None) -> None:
        """Note that the log is not what was written."""
        self._keep(0, self._problems, Finding(what, index))

    def note(self, what: str, index: int | None = None) -> None:
        """Note what breaks nothing."""
        self._keep(1, self._notes, Finding(what, index))

    def verification(self, head: Head, size: int, *, signed: bool) -> Verification:
        """All that was found."""
        return Verification(head, size, signed, tuple(self._problems), tuple(self._notes), *self._left_out)

    def _keep(self, kind: int, kept: list[Finding], finding: Finding) -> None:
        if len(kept) < MAX_FINDINGS:
            kept.append(finding)
        else:
            self._left_out[kind] += 1
