"""Holds, held against disposals: nothing went while the log says that it was held.

The log names the item of a hold that was put on one alone; of a hold on several it has the number.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from governance.errors import BadExport
from governance.export.logged import Logged
from governance.export.part import Part
from governance.export.times import time_of
from governance.retention.receipt import leaf

_KINDS: Final = ("alert", "image", "read", "entry", "quarantine")
"""What can be held one by one."""


@dataclass(slots=True)
class _Held:
    item: str
    since: int
    ends_at: datetime


def check_holds(logged: Logged, disposed: Mapping[bytes, int], part: Part) -> None:
    """Name each item that went while it was held. disposed are leaves, each with the entry of its disposal."""
    times = {entry.index: entry.at for _, entry in logged.receipts.values()}
    for hold, held in _holds(logged, part).items():
        for kind in _KINDS:
            gone = disposed.get(leaf(kind, held.item))
            if gone is not None and gone > held.since and times[gone] < held.ends_at:
                part.problem(f"{kind} {held.item} went by entry {gone} of the log, while the hold {hold} kept it")


def _holds(logged: Logged, part: Part) -> dict[str, _Held]:
    """Each hold on one item with the end that it had in the end; one that was ended early ended at its entry."""
    held: dict[str, _Held] = {}
    for entry in logged.holds:
        hold, item = entry.act.objects.get("hold", ""), entry.act.objects.get("item")
        try:
            ends_at = time_of(entry.act.details.get("ends_at"))
        except BadExport as error:
            part.problem(f"entry {entry.index} of the log is of a hold, and has no end: {error}")
            continue
        if hold in held:
            held[hold].ends_at = ends_at
        elif item is not None:
            held[hold] = _Held(item, entry.index, ends_at)
    return held
