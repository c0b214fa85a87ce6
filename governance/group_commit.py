"""Group commit: while one thread writes to disk, others queue, and the next to write writes for all that wait.

A disk takes as long to flush one entry as a hundred. So no thread has a turn of its own: whoever finds nobody writing
takes all that waits, its own part among it, writes it in one go, and tells the others.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from threading import Condition
from typing import Generic, TypeVar

from governance.errors import GovernanceError, LogBusy, LogWriteFailed

Item = TypeVar("Item")
Result = TypeVar("Result")


@dataclass(slots=True)
class _Turn(Generic[Item, Result]):
    """What one caller put in, and what became of it."""

    items: Sequence[Item]
    done: bool = False
    results: Sequence[Result] = ()
    error: BaseException | None = None


class GroupCommit(Generic[Item, Result]):
    """Gathers what many threads put in. commit writes items, all or none, and gives a result for each."""

    def __init__(self, commit: Callable[[list[Item]], list[Result]], most_waiting: int) -> None:
        self._commit = commit
        self._most_waiting = most_waiting
        self._changed = Condition()
        self._turns: list[_Turn[Item, Result]] = []
        self._waiting = 0
        self._leading = False

    def put(self, items: Sequence[Item]) -> list[Result]:
        """Write items and give their results, in order. Raises what commit raises, and LogBusy.

        One caller alone is never too many, however much it brings.
        """
        turn: _Turn[Item, Result] = _Turn(items)
        with self._changed:
            if self._turns and self._waiting + len(items) > self._most_waiting:
                raise LogBusy(f"{self._waiting} acts wait to be logged, the most that may: try again in a few seconds")
            self._turns.append(turn)
            self._waiting += len(items)
            while self._leading and not turn.done:
                self._changed.wait()
            if turn.done:
                return _outcome(turn)
            turns, self._turns = self._turns, []
            self._waiting = 0
            self._leading = True
        try:
            self._write(turns)
        finally:
            with self._changed:
                self._leading = False
                self._changed.notify_all()
        return list(turn.results)

    def _write(self, turns: list[_Turn[Item, Result]]) -> None:
        try:
            results = self._commit([item for turn in turns for item in turn.items])
        except BaseException as error:
            for turn in turns:
                turn.error, turn.done = error, True
            raise
        at = 0
        for turn in turns:
            turn.results = results[at : at + len(turn.items)]
            turn.done = True
            at += len(turn.items)


def _outcome(turn: _Turn[Item, Result]) -> list[Result]:
    """What the thread that wrote for this one has to say to it: an error of its own, not one shared by threads."""
    if turn.error is None:
        return list(turn.results)
    if isinstance(turn.error, GovernanceError):
        raise type(turn.error)(*turn.error.args) from turn.error
    raise LogWriteFailed("the append that this one was part of broke off; nothing was logged") from turn.error
