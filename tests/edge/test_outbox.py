from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from edge.counters import Counters
from edge.errors import DiskFull
from edge.outbox import Outbox, Room, messages_of, room
from edge.settings import PicturesMode
from edge.spool import Spool, Unsent

HITS, ALL = PicturesMode.HITS, PicturesMode.ALL


@pytest.fixture
def spool(tmp_path: Path, clock: Any, counters: Counters) -> Iterator[Spool]:
    spool = Spool.open(tmp_path / "spool.db", "car-1", clock, counters)
    yield spool
    spool.close()


def kinds(spool: Spool, clock: Any) -> list[str]:
    return [waiting.kind for waiting in spool.due(10_000, clock.now(), 60)]


@pytest.mark.parametrize(
    ("held", "left"),
    [
        (0, Room.EVERYTHING),
        (799, Room.EVERYTHING),
        (800, Room.READS),
        (999, Room.READS),
        (1000, Room.HITS_ONLY),
        (9999, Room.HITS_ONLY),
    ],
)
def test_what_there_is_room_for(held: int, left: Room) -> None:
    assert room(held, 1000) is left


@pytest.mark.parametrize(
    ("hits", "mode", "left", "told"),
    [
        (0, HITS, Room.EVERYTHING, "read"),
        (0, HITS, Room.READS, "read"),
        (0, HITS, Room.HITS_ONLY, ""),
        (0, ALL, Room.EVERYTHING, "read picture picture"),
        (0, ALL, Room.READS, "read"),
        (0, ALL, Room.HITS_ONLY, ""),
        (1, HITS, Room.EVERYTHING, "read hit picture picture"),
        (1, HITS, Room.HITS_ONLY, "read hit picture picture"),
        (2, ALL, Room.HITS_ONLY, "read hit hit picture picture"),
    ],
)
def test_what_is_told_of_a_pass(hits: int, mode: PicturesMode, left: Room, told: str, bodies: Any) -> None:
    group = messages_of(bodies.a_pass(), [bodies.hit() for _ in range(hits)], mode, left)

    assert " ".join(type(unsent.body).__name__.lower() for unsent in group) == told
    if group:
        named = {ref.image_id for ref in group[0].body.images}  # type: ignore[union-attr]
        assert named == {unsent.body.image_id for unsent in group if unsent.picture}  # type: ignore[union-attr]


def test_at_the_bound_reads_are_refused_and_counted_and_hits_are_not(
    spool: Spool, bodies: Any, clock: Any, counters: Counters, caplog: pytest.LogCaptureFixture
) -> None:
    spool.put_all([Unsent(bodies.read()) for _ in range(3)])
    outbox = Outbox(spool, counters, spool.held_bytes, HITS)

    outbox.tell_pass(bodies.a_pass("ZZ99ZZZ"), [])
    outbox.tell_pass(bodies.a_pass(), [bodies.hit()])
    outbox.put([Unsent(bodies.answer())])

    assert kinds(spool, clock) == ["reads"] * 4 + ["hits", "images", "images", "answers"]
    assert counters.value("reads_refused_spool_full") == 1
    assert "ZZ99ZZZ" not in caplog.text
    assert spool.made == 8


def test_near_the_bound_pictures_of_others_are_refused_and_counted(
    spool: Spool, bodies: Any, clock: Any, counters: Counters
) -> None:
    spool.put_all([Unsent(bodies.read()) for _ in range(9)])
    outbox = Outbox(spool, counters, spool.held_bytes * 10 // 9, ALL)

    outbox.tell_pass(bodies.a_pass(), [])

    assert kinds(spool, clock) == ["reads"] * 10
    assert counters.value("pictures_refused_spool_full") == 2


class FullSpool:
    """Stands before a real spool; refuses while full is set."""

    def __init__(self, spool: Spool) -> None:
        self._spool, self.full = spool, False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._spool, name)

    def put_all(self, group: Any) -> Any:
        if self.full:
            raise DiskFull("spool.db: the disk is full (0 bytes free); free some room on it")
        return self._spool.put_all(group)


def test_what_the_disk_refuses_waits_in_memory_in_order(
    spool: Spool, bodies: Any, clock: Any, counters: Counters
) -> None:
    disk = FullSpool(spool)
    outbox = Outbox(disk, counters, 10**9, HITS)  # type: ignore[arg-type]
    woken: list[int] = []
    outbox.on_put(lambda: woken.append(spool.made))
    disk.full = True
    outbox.put([Unsent(bodies.hit())])
    outbox.put([Unsent(bodies.answer())])
    assert (outbox.pending, spool.made, counters.value("spool_refusals")) == (2, 0, 2)

    disk.full = False
    outbox.put([Unsent(bodies.read())])

    assert (outbox.pending, kinds(spool, clock)) == (0, ["hits", "answers", "reads"])
    assert woken[-1] == 3


def test_retry_stores_what_is_pending(spool: Spool, bodies: Any, clock: Any, counters: Counters) -> None:
    disk = FullSpool(spool)
    outbox = Outbox(disk, counters, 10**9, HITS)  # type: ignore[arg-type]
    outbox.retry()
    disk.full = True
    outbox.put([Unsent(bodies.hit())])
    outbox.retry()
    assert (outbox.pending, counters.value("spool_refusals")) == (1, 2)

    disk.full = False
    outbox.retry()

    assert (outbox.pending, kinds(spool, clock)) == (0, ["hits"])


def test_when_memory_is_full_too_reads_go_first_and_hits_last(
    spool: Spool, bodies: Any, clock: Any, counters: Counters, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("edge.outbox.PENDING_MOST", 3)
    disk = FullSpool(spool)
    outbox = Outbox(disk, counters, 10**9, HITS)  # type: ignore[arg-type]
    disk.full = True
    for body in (bodies.hit(), bodies.read(), bodies.answer(), bodies.read(), bodies.hit()):
        outbox.put([Unsent(body)])
    assert counters.value("reads_lost_disk_full") == 2
    outbox.put([Unsent(bodies.hit())])
    assert counters.value("hits_or_answers_lost") == 1

    disk.full = False
    outbox.retry()

    assert kinds(spool, clock) == ["answers", "hits", "hits"]
    assert spool.made == 3


def test_a_picture_too_large_does_not_take_its_hit_with_it(
    spool: Spool, bodies: Any, clock: Any, counters: Counters
) -> None:
    outbox = Outbox(spool, counters, 10**9, HITS)
    huge = bodies.picture(size=1_000_000)

    outbox.put([Unsent(bodies.hit()), Unsent(huge.header, huge.data)])
    outbox.put([Unsent(huge.header, huge.data)])
    outbox.put([Unsent(bodies.answer())])

    assert kinds(spool, clock) == ["hits", "answers"]
    assert counters.value("messages_too_large") == 2
