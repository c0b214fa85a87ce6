"""The links that the devices' signatures make, as the centre keeps them: for ever, whatever becomes of the messages."""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, Row, Select, func, select

from governance.devices.chain import Link
from governance.devices.export import AUTHORITY_FILE, KEYS_FILE, LINKS_FILE, STREAMS_FILE, write_export
from governance.devices.verification import ChainReport, StreamHead, verify_chain
from governance.log import Act, Log
from ingest.database.engine import read_transaction
from ingest.database.schema import device_link, device_stream
from ingest.device_keys import DeviceKeys

ROWS_AT_ONCE = 1_000


class DeviceChain:
    """The kept links of every device."""

    def __init__(self, engine: Engine, log: Log, keys: DeviceKeys, authority_pem: str) -> None:
        self._engine = engine
        self._log = log
        self._keys = keys
        self._authority_pem = authority_pem

    def links(self, heads: Iterable[StreamHead] | None = None) -> Iterator[Link]:
        """Every link, stream by stream, in the order of their numbers; of each stream up to its head, so that what
        arrives meanwhile is left out.
        """
        c = device_link.c
        for head in self.heads() if heads is None else heads:
            after = 0
            while rows := self._page(
                select(device_link)
                .where(c.device == head.device, c.stream == head.stream, c.seq > after, c.seq <= head.seq)
                .order_by(c.seq)
                .limit(ROWS_AT_ONCE)
            ):
                yield from map(link_of_row, rows)
                after = rows[-1].seq

    def heads(self) -> list[StreamHead]:
        """How far each stream that has links is known to have gone: by its device's word, or by what arrived."""
        s, link = device_stream.c, device_link.c
        arrived = func.max(link.seq).label("arrived")
        query = (
            select(link.device, link.stream, arrived, func.max(s.made).label("made"))
            .outerjoin(device_stream, (s.device == link.device) & (s.stream == link.stream))
            .group_by(link.device, link.stream)
            .order_by(link.device, link.stream)
        )
        with read_transaction(self._engine) as connection:
            return [
                StreamHead(row.device, row.stream, max(row.arrived, row.made or 0), last=True)
                for row in connection.execute(query)
            ]

    def verify(self) -> ChainReport:
        """Check every link, here and now."""
        keys = {record.key.public.id: record.key for record in self._keys.records()}
        heads = self.heads()
        return verify_chain(self.links(heads), keys, heads)

    def export(self, folder: Path, by: str) -> int:
        """Write everything that a verifier needs into a folder, note its hashes in the log, and give how many links.

        Raises OSError where the folder cannot be written.
        """
        heads = self.heads()
        count = write_export(folder, self._authority_pem, self._keys.records(), heads, self.links(heads))
        digests = {name: _digest_of(folder / name) for name in (AUTHORITY_FILE, KEYS_FILE, STREAMS_FILE, LINKS_FILE)}
        details: dict[str, Any] = {"links": count, **digests}
        self._log.append(Act(by, "device.chain.export", "verify the devices' chains", details=details))
        return count

    def _page(self, query: Select[Any]) -> Sequence[Row[Any]]:
        with read_transaction(self._engine) as connection:
            return connection.execute(query).all()


def link_of_row(row: Any) -> Link:
    """A row of device_link as what is verified."""
    return Link(
        device=row.device,
        stream=row.stream,
        seq=row.seq,
        kind=row.kind,
        payload_sha256=row.payload_sha256,
        previous=row.previous,
        link=row.link,
        key=row.key_id,
        signature=row.signature,
        received_at=row.received_at,
    )


def _digest_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
