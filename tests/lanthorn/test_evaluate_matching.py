"""`lanthorn evaluate matching` and `misreads`: the curve, the table, and what they refuse."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from edge.misreads.table import Misreads
from edge.misreads.trials import read_trials
from edge.settings import FALSE_STOP_COST
from lanthorn.evaluate import app


def evaluate(*command: str) -> Result:
    return CliRunner().invoke(app, list(command))


@pytest.fixture(scope="module")
def report() -> dict:
    result = evaluate("matching", "--entries", "3000", "--reads", "1500", "--json")
    assert result.exit_code == 0, result.stderr
    return json.loads(result.stdout)


def test_a_higher_cost_of_a_false_stop_finds_less_and_is_wrong_less_often(report: dict) -> None:
    curve = report["curve"]
    assert [each["false_stop_cost"] for each in curve] == sorted(each["false_stop_cost"] for each in curve)
    for name in ("recovered", "wrong"):
        counts = [each[name] for each in curve]
        assert counts == sorted(counts, reverse=True)
    assert curve[0]["recovered_share"] > 2 * curve[-1]["recovered_share"] > 0
    assert report["default_cost"] == FALSE_STOP_COST
    assert FALSE_STOP_COST in [each["false_stop_cost"] for each in curve]


def test_every_figure_has_its_count_and_its_interval(report: dict) -> None:
    assert 100 < report["misreads"] < 500
    for each in report["curve"]:
        low, high = each["recovered_interval"]
        assert low <= each["recovered_share"] <= high
        low, high = each["wrong_interval"]
        assert low <= each["wrong_in_a_million"] <= high
    assert all(each["from"] <= each["said"] < each["to"] for each in report["probabilities"])


def test_the_same_seed_gives_the_same_figures_and_another_one_others() -> None:
    small = ("matching", "--entries", "500", "--reads", "200", "--json")
    first, again, other = (json.loads(evaluate(*small, "--seed", seed).stdout)["curve"] for seed in ("3", "3", "4"))
    assert first == again
    assert first != other


def test_the_table_for_people_marks_the_default() -> None:
    result = evaluate("matching", "--entries", "500", "--reads", "200")
    assert result.exit_code == 0
    assert f"default {FALSE_STOP_COST:g}" in result.stdout
    assert "were misread" in result.stdout
    assert "lanthorn evaluate misreads --passes 6000 --seed 1" in " ".join(result.stdout.split())


def test_misreads_are_measured_on_the_reader_in_use_and_written(tmp_path: Path) -> None:
    table, trials = tmp_path / "table.json", tmp_path / "trials.csv.gz"

    result = evaluate(
        "misreads", "--out", str(table), "--trials", str(trials), "--passes", "60", "--seed", "9", "--on", "2026-11-23"
    )

    assert result.exit_code == 0, result.stderr
    made, kept = Misreads.load(table), read_trials(trials)
    assert len(kept) == made.passes == 60
    assert made.told == sum(trial.told for trial in kept) > 20
    assert made.made_by == "lanthorn evaluate misreads --passes 60 --seed 9 --on 2026-11-23"
    assert set(made.reader) == {"ppocr-v6-small-det", "ppocr-v6-small-rec"}
    assert f"60 passes: {made.told} told" in result.stdout
