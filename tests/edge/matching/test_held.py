"""A list as a car holds it: packed, without what has expired, and unpacked by number."""

from datetime import timedelta
from typing import Any

import pytest

from edge.matching.held import HeldList, Packed, Shelf
from edge.matching.keys import shapes_of
from ingest.contract.codec import BadMessage, encode_entries


def held(bodies: Any, clock: Any, *parts: list[Any]) -> HeldList:
    manifest, _ = bodies.chunks([entry for part in parts for entry in part])
    return HeldList(manifest, tuple(Packed.of(encode_entries(part), clock.at)[0] for part in parts))


def test_an_entry_is_found_by_its_number_over_lists_and_parts(bodies: Any, clock: Any) -> None:
    marks = ["AB12CDE", "LT23CGK", "DX17ZWH", "YS70PLM", "A1"]
    entries = [bodies.entry(mark) for mark in marks]
    lists = [held(bodies, clock, entries[:2], [], entries[2:3]), held(bodies, clock), held(bodies, clock, entries[3:])]
    shelf = Shelf(lists)

    assert [shapes_of(int(key)) for key in shelf.marks()] == marks
    for number, entry in enumerate(entries):
        ((manifest, taken),) = shelf.take([number])
        assert taken == entry
        assert manifest == lists[0 if number < 3 else 2].manifest
    assert [entry.vrm for _, entry in shelf.take([4, 0, 2])] == ["AB12CDE", "DX17ZWH", "A1"]


def test_no_lists_have_no_marks() -> None:
    assert len(Shelf([]).marks()) == 0


def test_what_expires_goes_and_only_the_parts_that_held_it_change(bodies: Any, clock: Any) -> None:
    soon, later = clock.at + timedelta(hours=1), clock.at + timedelta(hours=2)
    mixed = [bodies.entry("AB12CDE", soon), bodies.entry("LT23CGK", later)]
    before = held(bodies, clock, [bodies.entry("DX17ZWH", later)], mixed)
    assert before.without_expired(soon - timedelta(milliseconds=1)) == (before, (), 0)

    after, changed, gone = before.without_expired(soon)

    assert (changed, gone, len(after)) == ((1,), 1, 2)
    assert after.parts[0] is before.parts[0]
    assert after.parts[1].entries() == [mixed[1]]
    assert after.without_expired(later)[0].parts[1].first_expiry is None


def test_a_part_that_cannot_be_unpacked_is_refused(clock: Any) -> None:
    with pytest.raises(BadMessage):
        Packed.of(b"no list", clock.at)
