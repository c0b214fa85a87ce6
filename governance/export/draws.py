"""Draws by lot, made again from the log: the overseer's samples, and the searches that auditors look at.

A sample is drawn from the searches or alerts of a time that was over when it was announced, with the seed that the
service had committed itself to and a word of the overseer's: so nothing is kept out of it, and nothing put in. A draw
for audit is made from the searches that were never drawn before. Its seed is the service's alone: it shows that none
was passed over, not that no other seed was tried first.

What is drawn from has its time from just before its entry in the log. So near both ends of the time it may be among
them or not, and both are taken; so are those that were written down as the draw was made.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final

from governance.access.draw import lot, of_objects
from governance.commitments import opens
from governance.entry import Entry
from governance.errors import BadExport
from governance.export.disposals import Gone, went
from governance.export.logged import Logged, LoggedRow
from governance.export.part import Part
from governance.export.row import RowKey
from governance.export.searches import MAKING
from governance.export.times import time_of
from governance.not_done import LONGEST
from governance.retention.receipt import leaf
from governance.unreadable import why_unreadable

_ROWS: Final[Mapping[str, str]] = {"searches": "search", "alerts": "alert"}
"""What a sample is drawn from, and the kind of its rows."""


@dataclass(frozen=True, slots=True)
class _Draw:
    """Ids in the order in which they were drawn, number at most."""

    seed: bytes
    word: str
    number: int
    drawn: Sequence[str]

    def check(self, may: set[str], must: set[str]) -> None:
        """Draw again. may are all that it can have been drawn from, must those that it certainly was."""
        lots = [lot(self.seed, self.word, one) for one in self.drawn]
        if len(lots) > self.number or any(first >= second for first, second in pairwise(lots)):
            raise BadExport(f"what it names is not {self.number} at most in the order of the draw")
        for one in self.drawn:
            if one not in may:
                raise BadExport(f"it drew {one}, which is none of those that it was drawn from")
        last = lots[-1] if len(lots) == self.number else None
        left = must.difference(self.drawn)
        passed = sorted(one for one in left if last is None or lot(self.seed, self.word, one) < last)
        if passed:
            raise BadExport(f"it passed over {len(passed)} on which the lot fell: {passed[0]}")


def check_draws(logged: Logged, disposed: Mapping[bytes, Gone]) -> Part:
    """Make every draw again. disposed are the leaves of receipts that hold: what had gone could not be drawn."""
    part, check = Part("draws of samples and audits"), _Check(logged, disposed)
    for entry in logged.draws:
        try:
            match entry.act.act:
                case "sample.announce":
                    check.announced.setdefault(entry.act.objects["sample"], entry)
                    continue
                case "sample.open":
                    check.sample(entry)
                case _:
                    check.audit(entry)
        except (KeyError, ValueError, BadExport) as error:
            part.problem(f"entry {entry.index} of the log ({entry.act.act} by {entry.act.actor}): {_why(error)}")
        part.checked += 1
    return part


@dataclass(slots=True)
class _Check:
    logged: Logged
    disposed: Mapping[bytes, Gone]
    announced: dict[str, Entry] = field(default_factory=dict)
    opened: dict[str, int] = field(default_factory=dict)
    audited: dict[str, int] = field(default_factory=dict)
    _kept: dict[str, list[tuple[RowKey, LoggedRow]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for key, row in self.logged.rows.items():
            if key.kind in _ROWS.values():
                self._kept.setdefault(key.kind, []).append((key, row))

    def sample(self, entry: Entry) -> None:
        """Check the opening of a sample against how it was announced."""
        sample, details = entry.act.objects["sample"], entry.act.details
        announced = self.announced.get(sample)
        if announced is None:
            raise BadExport("no entry before it announced this sample")
        if self.opened.setdefault(sample, entry.index) not in {entry.index, *self._doubtful}:
            raise BadExport(f"entry {self.opened[sample]} opened this sample already")
        seed, said = str(details["seed"]), announced.act.details
        if not opens(announced.act.commitments["seed"], seed, bytes.fromhex(str(details["salt"]))):
            raise BadExport("its seed is not the one that the service had committed itself to")
        start, until = time_of(said["from"]), time_of(said["until"])
        if until > announced.at:
            raise BadExport("it was announced for a time that was not over")
        kind = _ROWS[str(said["kind"])]
        made = _Draw(bytes.fromhex(seed), str(details["word"]), _number(said["number"]), of_objects(entry.act.objects))
        may = {key.id for key, row in self._rows(kind, entry) if row.at >= start and row.at - MAKING < until}
        must = {
            key.id
            for key, row in self._rows(kind, entry)
            if row.at - MAKING >= start
            and row.at < min(until, entry.at - LONGEST)
            and self._there(key, row, entry, erased=kind == "search")
        }
        made.check(may, must)
        if not len(must) <= _number(details["of"]) <= len(may):
            raise BadExport(f"it says that it drew from {details['of']}: there were {_between(len(must), len(may))}")

    def audit(self, entry: Entry) -> None:
        """Check a draw for audit: from all searches since a time that no draw before it had."""
        details, since = entry.act.details, time_of(entry.act.details["made_after"])
        seed, number = bytes.fromhex(str(details["seed"])), _number(details["asked"])
        made = _Draw(seed, entry.act.actor, number, of_objects(entry.act.objects))
        twice = {one for one, by in self.audited.items() if by not in self._doubtful}
        may = {key.id for key, row in self._rows("search", entry) if row.at > since and key.id not in twice}
        must = {
            key.id
            for key, row in self._rows("search", entry)
            if since + MAKING < row.at < entry.at - MAKING
            and key.id not in self.audited
            and self._there(key, row, entry)
        }
        made.check(may, must)
        for one in made.drawn:
            self.audited.setdefault(one, entry.index)

    @property
    def _doubtful(self) -> set[int]:
        return self.logged.taken_back.doubtful

    def _rows(self, kind: str, entry: Entry) -> Iterator[tuple[RowKey, LoggedRow]]:
        """The rows of a kind that the log names before an entry."""
        return ((key, row) for key, row in self._kept.get(kind, ()) if row.index < entry.index)

    def _there(self, key: RowKey, row: LoggedRow, entry: Entry, *, erased: bool = False) -> bool:
        """Whether a row was certainly there to be drawn. erased: it can be drawn when its content has gone, too."""
        if row.index in self._doubtful:
            return False
        if erased or not went(key, row, self.disposed):
            return True
        return self.disposed[leaf(key.kind, key.id)].entry > entry.index


def _number(value: object) -> int:
    if not isinstance(value, int):
        raise BadExport(f"{value!r} is no number")
    return value


def _between(least: int, most: int) -> str:
    return str(most) if least == most else f"{least} to {most}"


def _why(error: Exception) -> str:
    return str(error) if isinstance(error, BadExport) else f"it does not say what it must: {why_unreadable(error)}"
