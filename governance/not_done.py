"""Acts that were written down and then did not happen, and how late the log may say so.

What is done is in the log before the database commits it. A process that dies between the two leaves an entry of
something that never was, and a later entry says so: an act whose name ends with NOT_DONE and whose detail `entry` is
the index of the first.

That is also what somebody would write who deletes a row and wants it explained. So such a word is taken only where a
crash can be the reason: of an entry that is among the last before it, by time and by number. Whatever is older than
that has to be there, or to have a receipt of disposal. Who writes the word (ingest.database.unfinished) and who checks
it (governance.export.taken_back) use the same Recent.
"""

from datetime import timedelta
from typing import Final

from governance.access.operations import NOT_DONE
from governance.entry import Entry

__all__ = ["LONGEST", "MOST_ENTRIES", "NOT_DONE", "Recent", "is_not_done"]

LONGEST: Final = timedelta(minutes=2)
"""How much older than the last entry before the word an entry may be. The longest transaction is an import, which takes
some seconds for 100,000 rows; another writer waits 30 s for it at most (ingest.database.engine.SQLITE_WAIT_S). What
another process left is looked for every 30 s (ingest.database.unfinished)."""

MOST_ENTRIES: Final = 5_000
"""How many entries may lie between at most, whatever their times say: the longest import makes some 1,000."""


def is_not_done(entry: Entry) -> bool:
    """Whether this entry says of another that it did not happen."""
    return entry.act.act.endswith(NOT_DONE)


class Recent:
    """The entries, as they are passed in order, that a process which died now could have left unfinished."""

    def __init__(self) -> None:
        self._entries: dict[int, tuple[Entry, timedelta]] = {}
        self._last: Entry | None = None
        self._passed = timedelta(0)

    def add(self, entry: Entry) -> None:
        """Pass an entry that is not a word about another, and let go what is too old beside it.

        Time is what the entries show to have passed from each to its next: a clock that goes back adds nothing, so it
        makes nothing old, and one that ran ahead for an entry does not keep those after it here.

        Words about others let nothing go: they are written after a restart, however long after the crash.
        """
        if self._last is not None:
            self._passed += max(timedelta(0), entry.at - self._last.at)
        self._last = entry
        self._entries[entry.index] = (entry, self._passed)
        while True:
            first, passed = next(iter(self._entries.values()))
            if self._passed - passed <= LONGEST and entry.index - first.index < MOST_ENTRIES:
                return
            del self._entries[first.index]

    def get(self, index: int) -> Entry | None:
        """The entry of this index, None where it is too old, or is none."""
        found = self._entries.get(index)
        return None if found is None else found[0]

    def after(self, index: int) -> list[Entry]:
        """Those that came after this index."""
        return [entry for entry, _ in self._entries.values() if entry.index > index]
