"""The process is killed while it disposes, at random moments: afterwards nothing is half gone, and all has its receipt.

Each child is killed by itself with SIGKILL at a random one of its own function calls (Python's and C's), so that every
stretch of code is as likely as it is long: before a statement, after a commit, between two requests to the store.
"""

import os
import random
import signal
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from governance.export.gathering import gather
from governance.log import Log, service_signer
from governance.retention.receipt import Receipt, items_digest, leaf
from governance.signed import Signed
from ingest.counters import Counters
from ingest.database import schema
from ingest.database.engine import make_engine, open_engine
from ingest.database.unfinished import settle
from ingest.export.rows import check_here
from ingest.objects import ObjectStore
from ingest.retention.service import Retention

MOMENTS = 200
ROUNDS_OF_GOODS = 2
SEED = 20_261_123


def dispose(folder: Path, house: Any, store: Any, now: Any, kill_at: int | None) -> int:
    """In a child: a start and one run of disposal, killed at its call kill_at, if that comes. Gives its calls."""
    calls = 0

    def count(_frame: Any, _event: str, _argument: Any) -> None:
        nonlocal calls
        calls += 1
        if calls == kill_at:
            os.kill(os.getpid(), signal.SIGKILL)

    engine = make_engine(str(house.engine.url))
    log = Log.open(folder / "log", lambda: now, service_signer(folder / "keys", "met"))
    retention = Retention(
        engine,
        log,
        lambda: now,
        ObjectStore(store),
        force="met",
        key=house.key,
        settings=house.retention_settings,
        counters=Counters(),
        register=None,
    )
    sys.setprofile(count)
    settle(engine, log)
    retention.run()
    sys.setprofile(None)
    return calls


def in_child(*arguments: Any) -> tuple[int, int]:
    """Run dispose in a child. Gives the signal that ended it (0: none), and the calls that it made."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.write(writing, dispose(*arguments).to_bytes(8, "big"))
            os._exit(0)
        finally:
            os._exit(1)
    os.close(writing)
    with open(reading, "rb") as pipe:
        said = pipe.read()
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0, "the child failed by itself"
    return (os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0), int.from_bytes(said, "big")


def goods(house: Any) -> dict[str, list[Any]]:
    """Something of everything that can be disposed of: an alert with its picture, reads, an entry of a list."""
    alert_id, read_id = house.hit(entry=house.entry())
    house.answer(alert_id)
    pictures = [house.picture(read_id), house.picture(read_id, b"plate")]
    return {"alert": [alert_id], "image": pictures, "read": [read_id, *house.reads(3, house.clock())]}


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_process_that_is_killed_while_it_disposes_leaves_nothing_half_gone(
    house: Any, store_settings: Any, tmp_path: Path, settings_of_retention: Any
) -> None:
    house.retention_settings = settings_of_retention
    rng = random.Random(SEED)
    gone: list[dict[str, list[Any]]] = []

    def stock() -> None:
        gone.extend(goods(house) for _ in range(ROUNDS_OF_GOODS))
        house.clock.forward(days=366 + 366)
        house.engine.dispose()  # a child must not inherit a connection

    settle(house.engine, house.log)
    stock()
    ended, calls = in_child(tmp_path, house, store_settings, house.clock.now, None)
    assert (ended, calls > 1_000) == (0, True)
    killed = 0
    stock()
    while killed < MOMENTS:
        ended, _ = in_child(tmp_path, house, store_settings, house.clock.now, rng.randrange(1, calls))
        if ended:
            killed += 1
        else:
            stock()  # all of it was gone before the moment came
    engine = open_engine(str(house.engine.url))
    settle(house.engine, house.log)
    after = house.open()
    while after.run().disposed:
        pass
    check_all_is_gone(house, gone)
    check_receipts(house, engine, gone)
    engine.dispose()


def check_all_is_gone(house: Any, gone: list[dict[str, list[Any]]]) -> None:
    for table in (schema.alert, schema.answer, schema.image, schema.read, schema.voi_entry):
        assert house.count(table) == 0, table.name
    for one in gone:
        assert not any(house.objects.is_there(key) for _, key in one["image"])
    with house.engine.connect() as connection:
        states = connection.execute(select(schema.disposal_batch.c.state).distinct()).scalars().all()
    assert states == ["done"]


def check_receipts(house: Any, engine: Any, gone: list[dict[str, list[Any]]]) -> None:
    """Each item went under exactly one receipt, each receipt verifies and is in the log, and the log verifies."""
    rows = house.retention.receipts(timedelta(days=100_000), 10_000)
    receipts = [Receipt.read(row.document, house.key.public) for row in rows]
    by_kind: dict[str, int] = {}
    for receipt in receipts:
        by_kind[receipt.kind] = by_kind.get(receipt.kind, 0) + receipt.items
    assert by_kind["read"] == sum(len(one["read"]) for one in gone)
    assert by_kind["alert"] == len(gone)
    assert by_kind["image"] == sum(len(one["image"]) for one in gone)
    with engine.connect() as connection:
        leaves = set(connection.execute(select(schema.disposed_item.c.leaf)).scalars())
    for one in gone:
        assert leaf("alert", str(one["alert"][0])) in leaves
        assert all(leaf("image", str(image_id)) in leaves for image_id, _ in one["image"])
    listed = {receipt.batch: receipt.items_sha256 for receipt in receipts}
    assert len(listed) == len(receipts)
    assert items_digest([]) not in listed.values()
    digests = {row.batch_id: Signed.parse(row.document, "disposal-receipt").digest for row in rows}
    logged = {act.objects["batch"]: act.details["receipt_sha256"] for act in house.acts("retention.dispose")}
    assert logged == {str(batch): digest for batch, digest in digests.items()}
    assert house.log.verify().ok
    check_verifier(house, {str(batch): digest for batch, digest in digests.items()})


def check_verifier(house: Any, digests: dict[str, str]) -> None:
    """What an overseer's program makes of it: nothing is gone without a receipt, every receipt is the log's."""
    assert check_here(house.engine, house.log).problems == []
    logged = gather(house.log.read(), house.log.size)
    assert {batch: digest for batch, (digest, _) in logged.receipts.items()} == digests
