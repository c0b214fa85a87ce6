"""Entries as rows of the database and as entries of the log.

The log names every entry and the authority that it rests on, and holds its content only as a commitment; the salt that
opens it lies in the entry's row. Up to ENTRIES_AN_ACT entries of one authority share an act, so that an import of
100,000 rows is some hundreds of log entries and not 100,000.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import groupby, islice
from typing import Any, Final
from uuid import UUID

from governance.commitments import commit, new_salt
from governance.log import Act
from ingest.contract.base import new_id
from ingest.export.content import content_of_entry
from ingest.lists.drafts import EntryDraft

ENTRIES_AN_ACT: Final = 400
"""About 106 bytes each in the log, whose line has at most 65,536 (governance.entry)."""


def row_of(draft: EntryDraft, list_id: UUID, by: str, now: datetime) -> dict[str, Any]:
    """The row of a new entry, with an id, a salt and a commitment of its own."""
    salt = new_salt()
    row: dict[str, Any] = {
        "entry_id": new_id(),
        "list_id": list_id,
        "vrm": draft.vrm,
        "reason": draft.reason,
        "marker": draft.marker,
        "action": draft.action,
        "risk_warnings": list(draft.risk_warnings),
        "owner": draft.owner,
        "authority": draft.authority,
        "expires_at": draft.expires_at,
        "added_at": now,
        "added_by": by,
        "salt": salt,
    }
    return {**row, "commitment": commit(content_of_entry(row), salt)}


def acts_for(
    act: str, purpose: str, by: str, objects: Mapping[str, str], rows: Sequence[Mapping[str, Any]], **details: str
) -> Iterator[Act]:
    """The acts that name each of these rows, by authority. Their commitments are named by the entries' ids."""
    for authority, same in groupby(sorted(rows, key=_authority), key=_authority):
        for part in _parts(same):
            only = {"entry": str(part[0]["entry_id"])} if len(part) == 1 else {}
            yield Act(
                actor=by,
                act=act,
                purpose=purpose,
                authority=authority,
                objects={**objects, **only},
                details={"entries": len(part), **details},
                commitments={str(row["entry_id"]): row["commitment"] for row in part},
            )


def _authority(row: Mapping[str, Any]) -> str:
    return str(row["authority"])


def _parts(rows: Iterable[Mapping[str, Any]]) -> Iterator[list[Mapping[str, Any]]]:
    rest = iter(rows)
    while part := list(islice(rest, ENTRIES_AN_ACT)):
        yield part
