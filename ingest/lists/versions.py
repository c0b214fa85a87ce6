"""A list's version as rows, ready for the publisher; the chunks of the version before go."""

from dataclasses import fields

from sqlalchemy import Connection, delete

from ingest.contract.messages import ListManifest
from ingest.database.schema import list_chunk, list_version
from ingest.database.statements import insert
from ingest.lists.records import Publication
from ingest.lists.snapshot import Snapshot

_KEPT = {"list_id", "version", "entries", "chunks", "sha256", "published_at", "authority_id"}


def store(connection: Connection, made: Snapshot, by: str, *, withdrawn: bool = False) -> None:
    """Make this the newest version of its list."""
    manifest = made.manifest
    row = manifest.model_dump(include=_KEPT)
    about = {"published_by": by, "cleared": False, "withdrawn": withdrawn}
    connection.execute(insert(connection, list_version), {**row, **about})
    connection.execute(delete(list_chunk).where(list_chunk.c.list_id == manifest.list_id))
    key = {"list_id": manifest.list_id, "version": manifest.version}
    for number, payload in enumerate(made.chunks):
        connection.execute(insert(connection, list_chunk), {**key, "number": number, "payload": payload})


def as_publication(manifest: ListManifest, *, new: bool) -> Publication:
    """What whoever published is told."""
    names = (field.name for field in fields(Publication) if field.name != "new")
    return Publication(**{name: getattr(manifest, name) for name in names}, new=new)
