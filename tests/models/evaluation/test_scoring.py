"""Counting: pairs of labels and readings, tallies, intervals."""

from pathlib import PurePosixPath

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.evaluation.labels import Label
from models.evaluation.scoring import Outcome, Tally, Verdict, by_kind, edits, judge, percentile, tally, wilson
from models.plates.reading import Character, MarkKind, PlateReading

EXACT, MISREAD, MISSED = Verdict.EXACT, Verdict.MISREAD, Verdict.MISSED
MARKS = st.text(alphabet="AB12", min_size=1, max_size=7)


def label(text: str, kind: str = "current", box: tuple[float, float, float, float] | None = None) -> Label:
    return Label(PurePosixPath("1.jpg"), text, kind, box, 2)


def reading(text: str, x: float = 0.0, y: float = 0.0) -> PlateReading:
    corners = np.array([[x, y], [x + 10, y], [x + 10, y + 4], [x, y + 4]], dtype=np.float32)
    return PlateReading(text, text, MarkKind.CURRENT, tuple(Character(c, 0.9) for c in text), corners, 0.8)


@pytest.mark.parametrize(
    ("labels", "readings", "verdicts", "extra"),
    [
        (["DX17ZWH"], ["DX17ZWH"], [EXACT], []),
        (["DX17ZWH"], ["DX17ZWM"], [MISREAD], []),
        (["DX17ZWH"], [], [MISSED], []),
        (["DX17ZWH"], ["TRAFFIC"], [MISSED], ["TRAFFIC"]),
        (["DX17ZWH"], ["DX17ZWM", "DX17ZWH"], [EXACT], ["DX17ZWM"]),
        (["DX17ZWH", "LT23CGK"], ["LT23CGK", "DX17ZWM"], [MISREAD, EXACT], []),
        (["AB12CDE", "AB12CDE"], ["AB12CDE"], [EXACT, MISSED], []),
        (["AB12CDE", "AB12CDF"], ["AB12CDG", "AB12CDF"], [MISREAD, EXACT], []),
        (["AB12CDE", "XB12CDE"], ["AB12XXE"], [MISREAD, MISSED], []),  # the nearer label is the one misread
        ([], ["AB12CDE"], [], ["AB12CDE"]),
    ],
)
def test_judge(labels: list[str], readings: list[str], verdicts: list[Verdict], extra: list[str]) -> None:
    outcomes, left = judge([label(text) for text in labels], [reading(text) for text in readings])
    assert [outcome.verdict for outcome in outcomes] == verdicts
    assert [outcome.label.text for outcome in outcomes] == labels
    assert left == extra


def test_a_box_says_which_reading_is_meant() -> None:
    here = (0.0, 0.0, 20.0, 20.0)
    (outcome,), extra = judge([label("DX17ZWH", box=here)], [reading("DX17ZWM", 500, 500), reading("Q1XYZ", 5, 5)])
    assert (outcome.verdict, outcome.read) == (MISREAD, "Q1XYZ")
    assert extra == ["DX17ZWM"]


@given(st.lists(MARKS, max_size=4), st.lists(MARKS, max_size=4))
def test_every_label_and_every_reading_is_counted_once(labels: list[str], readings: list[str]) -> None:
    outcomes, extra = judge([label(text) for text in labels], [reading(text) for text in readings])
    used = [outcome.read for outcome in outcomes if outcome.verdict is not MISSED]
    assert [outcome.label.text for outcome in outcomes] == labels
    assert sorted(used + extra) == sorted(readings)
    assert all((o.read == o.label.text) is (o.verdict is EXACT) for o in outcomes)


def test_tally_and_kinds() -> None:
    outcomes = [
        Outcome(label("A1"), EXACT, "A1"),
        Outcome(label("A2"), MISREAD, "A3"),
        Outcome(label("J1", "jersey"), MISSED),
    ]
    assert tally(outcomes) == Tally(1, 1, 1)
    assert tally(outcomes).total == 3
    assert tally(outcomes).read_rate == pytest.approx(1 / 3)
    assert by_kind(outcomes) == {"current": Tally(1, 1, 0), "jersey": Tally(0, 0, 1)}
    assert tally([]).read_rate == 0
    assert tally([]).interval == (0, 1)


@pytest.mark.parametrize(
    ("successes", "trials", "low", "high"),
    [(0, 0, 0, 1), (9, 10, 0.5958, 0.9821), (10, 10, 0.7225, 1.0), (0, 10, 0.0, 0.2775), (82, 97, 0.7604, 0.9040)],
)
def test_wilson(successes: int, trials: int, low: float, high: float) -> None:
    assert wilson(successes, trials) == (pytest.approx(low, abs=1e-4), pytest.approx(high, abs=1e-4))


@given(st.integers(0, 500), st.integers(0, 500))
def test_wilson_holds_the_share(successes: int, more: int) -> None:
    low, high = wilson(successes, successes + more)
    assert 0 <= low <= high <= 1
    if successes + more:
        assert low <= successes / (successes + more) <= high


@pytest.mark.parametrize(
    ("values", "share", "expected"),
    [([], 0.95, None), ([3.0], 0.95, 3.0), ([1, 2, 3, 4], 0.5, 2), (list(range(1, 101)), 0.95, 95)],
)
def test_percentile(values: list[float], share: float, expected: float | None) -> None:
    assert percentile(values, share) == expected


@pytest.mark.parametrize(("a", "b", "count"), [("", "", 0), ("AB", "", 2), ("AB12", "A812", 1), ("AB12", "B12", 1)])
def test_edits(a: str, b: str, count: int) -> None:
    assert edits(a, b) == count == edits(b, a)
