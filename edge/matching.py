"""Looks a read up in the car's own copy of the vehicle-of-interest lists, and makes the hit.

Exact only: a mark matches when a plate would show it the same (O and 0, I and 1 share a glyph). Nothing here guesses
at misreads.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Self
from uuid import UUID

from edge.marks import canonical
from ingest.contract.base import new_id
from ingest.contract.messages import Hit, ListEntry, ListManifest, Read


@dataclass(frozen=True, slots=True)
class Match:
    """One entry of one published list that a read is on."""

    manifest: ListManifest
    entry: ListEntry


class ListIndex:
    """The entries of every list that the car holds, found by mark. Never changed: a new version is a new index."""

    def __init__(self, matches: Mapping[str, tuple[Match, ...]]) -> None:
        self._matches: Final = matches

    @classmethod
    def build(cls, lists: Iterable[tuple[ListManifest, Sequence[ListEntry]]], now: datetime) -> Self:
        """Index the lists, leaving out entries that have expired."""
        found: defaultdict[str, list[Match]] = defaultdict(list)
        for manifest, entries in lists:
            for entry in entries:
                if is_in_force(entry, now):
                    found[canonical(entry.vrm)].append(Match(manifest, entry))
        return cls({mark: tuple(matches) for mark, matches in found.items()})

    def __len__(self) -> int:
        """Count the entries that were in force when the index was built."""
        return sum(len(matches) for matches in self._matches.values())

    def look_up(self, read: Read, now: datetime) -> list[Match]:
        """Give every entry that the read is on and that is in force now, in the order of the lists given."""
        return [match for match in self._matches.get(canonical(read.vrm), ()) if is_in_force(match.entry, now)]


def is_in_force(entry: ListEntry, now: datetime) -> bool:
    """An entry ends at its expiry, not after it."""
    return now < entry.expires_at


def to_hit(match: Match, read: Read, now: datetime, make_id: Callable[[], UUID] = new_id) -> Hit:
    """Make the hit that carries its whole read.

    probability is the reader's own confidence in the whole mark. It is not calibrated yet: a reader's 0.9 has not been
    measured to be right nine times in ten.
    """
    return Hit(
        hit_id=make_id(),
        read=read,
        list_id=match.manifest.list_id,
        list_version=match.manifest.version,
        entry_id=match.entry.entry_id,
        probability=read.confidence,
        matched="exact",
        made_at=now,
    )
