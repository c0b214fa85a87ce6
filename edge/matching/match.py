"""A read that is on a list, or may be: the entry, how it matched, and how probable it is; and the hit made of it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from edge.matching.matcher import Matched
from ingest.contract.base import new_id
from ingest.contract.messages import Hit, ListEntry, ListManifest, Read


@dataclass(frozen=True, slots=True)
class Match:
    """One entry of one published list, and the probability (0-1) that the vehicle that was read is the listed one."""

    manifest: ListManifest
    entry: ListEntry
    probability: float
    how: Matched


def to_hit(match: Match, read: Read, now: datetime, make_id: Callable[[], UUID] = new_id) -> Hit:
    """Make the hit that carries its whole read, and the mark that is on the list."""
    return Hit(
        hit_id=make_id(),
        read=read,
        list_id=match.manifest.list_id,
        list_version=match.manifest.version,
        entry_id=match.entry.entry_id,
        listed=match.entry.vrm,
        probability=match.probability,
        matched=match.how.value,
        made_at=now,
    )
