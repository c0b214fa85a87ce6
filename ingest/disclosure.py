"""The log handed over as one file: to the Information Commissioner on request, to a court, to an inspection.

Data Protection Act 2018 s.62(4) and (5): logs may be used only to verify lawfulness, for self-monitoring (internal
discipline included), for integrity and security, and for criminal proceedings, and are made available to the
Commissioner on request. Handing over is itself a disclosure, with its recipient, and is in the log before the file is.

The file is a ZIP with entries.jsonl (a line for each entry: its index, the entry as it is in the log, and the hashes
that prove it), checkpoint (the signed note that they are proven against), log.vkey, and cover.txt in plain words.
Entries hold no personal data of anybody outside the force, only commitments.
"""

import io
import json
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from governance.acts import Act, Operation
from governance.entry import Entry
from governance.log import Log
from governance.signed import canonical
from ingest.clock import Clock
from ingest.contract.base import format_utc_ms
from ingest.errors import BadInput
from ingest.logged_text import logged_text

ACT: Final = "log.disclose"
MOST_ENTRIES: Final = 20_000
"""Some 30 s of proving. More is asked for in parts, or given as a copy of the whole log."""


_COVER: Final = """The log of acts of {force}, handed over

To:            {recipient}
Use:           {use} (Data Protection Act 2018 s.62(4))
Why:           {why}
By:            {by}, {at}
Entries:       {count}, logged from {start} to {until} (up to, not including)
Log:           {size} entries, checkpoint in the file "checkpoint"

entries.jsonl has a line for each entry: its index in the log, the entry in canonical JSON (RFC 8785), and the hashes
that prove that it is in the log (RFC 6962, section 2.1.1), from the leaf up. "checkpoint" is a signed note (C2SP
tlog-checkpoint) over the root; log.vkey is the key that verifies it: compare it with the one that the force publishes.

Marks and texts about people are not in the log. It holds salted commitments in their place: who has the salt and the
text can show that an entry is about it.
"""


class Use(StrEnum):
    """What a log may be used for: DPA 2018 s.62(4)."""

    LAWFULNESS = "lawfulness"
    SELF_MONITORING = "self-monitoring"
    INTEGRITY = "integrity"
    PROCEEDINGS = "proceedings"


@dataclass(frozen=True, slots=True)
class Request:
    """A hand-over. start and until are aware; until is not part of the span; None: from the first, up to now."""

    recipient: str
    use: Use
    why: str
    start: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Disclosed:
    """The file: the name to save it under, its content, and how many entries are in it."""

    name: str
    data: bytes
    entries: int


class Disclosures:
    """Hands over a centre's log."""

    def __init__(self, log: Log, clock: Clock, force: str) -> None:
        self._log = log
        self._clock = clock
        self._force = force

    def disclose(self, request: Request, by: str) -> Disclosed:
        """Log the hand-over, and make the file. Raises BadInput, or as Log.append and Log.prove do."""
        recipient, why = logged_text("recipient", request.recipient), logged_text("why", request.why)
        now = self._clock()
        found = list(self._chosen(request))
        if not found:
            raise BadInput("no entry was logged in that time: choose another")
        details = {"use": request.use.value, "entries": len(found), "first": found[0].index, "last": found[-1].index}
        self._log.append(Act(by, ACT, why, None, {}, details, operation=Operation.DISCLOSURE, recipients=(recipient,)))
        self._log.integrate()
        checkpoint = self._log.signed_checkpoint
        cover = _COVER.format(
            force=self._force,
            recipient=recipient,
            use=request.use.value,
            why=why,
            by=by,
            at=format_utc_ms(now),
            count=len(found),
            start="the first" if request.start is None else format_utc_ms(request.start),
            until=format_utc_ms(request.until or now),
            size=self._log.checkpoint.head.size,
        )
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("cover.txt", cover)
            archive.writestr("entries.jsonl", b"".join(self._line(entry.index) for entry in found))
            archive.writestr("checkpoint", checkpoint)
            archive.writestr("log.vkey", f"{self._log.verifier.text}\n")
        return Disclosed(f"log-{self._force}-{now:%Y%m%dT%H%M%SZ}.zip", packed.getvalue(), len(found))

    def _chosen(self, request: Request) -> Iterator[Entry]:
        count = 0
        for entry in self._log.read():
            late = request.until is not None and entry.at >= request.until
            if late or (request.start is not None and entry.at < request.start):
                continue
            count += 1
            if count > MOST_ENTRIES:
                raise BadInput(f"that is over {MOST_ENTRIES} entries: ask in parts, or give a copy (lanthorn log copy)")
            yield entry

    def _line(self, index: int) -> bytes:
        proof = self._log.prove(index)
        line = {"index": index, "entry": json.loads(proof.entry), "proof": [each.hex() for each in proof.path]}
        return canonical(line) + b"\n"
