"""Which acts of a log were never committed: by table, and that no act without a transaction is taken for one."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

import ingest
from governance.acts import Act
from governance.entry import Entry
from ingest.database.unfinished import WITHOUT_DATABASE, Unfinished, unfinished

START = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
ROOT = Path(ingest.__file__).parents[1]

APPENDED_ALONE = {
    "ingest/authorities/keys.py": {"authority.key-refused"},
    "ingest/device_chain.py": {"device.chain.export"},
    "ingest/disclosure.py": {"log.disclose"},
    "ingest/export/writing.py": {"log.export"},
    "ingest/web/pictures.py": {"page.view"},
    "ingest/web/refusals.py": {"access.refused"},
    "ingest/web/session.py": {"page.view"},
    "ingest/web/shown.py": {"page.view"},
    "lanthorn/devices.py": {"device.broker-files"},
}
WITH_A_TRANSACTION = {"ingest/database/recorded.py", "ingest/database/unfinished.py"}


def entries(*acts: tuple[str, float] | str) -> list[Entry]:
    """Entries by act, and by seconds where that is given. `ACT.not-done 3 certain` names entry 3."""
    made = []
    for index, each in enumerate(acts):
        name, second = each if isinstance(each, tuple) else (each, 0.0)
        act, *named = name.split()
        details = {"entry": int(named[0]), "certain": named[1:] == ["certain"]} if named else {}
        made.append(Entry(index, START + timedelta(seconds=second), Act("pc.demo", act, "drawn", details=details)))
    return made


@pytest.mark.parametrize(
    ("log", "committed", "open_", "explained"),
    [
        (["list.create", "list.publish"], [(0, 2)], [], True),
        (["list.create", "list.publish"], [(0, 1)], [1], True),
        (["list.create", "list.publish", "list.publish"], [(0, 1), (2, 1)], [1], True),  # another went on
        (["list.create", "page.view", "log.export"], [(0, 1)], [], True),
        (["list.create", "list.create.not-done 0 certain"], [], [], True),
        (["list.create", "list.create.not-done 0"], [], [0], True),  # nobody knew: now it is known
        (["list.create", "list.create.not-done 0"], [(0, 1)], [], True),
        (["list.create", ("list.publish", 120)], [], [0, 1], True),
        (["list.create", ("list.publish", 121)], [], [0, 1], False),
        (["list.create", ("page.view", 121)], [], [0], False),
        (["list.create", ("list.create.not-done 9 certain", 9_000)], [], [0], True),
        ([], [(7, 3)], [], True),
    ],
)
def test_what_is_in_no_note_was_never_committed(
    log: list[tuple[str, float] | str], committed: list[tuple[int, int]], open_: list[int], explained: bool
) -> None:
    made = entries(*log)
    assert unfinished(made, committed) == Unfinished(tuple(made[index] for index in open_), explained)


def test_every_act_that_is_logged_without_a_transaction_is_known_as_one() -> None:
    """An act that is missing here would be said not to have happened after every start."""
    found = {
        str(path.relative_to(ROOT))
        for room in ("ingest", "lanthorn")
        for path in (ROOT / room).rglob("*.py")
        if re.search(r"log\.append\(", path.read_text())
    }
    assert found == APPENDED_ALONE.keys() | WITH_A_TRANSACTION
    assert set().union(*APPENDED_ALONE.values()) == WITHOUT_DATABASE
