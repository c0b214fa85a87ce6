"""The devices' chains as files, for a verifier that has no database: what they hold, how they are written and read.

A folder has `devices-ca.crt` (the authority's certificate, PEM) and three files of JSON objects (RFC 8259), one a line:

    device-keys.jsonl     device, key, certificates (PEM, the oldest first), enrolled_at, ends_at, revoked_at (or null)
    device-streams.jsonl  device, stream, made: how many messages the device is known to have numbered
    device-links.jsonl    device, stream, seq, kind, payload_sha256, previous, link, key, signature, received_at;
                          stream by stream, in the order of seq

Hashes, links and signatures are hexadecimal, times are UTC (2026-11-23T02:14:05.123Z). A key is believed because the
authority's certificate for it is there: compare devices-ca.crt with one that you had from elsewhere.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, TypeVar
from uuid import UUID

from governance.devices.authority import check_authority, read_certificate
from governance.devices.chain import Link
from governance.devices.enrolled import EnrolledKey
from governance.devices.verification import ChainReport, StreamHead, verify_chain
from governance.errors import BadCertificate, BadExport, BadKey, GovernanceError
from governance.unreadable import why_unreadable

T = TypeVar("T")

AUTHORITY_FILE: Final = "devices-ca.crt"
KEYS_FILE: Final = "device-keys.jsonl"
STREAMS_FILE: Final = "device-streams.jsonl"
LINKS_FILE: Final = "device-links.jsonl"


@dataclass(frozen=True, slots=True)
class KeyRecord:
    """A key with every certificate that was issued for it (PEM, the oldest first)."""

    key: EnrolledKey
    certificates: tuple[str, ...]


def write_export(
    folder: Path, authority_pem: str, keys: Iterable[KeyRecord], heads: Iterable[StreamHead], links: Iterable[Link]
) -> int:
    """Write the files into a folder, made where it is not there, and give how many links that was. Raises OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / AUTHORITY_FILE).write_text(authority_pem)
    _write(folder / KEYS_FILE, map(_key_fields, keys))
    _write(folder / STREAMS_FILE, map(_head_fields, heads))
    return _write(folder / LINKS_FILE, map(_link_fields, links))


def verify_export(
    folder: Path, authority_pem: str | None = None, logged: Iterable[StreamHead] = ()
) -> tuple[ChainReport, Mapping[str, EnrolledKey]]:
    """Check an export, and give the keys that it was checked with.

    authority_pem is a certificate had from elsewhere; without it the folder's own is taken. logged are heads from the
    log (act device.chain.head). Raises BadExport for files that cannot be read as an export.
    """
    try:
        authority = authority_pem or (folder / AUTHORITY_FILE).read_text()
        check_authority(authority)
        keys = dict(read_keys(folder / KEYS_FILE, authority))
        heads = list(read_heads(folder / STREAMS_FILE))
        report = verify_chain(read_links(folder / LINKS_FILE), keys, [*heads, *logged])
    except (OSError, UnicodeDecodeError, BadCertificate) as error:
        raise BadExport(f"{folder} cannot be read as an export of the devices' chains: {error}") from error
    if report.streams > len(heads):
        raise BadExport(f"{folder / STREAMS_FILE} names {len(heads)} streams, and there are links of {report.streams}")
    return report, keys


def read_keys(path: Path, authority_pem: str) -> Iterator[tuple[str, EnrolledKey]]:
    """The keys of an export, each by its id, each believed because of its certificates. Raises BadExport."""

    def read(fields: Mapping[str, Any]) -> KeyRecord:
        certificates = [read_certificate(pem, authority_pem) for pem in fields["certificates"]]
        device, said = _text(fields, "device"), _text(fields, "key")
        if not certificates:
            raise BadKey(f"the key {said} has no certificate")
        for certificate in certificates:
            if certificate.name != device or certificate.public.id != said:
                raise BadKey(f"certificate {certificate.serial} is not one of the key {said} of {device}")
        revoked_at = None if fields["revoked_at"] is None else _time(fields, "revoked_at")
        times = (_time(fields, "enrolled_at"), _time(fields, "ends_at"), revoked_at)
        key = EnrolledKey(device, certificates[0].public, *times)
        return KeyRecord(key, tuple(certificate.pem for certificate in certificates))

    for record in _read(path, read, _key_fields):
        yield record.key.public.id, record.key


def read_heads(path: Path) -> Iterator[StreamHead]:
    """How far each stream of an export went. Raises BadExport."""

    def read(fields: Mapping[str, Any]) -> StreamHead:
        return StreamHead(_text(fields, "device"), UUID(_text(fields, "stream")), int(fields["made"]), last=True)

    yield from _read(path, read, _head_fields)


def read_links(path: Path) -> Iterator[Link]:
    """The links of an export, in the order of the file. Raises BadExport."""

    def read(fields: Mapping[str, Any]) -> Link:
        return Link(
            device=_text(fields, "device"),
            stream=UUID(_text(fields, "stream")),
            seq=int(fields["seq"]),
            kind=_text(fields, "kind"),
            key=_text(fields, "key"),
            received_at=None if fields["received_at"] is None else _time(fields, "received_at"),
            **{name: bytes.fromhex(fields[name]) for name in ("payload_sha256", "previous", "link", "signature")},
        )

    yield from _read(path, read, _link_fields)


def _head_fields(head: StreamHead) -> dict[str, Any]:
    return {"device": head.device, "stream": str(head.stream), "made": head.seq}


def _key_fields(record: KeyRecord) -> dict[str, Any]:
    key = record.key
    return {
        "device": key.device,
        "key": key.public.id,
        "certificates": record.certificates,
        "enrolled_at": _said(key.enrolled_at),
        "ends_at": _said(key.ends_at),
        "revoked_at": None if key.revoked_at is None else _said(key.revoked_at),
    }


def _link_fields(link: Link) -> dict[str, Any]:
    return {
        "device": link.device,
        "stream": str(link.stream),
        "seq": link.seq,
        "kind": link.kind,
        "payload_sha256": link.payload_sha256.hex(),
        "previous": link.previous.hex(),
        "link": link.link.hex(),
        "key": link.key,
        "signature": link.signature.hex(),
        "received_at": None if link.received_at is None else _said(link.received_at),
    }


def _write(path: Path, records: Iterable[Mapping[str, Any]]) -> int:
    count = 0
    with path.open("w", encoding="utf-8") as file:
        for record in records:
            file.write(_line(record))
            count += 1
    return count


def _read(path: Path, read: Callable[[Mapping[str, Any]], T], write: Callable[[T], Mapping[str, Any]]) -> Iterator[T]:
    """What each line says. A line must be what writing it gives again, so that no byte of it can be another."""
    with path.open(encoding="utf-8", newline="\n") as file:
        for number, line in enumerate(file, 1):
            try:
                record = read(json.loads(line))
                if _line(write(record)) != line:
                    raise ValueError("it is not in the form in which an export is written")
            except (
                ValueError,
                KeyError,
                TypeError,
                AttributeError,
                ArithmeticError,
                RecursionError,
                GovernanceError,
            ) as error:
                raise BadExport(f"{path}, line {number}: {why_unreadable(error)}") from error
            yield record


def _line(record: Mapping[str, Any]) -> str:
    return json.dumps(record, separators=(",", ":")) + "\n"


def _said(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _text(fields: Mapping[str, Any], name: str) -> str:
    if not isinstance(value := fields[name], str):
        raise ValueError(f"{name} is {value!r}: it must be text")
    return value


def _time(fields: Mapping[str, Any], name: str) -> datetime:
    at = datetime.fromisoformat(_text(fields, name))
    if at.tzinfo is None:
        raise ValueError(f"{name} has no time zone")
    return at
