"""Items as retention knows them, and what a place that holds some must be able to do."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, Protocol

from sqlalchemy import Connection

from governance.retention.decision import Decision
from governance.retention.rules import RuleSet, Since


class Kind(StrEnum):
    """What an item is."""

    READ = "read"
    ALERT = "alert"
    ANSWER = "answer"
    IMAGE = "image"
    OBJECT = "object"
    ENTRY = "entry"
    QUARANTINE = "quarantine"
    SEARCH = "search"
    SEARCH_TARGET = "search-target"
    SESSION = "session"
    LINK = "sign-in-link"
    FAILURE = "sign-in-failure"


MARKABLE: Final = frozenset({Kind.READ, Kind.ALERT, Kind.IMAGE, Kind.ENTRY, Kind.QUARANTINE})
"""What can be held or given a class one by one: what may be evidence, and has an id of its own."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """An item that disposal may have to take. where says more of where it lies: the key of an object."""

    item_id: str
    where: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """An item that is there, its classes, its own clock's start, and what the rules say of it now."""

    kind: Kind
    item_id: str
    classes: tuple[str, ...]
    clock_at: datetime
    decision: Decision
    where: str = ""


@dataclass(frozen=True, slots=True)
class Tally:
    """How many items a place has: in all, due, and overdue, and the first that are due. more: at least so many."""

    held: int = 0
    due: int = 0
    late: int = 0
    more: bool = False
    earliest: tuple[Found, ...] = field(default=())


Finish = Callable[[Connection, Mapping[str, int]], None]
"""Called within the transaction that takes the last of a batch away, with what was removed, by name."""


class Place(Protocol):
    """Somewhere that holds items. Media, viewing copies or an index join disposal by being one more of these.

    name is unique and stays the same for ever, since batches name it. item_class is the class of what has no other;
    clocks are what its items can count from. checked says in words what remaining() looks at. At most batch items go at
    once; listed says whether a hash of each is kept with the receipt (not for reads: there are too many).
    """

    @property
    def name(self) -> str: ...
    @property
    def kind(self) -> Kind: ...
    @property
    def item_class(self) -> str: ...
    @property
    def clocks(self) -> frozenset[Since]: ...
    @property
    def checked(self) -> tuple[str, ...]: ...
    @property
    def batch(self) -> int: ...
    @property
    def listed(self) -> bool: ...

    def candidates(self, rules: RuleSet, now: datetime, lead: timedelta, busy: Collection[str]) -> Sequence[Candidate]:
        """Some items, at most batch, that may be due, none of busy: nothing that is due is left out for ever.

        Raises Unavailable where it cannot be asked now.
        """
        ...

    def decide(
        self, connection: Connection, candidates: Sequence[Candidate], rules: RuleSet, now: datetime
    ) -> list[Found]:
        """What the rules say now of those that are there, read afresh. No network but the database's."""
        ...

    def remove(self, candidates: Sequence[Candidate], finish: Finish) -> None:
        """Take these away, whether all, some or none are there still, and call finish in the last transaction.

        Raises Unavailable; then some may be gone, and it is to be called again.
        """
        ...

    def remaining(self, candidates: Sequence[Candidate]) -> list[str]:
        """The ids of those of which anything can still be found. Raises Unavailable."""
        ...

    def tally(self, rules: RuleSet, now: datetime, late_before: datetime) -> Tally:
        """Count: due is what must have gone by now, late what must have gone, and had come, by late_before."""
        ...

    def oldest(self, connection: Connection, limit: int) -> list[Candidate]:
        """The items whose clocks started first, however they are classed."""
        ...
