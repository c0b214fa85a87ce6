"""Whatever is done to a chain is found, and its place is named."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from governance.devices.chain import Link
from governance.devices.verification import ChainReport, Fault, StreamHead, verify_chain
from governance.keys import PrivateKey

STREAM = UUID("0199c0de-0000-7000-8000-000000000001")
OTHER = UUID("0199c0de-0000-7000-8000-000000000002")
LENGTH = 8
CHANGES = ("device", "stream", "seq", "kind", "payload_sha256", "previous", "link", "key", "signature")
places = st.integers(1, LENGTH)


@pytest.fixture(scope="session")
def chain(maker: Any) -> list[Link]:
    made: list[Link] = maker.chain(STREAM, [b"payload %d" % number for number in range(LENGTH)])
    return made


def check(maker: Any, links: list[Link], *heads: StreamHead) -> ChainReport:
    return verify_chain(links, maker.keys, [StreamHead("car-7", STREAM, LENGTH), *heads])


def faults(report: ChainReport) -> list[tuple[int, int, Fault]]:
    return [(each.first, each.last, each.fault) for each in report.breaks]


def test_a_chain_that_nobody_touched_is_whole(maker: Any, chain: list[Link]) -> None:
    report = check(maker, chain)
    assert report.whole
    assert (report.streams, report.links) == (1, LENGTH)


def test_several_streams_are_checked_each_by_itself(maker: Any, chain: list[Link]) -> None:
    report = check(maker, [*chain, *maker.chain(OTHER, [b"a", b"b"])])
    assert (report.whole, report.streams, report.links) == (True, 2, LENGTH + 2)


@given(place=places, field=st.sampled_from(CHANGES), bit=st.integers(0, 255))
def test_any_single_change_is_found_at_its_place(
    maker: Any, chain: list[Link], place: int, field: str, bit: int
) -> None:
    before = getattr(chain[place - 1], field)
    match before:
        case bytes():
            at = bit % (8 * len(before))
            after: Any = (int.from_bytes(before, "big") ^ (1 << at)).to_bytes(len(before), "big")
        case int():
            after = before ^ (1 << bit % 63)
        case UUID():
            after = UUID(int=before.int ^ (1 << bit % 128))
        case str():
            after = before[:-1] + chr(ord(before[-1]) ^ 1 << bit % 3)
    changed = [replace(link, **{field: after}) if link.seq == place else link for link in chain]
    report = check(maker, changed)
    named = {number for each in report.breaks for number in range(each.first, min(each.last, LENGTH) + 1)}
    assert place in named, faults(report)


@given(place=places)
def test_a_link_that_was_taken_away_is_missed(maker: Any, chain: list[Link], place: int) -> None:
    report = check(maker, [link for link in chain if link.seq != place])
    assert faults(report) == [(place, place, Fault.MISSING)]


@given(place=places, cut=st.integers(1, LENGTH))
def test_whatever_is_cut_off_the_end_is_missed(maker: Any, chain: list[Link], place: int, cut: int) -> None:
    report = check(maker, chain[:-cut])
    assert faults(report) == [(LENGTH - cut + 1, LENGTH, Fault.MISSING)]


@given(pair=st.lists(places, min_size=2, max_size=2, unique=True))
def test_two_links_that_changed_places_are_found(maker: Any, chain: list[Link], pair: list[int]) -> None:
    first, second = sorted(pair)
    swapped = list(chain)
    swapped[first - 1], swapped[second - 1] = chain[second - 1], chain[first - 1]
    report = check(maker, swapped)
    assert {first, second} & {each.first for each in report.breaks}


@given(pair=st.lists(places, min_size=2, max_size=2, unique=True))
def test_two_messages_that_changed_numbers_are_found(maker: Any, chain: list[Link], pair: list[int]) -> None:
    first, second = sorted(pair)
    swapped = list(chain)
    swapped[first - 1] = replace(chain[second - 1], seq=first)
    swapped[second - 1] = replace(chain[first - 1], seq=second)
    assert {first, second} <= {each.first for each in check(maker, swapped).breaks}


@given(place=places, seq=st.integers(1, LENGTH + 3))
def test_a_link_that_was_slipped_in_is_found(maker: Any, chain: list[Link], place: int, seq: int) -> None:
    """Even one that the device's own key signs, as a thief of the key could."""
    before = chain[place - 1]
    forged = maker.signed(replace(before, seq=seq, payload_sha256=bytes(32)))
    at = sum(link.seq < seq for link in chain)
    report = check(maker, [*chain[:at], forged, *chain[at:]])
    assert any(each.first <= seq <= each.last + 1 for each in report.breaks), faults(report)


def test_one_that_does_not_follow_is_named(maker: Any, chain: list[Link]) -> None:
    forged = maker.signed(replace(chain[4], previous=bytes(32)))
    report = check(maker, [*chain[:4], forged, *chain[5:]])
    assert faults(report) == [(5, 5, Fault.DOES_NOT_FOLLOW), (6, 6, Fault.DOES_NOT_FOLLOW)]
    assert "number 5: it does not follow from number 4" in str(report.breaks[0])


def test_a_stream_that_does_not_begin_at_its_start_is_named(maker: Any, chain: list[Link]) -> None:
    forged = maker.signed(replace(chain[0], previous=bytes(32)))
    assert faults(check(maker, [forged, *chain[1:]]))[0] == (1, 1, Fault.DOES_NOT_FOLLOW)


def test_a_key_that_was_never_enrolled_is_named(maker: Any, chain: list[Link]) -> None:
    report = verify_chain(chain[:1], {})
    assert faults(report) == [(1, 1, Fault.UNKNOWN_KEY)]


def test_another_devices_key_is_named(make_maker: Any, maker: Any, chain: list[Link]) -> None:
    other = make_maker("car-8")
    report = verify_chain(chain[:1], {maker.key.public.id: replace(maker.enrolled, device="car-8")} | other.keys)
    assert faults(report) == [(1, 1, Fault.WRONG_DEVICE)]


def test_a_second_key_within_a_stream_is_named(make_maker: Any, maker: Any, chain: list[Link]) -> None:
    second = make_maker()
    taken_over = second.signed(replace(chain[1], key=second.key.public.id))
    report = verify_chain([chain[0], taken_over], maker.keys | second.keys)
    assert faults(report) == [(2, 2, Fault.ANOTHER_KEY)]


def test_what_was_taken_after_a_revocation_is_named(maker: Any, chain: list[Link]) -> None:
    revoked = replace(maker.enrolled, revoked_at=chain[0].received_at)
    early = replace(chain[0], received_at=chain[0].received_at - timedelta(seconds=1))
    report = verify_chain([early, chain[1]], {maker.key.public.id: revoked})
    assert faults(report) == [(2, 2, Fault.REVOKED)]


def test_a_chain_made_anew_from_its_start_is_found_by_the_log(maker: Any, chain: list[Link]) -> None:
    anew = maker.chain(STREAM, [b"other payload %d" % number for number in range(LENGTH)])
    assert check(maker, anew).whole, "whoever has the key can make another chain"
    logged = StreamHead("car-7", STREAM, 5, chain[4].link)
    assert faults(check(maker, anew, logged)) == [(5, 5, Fault.NOT_AS_LOGGED)]
    assert check(maker, chain, logged).whole


def test_a_stream_that_is_gone_altogether_is_missed(maker: Any, chain: list[Link]) -> None:
    assert faults(check(maker, [])) == [(1, LENGTH, Fault.MISSING)]


def test_a_stream_in_two_places_is_named(maker: Any, chain: list[Link]) -> None:
    report = check(maker, [*chain[:4], *maker.chain(OTHER, [b"a"]), *chain[4:]])
    assert Fault.OUT_OF_ORDER in {each.fault for each in report.breaks}


def test_a_key_of_no_length_at_all_does_not_stop_the_walk(maker: Any, chain: list[Link]) -> None:
    report = check(maker, [replace(chain[0], previous=b"", signature=b"short"), *chain[1:]])
    assert faults(report) == [(1, 1, Fault.BAD_SIGNATURE)]


def test_a_private_key_of_ones_own_signs_nothing_for_another(maker: Any, chain: list[Link]) -> None:
    assert not PrivateKey.new().public.verifies(chain[0].signature, chain[0].link)
