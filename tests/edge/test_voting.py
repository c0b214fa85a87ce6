"""The vote: right where the frames agree, less sure where they do not, never surer than the best view."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.marks import canonical
from edge.voting import vote, worth
from models.plates.reading import MarkKind, PlateReading

MakeReading = Callable[..., PlateReading]
TODAY = date(2026, 11, 23)

texts = st.sampled_from(
    ["LT23CGK", "LT23CQK", "LT23CG", "T23CGK", "LT23CGKK", "1T23CGK", "DX17ZWH", "DXI7ZWH", "PRIDE"]
)
ballots = st.lists(
    texts.flatmap(
        lambda text: st.tuples(
            st.just(text), st.lists(st.floats(0, 1), min_size=len(text), max_size=len(text)).map(tuple)
        )
    ),
    min_size=1,
    max_size=8,
)


def test_one_reading_stands_as_the_reader_gave_it(reading: MakeReading) -> None:
    sure = [0.9, 0.8, 0.7, 0.99, 0.6, 0.95, 0.5]

    result = vote([reading("LT23CGK", sure)], TODAY)

    assert result.text == "LT23CGK"
    assert result.kind is MarkKind.CURRENT
    assert [c.confidence for c in result.characters] == pytest.approx(sure)
    assert result.weakest == pytest.approx(0.5)
    assert (result.agreeing, result.readings) == (1, 1)


def test_frames_that_agree_do_not_add_up_to_certainty(reading: MakeReading) -> None:
    result = vote([reading("LT23CGK", 0.8)] * 20, TODAY)

    assert [c.confidence for c in result.characters] == pytest.approx([0.8] * 7)
    assert result.agreeing == 20


def test_a_place_in_dispute_goes_to_the_weight_and_loses_confidence(reading: MakeReading) -> None:
    result = vote([reading("LT23CGK", 0.9), reading("LT23CGK", 0.8), reading("LT23CQK", 0.6)], TODAY)

    assert result.text == "LT23CGK"
    assert result.characters[5].confidence == pytest.approx(1.7 / 2.3 * 0.9)
    assert result.characters[0].confidence == pytest.approx(0.9)
    assert result.agreeing == 2


def test_one_sure_reading_outvotes_two_poor_ones(reading: MakeReading) -> None:
    assert vote([reading("LT23CGK", 0.99), reading("LT23CQK", 0.4), reading("LT23CQK", 0.4)], TODAY).text == "LT23CGK"


@pytest.mark.parametrize(
    ("others", "why"),
    [
        (["LT23CG"], "a character was lost at the end"),
        (["T23CGK"], "a character was lost at the start"),
        (["LT3CGK"], "a character was lost inside"),
        (["LT23CGK1"], "a bolt was read as a character"),
        (["LT23CG", "T23CGK", "LT23CGKI"], "each frame is wrong in its own way"),
        (["XLT23CG"], "the same length, but moved along by one"),
    ],
)
def test_readings_of_other_lengths_are_lined_up(reading: MakeReading, others: list[str], why: str) -> None:
    readings = [reading("LT23CGK", 0.9)] * 2 + [reading(text, 0.85) for text in others]

    result = vote(readings, TODAY)

    assert result.text == "LT23CGK", why
    assert result.weakest == pytest.approx(0.9), why


def test_of_two_lengths_with_equal_support_the_longer_wins(reading: MakeReading) -> None:
    assert vote([reading("LT23CG", 0.9), reading("LT23CGK", 0.9)], TODAY).text == "LT23CGK"


def test_shared_glyphs_vote_together_and_the_grammar_says_which(reading: MakeReading) -> None:
    frames = [reading("DXI7ZWH", 0.9), reading("DX17ZWH", 0.8), reading("DXL7ZWH", 0.85)]

    result = vote(frames, TODAY)

    assert result.text == "DX17ZWH"
    assert result.kind is MarkKind.CURRENT
    assert result.characters[2].confidence == pytest.approx(1.7 / 2.55 * 0.9)


def test_the_kind_is_that_of_the_voted_mark_not_of_any_reading(reading: MakeReading) -> None:
    frames = [reading("LT23CGKX", 0.5, kind=MarkKind.FOREIGN), reading("LT23CGK", 0.9, kind=MarkKind.FOREIGN)]

    assert vote(frames, TODAY).kind is MarkKind.CURRENT
    assert vote([reading("WXK4471B", kind=MarkKind.FOREIGN)], TODAY).kind is MarkKind.FOREIGN


def test_a_mark_half_hidden_for_many_frames_is_voted_for_whole(reading: MakeReading) -> None:
    hidden = [reading(text, 0.99, kind=MarkKind.DATELESS) for text in ("LT2", "LT23", "LT23", "LT23", "LT23")]

    result = vote([*hidden, reading("LT23CGK", 0.95)], TODAY)

    assert (result.text, result.kind, result.agreeing) == ("LT23CGK", MarkKind.CURRENT, 1)
    assert result.weakest == pytest.approx(0.95)


def test_a_character_too_many_does_not_take_the_mark_over(reading: MakeReading) -> None:
    """Only a strict layout draws its parts to it: LT23CGK1 has none."""
    result = vote([reading("LT23CGK"), reading("LT23CGK"), reading("LT23CGK1", kind=MarkKind.FOREIGN)], TODAY)

    assert result.text == "LT23CGK"


def test_a_reading_that_fits_counts_twice_one_that_does_not(reading: MakeReading) -> None:
    result = vote([reading("LT23CGK", 0.9), reading("LT23CGQ", 0.9, kind=MarkKind.FOREIGN)], TODAY)

    assert result.text == "LT23CGK"
    assert result.characters[6].confidence == pytest.approx(2 / 3 * 0.9)


def test_a_foreign_mark_outvotes_one_chance_fit_in_four_readings(reading: MakeReading) -> None:
    foreign = [reading("WX44718", 0.9, kind=MarkKind.FOREIGN)] * 3

    assert vote([*foreign, reading("WX44BLR", 0.9)], TODAY).text == "WX44718"


def test_what_the_grammar_had_to_change_is_counted(reading: MakeReading) -> None:
    plain = reading("CYC151S", kind=MarkKind.SUFFIX)
    mended, same_glyph = replace(plain, as_read="CYCISIS"), replace(plain, as_read="CYCI5IS")

    assert vote([mended], TODAY).unmended == 0
    assert vote([same_glyph], TODAY).unmended == 1
    assert vote([mended, plain], TODAY).unmended == 1


@pytest.mark.parametrize(
    ("kinds", "expected"),
    [
        ([MarkKind.TRADE, MarkKind.TRADE, MarkKind.DATELESS], MarkKind.TRADE),
        ([MarkKind.TRADE, MarkKind.DATELESS, MarkKind.DATELESS], MarkKind.DATELESS),
    ],
)
def test_red_characters_make_a_trade_plate_where_most_frames_saw_them(
    reading: MakeReading, kinds: list[MarkKind], expected: MarkKind
) -> None:
    assert vote([reading("123AB", kind=kind) for kind in kinds], TODAY).kind is expected


def test_the_grammar_settles_a_look_alike_but_lends_no_confidence(reading: MakeReading) -> None:
    """S in a place for digits is 5, by the grammar nearly for sure; but the frames saw little in that place."""
    result = vote([reading("LTS3CGK", [0.9, 0.9, 0.3, 0.9, 0.9, 0.9, 0.9], kind=MarkKind.FOREIGN)], TODAY)

    assert result.text == "LT53CGK"
    assert result.agreeing == 1
    assert result.characters[2].confidence == pytest.approx(0.3)


def test_the_day_of_the_pass_decides_which_marks_exist(reading: MakeReading) -> None:
    frames = [reading("AK27CLE")]

    assert vote(frames, date(2027, 2, 28)).kind is MarkKind.FOREIGN
    assert vote(frames, date(2027, 3, 1)).kind is MarkKind.CURRENT


def test_readings_without_any_confidence_still_have_a_majority(reading: MakeReading) -> None:
    result = vote([reading("LT23CGK", 0.0), reading("LT23CGK", 0.0), reading("LT23CQK", 0.0)], TODAY)

    assert result.text == "LT23CGK"
    assert result.confidence == 0


def test_nothing_cannot_vote() -> None:
    with pytest.raises(ValueError, match="at least one reading"):
        vote([], TODAY)


@given(ballots)
def test_confidence_is_a_probability_and_never_above_the_best_view(
    reading: MakeReading, cast: list[tuple[str, tuple[float, ...]]]
) -> None:
    result = vote([reading(text, sure) for text, sure in cast], TODAY)

    best = max(confidence for _, sure in cast for confidence in sure)
    assert all(0 <= c.confidence <= best for c in result.characters)
    assert 0 <= result.confidence <= 1
    assert 0 <= result.agreeing <= result.readings == len(cast)


@given(ballots.flatmap(lambda cast: st.tuples(st.just(cast), st.permutations(cast))))
def test_the_order_of_frames_does_not_matter(
    reading: MakeReading, orders: tuple[list[tuple[str, tuple[float, ...]]], list[tuple[str, tuple[float, ...]]]]
) -> None:
    first, second = (vote([reading(text, sure) for text, sure in order], TODAY) for order in orders)

    assert first == second


@given(texts, st.floats(0, 1), st.integers(1, 6))
def test_frames_that_agree_are_told_as_they_are(
    reading: MakeReading, text: str, confidence: float, frames: int
) -> None:
    result = vote([reading(text, confidence)] * frames, TODAY)

    assert canonical(result.text) == canonical(text)
    assert result.agreeing == frames


def test_the_patch_prefers_a_large_sure_plate(reading: MakeReading) -> None:
    small_sure, large_sure = reading("LT23CGK", 0.99, width=80.0), reading("LT23CGK", 0.99, width=200.0)
    large_unsure, huge = reading("LT23CGK", 0.6, width=200.0), reading("LT23CGK", 0.99, width=2000.0)

    assert worth(large_sure) > worth(small_sure) > worth(large_unsure)
    assert worth(huge) <= 1
