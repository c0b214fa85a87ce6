"""The spool of an enrolled device: each message signed and chained, over restarts, new keys and an older file."""

import hashlib
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from edge.counters import Counters
from edge.spool import Spool, Unsent, Waiting
from governance.devices.chain import Link
from governance.devices.enrolled import EnrolledKey
from governance.devices.verification import verify_chain
from governance.keys import PrivateKey
from ingest.contract.base import new_id
from ingest.contract.codec import decode
from ingest.contract.messages import Receipt, SeqRange

RESEND_S = 60.0
KEY = PrivateKey.new()

OLD_SCHEMA = """
CREATE TABLE stream (
    one INTEGER PRIMARY KEY CHECK (one = 1), id TEXT NOT NULL, device TEXT NOT NULL, made INTEGER NOT NULL);
CREATE TABLE messages (
    seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, kind TEXT NOT NULL, size INTEGER NOT NULL,
    due_ms INTEGER NOT NULL DEFAULT 0, tries INTEGER NOT NULL DEFAULT 0, payload BLOB NOT NULL);
CREATE INDEX messages_due ON messages (due_ms, seq);
"""
"""The spool's file as it was before signatures."""


@pytest.fixture
def open_spool(tmp_path: Path, clock: Any, counters: Counters) -> Iterator[Callable[..., Spool]]:
    opened: list[Spool] = []

    def make(key: PrivateKey | None = KEY) -> Spool:
        opened.append(Spool.open(tmp_path / "spool.db", "car-1", clock, counters, key))
        return opened[-1]

    yield make
    for spool in opened:
        spool.close()


def waiting(spool: Spool, clock: Any) -> list[Waiting]:
    return sorted(spool.due(1_000, clock.now(), RESEND_S), key=lambda each: each.place)


def links(sent: list[Waiting]) -> list[Link]:
    found = []
    for each in sent:
        assert each.proof is not None
        found.append(
            Link.of(
                device="car-1",
                stream=each.stream,
                seq=each.seq,
                kind=each.kind,
                payload=each.payload,
                previous=each.proof.previous,
                key=each.proof.key,
                signature=each.proof.signature,
            )
        )
    return found


def whole(sent: list[Waiting], *keys: PrivateKey) -> bool:
    at = decode(sent[0].payload)[0].made_at
    enrolled = {key.public.id: EnrolledKey("car-1", key.public, at, at) for key in keys or (KEY,)}
    return verify_chain(links(sent), enrolled).whole


def test_every_kind_is_signed_in_one_chain(open_spool: Any, bodies: Any, clock: Any) -> None:
    spool, picture = open_spool(), bodies.picture()
    spool.put_all([Unsent(bodies.read()), Unsent(bodies.hit())])
    spool.put(bodies.answer())
    spool.put(picture.header, picture.data)
    sent = waiting(spool, clock)
    assert [each.kind for each in sent] == ["reads", "hits", "answers", "images"]
    assert whole(sent)


def test_without_a_key_nothing_is_signed(open_spool: Any, bodies: Any, clock: Any) -> None:
    spool = open_spool(None)
    spool.put(bodies.read())
    assert [each.proof for each in waiting(spool, clock)] == [None]
    assert spool.unsigned is not None
    assert (spool.unsigned.id, spool.unsigned.made) == (spool.stream, 1)


def test_the_chain_goes_on_after_a_restart_though_all_was_settled(open_spool: Any, bodies: Any, clock: Any) -> None:
    first = open_spool()
    for _ in range(3):
        first.put(bodies.read())
    before = waiting(first, clock)
    first.settle(Receipt(device="car-1", stream=first.stream, ranges=(SeqRange(first=1, last=3),)))
    first.close()
    again = open_spool()
    again.put(bodies.read())
    assert again.stream == first.stream
    assert whole([*before, *waiting(again, clock)])


def test_a_repeated_try_has_the_same_proof(open_spool: Any, bodies: Any, clock: Any) -> None:
    spool = open_spool()
    spool.put(bodies.read())
    (first,) = waiting(spool, clock)
    spool.mark_published([first.place], clock.now(), RESEND_S)
    clock.pass_s(RESEND_S)
    (again,) = waiting(spool, clock)
    assert (again.payload, again.proof) == (first.payload, first.proof)


def test_what_the_disk_refused_is_in_no_chain(
    open_spool: Any, bodies: Any, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    spool = open_spool()
    spool.put(bodies.read())
    with monkeypatch.context() as broken:
        broken.setattr("edge.spool._INSERT", "INSERT INTO nowhere VALUES (?, ?, ?, ?, ?, ?, ?)")
        with pytest.raises(Exception, match="nowhere"):
            spool.put(bodies.read())
    spool.put(bodies.read())
    assert [each.seq for each in waiting(spool, clock)] == [1, 2]
    assert whole(waiting(spool, clock))


def test_enrolment_begins_a_new_stream_and_the_old_one_is_still_sent(open_spool: Any, bodies: Any, clock: Any) -> None:
    before = open_spool(None)
    for _ in range(3):
        before.put(bodies.read())
    before.settle(Receipt(device="car-1", stream=before.stream, ranges=(SeqRange(first=2, last=2),)))
    before.close()
    spool = open_spool()
    for _ in range(2):
        spool.put(bodies.read())
    old, new = waiting(spool, clock)[:2], waiting(spool, clock)[2:]
    assert [(each.stream, each.seq, each.proof) for each in old] == [(before.stream, 1, None), (before.stream, 3, None)]
    assert [(each.stream, each.seq) for each in new] == [(spool.stream, 1), (spool.stream, 2)]
    assert spool.stream != before.stream
    assert (spool.made, spool.unsigned) == (2, None)
    assert whole(new)


def test_receipts_of_both_streams_settle_each_its_own(open_spool: Any, bodies: Any, clock: Any) -> None:
    before = open_spool(None)
    for _ in range(3):
        before.put(bodies.read())
    before.close()
    spool = open_spool()
    for _ in range(3):
        spool.put(bodies.read())
    far = (SeqRange(first=1, last=999),)
    assert spool.settle(Receipt(device="car-1", stream=before.stream, ranges=far)) == 3, "not a number of the next one"
    assert spool.settle(Receipt(device="car-1", stream=new_id(), ranges=far)) == 0
    assert spool.settle(Receipt(device="car-1", stream=spool.stream, ranges=(SeqRange(first=2, last=3),))) == 2
    assert [(each.stream, each.seq) for each in waiting(spool, clock)] == [(spool.stream, 1)]


def test_another_key_begins_another_stream(open_spool: Any, bodies: Any, clock: Any) -> None:
    streams, second = [], PrivateKey.new()
    for key in (KEY, second, None):
        spool = open_spool(key)
        spool.put(bodies.read())
        streams.append(spool.stream)
        spool.close()
    assert len(set(streams)) == 3
    spool = open_spool(second)
    spool.put(bodies.read())
    sent = waiting(spool, clock)
    assert whole([sent[0], sent[1], sent[3]], KEY, second)
    assert sent[2].proof is None


def test_a_stream_in_which_nothing_was_numbered_leaves_nothing(open_spool: Any, bodies: Any, clock: Any) -> None:
    open_spool(None).close()
    spool = open_spool()
    spool.put(bodies.read())
    assert [each.seq for each in waiting(spool, clock)] == [1]


def test_a_spool_of_the_time_before_signatures_goes_on(
    open_spool: Any, bodies: Any, clock: Any, tmp_path: Path
) -> None:
    stream, payloads = new_id(), [b"old %d" % number for number in range(1, 4)]
    db = sqlite3.connect(tmp_path / "spool.db", isolation_level=None)
    db.executescript(OLD_SCHEMA)
    db.execute("INSERT INTO stream VALUES (1, ?, 'car-1', 9)", (str(stream),))
    for seq, payload in zip((4, 5, 9), payloads, strict=True):
        row = (seq, str(new_id()), "reads", len(payload), 0, 2, payload)
        db.execute("INSERT INTO messages VALUES (?, ?, ?, ?, ?, ?, ?)", row)
    db.close()

    unsigned = open_spool(None)
    assert unsigned.unsigned is not None
    assert (unsigned.unsigned.id, unsigned.unsigned.made, unsigned.made) == (stream, 9, 9)
    unsigned.put(bodies.read())
    unsigned.close()
    spool = open_spool()
    spool.put(bodies.read())
    sent = waiting(spool, clock)
    assert [(each.stream, each.seq) for each in sent] == [
        *((stream, seq) for seq in (4, 5, 9, 10)),
        (spool.stream, 1),
    ]
    assert [each.payload for each in sent[:3]] == payloads
    assert [each.tries for each in sent[:3]] == [2, 2, 2]
    assert whole(sent[4:])


def test_the_link_covers_the_payload_as_it_is_sent(open_spool: Any, bodies: Any, clock: Any) -> None:
    spool, picture = open_spool(), bodies.picture()
    spool.put(picture.header, picture.data)
    (sent,) = waiting(spool, clock)
    assert links([sent])[0].payload_sha256 == hashlib.sha256(sent.payload).digest()
    assert sent.payload.endswith(picture.data)
