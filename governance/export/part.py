"""The result of checking one part of an export: how much was checked, and each place that does not hold."""

from dataclasses import dataclass, field
from typing import Final

MAX_FINDINGS: Final = 100
"""The most problems, and the most notes, that are kept in words unless a part says otherwise; others are counted."""


@dataclass(slots=True)
class Part:
    """One part. checked counts what name says ("authorities"). problems mean that something is not as it was written
    or not within the rules; notes do not. most of each are kept in words.
    """

    name: str
    checked: int = 0
    problems: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    left_out: int = 0
    most: int = MAX_FINDINGS

    @property
    def holds(self) -> bool:
        """Whether nothing is wrong here."""
        return not self.problems

    def problem(self, what: str) -> None:
        """Note what does not hold, with its place."""
        self._keep(self.problems, what)

    def note(self, what: str) -> None:
        """Note what breaks nothing."""
        self._keep(self.notes, what)

    def _keep(self, kept: list[str], what: str) -> None:
        if len(kept) < self.most:
            kept.append(what)
        else:
            self.left_out += 1
