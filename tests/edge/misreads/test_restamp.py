"""A trial put onto another mark keeps where it went wrong and how sure it was; traffic simulated of many such."""

from datetime import date

import numpy as np
import pytest

from edge.marks import canonical
from edge.matching.matcher import Matcher
from edge.matching.simulation import LOWEST, Outcome, Street, as_seen, kept_its_word, look, tolerance
from edge.matching.weights import Weights
from edge.misreads.restamp import Restamper
from models.plates.reading import MarkKind
from tests.edge.matching.conftest import a_table
from tests.edge.misreads.drawn import UNTOLD, a_trial

TODAY = date(2026, 11, 23)
TABLE = a_table()


def test_a_right_read_is_right_on_another_mark() -> None:
    stamped = Restamper([a_trial("AB12CDE", "AB12CDE", 0.97)], TABLE, TODAY).read("DX17ZWH", np.random.default_rng(1))
    assert (stamped.read, stamped.kind, stamped.confidences) == ("DX17ZWH", MarkKind.CURRENT, (0.97,) * 7)


def test_what_went_wrong_goes_wrong_in_its_place_with_what_is_taken_for_the_new_character() -> None:
    trial = a_trial("AB12CDE", "A812CDE", [0.9, 0.4, *[0.9] * 5], {1: [("B", 0.3), ("E", 0.1)]})
    restamper = Restamper([trial], TABLE, TODAY)
    reads = [restamper.read("DM17ZWH", np.random.default_rng(seed)) for seed in range(200)]

    assert all(each.read[0] + each.read[2:] == "D17ZWH" and each.read[1] != "M" for each in reads)
    assert all(each.confidences[1] == 0.4 for each in reads)
    assert all(each.others[1]["M"] == 0.3 for each in reads), "the shape that was there is the one that was seen beside"
    assert all(len(each.others[1]) == 2 and each.read[1] not in each.others[1] for each in reads)
    taken = [canonical(each.read)[1] for each in reads]
    assert taken.count("N") + taken.count("H") > 120, "an M is taken for an N or an H"


def test_what_was_missed_is_missed() -> None:
    stamped = Restamper([a_trial("AB12CDE", "AB2CDE")], TABLE, TODAY).read("DX17KWH", np.random.default_rng(1))
    assert canonical(stamped.read) == "DX7KWH"


def test_the_grammar_mends_what_it_mends_in_a_read() -> None:
    trial = a_trial("AB12CDE", "ABI2CDE")
    assert Restamper([trial], TABLE, TODAY).read("DX17ZWH", np.random.default_rng(1)).read == "DX17ZWH"


def test_marks_of_a_length_that_no_trial_has_are_left_out() -> None:
    restamper = Restamper([a_trial("AB12CDE", "AB12CDE"), UNTOLD], TABLE, TODAY)
    assert (restamper.has(7), restamper.has(6)) == (True, False)
    with pytest.raises(KeyError):
        restamper.read("ABC123", np.random.default_rng(1))
    assert {len(mark) for mark in Street(50, restamper, TODAY, 1).marks} == {7}


def street(*trials: object) -> Street:
    return Street(300, Restamper(list(trials), TABLE, TODAY), TODAY, 3)  # type: ignore[arg-type]


def test_reads_of_listed_vehicles_and_of_others() -> None:
    made = street(a_trial("AB12CDE", "AB12CDE"))
    matcher = Matcher(Weights(TABLE), LOWEST)
    listed = [look(made, matcher, read, listed=True) for read in made.listed_reads(40)]
    others = [look(made, matcher, read, listed=False) for read in made.other_reads(40)]

    assert all(each.right_exactly and each.right > 0.9 and not each.misread for each in listed)
    assert all(each.right == 0 and not each.wrong_exactly for each in others)
    assert all(read.mark in made.marks for read in made.listed_reads(5))
    assert not any(read.mark in made.marks for read in made.other_reads(5))
    assert as_seen(next(made.listed_reads(1))).kind in MarkKind


def test_the_counts_of_a_threshold() -> None:
    seen = [
        Outcome(listed=True, misread=False, right=0.99, wrong=0, right_exactly=True),
        Outcome(listed=True, misread=True, right=0.7, wrong=0.1),
        Outcome(listed=True, misread=True, right=0.4, wrong=0),
        Outcome(listed=False, misread=True, right=0, wrong=0.6),
        Outcome(listed=False, misread=False, right=0, wrong=0.2),
        Outcome(listed=False, misread=True, right=0, wrong=0.9, wrong_exactly=True),
        Outcome(listed=False, misread=False, right=0, wrong=0),
    ]
    half = tolerance(1, 0.5, seen)
    assert (half.recovered, half.misread, half.wrong, half.wrong_exactly, half.unlisted) == (1, 2, 1, 1, 4)
    assert (half.recovered_share, half.wrong_in_a_million) == (0.5, 250_000)
    low = tolerance(0.2, 0.15, seen)
    assert (low.recovered, low.wrong) == (2, 2)
    assert tolerance(1, 0.5, []).recovered_share == 0


def test_probabilities_are_held_against_what_came_of_them() -> None:
    """Of matches told with about a half, as many reads of listed vehicles as their share of traffic makes them."""
    entries = 21_000_000  # half of all vehicles
    seen = [Outcome(listed=True, misread=True, right=0.55, wrong=0)] * 6 + [
        Outcome(listed=True, misread=True, right=0, wrong=0)
    ] * 4
    seen += [Outcome(listed=False, misread=True, right=0, wrong=0.5)] * 6
    seen += [Outcome(listed=False, misread=False, right=0, wrong=0)] * 4
    (bin_,) = kept_its_word(seen, entries, (0.4, 0.6))
    assert (bin_.matches, bin_.said, bin_.right) == (12, pytest.approx(0.525), pytest.approx(0.5))
