"""What the log says of one item: how far it is looked through, how much is shown, and whether each entry is proven."""

from pathlib import Path

import pytest

from governance.acts import Act
from governance.log import Log
from governance.merkle.tree import leaf_hash
from ingest.retention import traces as module
from ingest.retention.traces import Proof, traces

ITEM = "019a0000-0000-7000-8000-000000000001"


def view(item: str = ITEM, actor: str = "pc.wick") -> Act:
    return Act(actor, "page.view", "patrol duty", objects={"item": item})


def test_entries_are_proven_or_wait_for_their_checkpoint(log: Log) -> None:
    log.append(view(), view("another"), view())
    log.integrate()
    log.append(view())
    found = traces(log, {ITEM})
    assert [(one.entry.index, one.proof) for one in found.entries] == [
        (0, Proof.HOLDS),
        (2, Proof.HOLDS),
        (3, Proof.WAITS),
    ]
    assert (found.found, found.start) == (3, 0)


def test_an_entry_that_was_changed_with_its_hash_is_not_proven(log: Log) -> None:
    log.append(view("another"), view())
    log.integrate()
    path: Path = log.path
    (entries,), (hashes,) = (list((path / "tile" / level).rglob("*.p/2")) for level in ("entries", "0"))
    data = entries.read_bytes().replace(b'"item":"019a', b'"item":"019b')
    forged = data[data.index(b'{"act"', 10) :]
    hashes.write_bytes(hashes.read_bytes()[:32] + leaf_hash(forged))
    entries.write_bytes(data)
    (found,) = traces(log, {ITEM.replace("019a", "019b")}).entries
    assert found.proof is Proof.FAILS


def test_only_the_newest_are_looked_through_and_shown(log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_LOOKED_THROUGH", 6)
    monkeypatch.setattr(module, "MOST_SHOWN", 4)
    log.append(*(view() for _ in range(10)))
    found = traces(log, {ITEM})
    assert ([one.entry.index for one in found.entries], found.found, found.start) == ([6, 7, 8, 9], 6, 4)
