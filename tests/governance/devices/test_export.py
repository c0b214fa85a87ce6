"""An export says what the database says, and any byte of it that is another is found."""

import json
import random
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from governance.devices.authority import Authority
from governance.devices.enrolled import EnrolledKey
from governance.devices.export import (
    AUTHORITY_FILE,
    KEYS_FILE,
    LINKS_FILE,
    STREAMS_FILE,
    KeyRecord,
    verify_export,
    write_export,
)
from governance.devices.verification import StreamHead
from governance.errors import BadExport

STREAM = UUID("0199c0de-0000-7000-8000-000000000001")
LIFE = timedelta(days=90)


@pytest.fixture
def export(maker: Any, tmp_path: Path) -> Path:
    chain = maker.chain(STREAM, [b"%d" % number for number in range(6)])
    at = chain[0].received_at
    authority = Authority.load_or_make(tmp_path / "keys", "met", at)
    pem = authority.issue(maker.device, maker.key.public, at, LIFE).pem
    key = EnrolledKey(maker.device, maker.key.public, at, at + LIFE)
    folder = tmp_path / "export"
    heads = [StreamHead(maker.device, STREAM, 6)]
    assert write_export(folder, authority.pem, [KeyRecord(key, (pem,))], heads, chain) == 6
    return folder


def test_what_was_exported_verifies(export: Path, maker: Any) -> None:
    report, keys = verify_export(export)
    assert (report.whole, report.links, report.streams) == (True, 6, 1)
    assert keys[maker.key.public.id].public == maker.key.public


def test_the_files_hold_no_payload(export: Path) -> None:
    fields = json.loads((export / LINKS_FILE).read_text().splitlines()[0])
    assert fields.keys() == {
        *("device", "stream", "seq", "kind", "payload_sha256", "previous", "link", "key", "signature", "received_at")
    }


@pytest.mark.parametrize("name", [AUTHORITY_FILE, KEYS_FILE, STREAMS_FILE, LINKS_FILE])
def test_a_byte_that_is_another_is_found(export: Path, name: str) -> None:
    """But in the times: they are the centre's word, and the log's hash of the file holds them (device.chain.export)."""
    chance = random.Random(20261123)
    path, whole = export / name, (export / name).read_bytes()
    times = [at for key in (b"received_at", b"enrolled_at", b"ends_at") for at in places(whole, key)]
    found = 0
    for _ in range(150):
        at = chance.randrange(len(whole))
        if any(first <= at < last for first, last in times):
            continue
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 1 << chance.randrange(8)]) + whole[at + 1 :])
        found += is_found(export)
        if not is_found(export):
            pytest.fail(f"{name}, byte {at}: {whole[at : at + 1]!r} became {path.read_bytes()[at : at + 1]!r}")
    assert found > 50


def places(whole: bytes, key: bytes) -> list[tuple[int, int]]:
    found, start = [], 0
    while (at := whole.find(b'"' + key + b'":"', start)) >= 0:
        first = at + len(key) + 4
        found.append((first, first + 24))
        start = first
    return found


def is_found(export: Path) -> bool:
    try:
        return not verify_export(export)[0].whole
    except BadExport:
        return True


def doubled(lines: list[str]) -> list[str]:
    return [lines[0], *lines]


@pytest.mark.parametrize(
    "change", [doubled, lambda lines: lines[1:], lambda lines: lines[:-1], lambda lines: lines[::-1]]
)
def test_a_line_more_or_fewer_or_elsewhere_is_found(export: Path, change: Callable[[list[str]], list[str]]) -> None:
    path = export / LINKS_FILE
    path.write_text("".join(change(path.read_text().splitlines(keepends=True))))
    assert is_found(export)


def test_a_key_without_a_certificate_of_the_authority_is_refused(export: Path, tmp_path: Path, maker: Any) -> None:
    other = Authority.load_or_make(tmp_path / "others", "met", maker.enrolled.enrolled_at)
    with pytest.raises(
        BadExport, match=r"device-keys\.jsonl, line 1: the certificate was not issued by this authority"
    ):
        verify_export(export, other.pem)


def test_a_folder_that_is_no_export_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadExport, match="cannot be read as an export"):
        verify_export(tmp_path)
