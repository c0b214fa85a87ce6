"""The overseer's export, from a centre on each database to the verifier that has files alone."""

import random
import re
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import delete, insert, select, update

from governance.errors import BadExport
from governance.export.layout import Keys
from governance.keys import PrivateKey
from governance.log import Log
from governance.retention.signed_rules import KIND
from governance.signed import Signed
from ingest.database import schema
from ingest.database.engine import write_transaction
from ingest.database.recorded import recorded
from ingest.export.rows import check_here
from tests.governance.tampering import Target, files_of, tamper
from tests.ingest.export.conftest import House, words

CHANGES = 700
ROW_CHANGES = 300
SEED = 62

SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
"""What an export is made of is the same whatever the database."""


def test_an_export_of_what_happened_holds_from_end_to_end(house: House, tmp_path: Path) -> None:
    written = house.export(tmp_path / "export")
    report = house.verify(tmp_path / "export")
    assert words(report) == []
    assert report.holds
    assert report.pinned
    counted = {part.name: part.checked for part in report.parts}
    assert counted.pop("acts that the log says did not happen") == 0
    assert all(counted.values())
    del counted["acts that need an authority, searches and alerts"]
    assert counted.pop("draws of samples and audits") == 2
    said = [written.entries, written.authorities, written.links, written.rules, written.receipts, written.rows]
    assert list(counted.values()) == said


@SQLITE
def test_nothing_personal_is_in_it(house: House, tmp_path: Path) -> None:
    house.export(tmp_path / "export")
    held = b"".join(target.file.read_bytes() for target in files_of(tmp_path / "export"))
    for word in (b"AB12CDE", b"VIOLENT", b"Used in a burglary"):
        assert word not in held
    with house.engine.connect() as connection:
        salts = connection.execute(select(schema.voi_entry.c.salt).where(schema.voi_entry.c.salt.is_not(None)))
        assert not any(bytes(salt) in held or bytes(salt).hex().encode() in held for salt in salts.scalars())


def test_a_second_export_goes_on_from_the_first(house: House, tmp_path: Path) -> None:
    house.export(tmp_path / "export")
    first = house.verify(tmp_path / "export").head
    house.lists.remove(house.lists.show(house.lists.all()[0].list_id).entries[0].entry_id, "found", "manager")
    house.export(tmp_path / "export")
    report = house.verify(tmp_path / "export", at_least=first)
    assert words(report) == []
    assert report.head.size > first.size


@SQLITE
def test_keys_that_are_not_the_pinned_ones_are_named(house: House, tmp_path: Path) -> None:
    house.export(tmp_path / "export")
    keys = house.sources.keys
    other = Keys("met", keys.log, PrivateKey.new().public, keys.receipts, keys.devices_ca)
    (tmp_path / "export" / "keys.json").write_bytes(other.to_bytes())
    assert words(house.verify(tmp_path / "export"))[0].startswith("keys.json does not hold the keys that you pinned")


@SQLITE
def test_a_folder_that_is_no_export_is_said_to_be_none(house: House, tmp_path: Path) -> None:
    with pytest.raises(BadExport, match=r"the keys .*keys\.json cannot be read"):
        house.verify(tmp_path / "nowhere")


def _gone(house: House) -> None:
    _write(house, delete(schema.answer))


def _entry_gone(house: House) -> None:
    _write(house, delete(schema.voi_entry).where(schema.voi_entry.c.vrm == "AB13CDE"))


def _answer_changed(house: House) -> None:
    _write(house, update(schema.answer).values(outcome="misread"))


def _salt_erased(house: House) -> None:
    _write(house, update(schema.alert).values(salt=None))


def _slipped_in(house: House) -> None:
    with house.engine.connect() as connection:
        row = dict(connection.execute(select(schema.alert)).mappings().first() or {})
    other = UUID("019a0000-0000-7000-8000-00000000dead")
    _write(house, insert(schema.alert).values({**row, "alert_id": other}))


def _statement_gone(house: House) -> None:
    _write(house, delete(schema.authority_statement))


def _receipt_gone(house: House) -> None:
    _write(house, update(schema.disposal_batch).values(state="intended"))


def _rules_changed(house: House) -> None:
    other = Signed.make(KIND, {"number": 1, "sha256": "0" * 64, "file": ""}, house.receipts)
    _write(house, update(schema.retention_rules).values(document=other.to_bytes()))


def _disposed_early(house: House) -> None:
    """By a program that was altered: an entry that came off its list today is taken for due."""
    house.retention._disposal._lead = timedelta(days=400)
    house.dispose()


def _published_without_authority(house: House) -> None:
    """By a program that was altered: it does not ask, and so nothing says that an authority was relied on."""
    published = [entry.act for entry in house.log.read() if entry.act.act == "list.publish"][-1]
    house.clock.forward(hours=1)
    with recorded(house.engine, house.log) as (_, acts):
        acts.add(published)


def _link_gone(house: House) -> None:
    _write(house, delete(schema.device_link).where(schema.device_link.c.seq == 2))


def _write(house: House, statement: Any) -> None:
    with write_transaction(house.engine) as connection:
        assert connection.execute(statement).rowcount


@SQLITE
@pytest.mark.parametrize(
    ("do", "said"),
    [
        (_gone, "answer .* is gone, and no receipt of disposal covers it"),
        (_entry_gone, "entry .* is gone, and no receipt of disposal covers it"),
        (_answer_changed, "answer .* is not what entry .* of the log commits to: it was changed"),
        (_salt_erased, "the content of alert .* was erased, and no receipt of disposal covers it"),
        (_slipped_in, "alert 019a0000-0000-7000-8000-00000000dead is in no entry of the log: it was slipped in"),
        (_statement_gone, r"authorities/.*\.json: .* carries no decision"),
        (_receipt_gone, r"receipts/.*\.json, of entry .* of the log, is not there"),
        (_rules_changed, r"rules/1\.json: "),
        (_disposed_early, r"receipts/.*\.json: its items had until 2030-01-31 .*, and went before"),
        (_published_without_authority, "list.publish was done by manager, and no entry that an authority"),
        (_link_gone, "number 2: .*missing|number 2:"),
    ],
)  # fmt: skip
def test_what_is_done_to_the_database_behind_the_log_is_found(
    house: House, tmp_path: Path, do: Callable[[House], None], said: str
) -> None:
    do(house)
    house.export(tmp_path / "export")
    found = words(house.verify(tmp_path / "export"))
    assert any(re.search(said, one) for one in found), found


@SQLITE
def test_a_use_that_the_authority_did_not_allow_is_named(house: House, tmp_path: Path, log: Log) -> None:
    used = [entry for entry in log.read() if entry.act.act == "authority.use"][-1]
    house.clock.forward(days=1)
    log.append(used.act)
    house.export(tmp_path / "export")
    found = words(house.verify(tmp_path / "export"))
    assert len(found) == 1
    assert "was done under authority" in found[0]
    assert "did not allow it" in found[0]


@SQLITE
def test_seven_hundred_single_byte_changes_of_an_export_are_each_found_with_their_place(
    house: House, tmp_path: Path
) -> None:
    folder = tmp_path / "export"
    house.export(folder)
    targets = [_placed(target) for target in files_of(folder)]
    assert {target.place.split("/")[0] for target in targets} >= {"trust.json", "authorities", "receipts", "devices"}
    assert tamper(targets, CHANGES, random.Random(SEED), lambda: words(house.verify(folder))) == []


def _placed(target: Target) -> Target:
    """The log's own files are named as the log names them, a list of leaves by its own name."""
    place = target.place.removeprefix("log/")
    return Target(target.file, Path(place).name if place.endswith(".leaves") else place)


@SQLITE
def test_the_verifier_is_a_program_of_its_own_with_three_libraries(house: House, tmp_path: Path) -> None:
    house.export(tmp_path / "export")
    (tmp_path / "pinned.json").write_bytes(house.sources.keys.to_bytes())
    program = (
        "import sys\n"
        "from governance.export.__main__ import main\n"
        "code = main(sys.argv[1:])\n"
        "rooms = {name.split('.')[0] for name in sys.modules} & {'ingest', 'edge', 'lanthorn', 'models', 'hardware'}\n"
        "others = {'sqlalchemy', 'fastapi', 'minio', 'paho', 'numpy', 'cv2'} & set(sys.modules)\n"
        "sys.exit(code or bool(rooms | others))\n"
    )
    arguments = [str(tmp_path / "export"), "--keys", str(tmp_path / "pinned.json")]
    done = subprocess.run([sys.executable, "-c", program, *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Everything holds." in done.stdout


KEPT_OUT = {"removed_at", "removed_by", "removed_why", "message_id", "received_at", "account"}
"""Columns that the log does not commit to: when and why an entry came off, which the log has as an act of its own, and
how an answer came in.
"""


@SQLITE
def test_three_hundred_changes_of_one_byte_in_rows_are_each_found_with_the_row_named(
    house: House, tmp_path: Path
) -> None:
    assert check_here(house.engine, house.log).problems == []
    chance = random.Random(SEED)
    places = _places(tmp_path / "centre.db")
    assert {table for table, _, _ in places} == {"alert", "answer", "voi_entry"}
    for _ in range(ROW_CHANGES):
        table, column, key = chance.choice(places)
        with closing(sqlite3.connect(tmp_path / "centre.db")) as connection:
            connection.execute("PRAGMA ignore_check_constraints = ON")  # who changes a file asks for no leave
            query = f"SELECT {column} FROM {table} WHERE rowid = ?"  # noqa: S608 - our own names
            (value,) = connection.execute(query, (key,)).fetchone()
            statement = f"UPDATE {table} SET {column} = ? WHERE rowid = ?"  # noqa: S608
            connection.execute(statement, (_one_byte_off(value, chance), key))
            connection.commit()
            found = check_here(house.engine, house.log).problems
            connection.execute(statement, (value, key))
            connection.commit()
        kind = {"voi_entry": "entry"}.get(table, table)
        assert any(f"{kind} " in one for one in found), (table, column, value, found)


def _places(path: Path) -> list[tuple[str, str, int]]:
    places = []
    with closing(sqlite3.connect(path)) as connection:
        for table in ("alert", "answer", "voi_entry"):
            cursor = connection.execute(f"SELECT rowid AS row, * FROM {table}")  # noqa: S608 - our own names
            names = [column[0] for column in cursor.description]
            for values in cursor:
                row = dict(zip(names, values, strict=True))
                left_out = KEPT_OUT - ({"received_at"} if table == "alert" else set())
                of_row = row.keys() - {"row"} - left_out
                places += [(table, name, row["row"]) for name in sorted(of_row) if row[name] not in (None, "", b"")]
    return places


def _one_byte_off(value: Any, chance: random.Random) -> Any:
    """The value with one byte of it changed: a digit of a number, a letter, a byte."""
    if isinstance(value, bytes):
        at = chance.randrange(len(value))
        return value[:at] + bytes([value[at] ^ chance.randrange(1, 256)]) + value[at + 1 :]
    text = str(value)
    at = chance.choice([place for place, letter in enumerate(text) if letter.isalnum()])
    other = chance.choice([digit for digit in "123456789" if digit != text[at]])
    return type(value)(text[:at] + other + text[at + 1 :])
