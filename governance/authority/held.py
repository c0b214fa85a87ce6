"""What a device holds: the trust list and the signed authorities, in a folder, verified here and asked with no network.

Everything is verified with the one pinned key when it is taken and again when it is read from the disk. What is older
than what is held is refused: a trust list of a lower number, a case with fewer statements. So somebody who can only
put old messages before the device cannot undo a suspension that it has seen.

Time. The clock of a device may be wrong by as much as it says, and it may have been put back. An authority is used only
where the whole of [at - error, at + error] lies within it, and where the newest time that the device has seen (its own
clock's, or the date of a signed document) does not lie at or after its end. The newest time is kept on the disk.
"""

import contextlib
import logging
import os
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final, Self

from governance.authority.case import MAX_CASE_BYTES, Case
from governance.authority.decision import decide
from governance.authority.fields import time_of, time_text
from governance.authority.question import Decision, Refusal, Where
from governance.authority.ranks import Rules
from governance.authority.replay import History, Moment, NotGood, replay
from governance.authority.trust import Trust
from governance.errors import BadDocument, OlderThanHeld
from governance.keys import PublicKey

TRUST_FILE: Final = "trust.json"
NEWEST_FILE: Final = "newest-time"
CASE_SUFFIX: Final = ".authority.json"

MOST_HELD: Final = 1_000
"""Authorities that one device takes: a bound against a publisher gone wrong."""

KEEP_TIME_EVERY: Final = timedelta(seconds=10)
"""How far the newest time moves on before it is written down again."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Held:
    """A case and what its replay gave: its history, or why it may not be relied on."""

    case: Case
    outcome: History | NotGood

    @property
    def ever_trusted(self) -> bool:
        """Whether it was ever more than a message from nobody known, which must not stand in a real one's way."""
        return not (isinstance(self.outcome, NotGood) and self.outcome.refusal is Refusal.NOT_TRUSTED)


class HeldAuthorities:
    """The authorities of one device: an Authorised over a folder of its own. Any thread may ask and take.

    error gives how wrong the clock that `at` comes from may be, at most.
    """

    def __init__(
        self, folder: Path, anchor: PublicKey, force: str, rules: Rules, error: Callable[[], timedelta]
    ) -> None:
        self._folder = folder
        self._anchor = anchor
        self._force = force
        self._rules = rules
        self._error = error
        self._lock = threading.Lock()
        self._trust: Trust | None = None
        self._held: dict[str, _Held] = {}
        self._newest: datetime | None = None
        self._newest_kept: datetime | None = None

    @classmethod
    def open(cls, folder: Path, anchor: PublicKey, force: str, rules: Rules, error: Callable[[], timedelta]) -> Self:
        """Read what was kept. What does not verify any more is left aside with a warning. Raises OSError."""
        folder.mkdir(parents=True, exist_ok=True)
        held = cls(folder, anchor, force, rules, error)
        held._load()
        return held

    @property
    def trust_number(self) -> int:
        """The number of the trust list held; 0 where there is none yet."""
        return 0 if self._trust is None else self._trust.number

    def histories(self) -> list[History]:
        """Every authority held that verifies."""
        with self._lock:
            outcomes = [held.outcome for held in self._held.values()]
        return [outcome for outcome in outcomes if isinstance(outcome, History)]

    def take_trust(self, data: bytes) -> None:
        """Take a trust list and verify everything held anew. Raises BadDocument, OlderThanHeld or OSError."""
        trust = Trust.read(data, self._anchor, self._force)
        with self._lock:
            if self._trust is not None and trust.number <= self._trust.number:
                if trust.body == self._trust.body:
                    return
                raise OlderThanHeld(
                    f"the trust list has number {trust.number}, and number {self._trust.number} is held"
                )
            self._keep(TRUST_FILE, data)
            self._trust = trust
            self._see(trust.body.issued_at)
            self._held = {name: self._checked(held.case) for name, held in self._held.items()}

    def take(self, data: bytes) -> str:
        """Take an authority's case and give its id. Raises BadDocument, OlderThanHeld, NotGood or OSError.

        It is kept although its signer is not trusted yet: the trust list may be on its way, and until it is there the
        answer is no. What was changed, or breaks a rule, is not kept.
        """
        case = Case.parse(data)
        name = _id_of(case)
        with self._lock:
            before = self._held.get(name)
            if before is not None and before.ever_trusted and not case.continues(before.case):
                raise OlderThanHeld(f"authority {name} is not a continuation of the one that is held")
            if before is None and len(self._held) >= MOST_HELD:
                raise BadDocument(f"this device holds {MOST_HELD} authorities already")
            checked = self._checked(case)
            if isinstance(checked.outcome, NotGood) and checked.ever_trusted:
                raise checked.outcome
            self._keep(name + CASE_SUFFIX, data)
            self._held[name] = checked
            if isinstance(checked.outcome, History):
                self._see(checked.outcome.statements[-1].at)
        return name

    def forget(self, before: datetime) -> int:
        """Erase authorities that ended before a time, and give how many. Raises OSError."""
        with self._lock:
            old = [
                name
                for name, held in self._held.items()
                if isinstance(held.outcome, History) and held.outcome.authority.ends_at < before
            ]
            for name in old:
                (self._folder / (name + CASE_SUFFIX)).unlink(missing_ok=True)
                del self._held[name]
        return len(old)

    def may(self, act: str, on: str, under: str, at: datetime, where: Where | None = None) -> Decision:
        """Answer the one question. at is what this device's clock says. Never raises."""
        error = self._error()
        with self._lock:
            self._see(at.astimezone(UTC))
            newest = self._newest or at
            outcome = self._find(under)
        match outcome:
            case None:
                return Decision(False, f"this device holds no authority {under!r}", None, Refusal.UNKNOWN)
            case NotGood():
                return Decision(False, str(outcome), None, outcome.refusal)
            case history:
                return decide(act, on, history, Moment.around(at, error, newest), where)

    def _find(self, under: str) -> History | NotGood | None:
        if under in self._held:
            return self._held[under].outcome
        found: NotGood | None = None
        for held in self._held.values():
            if held.case.document.body.get("reference") == under:
                if isinstance(held.outcome, History):
                    return held.outcome
                found = held.outcome
        return found

    def _checked(self, case: Case) -> _Held:
        if self._trust is None:
            return _Held(case, NotGood(Refusal.NOT_TRUSTED, "this device holds no trust list yet"))
        try:
            return _Held(case, replay(case, self._trust, self._rules))
        except NotGood as error:
            return _Held(case, error)

    def _see(self, moment: datetime) -> None:
        """Note a time, so that none before it is ever believed to be the latest that it can be."""
        if self._newest is None or moment > self._newest:
            self._newest = moment
        if self._newest_kept is None or self._newest - self._newest_kept >= KEEP_TIME_EVERY:
            try:
                self._keep(NEWEST_FILE, time_text(self._newest).encode())
                self._newest_kept = self._newest
            except OSError as error:
                _log.warning("the newest time that was seen could not be written down: %s", error)

    def _keep(self, name: str, data: bytes) -> None:
        """Write a file so that a crash leaves the old one or the new one, whole."""
        staged = self._folder / f"{name}.new"
        with staged.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        staged.replace(self._folder / name)
        descriptor = os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def _load(self) -> None:
        with contextlib.suppress(FileNotFoundError):
            try:
                self._newest = self._newest_kept = time_of((self._folder / NEWEST_FILE).read_text())
            except ValueError as error:
                _log.warning("the newest time that was seen cannot be read: %s", error)
        with contextlib.suppress(FileNotFoundError):
            try:
                self._trust = Trust.read(self._read(self._folder / TRUST_FILE), self._anchor, self._force)
            except BadDocument as error:
                _log.warning("the trust list that was kept is not used: %s", error)
        for path in sorted(self._folder.glob(f"*{CASE_SUFFIX}")):
            try:
                case = Case.parse(self._read(path))
            except BadDocument as error:
                _log.warning("%s is not used: %s", path.name, error)
                continue
            name = _id_of(case)
            if path.name != name + CASE_SUFFIX:
                _log.warning("%s is not used: it holds authority %s", path.name, name)
                continue
            self._held[name] = self._checked(case)

    def _read(self, path: Path) -> bytes:
        with path.open("rb") as file:
            return file.read(MAX_CASE_BYTES + 1)


def _id_of(case: Case) -> str:
    name = case.document.body.get("id")
    if not isinstance(name, str) or not name or not set(name) <= set("0123456789abcdef-"):
        raise BadDocument("the authority has no id")
    return name
