"""What needs an authority, held against what the log says was relied on: nothing without one.

Each use of an authority is an entry of its own, written together with the act that it allows, and is judged apart
(governance.export.authorities). Here it is asked whether the use is there at all.
"""

from bisect import bisect_left
from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Final

from governance.entry import Entry
from governance.export.logged import LoggedUse
from governance.export.part import Part

TOGETHER: Final = timedelta(minutes=1)
"""How far apart the log's times of an act and of its use can be; they are written in one append."""

_COVERED_BY: Final[Mapping[str, tuple[str, ...]]] = {
    "list.authority": ("list.authority",),
    "list.create": ("list.create",),
    "list.entry.add": ("list.entry.add", "list.import"),
    "list.import": ("list.import",),
    "list.publish": ("list.publish",),
}


class Uses:
    """Every use of an authority that the log has, to be asked for by the act and the object."""

    def __init__(self, uses: Iterable[LoggedUse]) -> None:
        self._uses: dict[tuple[str, str], list[LoggedUse]] = {}
        for use in uses:
            self._uses.setdefault((use.act, use.on), []).append(use)

    def with_(self, entry: Entry, acts: Iterable[str], objects: Iterable[str]) -> LoggedUse | None:
        """The use that was written with an entry, for one of these acts on one of these objects."""
        for key in ((act, on) for act in acts for on in objects):
            uses = self._uses.get(key, [])
            before = bisect_left(uses, entry.index, key=lambda use: use.entry.index)
            if before and abs(entry.at - uses[before - 1].entry.at) <= TOGETHER:
                return uses[before - 1]
        return None


def check_lists(entries: Iterable[Entry], uses: Uses, part: Part) -> None:
    """Check every act on a list that needs an authority. entries are in the log's order."""
    names: dict[str, str] = {}
    for entry in entries:
        acts = _COVERED_BY.get(entry.act.act)
        if acts is None or (entry.act.act == "list.publish" and entry.act.details.get("entries") == 0):
            continue
        list_id = entry.act.objects.get("list", "")
        if entry.act.act == "list.create":
            names[list_id] = str(entry.act.details.get("name"))
        objects = [list_id, *([names[list_id]] if list_id in names else [])]
        if uses.with_(entry, acts, objects) is None:
            part.problem(
                f"entry {entry.index} of the log says that {entry.act.act} was done by {entry.act.actor}, and no entry"
                " that an authority was relied on for it"
            )
