"""The table that is fitted to trials: what it counts, what it makes of the counts, and that it comes back from its
file.
"""

from pathlib import Path

import numpy as np
import pytest

from edge.errors import BadMisreads
from edge.misreads.shapes import COUNT, NUMBER, SHAPES
from edge.misreads.table import Misreads, fit
from edge.misreads.trials import Trial
from tests.edge.misreads.drawn import UNTOLD, a_trial

READER = {"reader": "ab" * 32}


def fitted(*rows: Trial) -> Misreads:
    return fit(rows, READER, "hand")


def test_what_was_told_is_counted_character_by_character() -> None:
    table = fitted(
        a_trial("AB12CDE", "AB12CDE"),
        a_trial("AB12CDE", "A812CDE"),
        a_trial("LO51ABC", "L051ABC"),
        a_trial("DX17ZWH", "DX7ZWH"),
        a_trial("DX17ZWH", "DX177ZWH"),
        UNTOLD,
    )

    assert (table.passes, table.told) == (6, 5)
    assert (table.characters, table.right, table.missed, table.made_up) == (34, 33, 1, 1)
    assert table.taken_for == {"B": {"8": 1}}
    assert table.missed_shapes == {"1": 1}
    assert table.missed_a_mark == 0.2


def test_nothing_told_is_nothing_to_fit() -> None:
    with pytest.raises(ValueError, match="nothing to fit"):
        fitted(UNTOLD)


def test_the_fit_says_how_often_a_confidence_is_right() -> None:
    """Half of the characters at 0.6 are right, 49 of 50 at 0.99: the curve goes through both."""
    rows = [a_trial("A", "A" if each % 2 else "B", 0.6) for each in range(400)]
    rows += [a_trial("A", "B" if each % 50 == 0 else "A", 0.99) for each in range(2_000)]
    table = fitted(*rows)

    assert table.right_with(0.6) == pytest.approx(0.5, abs=0.01)
    assert table.right_with(0.99) == pytest.approx(0.98, abs=0.005)
    assert table.right_with(0) < 0.5 < table.right_with(1) < 1


def test_rows_of_the_truth_are_shares_and_smoothed() -> None:
    truth = fitted(*[a_trial("B", "8")] * 40, a_trial("E", "F")).truth

    assert truth.sum(axis=1) == pytest.approx(np.ones(COUNT))
    assert (np.diag(truth) == 0).all()
    assert truth[NUMBER["8"], NUMBER["B"]] > 0.9
    assert truth[NUMBER["B"], NUMBER["8"]] > 0.5, "what is taken for the other looks like it, both ways"
    assert (truth[NUMBER["K"]] > 0).sum() == COUNT - 1, "nothing is impossible for not having been seen"


def test_what_the_reader_saw_beside_gets_the_share_that_it_earns() -> None:
    """Of the wrong characters seven in ten are one that the reader saw beside, three times in four the stronger one."""
    dice = np.random.default_rng(1)
    rows = []
    for _ in range(800):
        read, strong, weak, elsewhere = (SHAPES[each] for each in dice.choice(COUNT, 4, replace=False))
        there = elsewhere if dice.random() > 0.7 else strong if dice.random() < 0.75 else weak
        rows.append(a_trial(there, read, 0.6, {0: [(strong, 0.3), (weak, 0.1)]}))
    table = fitted(*rows)

    assert table.seen_share == pytest.approx(0.7, abs=0.06)
    assert table.seen_power == pytest.approx(1.0, abs=0.15)


def test_shapes_that_are_missed_more_often_count_for_more() -> None:
    table = fitted(*[a_trial("DX17ZWH", "DX7ZWH")] * 30, a_trial("DX17ZWH", "D17ZWH"))
    more = table.missed_more
    assert more.sum() == pytest.approx(COUNT)
    assert more.argmax() == NUMBER["1"]
    assert more.min() > 0


def test_a_table_comes_back_from_its_file(tmp_path: Path) -> None:
    table = fitted(a_trial("AB12CDE", "A812CDE"))
    table.save(tmp_path / "table.json")
    first = (tmp_path / "table.json").read_bytes()
    assert Misreads.load(tmp_path / "table.json") == table
    Misreads.load(tmp_path / "table.json").save(tmp_path / "table.json")
    assert (tmp_path / "table.json").read_bytes() == first


@pytest.mark.parametrize("content", [None, b"", b"{}", b"\xff", b'{"slope": 1}'])
def test_what_is_no_table_is_refused(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "table.json"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(BadMisreads, match="no table of misreads"):
        Misreads.load(path)
