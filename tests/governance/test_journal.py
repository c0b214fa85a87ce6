"""The journal's records: what a crash leaves is told from what somebody changed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from governance.errors import LogDamaged
from governance.journal import scan, to_record
from governance.log_folder import entries_after

ENTRY = b'{"act":"alert.answer","actor":"pc.demo","at":"2026-11-23T02:14:05.123Z"}'
groups = st.lists(st.lists(st.binary(max_size=60).map(lambda tail: ENTRY + tail), min_size=1, max_size=3), max_size=5)


def journal(parts, first=7):
    data = b""
    for part in parts:
        data += to_record(first, part)
        first += len(part)
    return data


@given(groups)
def test_records_read_back_as_they_were_written(parts):
    data = journal(parts)
    found = scan(data, "pending")
    assert [list(record.entries) for record in found.records] == parts
    assert (found.end, found.torn) == (len(data), 0)
    assert len(data) % 16 == 0
    assert entries_after(found, 7, "pending") == [entry for part in parts for entry in part]


@given(groups, st.data())
def test_a_journal_cut_anywhere_gives_the_whole_records_before(parts, data):
    whole = journal(parts)
    cut = data.draw(st.integers(0, len(whole)))
    found = scan(whole[:cut], "pending")
    assert found.end + found.torn == cut
    assert [list(record.entries) for record in found.records] == parts[: len(found.records)]
    assert len(found.records) == sum(len(journal(parts[: n + 1])) <= cut for n in range(len(parts)))


@given(st.data())
def test_sectors_that_were_never_written_are_of_an_append_that_broke_off(data):
    """A machine that stops may have written any of a record's sectors (512 bytes), and not others."""
    before, last = journal([[ENTRY]]), to_record(8, [ENTRY] * 30)
    whole = bytearray(before + last)
    sectors = range(len(before) // 512 + 1, len(whole) // 512 + 1)
    lost = data.draw(st.sets(st.sampled_from(list(sectors)), min_size=1))
    for sector in lost:
        length = len(whole[sector * 512 : (sector + 1) * 512])
        whole[sector * 512 : sector * 512 + length] = bytes(length)
    found = scan(bytes(whole), "pending")
    assert (len(found.records), found.end, found.torn) == (1, len(before), len(last))


@given(st.data())
def test_any_byte_that_is_changed_is_damage_at_its_record(data):
    parts = [[ENTRY], [ENTRY, ENTRY + b" 2"], [ENTRY + b" 3"]]
    whole = bytearray(journal(parts))
    at = data.draw(st.integers(0, len(whole) - 1))
    whole[at] ^= data.draw(st.integers(1, 255))
    start = max(offset for offset in (0, len(journal(parts[:1])), len(journal(parts[:2]))) if offset <= at)
    with pytest.raises(LogDamaged, match=f"^pending, byte {start}: .*changed"):
        scan(bytes(whole), "pending")


def test_bytes_behind_what_was_seen_are_named_from_the_start_of_the_file():
    data = bytearray(journal([[ENTRY]], 9))
    data[40] ^= 1
    with pytest.raises(LogDamaged, match="pending, byte 1000: the record of entries 9 to 9 was changed"):
        scan(bytes(data), "pending", 1_000)


def test_records_that_do_not_follow_are_damage():
    with pytest.raises(LogDamaged, match="entry 9 stands where entry 8 should be"):
        scan(to_record(7, [ENTRY]) + to_record(9, [ENTRY]), "pending")


@pytest.mark.parametrize(("size", "left"), [(7, 3), (8, 2), (10, 0)])
def test_entries_that_a_checkpoint_covers_are_left_out(size, left):
    assert len(entries_after(scan(journal([[ENTRY], [ENTRY, ENTRY]]), "pending"), size, "pending")) == left


@pytest.mark.parametrize("size", [6, 11])
def test_a_journal_that_does_not_meet_the_log_is_damage(size):
    with pytest.raises(LogDamaged, match=f"it holds entries 7 to 9, but the log before it has {size}"):
        entries_after(scan(journal([[ENTRY], [ENTRY, ENTRY]]), "pending"), size, "pending")
