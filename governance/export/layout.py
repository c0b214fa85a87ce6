"""The overseer's export as files, and the public keys that it is checked with.

    export.json         of which force, when it was made, and how many entries the log had before (Made)
    keys.json           the keys below, as the service says them: compare them with those that you pinned
    log/                the transparency log, as C2SP tlog-tiles
    trust.json          the newest list of authorising officers' keys, signed with the force's trust key
    authorities/ID.json every authority that was decided on, with its statements (governance.authority.case)
    devices/            the chains of the devices' signatures (governance.devices.export)
    rules/NUMBER.json   every set of retention rules, as it was signed (governance.retention.signed_rules)
    receipts/ID.json    every receipt of disposal (governance.retention.receipt), and
    receipts/ID.leaves  the digests of the items that it is of, a line each in hexadecimal, in ascending order
    rows.jsonl          the rows of the database that the log commits to, as governance.export.row describes them

None of it holds a mark, a face, a name of anybody outside the force, or a salt.
"""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, Self

from governance.errors import BadDocument, BadExport, BadKey, BadNote
from governance.keys import PrivateKey, PublicKey
from governance.merkle.notes import Verifier
from governance.signed import Signed, canonical
from governance.unreadable import why_unreadable

EXPORT: Final = "export"
"""The kind of signed document that export.json is."""

MADE_FILE: Final = "export.json"
KEYS_FILE: Final = "keys.json"
LOG_FOLDER: Final = "log"
TRUST_FILE: Final = "trust.json"
AUTHORITIES_FOLDER: Final = "authorities"
DEVICES_FOLDER: Final = "devices"
RULES_FOLDER: Final = "rules"
RECEIPTS_FOLDER: Final = "receipts"
ROWS_FILE: Final = "rows.jsonl"

CASE_SUFFIX: Final = ".json"
RULES_SUFFIX: Final = ".json"
RECEIPT_SUFFIX: Final = ".json"
LEAVES_SUFFIX: Final = ".leaves"

_FILES: Final = frozenset({MADE_FILE, KEYS_FILE, TRUST_FILE, ROWS_FILE, LOG_FOLDER, DEVICES_FOLDER})
_SUFFIXES: Final = {
    AUTHORITIES_FOLDER: (CASE_SUFFIX,),
    RULES_FOLDER: (RULES_SUFFIX,),
    RECEIPTS_FOLDER: (RECEIPT_SUFFIX, LEAVES_SUFFIX),
}


def strangers(folder: Path) -> list[str]:
    """What lies in an export and is no part of one; what lies in its log is told apart (governance.fsck)."""
    found = [path for path in folder.iterdir() if path.name not in _FILES and path.name not in _SUFFIXES]
    for name, suffixes in _SUFFIXES.items():
        inside = (folder / name).iterdir() if (folder / name).is_dir() else ()
        found += [path for path in inside if path.suffix not in suffixes]
    return sorted(str(path.relative_to(folder)) for path in found)


@dataclass(frozen=True, slots=True)
class Keys:
    """The public keys of one service. Had once from elsewhere, on paper if need be, they are all that is believed.

    log verifies checkpoints, trust the list of officers' keys, receipts those of disposal; devices_ca is the PEM
    certificate of the authority that enrols devices.
    """

    force: str
    log: Verifier
    trust: PublicKey
    receipts: PublicKey
    devices_ca: str

    @classmethod
    def parse(cls, data: bytes) -> Self:
        """Read what to_bytes gives. Raises BadExport for anything but its exact form."""
        try:
            fields: Any = json.loads(data)
            made = cls(
                force=str(fields["force"]),
                log=Verifier.parse(fields["log"]),
                trust=PublicKey.from_text(fields["trust"]),
                receipts=PublicKey.from_text(fields["receipts"]),
                devices_ca=str(fields["devices_ca"]),
            )
            same = made.to_bytes() == data
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError, BadKey, BadNote) as error:
            raise BadExport(f"this is not a file of a service's keys: {why_unreadable(error)}") from error
        if not same:
            raise BadExport("this is not a file of a service's keys in its one exact form")
        return made

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read a file of keys. Raises BadExport."""
        try:
            return cls.parse(path.read_bytes())
        except OSError as error:
            raise BadExport(f"the keys {path} cannot be read: {error.strerror or error}") from error
        except BadExport as error:
            raise BadExport(f"{path}: {error}") from error

    def to_bytes(self) -> bytes:
        """The file: one line of canonical JSON."""
        fields = {
            "force": self.force,
            "log": self.log.text,
            "trust": self.trust.text,
            "receipts": self.receipts.text,
            "devices_ca": self.devices_ca,
        }
        return canonical(fields) + b"\n"


@dataclass(frozen=True, slots=True)
class Made:
    """How an export was made. at is UTC. settled is the size of the log before anything was read: what later entries
    name may be in the export or not.
    """

    force: str
    at: datetime
    settled: int

    @classmethod
    def read(cls, path: Path, key: PublicKey) -> Self:
        """Read the file, which the key of receipts signed. Raises BadExport."""
        try:
            signed = Signed.parse(path.read_bytes(), EXPORT)
            if not signed.signed_by(key):
                raise BadExport(f"{path.name} is not signed with the key of receipts, or was changed since")
            fields = signed.body
            return cls(str(fields["force"]), datetime.fromisoformat(fields["at"]), int(fields["settled"]))
        except (OSError, ValueError, KeyError, TypeError, BadDocument) as error:
            raise BadExport(f"{path.name} cannot be read: {why_unreadable(error)}") from error

    def sign(self, key: PrivateKey) -> bytes:
        """The signed document."""
        at = self.at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        return Signed.make(EXPORT, {"force": self.force, "at": at, "settled": self.settled}, key).to_bytes()
