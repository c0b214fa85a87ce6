"""The demo's vehicles: marks that could exist, and their list as a file."""

import csv
import re
from pathlib import Path

from lanthorn.street.passes import DEMO_PASSES, PassTruth, Way, write_truth


def test_demo_marks_have_a_valid_current_layout() -> None:
    ages = {f"{age:02d}" for age in (*range(2, 27), *range(51, 77))}
    for street_pass in DEMO_PASSES:
        assert re.fullmatch(r"[A-HJ-PR-Y]{2}[0-9]{2} [A-HJ-PR-Z]{3}", street_pass.mark)
        assert street_pass.mark[2:4] in ages


def test_the_demo_shows_both_ways_by_day_and_by_night() -> None:
    assert len(DEMO_PASSES) >= 6
    assert len({street_pass.mark for street_pass in DEMO_PASSES}) == len(DEMO_PASSES)
    assert {(item.way, item.night) for item in DEMO_PASSES} == {(way, night) for way in Way for night in (True, False)}


def test_truth_as_csv(tmp_path: Path) -> None:
    path = tmp_path / "truth.csv"
    write_truth(path, [PassTruth("LV21KXD", Way.AHEAD, False, 57, 167), PassTruth("WJ24FNA", Way.ONCOMING, True, 8, 9)])

    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))

    assert rows == [
        {"mark": "LV21KXD", "way": "ahead", "night": "0", "first_frame": "57", "last_frame": "167"},
        {"mark": "WJ24FNA", "way": "oncoming", "night": "1", "first_frame": "8", "last_frame": "9"},
    ]
