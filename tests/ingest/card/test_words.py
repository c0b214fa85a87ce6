from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.contract.card import words
from ingest.contract.messages import Outcome, WireCharacter, WirePosition


@pytest.mark.parametrize(
    ("vrm", "kind", "shown"),
    [
        ("AB12CDE", "current", "AB12 CDE"),
        ("A1BCD", "prefix", "A1 BCD"),
        ("A123BCD", "prefix", "A123 BCD"),
        ("ABC1D", "suffix", "ABC 1D"),
        ("ABC123D", "suffix", "ABC 123D"),
        ("A1", "dateless", "A 1"),
        ("1234AB", "dateless", "1234 AB"),
        ("BIG1234", "northern_ireland", "BIG 1234"),
        ("1234BIG", "northern_ireland", "1234 BIG"),
        ("Q123ABC", "q", "Q123 ABC"),
        ("123AB", "trade", "123 AB"),
        ("01234", "trade", "01234"),
        ("AB12CD", "military", "AB 12 CD"),
        ("101D234", "diplomatic", "101 D 234"),
        ("J12345", "crown_dependency", "J 12345"),
        ("1AB2345", "foreign", "1AB2345"),
    ],
)
def test_a_mark_has_the_gaps_of_its_kind(vrm: str, kind: str, shown: str) -> None:
    assert words.spaced(vrm, kind) == shown


@given(st.from_regex(r"[A-Z0-9]{1,12}", fullmatch=True), st.sampled_from(["current", "q", "suffix", "foreign", "new"]))
def test_gaps_never_change_the_characters(vrm: str, kind: str) -> None:
    assert words.spaced(vrm, kind).replace(" ", "") == vrm
    assert not words.spaced(vrm, kind).startswith(" ")


@pytest.mark.parametrize(
    ("utc", "clock", "date"),
    [
        (datetime(2026, 11, 23, 3, 4, 5, tzinfo=UTC), "03:04:05", "Mon 23 Nov 2026"),
        (datetime(2026, 7, 1, 23, 30, 0, tzinfo=UTC), "00:30:00", "Thu 2 Jul 2026"),
        (datetime(2026, 10, 25, 0, 59, 59, tzinfo=UTC), "01:59:59", "Sun 25 Oct 2026"),
        (datetime(2026, 10, 25, 1, 0, 0, tzinfo=UTC), "01:00:00", "Sun 25 Oct 2026"),
    ],
)
def test_times_are_the_ones_on_a_clock_in_london(utc: datetime, clock: str, date: str) -> None:
    assert (words.local_time(utc), words.local_date(utc)) == (clock, date)


@pytest.mark.parametrize(
    ("utc", "meant"),
    [
        (datetime(2027, 1, 1, tzinfo=UTC), "the end of 31 December 2026"),
        (datetime(2027, 1, 1, 0, 0, 1, tzinfo=UTC), "00:00 on 1 January 2027"),
        (datetime(2026, 7, 1, tzinfo=UTC), "the end of 30 June 2026"),
        (datetime(2026, 6, 30, 17, 0, tzinfo=UTC), "18:00 on 30 June 2026"),
        (datetime(2027, 1, 1, 1, 0, tzinfo=timezone(timedelta(hours=1))), "the end of 31 December 2026"),
    ],
)
def test_an_expiry_is_shown_as_it_was_meant(utc: datetime, meant: str) -> None:
    assert words.expiry(utc) == meant


def test_the_instant_itself_is_kept_beside_the_local_time() -> None:
    at = datetime(2026, 7, 1, 23, 30, 0, 250_000, tzinfo=UTC)
    assert words.utc_text(at) == "2026-07-01 23:30:00.250 UTC"
    assert words.utc_attribute(at) == "2026-07-01T23:30:00.250Z"


@pytest.mark.parametrize(
    ("probability", "shown"), [(0, "0 %"), (0.29, "29 %"), (0.998, "99 %"), (0.99999, "99 %"), (1, "100 %")]
)
def test_certainty_is_never_rounded_up(probability: float, shown: str) -> None:
    assert words.percent(probability) == shown


@pytest.mark.parametrize(
    ("number", "said"), [(0, "0 entries"), (1, "1 entry"), (2, "2 entries"), (1_200, "1,200 entries")]
)
def test_one_is_not_many(number: int, said: str) -> None:
    assert words.counted(number, "entry", "entries") == said
    assert words.counted(1, "frame") == "1 frame"


def test_doubtful_characters_are_named_by_their_place() -> None:
    read = tuple(WireCharacter(char=c, confidence=p) for c, p in [("A", 0.9), ("8", 0.71), ("C", 0.899)])
    assert words.weak(read) == (1, 2)
    assert words.weak_in_words(read) == ["2nd character, read as 8: 71 %", "3rd character, read as C: 89 %"]


@pytest.mark.parametrize(
    ("position", "where", "source"),
    [
        (None, "No position from the device", ""),
        (
            WirePosition(latitude_deg=51.5, longitude_deg=-0.125, accuracy_m=4.6, source="gps"),
            "51.50000, \N{MINUS SIGN}0.12500",
            "own position (gps), within 5 m",
        ),
        (
            WirePosition(latitude_deg=51.5, longitude_deg=0, source="fixed"),
            "51.50000, 0.00000",
            "own position (fixed), accuracy not given",
        ),
    ],
)
def test_a_place_says_whose_position_it_is(position: WirePosition | None, where: str, source: str) -> None:
    assert (words.place(position), words.place_source(position)) == (where, source)


@pytest.mark.parametrize(
    ("error_ms", "said"),
    [
        (None, "The device does not know how far out its clock is."),
        (999.0, ""),
        (-4200.0, "The device's clock may be out by 4 s."),
    ],
)
def test_a_doubtful_clock_is_said(error_ms: float | None, said: str) -> None:
    assert words.clock_doubt(error_ms) == said


def test_every_outcome_has_words() -> None:
    assert set(words.OUTCOMES) == set(Outcome)
