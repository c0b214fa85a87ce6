"""Which listed marks a read may be, and with what probability: worked out by hand where a hand can."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.marks import canonical
from edge.matching.index import MarkIndex
from edge.matching.keys import key_of, shapes_of
from edge.matching.matcher import Likely, Matched, Matcher, Seen, threshold_of
from edge.matching.weights import Weights
from edge.misreads.shapes import SHAPES
from models.plates.grammar import parse
from models.plates.reading import MarkKind
from tests.edge.matching.conftest import a_table

TODAY = date(2026, 11, 23)
WEIGHTS = Weights(a_table())
SURE = 0.9999


def a_read(
    mark: str, confidence: float | list[float] = SURE, others: dict[int, dict[str, float]] | None = None
) -> Seen:
    sure = confidence if isinstance(confidence, list) else [confidence] * len(mark)
    kind = parse(mark, TODAY) or MarkKind.FOREIGN
    return Seen(canonical(mark), kind, sure, [(others or {}).get(place, {}) for place in range(len(mark))])


def told(listed: list[str], read: Seen, threshold: float = 0.3) -> list[tuple[str, Matched]]:
    return [(shapes_of(each.key), each.how) for each in match(listed, read, threshold)]


def match(listed: list[str], read: Seen, threshold: float = 0.3) -> list[Likely]:
    return Matcher(WEIGHTS, threshold).match(MarkIndex.build(listed), read, TODAY)


def sure_but(place: int, confidence: float) -> list[float]:
    return [confidence if each == place else SURE for each in range(7)]


def test_the_mark_itself_is_an_exact_match_and_nearly_certain() -> None:
    (likely,) = match(["DX17ZWH"], a_read("DX17ZWH"))

    assert (likely.how, list(likely.entries)) == (Matched.EXACT, [0])
    assert likely.probability > 0.995


def test_what_a_plate_shows_alike_is_exact() -> None:
    assert told(["LO51ABC"], a_read("LO51ABC")) == [("L051ABC", Matched.EXACT)]
    (likely,) = match(["A101AAA"], Seen("A1O1AAA".replace("O", "0"), MarkKind.PREFIX, [SURE] * 7, [{}] * 7))
    assert likely.how is Matched.EXACT


def test_a_sure_read_of_another_mark_is_no_misread_of_a_listed_one() -> None:
    assert match(["DX17ZWB"], a_read("DX17ZW8".replace("8", "H"))) == []
    assert match(["DB17ZWH"], a_read("DE17ZWH"), 0.02) == []


def test_a_doubtful_character_may_be_the_listed_one() -> None:
    read = a_read("DN17ZWH", sure_but(1, 0.35))

    (likely,) = match(["DM17ZWH"], read)
    assert likely.how is Matched.MISREAD
    assert 0.5 < likely.probability < 0.97


def test_it_is_worked_out_as_bayes_has_it() -> None:
    """A place that may be a D or an O with even weight, and an O that gives a mark which no vehicle can have."""
    read = a_read("DX27ZWH", [SURE, SURE, 0.5, SURE, SURE, SURE, SURE], {2: {"1": 0.5}})
    (likely,) = match(["DX17ZWH"], read, 0.02)

    # Of the half that the 2 may be wrong, 0.6 falls to the 1 that the reader saw, and the rest as the table has it.
    row = WEIGHTS.of(read.shapes, [WEIGHTS.step(each) for each in read.confidences], read.others)[2]
    in_use = 0.0968
    ages = [figure for figure in "0123456789" if parse(f"DX{figure}7ZWH", TODAY) is MarkKind.CURRENT]
    by_age = {figure: row[int(figure)] for figure in ages}
    expected = by_age["1"] / (sum(by_age.values()) * in_use + by_age["1"] * (1 - in_use))
    assert likely.probability == pytest.approx(expected, rel=0.03)


def test_a_mark_that_no_vehicle_can_have_is_doubted_more_than_one_that_many_may() -> None:
    doubt = sure_but(3, 0.9)
    (impossible,) = match(["DX18ZWH"], a_read("DX1BZWH", doubt), 0.02)
    possible = match(["DB18ZWH"], a_read("D818ZWH".replace("D8", "DP"), sure_but(1, 0.9)), 0.0201)
    assert impossible.probability > 0.8
    assert all(each.probability < impossible.probability / 4 for each in possible)


def test_what_the_reader_saw_beside_decides_between_two_listed_marks() -> None:
    doubt = sure_but(6, 0.4)
    listed = ["DX17ZWK", "DX17ZWP"]
    likely = match(listed, a_read("DX17ZWH", doubt, {6: {"K": 0.35, "P": 0.05}}), 0.02)

    assert [shapes_of(each.key) for each in likely] == ["DX17ZWK", "DX17ZWP"]
    assert likely[0].probability > 4 * likely[1].probability
    assert sum(each.probability for each in likely) < 1


def test_a_character_that_was_missed() -> None:
    assert told(["DX17ZWH"], a_read("DX7ZWH"), 0.1) == [("DX17ZWH", Matched.MISREAD)]
    assert told(["DX17ZWH"], a_read("DX17ZWH"[:-1]), 0.5) == []


def test_a_character_missed_and_another_misread() -> None:
    read = a_read("D87ZWH", [SURE, 0.3, SURE, SURE, SURE, SURE], {1: {"X": 0.3}})
    assert told(["DX17ZWH"], read, 0.05) == [("DX17ZWH", Matched.MISREAD)]


def test_an_exact_match_is_told_at_any_threshold() -> None:
    (likely,) = match(["DX17ZWH"], a_read("DX17ZWH", 0.3), 0.99)
    assert likely.how is Matched.EXACT
    assert likely.probability < 0.9


@given(st.text(SHAPES, min_size=1, max_size=12), st.data())
def test_any_read_is_answered_and_no_probability_leaves_its_bounds(shapes: str, data: st.DataObject) -> None:
    sure = data.draw(st.lists(st.floats(0, 1), min_size=len(shapes), max_size=len(shapes)))
    one = st.dictionaries(st.sampled_from(SHAPES), st.floats(0.001, 1), max_size=6)
    others = data.draw(st.lists(one, min_size=len(shapes), max_size=len(shapes)))
    for shape, each in zip(shapes, others, strict=True):
        each.pop(shape, None)
    listed = ["DX17ZWH", "A1", shapes, shapes[1:] or "B2", (shapes + "7")[:12]]
    found = match(listed, Seen(shapes, parse(shapes, TODAY) or MarkKind.FOREIGN, sure, others), 0.01)

    assert key_of(shapes) in [each.key for each in found]
    assert all(0 <= each.probability <= 1 for each in found)
    assert sum(each.probability for each in found) <= 1 + 1e-6
    assert [each.probability for each in found] == sorted((each.probability for each in found), reverse=True)


def test_every_entry_of_a_mark_is_named() -> None:
    (likely,) = match(["DX17ZWH", "AB12CDE", "dx17 zwh"], a_read("DX17ZWH"))
    assert list(likely.entries) == [0, 2]


@pytest.mark.parametrize("threshold", [0.0, 1.0, -1.0])
def test_a_threshold_that_is_none_is_refused(threshold: float) -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        Matcher(WEIGHTS, threshold)


def test_the_threshold_follows_the_cost() -> None:
    assert [threshold_of(cost) for cost in (0.25, 1, 4, 9)] == pytest.approx([0.2, 0.5, 0.8, 0.9])
