"""The links of one batch against those that are kept: whether each follows from the one before it, and to the database.

Messages arrive out of order, and a gap is filled later: a link whose neighbours are not there yet contradicts nothing.
What contradicts is an alarm. Its device signed both sides of it, so the act in the log is the proof: anybody can check
the signature over the second link, and that the first is another.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection, and_, or_, select

from governance.devices.chain import Link, start_of
from governance.log import Act
from ingest.database.recorded import Acts
from ingest.database.schema import device_link
from ingest.database.statements import insert
from ingest.device_chain import link_of_row
from ingest.intake.judging import Proven

HEAD_EVERY: Final = 1_000
"""Of each stream, every so-many-th link is written to the log: whoever holds the log can show later that no link before
it was taken away, not even the newest together with all behind them."""

ALARM: Final = "chain_alarms"


class Chains:
    """The links of one transaction."""

    def __init__(self, connection: Connection, acts: Acts) -> None:
        self._connection = connection
        self._acts = acts
        self._added: list[Link] = []
        self._kept: dict[tuple[str, UUID, int], Link] = {}

    def open(self, links: Iterable[Link]) -> None:
        """Read what is kept beside these links. Their streams must be locked."""
        numbers: dict[tuple[str, UUID], set[int]] = {}
        for link in links:
            numbers.setdefault((link.device, link.stream), set()).update((link.seq - 1, link.seq, link.seq + 1))
        if not numbers:
            return
        c = device_link.c
        of_streams = (
            and_(c.device == device, c.stream == stream, c.seq.in_(sorted(wanted)))
            for (device, stream), wanted in sorted(numbers.items())
        )
        rows = self._connection.execute(select(device_link).where(or_(*of_streams)))
        self._kept = {(row.device, row.stream, row.seq): link_of_row(row) for row in rows}

    def kept(self, proven: Proven) -> Link | None:
        """The link that is kept under the same number."""
        return self._kept.get(_place(proven.link))

    def contradiction(self, proven: Proven) -> str:
        """What of a link contradicts what is kept, in words; empty where nothing does."""
        link = proven.link
        kept, before, after = (self._kept.get(_place(link, beside)) for beside in (0, -1, 1))
        if kept is not None:
            same = kept.same_as(link)
            return "" if same else f"number {link.seq} of its stream is another message's, which its device signed too"
        expected = start_of(link.device, link.stream, proven.key) if link.seq == 1 else before and before.link
        if expected is not None and link.previous != expected:
            return f"its link does not follow from {'the start' if link.seq == 1 else 'the one before'} of its stream"
        if after is not None and after.previous != link.link:
            return f"number {link.seq + 1} of its stream does not follow from it"
        if any(near is not None and near.key != link.key for near in (before, after)):
            return "its stream is under another key"
        return ""

    def add(self, proven: Proven) -> None:
        """Keep a link, unless one is kept under its number."""
        link = proven.link
        if _place(link) not in self._kept:
            self._kept[_place(link)] = link
            self._added.append(link)
            if link.seq % HEAD_EVERY == 0:
                details = {"seq": link.seq, "link": link.link.hex()}
                self._acts.add(_act(link, "device.chain.head", "show later that nothing was taken away", details))

    def alarm(self, proven: Proven, why: str) -> None:
        """Put a contradiction into the log, with all that proves it."""
        link = proven.link
        details = {
            "seq": link.seq,
            "kind": link.kind,
            "payload_sha256": link.payload_sha256.hex(),
            "previous": link.previous.hex(),
            "link": link.link.hex(),
            "signature": link.signature.hex(),
        }
        self._acts.add(_act(link, "device.chain.alarm", why, details))

    def write(self) -> None:
        """Put what was added into the database."""
        if self._added:
            self._connection.execute(insert(self._connection, device_link), [_row(link) for link in self._added])


def _place(link: Link, beside: int = 0) -> tuple[str, UUID, int]:
    return link.device, link.stream, link.seq + beside


def _act(link: Link, act: str, purpose: str, details: Mapping[str, Any]) -> Act:
    objects = {"device": link.device, "stream": str(link.stream), "key": link.key}
    return Act(f"device:{link.device}", act, purpose, None, objects, details)


def _row(link: Link) -> dict[str, Any]:
    return {
        "device": link.device,
        "stream": link.stream,
        "seq": link.seq,
        "kind": link.kind,
        "payload_sha256": link.payload_sha256,
        "previous": link.previous,
        "link": link.link,
        "key_id": link.key,
        "signature": link.signature,
        "received_at": link.received_at,
    }
