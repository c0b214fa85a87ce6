"""Holds, and the classes of single items, held against disposals: nothing went while the log says that it was held.

The log names every item of a hold and of a class, with what belongs to it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain
from typing import Final

from governance.errors import BadExport
from governance.export.logged import Logged
from governance.export.part import Part
from governance.export.times import time_of
from governance.retention.holds import named_items
from governance.retention.receipt import leaf

_KINDS: Final = ("alert", "image", "read", "entry", "quarantine")
"""What can be held one by one."""

_DECLASSIFY: Final = "retention.declassify"


@dataclass(slots=True)
class _Held:
    ends_at: datetime
    items: dict[str, int] = field(default_factory=dict)


def check_holds(logged: Logged, disposed: Mapping[bytes, int], part: Part) -> None:
    """Name each item that went while it was held. disposed are leaves, each with the entry of its disposal."""
    times = {entry.index: entry.at for _, entry in logged.receipts.values()}
    for hold, held in _holds(logged, part).items():
        for item, since in held.items.items():
            for kind in _KINDS:
                gone = disposed.get(leaf(kind, item))
                if gone is not None and gone > since and times[gone] < held.ends_at:
                    part.problem(f"{kind} {item} went by entry {gone} of the log, while the hold {hold} kept it")


def kept_until(logged: Logged) -> Mapping[str, datetime | None]:
    """Until when the log lets each item stay beyond the rule of its kind: the end of its last hold, None where it has a
    class of its own, whose rule may be longer.
    """
    kept: dict[str, datetime | None] = {}
    for item, at in chain(_held(logged), _declassified(logged)):
        kept[item] = max(at, kept.get(item) or at)
    return kept | {item: None for item, classes in _classes(logged).items() if classes}


def _held(logged: Logged) -> Iterator[tuple[str, datetime]]:
    for held in _holds(logged, Part("")).values():
        for item in held.items:
            yield item, held.ends_at


def _declassified(logged: Logged) -> Iterator[tuple[str, datetime]]:
    for entry in logged.classes:
        if entry.act.act == _DECLASSIFY:
            for item in named_items(entry.act.objects):
                yield item, entry.at


def _classes(logged: Logged) -> dict[str, set[object]]:
    """The classes that each item has in the end."""
    classes: dict[str, set[object]] = {}
    for entry in logged.classes:
        for item in named_items(entry.act.objects):
            mine = classes.setdefault(item, set())
            (mine.discard if entry.act.act == _DECLASSIFY else mine.add)(entry.act.details.get("class"))
    return classes


def _holds(logged: Logged, part: Part) -> dict[str, _Held]:
    """Each hold with the end that it had in the end; one that was ended early ended at its entry."""
    holds: dict[str, _Held] = {}
    for entry in logged.holds:
        try:
            ends_at = time_of(entry.act.details.get("ends_at"))
        except BadExport as error:
            part.problem(f"entry {entry.index} of the log is of a hold, and has no end: {error}")
            continue
        held = holds.setdefault(entry.act.objects.get("hold", ""), _Held(ends_at))
        held.ends_at = ends_at
        for item in named_items(entry.act.objects):
            held.items.setdefault(item, entry.index)
    return holds
