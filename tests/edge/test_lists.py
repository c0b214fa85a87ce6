import gzip
import hashlib
import random
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from edge.counters import Counters
from edge.lists import CHUNKS_AT_ONCE, Lists
from ingest.contract import topics
from ingest.contract.base import new_id
from ingest.contract.messages import ListEntry, ListManifest


@pytest.fixture
def open_lists(tmp_path: Path, clock: Any, counters: Counters) -> Iterator[Callable[[], Lists]]:
    opened: list[Lists] = []

    def make() -> Lists:
        opened.append(Lists.open(tmp_path / "lists.db", "met", clock, counters))
        return opened[-1]

    yield make
    for lists in opened:
        lists.close()


def announce(lists: Lists, manifest: ListManifest, list_id: UUID | None = None) -> None:
    lists.take(topics.list_manifest("met", list_id or manifest.list_id), manifest.model_dump_json().encode())


def give(lists: Lists, manifest: ListManifest, number: int, chunk: bytes) -> None:
    lists.take(topics.list_chunk("met", manifest.list_id, manifest.version, number), chunk)


def publish(lists: Lists, manifest: ListManifest, chunks: Sequence[bytes]) -> None:
    announce(lists, manifest)
    for number, chunk in enumerate(chunks):
        give(lists, manifest, number, chunk)


def current(lists: Lists) -> list[tuple[ListManifest, list[ListEntry]]]:
    """Each list held, with the entries that are in it, in force or not: what has expired is to be gone."""
    return [(held.manifest, [entry for part in held.parts for entry in part.entries()]) for held in lists.held()]


def versions(lists: Lists) -> list[int]:
    return [manifest.version for manifest in lists.manifests()]


def test_a_version_is_taken_when_its_last_chunk_is_there(open_lists: Any, bodies: Any, counters: Counters) -> None:
    lists = open_lists()
    entries = [bodies.entry(f"AB{n:02}CDE") for n in range(5)]
    manifest, chunks = bodies.chunks(entries, size=2)

    announce(lists, manifest)
    assert lists.wanted() == {topics.list_chunk("met", manifest.list_id, 1, number) for number in range(3)}
    for number, chunk in list(enumerate(chunks))[:-1]:
        give(lists, manifest, number, chunk)
        assert lists.held() == []
    give(lists, manifest, 2, chunks[2])

    assert current(lists) == [(manifest, entries)]
    assert lists.wanted() == frozenset()
    assert counters.value("lists_taken") == 1


@given(order=st.permutations(range(4)), again=st.integers(0, 3))
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_chunks_may_come_in_any_order_and_twice(
    order: list[int], again: int, tmp_path: Path, bodies: Any, clock: Any
) -> None:
    lists = Lists.open(tmp_path / f"{new_id()}.db", "met", clock, Counters())
    entries = [bodies.entry() for _ in range(4)]
    manifest, chunks = bodies.chunks(entries, size=1)
    announce(lists, manifest)
    for number in [again, *order]:
        give(lists, manifest, number, chunks[number])

    assert current(lists) == [(manifest, entries)]
    lists.close()


def test_a_newer_version_takes_the_place_only_when_it_is_whole(open_lists: Any, bodies: Any) -> None:
    lists = open_lists()
    first, first_chunks = bodies.chunks([bodies.entry("AB12CDE")])
    second, second_chunks = bodies.chunks(
        [bodies.entry("LT23CGK"), bodies.entry("DX17ZWH")], list_id=first.list_id, version=2, size=1
    )
    publish(lists, first, first_chunks)

    announce(lists, second)
    give(lists, second, 0, second_chunks[0])
    assert versions(lists) == [1]
    give(lists, second, 1, second_chunks[1])

    assert versions(lists) == [2]
    assert [entry.vrm for _, entries in current(lists) for entry in entries] == ["LT23CGK", "DX17ZWH"]


def test_an_empty_list_is_a_list(open_lists: Any, bodies: Any) -> None:
    lists = open_lists()
    manifest, chunks = bodies.chunks([])
    assert chunks == []

    announce(lists, manifest)

    assert current(lists) == [(manifest, [])]


def test_an_older_version_is_counted_and_not_taken(open_lists: Any, bodies: Any, counters: Counters) -> None:
    lists = open_lists()
    newer, newer_chunks = bodies.chunks([bodies.entry()], version=5)
    older, older_chunks = bodies.chunks([bodies.entry()], list_id=newer.list_id, version=4)
    publish(lists, newer, newer_chunks)
    publish(lists, older, older_chunks)

    assert versions(lists) == [5]
    assert lists.wanted() == frozenset()
    assert counters.value("lists_older") == 1


def test_the_version_held_announced_again_is_no_news(open_lists: Any, bodies: Any, counters: Counters) -> None:
    lists = open_lists()
    manifest, chunks = bodies.chunks([bodies.entry()])
    publish(lists, manifest, chunks)
    announce(lists, manifest)

    assert lists.wanted() == frozenset()
    assert (counters.value("lists_refused"), counters.value("lists_taken")) == (0, 1)
    assert lists.manifests_seen == 2


def test_the_refusals(open_lists: Any, bodies: Any, counters: Counters, caplog: pytest.LogCaptureFixture) -> None:
    lists = open_lists()
    entry = bodies.entry("ZZ99ZZZ")
    manifest, (chunk,) = bodies.chunks([entry])
    no_json = gzip.compress(b"{")
    cases: list[tuple[str, ListManifest, bytes, str]] = [
        ("another chunk", manifest, bodies.chunks([entry, entry])[1][0], "SHA-256 of the chunks is"),
        ("fewer entries", manifest.model_copy(update={"entries": 2}), chunk, "1 entries, the manifest says 2"),
        ("no gzip", *_of(bodies, manifest, b"no gzip"), "not gzip"),
        ("no entries in it", *_of(bodies, manifest, no_json), "Invalid JSON"),
        ("cut short", *_of(bodies, manifest, chunk[:-9]), "cut short"),
    ]
    for number, (name, announced, payload, reason) in enumerate(cases, start=1):
        caplog.clear()
        announce(lists, announced)
        give(lists, announced, 0, payload)
        assert lists.held() == [], name
        assert lists.wanted() == frozenset(), name
        assert counters.value("lists_refused") == number, name
        assert reason in caplog.text, name
        assert "ZZ99ZZZ" not in caplog.text, name

    publish(lists, manifest, [chunk])
    assert versions(lists) == [1]


def _of(bodies: Any, manifest: ListManifest, payload: bytes) -> tuple[ListManifest, bytes]:
    return manifest.model_copy(update={"sha256": hashlib.sha256(payload).hexdigest()}), payload


@pytest.mark.parametrize(
    ("topic", "payload", "reason"),
    [
        ("lanthorn/v1/met/lists/x/manifest", b"{}", "neither that of a manifest"),
        ("lanthorn/v1/met/lists", b"{}", "neither that of a manifest"),
        (f"lanthorn/v1/met/lists/{UUID(int=1)}/chunks/1/x", b"{}", "neither that of a manifest"),
        (f"lanthorn/v1/met/lists/{UUID(int=1)}/manifest", b"{", "its manifest is not one"),
        (f"lanthorn/v1/met/lists/{UUID(int=1)}/manifest", b"{}", "its manifest is not one"),
    ],
)
def test_what_is_no_list_is_refused(
    topic: str, payload: bytes, reason: str, open_lists: Any, counters: Counters, caplog: pytest.LogCaptureFixture
) -> None:
    open_lists().take(topic, payload)

    assert counters.value("lists_refused") == 1
    assert reason in caplog.text


def test_a_manifest_on_the_topic_of_another_list_is_refused(
    open_lists: Any, bodies: Any, counters: Counters, caplog: pytest.LogCaptureFixture
) -> None:
    lists = open_lists()
    announce(lists, bodies.chunks([bodies.entry()])[0], list_id=new_id())

    assert (lists.wanted(), counters.value("lists_refused")) == (frozenset(), 1)
    assert "came on the topic of" in caplog.text


def test_a_second_version_of_the_same_number_is_refused(open_lists: Any, bodies: Any, counters: Counters) -> None:
    lists = open_lists()
    manifest, chunks = bodies.chunks([bodies.entry("AB12CDE")])
    other, other_chunks = bodies.chunks([bodies.entry("LT23CGK")], list_id=manifest.list_id)
    publish(lists, manifest, chunks)
    publish(lists, other, other_chunks)

    assert lists.manifests() == [manifest]
    assert counters.value("lists_refused") == 1


def test_a_chunk_beyond_the_last_is_refused(open_lists: Any, bodies: Any, counters: Counters) -> None:
    lists = open_lists()
    manifest, chunks = bodies.chunks([bodies.entry(), bodies.entry()], size=1)
    announce(lists, manifest)
    give(lists, manifest, 2, chunks[0])

    assert counters.value("lists_refused") == 1


def test_more_than_fits_is_given_up(
    open_lists: Any, bodies: Any, counters: Counters, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("edge.lists.MAX_LIST_BYTES", 100)
    lists = open_lists()
    manifest, chunks = bodies.chunks([bodies.entry(), bodies.entry()], size=1)
    announce(lists, manifest)
    give(lists, manifest, 0, chunks[0])

    assert (lists.wanted(), counters.value("lists_refused")) == (frozenset(), 1)


def test_a_retained_message_being_cleared_takes_nothing_away(open_lists: Any, bodies: Any, counters: Counters) -> None:
    lists = open_lists()
    manifest, chunks = bodies.chunks([bodies.entry()])
    publish(lists, manifest, chunks)
    lists.take(topics.list_manifest("met", manifest.list_id), b"")
    lists.take(topics.list_chunk("met", manifest.list_id, 1, 0), b"")

    assert versions(lists) == [1]
    assert counters.value("lists_refused") == 0


def test_a_restart_without_network_has_the_lists(open_lists: Any, bodies: Any) -> None:
    before = open_lists()
    first, second = bodies.chunks([bodies.entry("AB12CDE")]), bodies.chunks([bodies.entry("LT23CGK")], version=3)
    publish(before, *first)
    publish(before, *second)
    held = current(before)
    before.close()

    assert sorted(current(open_lists()), key=str) == sorted(held, key=str)


def test_expired_entries_are_dropped_from_memory_and_disk(
    open_lists: Any, bodies: Any, clock: Any, counters: Counters, tmp_path: Path
) -> None:
    lists = open_lists()
    soon, later = (bodies.entry(vrm, clock.at + timedelta(hours=h)) for vrm, h in (("ZZ99ZZZ", 1), ("LT23CGK", 2)))
    gone = bodies.entry("YY88YYY", clock.at)
    manifest, chunks = bodies.chunks([soon, later, gone])
    publish(lists, manifest, chunks)
    assert current(lists) == [(manifest, [soon, later])]
    assert counters.value("list_entries_expired") == 1

    (before,) = (part.payload for held in lists.held() for part in held.parts)
    clock.pass_s(3600)
    assert lists.expire() == 1
    assert current(lists) == [(manifest, [later])]
    assert lists.expire() == 0
    lists.close()

    files = b"".join(file.read_bytes() for file in tmp_path.glob("lists.db*"))
    assert before[:64] not in files
    assert chunks[0][:64] not in files
    assert current(open_lists()) == [(manifest, [later])]


def test_what_expired_while_the_car_was_off_is_erased_at_the_start(
    open_lists: Any, bodies: Any, clock: Any, counters: Counters, tmp_path: Path
) -> None:
    lists = open_lists()
    soon, later = (bodies.entry(vrm, clock.at + timedelta(hours=h)) for vrm, h in (("ZZ99ZZZ", 1), ("LT23CGK", 2)))
    manifest, chunks = bodies.chunks([soon, later])
    publish(lists, manifest, chunks)
    lists.close()
    clock.pass_s(3600)

    again = open_lists()

    assert current(again) == [(manifest, [later])]
    assert counters.value("list_entries_expired") == 1
    again.close()
    assert chunks[0][:64] not in b"".join(file.read_bytes() for file in tmp_path.glob("lists.db*"))


def test_a_file_of_an_earlier_release_is_let_go_of(open_lists: Any, bodies: Any, tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "lists.db")) as db:
        db.executescript(
            "CREATE TABLE lists (list_id TEXT PRIMARY KEY, manifest TEXT NOT NULL);"
            "CREATE TABLE entries (list_id TEXT, place INTEGER, expires_ms INTEGER, entry TEXT);"
            "INSERT INTO lists VALUES ('x', 'y'); INSERT INTO entries VALUES ('x', 0, 0, 'ZZ99ZZZ');"
        )
    lists = open_lists()
    assert lists.held() == []
    manifest, chunks = bodies.chunks([bodies.entry()])
    publish(lists, manifest, chunks)
    lists.close()
    assert b"ZZ99ZZZ" not in b"".join(file.read_bytes() for file in tmp_path.glob("lists.db*"))
    assert [held.manifest for held in open_lists().held()] == [manifest]


def test_a_change_is_told(open_lists: Any, bodies: Any) -> None:
    lists = open_lists()
    seen: list[tuple[list[int], int]] = []
    lists.on_change(lambda: seen.append((versions(lists), lists.arriving, len(lists.wanted()))))

    publish(lists, *bodies.chunks([bodies.entry(), bodies.entry()], size=1))

    assert seen == [([], True, 2), ([], True, 1), ([1], False, 0)]


def test_the_chunks_of_long_lists_are_asked_for_a_few_at_a_time(open_lists: Any, bodies: Any) -> None:
    lists = open_lists()
    first, second = (bodies.chunks([bodies.entry() for _ in range(40)], size=1) for _ in range(2))
    announce(lists, first[0])
    announce(lists, second[0])
    most = 0
    while lists.wanted():
        most = max(most, len(lists.wanted()))
        for manifest, chunks in (first, second):
            for number, chunk in enumerate(chunks):
                if topics.list_chunk("met", manifest.list_id, 1, number) in lists.wanted():
                    give(lists, manifest, number, chunk)
    assert most == CHUNKS_AT_ONCE
    assert {manifest.list_id for manifest in lists.manifests()} == {first[0].list_id, second[0].list_id}


def test_a_hundred_thousand_entries(open_lists: Any, bodies: Any) -> None:
    lists = open_lists()
    letters = random.Random(1)
    marks = [
        f"{letters.choice('ABCDEFGH')}{letters.choice('ABCDEFGH')}{letters.randrange(10, 80)}{n:04X}"
        for n in range(100_000)
    ]
    entry = bodies.entry()
    entries = [entry.model_copy(update={"entry_id": new_id(), "vrm": mark}) for mark in marks]
    publish(lists, *bodies.chunks(entries))
    lists.close()

    ((manifest, held),) = current(open_lists())

    assert manifest.entries == len(held) == 100_000
    assert held == entries
