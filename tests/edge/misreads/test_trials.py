"""Drawn passes read as the car reads them: the same every time, and kept in a file."""

from datetime import date
from pathlib import Path

import numpy as np
import pytest

from edge.errors import BadMisreads
from edge.misreads.known import measured, with_trials
from edge.misreads.measuring import reader_in_use
from edge.misreads.trials import COLUMNS, read_trials, trials, write_trials
from models.opening import open_plate_reader
from tests.edge.misreads.drawn import UNTOLD, a_trial

TODAY = date(2026, 11, 23)
ROWS = [a_trial("AB12CDE", "A812CDE", [0.9] * 7, {1: [("B", 0.0812), ("0", 0.0)]}), UNTOLD, a_trial("A1", "A1", 1.0)]


def test_the_same_numbers_give_the_same_trials_whatever_else_is_drawn() -> None:
    reader = open_plate_reader(1, today=lambda: TODAY)

    first = list(trials(reader, range(6), 5, TODAY))

    assert list(trials(reader, [4, 2], 5, TODAY)) == [first[4], first[2]]
    assert [each.mark for each in trials(reader, range(6), 6, TODAY)] != [each.mark for each in first]
    assert any(each.told for each in first)
    for each in first:
        assert len(each.read) == len(each.confidences) == len(each.others)
        assert (each.read_kind is None) == (not each.told)
        for read, others in zip(each.read, each.others, strict=True):
            seen = [share for _, share in others]
            assert seen == sorted(seen, reverse=True)
            assert read not in dict(others)


@pytest.mark.parametrize("name", ["trials.csv", "trials.csv.gz"])
def test_trials_come_back_from_their_file(tmp_path: Path, name: str) -> None:
    write_trials(tmp_path / name, ROWS)
    before = (tmp_path / name).read_bytes()
    assert read_trials(tmp_path / name) == ROWS
    write_trials(tmp_path / name, ROWS)
    assert (tmp_path / name).read_bytes() == before


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("mark,read\nA,B\n", "line 1: the columns are"),
        (",".join(COLUMNS) + "\nAB12CDE,steam,AB12CDE,current,0.9,-\n", "'steam' is not a valid MarkKind"),
        (",".join(COLUMNS) + "\nAB,current,AB,current,0.9 1.1,- -\n", "line 2: not one confidence"),
        (",".join(COLUMNS) + "\nAB,current,AB,current,0.9,- -\n", "line 2: not one confidence"),
        (",".join(COLUMNS) + "\nAB,current,AB,current,0.9 x,- -\n", "could not convert"),
        ('"', "cannot be read"),
    ],
)
def test_what_are_no_trials_is_refused(tmp_path: Path, content: str, says: str) -> None:
    (tmp_path / "trials.csv").write_text(content)
    with pytest.raises(BadMisreads, match=says):
        read_trials(tmp_path / "trials.csv")


def test_a_file_that_is_cut_short_or_not_there_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "trials.csv.gz"
    with pytest.raises(BadMisreads, match="cannot be read"):
        read_trials(path)
    write_trials(path, ROWS)
    path.write_bytes(path.read_bytes()[:-12])
    with pytest.raises(BadMisreads, match="cannot be read"):
        read_trials(path)


def test_the_table_that_comes_with_the_software_is_of_the_reader_in_use() -> None:
    (table,) = measured()
    assert table.reader == dict(reader_in_use())
    assert table.told > 4_000


def test_the_trials_that_it_is_judged_by_are_not_those_that_it_was_fitted_to() -> None:
    ((table, held_out),) = with_trials()
    assert "--seed 1 " in table.made_by
    rng_marks = {trial.mark for trial in held_out}
    assert len(held_out) == 6_000
    assert len(rng_marks) > 5_900
    right = [
        (table.right_with(sure), there == read)
        for trial in held_out
        if trial.told and len(trial.mark) == len(trial.read)
        for there, read, sure in zip(trial.mark, trial.read, trial.confidences, strict=True)
    ]
    said, was = np.array(right, float).T
    assert said.mean() == pytest.approx(was.mean(), abs=0.01), (
        "the table's probabilities hold on plates that it never saw"
    )
