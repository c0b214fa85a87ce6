"""A read is looked up exactly, in lists that are in force, on what a plate can show."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from edge.matching.held import HeldList, Packed
from edge.matching.list_index import ListIndex
from edge.matching.match import Match, to_hit
from edge.matching.matcher import Matched
from edge.matching.matchers import exactly_only
from ingest.contract.codec import encode_entries
from ingest.contract.messages import ListEntry, ListManifest, Read, WireCharacter

NOW = datetime(2026, 11, 23, 3, 4, 5, tzinfo=UTC)
HOUR = timedelta(hours=1)


def manifest(name: str = "stolen", version: int = 1) -> ListManifest:
    return ListManifest(
        list_id=uuid4(), name=name, version=version, entries=1, chunks=1, sha256="0" * 64, published_at=NOW
    )


def entry(vrm: str, expires_at: datetime = NOW + HOUR) -> ListEntry:
    return ListEntry(
        entry_id=uuid4(),
        vrm=vrm,
        reason="stolen",
        marker="LOST/STOLEN",
        action="stop",
        risk_warnings=(),
        owner="example force",
        expires_at=expires_at,
        authority="EX/1",
    )


def index_of(*lists: tuple[ListManifest, list[ListEntry]]) -> ListIndex:
    """The lists as a car indexes them: in parts of two entries."""
    return ListIndex(
        [
            HeldList(
                of, tuple(Packed.of(encode_entries(entries[at : at + 2]), NOW)[0] for at in range(0, len(entries), 2))
            )
            for of, entries in lists
        ]
    )


def look_up(index: ListIndex, seen: Read, now: datetime = NOW) -> list[Match]:
    return index.look_up(seen, now, exactly_only)


def read(vrm: str, confidence: float = 0.83) -> Read:
    return Read(
        read_id=uuid4(),
        camera_id="front",
        vrm=vrm,
        as_read=vrm,
        mark_kind="current",
        confidence=confidence,
        characters=tuple(WireCharacter(char=char, confidence=0.9) for char in vrm),
        captured_at=NOW,
        first_seen=NOW,
        last_seen=NOW,
        frames_read=1,
        position=None,
        clock_error_ms=None,
        images=(),
        models={},
        software="test",
    )


@pytest.mark.parametrize(
    ("listed", "seen", "matches"),
    [
        ("DX17ZWH", "DX17ZWH", True),
        ("DX17ZWH", "DXI7ZWH", True),
        ("LO51ABC", "L051ABC", True),
        ("DX17ZWH", "DX17ZWM", False),
        ("DX17ZWH", "DX17ZW", False),
        ("8ABC", "BABC", False),
    ],
)
def test_exact_on_what_a_plate_shows(listed: str, seen: str, matches: bool) -> None:
    index = index_of((manifest(), [entry(listed)]))

    assert bool(look_up(index, read(seen))) == matches


def test_several_lists_may_match() -> None:
    stolen, wanted = manifest("stolen"), manifest("wanted", version=4)
    first, other, second = entry("AB12CDE"), entry("ZZ99ZZZ"), entry("AB12CDE")
    index = index_of((stolen, [first, other]), (wanted, [second]))

    assert look_up(index, read("AB12CDE")) == [
        Match(stolen, first, 0.83, Matched.EXACT),
        Match(wanted, second, 0.83, Matched.EXACT),
    ]
    assert len(index) == 3


def test_an_expired_entry_is_not_indexed() -> None:
    index = index_of((manifest(), [entry("AB12CDE", NOW - HOUR), entry("ZZ99ZZZ", NOW)]))

    assert len(index) == 0
    assert look_up(index, read("AB12CDE"), NOW - 2 * HOUR) == []


def test_an_entry_that_expires_while_the_car_is_out_stops_matching() -> None:
    index = index_of((manifest(), [entry("AB12CDE", NOW + HOUR)]))

    assert len(look_up(index, read("AB12CDE"), NOW + HOUR - timedelta(milliseconds=1))) == 1
    assert look_up(index, read("AB12CDE"), NOW + HOUR) == []


def test_no_lists() -> None:
    assert look_up(index_of(), read("AB12CDE")) == []


def test_a_hit_carries_the_whole_read_and_names_its_entry() -> None:
    listed, by = entry("AB12CDE"), manifest(version=7)
    seen = read("AB12CDE", confidence=0.61)
    hit_id = UUID("01936f3e-0000-7000-8000-000000000000")

    hit = to_hit(Match(by, listed, 0.61, Matched.EXACT), seen, NOW, make_id=lambda: hit_id)

    assert hit.hit_id == hit_id
    assert hit.read == seen
    assert (hit.list_id, hit.list_version, hit.entry_id) == (by.list_id, 7, listed.entry_id)
    assert hit.probability == 0.61
    assert hit.made_at == NOW
    assert (hit.matched, hit.listed) == ("exact", "AB12CDE")


def test_each_hit_has_an_id_of_its_own() -> None:
    match, seen = Match(manifest(), entry("AB12CDE"), 0.9, Matched.EXACT), read("AB12CDE")

    assert to_hit(match, seen, NOW).hit_id != to_hit(match, seen, NOW).hit_id
