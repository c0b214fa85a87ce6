"""Alerts, held against the lists: each names a version that the log says was published, and that had vehicles on it.

So no car can have read with a list that nobody was told of. Whether the authority still held when the plate was read
is not asked: a car that has no connection reads on with what it has, until the list itself ends.
"""

from collections.abc import Iterable

from governance.entry import Entry
from governance.export.part import Part


def check_alerts(entries: Iterable[Entry], part: Part) -> None:
    """Check every alert among the entries, which are in the log's order."""
    published: dict[tuple[str | None, object], object] = {}
    for entry in entries:
        details, list_id = entry.act.details, entry.act.objects.get("list")
        if entry.act.act in ("list.publish", "list.shorten"):
            published[list_id, details.get("version")] = details.get("entries")
        elif entry.act.act == "list.withdraw":
            published[list_id, details.get("version")] = 0
        elif entry.act.act == "alert.raise":
            version = details.get("list_version")
            where = f"entry {entry.index} of the log is an alert by version {version} of list {list_id}"
            if (list_id, version) not in published:
                part.problem(f"{where}, which no entry before it published")
            elif not published[list_id, version]:
                part.problem(f"{where}, which had no vehicles on it")
