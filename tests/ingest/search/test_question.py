"""A question as it is kept: its form, its faults, and that it reads back as it was written."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.errors import QuestionRefused
from ingest.search.question import Box, Circle, Grounds, Question, checked, from_json, names_a_mark, to_json

NOW = datetime(2026, 11, 23, 3, 4, 5, 678_000, tzinfo=UTC)
QUESTION = Question(NOW - timedelta(days=1), NOW, ("AB12CDE",))
GROUNDS = Grounds("crime", "CR/1", "DI Drawn")


def test_marks_and_names_are_kept_in_one_form() -> None:
    typed = replace(
        QUESTION, marks=(" ab12 cde", "AB12CDE", "", "l?70*"), devices=(" Car-7 ", ""), cameras=("front", "front")
    )
    kept, grounds = checked(typed, replace(GROUNDS, reference="  CR/1   of  26 "))
    assert kept.marks == ("AB12CDE", "L?70*")
    assert (kept.devices, kept.cameras) == (("car-7",), ("front",))
    assert grounds.reference == "CR/1 of 26"
    assert (kept.exact, kept.is_exact) == (("AB12CDE",), False)


@pytest.mark.parametrize(
    ("question", "grounds", "said"),
    [
        ({"marks": ("AB12CDE!",)}, {}, "mark 1 is not 2 to 12"),
        ({"marks": ("AB12CDE", "A")}, {}, "mark 2 is not 2 to 12"),
        ({"marks": ("A%_B",)}, {}, "mark 1 is not 2 to 12"),
        ({"marks": tuple(f"AB{n}" for n in range(21))}, {}, "20 is the most"),
        ({"devices": ("no/such",)}, {}, "the name of a device"),
        ({"cameras": tuple(f"c{n}" for n in range(51))}, {}, "50 is the most"),
        ({"place": Circle(91, 0, 10)}, {}, "not on the map"),
        ({"place": Circle(51, 0, 0)}, {}, "more than 0"),
        ({"place": Circle(51, 0, 20_001)}, {}, "up to 20000 m"),
        ({"place": Circle(float("nan"), 0, 10)}, {}, "not on the map"),
        ({"place": Circle(51, 0, float("nan"))}, {}, "more than 0"),
        ({"place": Box(51, 1, 50, 2)}, {}, "no box"),
        ({"place": Box(51, 170, 52, -170)}, {}, "no box"),
        ({"place": Box(51, float("nan"), 52, 1)}, {}, "no box"),
        ({"start": datetime(2026, 1, 1)}, {}, "start of the time has no time zone"),  # noqa: DTZ001
        ({}, {"reference": "x" * 81}, "reference has 81 characters"),
        ({}, {"on_behalf_of": "a\x07b"}, "cannot be shown"),
        ({}, {"reference": "AB12 CDE seen"}, "holds a mark"),
        ({}, {"authority": "a-b12cde"}, "holds a mark"),
    ],
)
def test_each_fault_is_named_and_no_mark_repeated(question: dict[str, Any], grounds: dict[str, Any], said: str) -> None:
    with pytest.raises(QuestionRefused, match=said) as caught:
        checked(replace(QUESTION, **question), replace(GROUNDS, **grounds))
    assert "AB12CDE" not in str(caught.value)


def test_every_fault_is_given() -> None:
    with pytest.raises(QuestionRefused) as caught:
        checked(replace(QUESTION, marks=("!",), devices=("!",)), replace(GROUNDS, reference="x" * 81))
    assert len(caught.value.reasons) == 3


@pytest.mark.parametrize(
    ("text", "marks", "found"),
    [
        ("CR/1", ("AB12CDE",), False),
        ("the van ab12 cde", ("AB12CDE",), True),
        ("AB12-CDE", ("LD70XYZ", "AB12CDE"), True),
        ("crime 1", ("E1",), False),
        ("R123 ABC", ("R12?ABC",), False),
        ("LD70 XYZ was there too", ("AB12CDE",), True),
    ],
)
def test_a_mark_in_a_text_is_found(text: str, marks: tuple[str, ...], found: bool) -> None:
    assert names_a_mark(text, marks) is found


degrees = st.floats(-85, 85)
questions = st.builds(
    Question,
    start=st.integers(0, 10**12).map(lambda ms: datetime(2020, 1, 1, tzinfo=UTC) + timedelta(milliseconds=ms)),
    until=st.integers(0, 10**12).map(lambda ms: datetime(2020, 1, 1, tzinfo=UTC) + timedelta(milliseconds=ms)),
    marks=st.lists(st.text("AB1*?", min_size=2, max_size=5), max_size=3).map(tuple),
    devices=st.lists(st.text("car-7", min_size=1), max_size=2).map(tuple),
    cameras=st.lists(st.text("front", min_size=1), max_size=2).map(tuple),
    place=st.none() | st.builds(Circle, degrees, degrees, st.floats(1, 100)) | st.builds(Box, *[degrees] * 4),
)


@given(questions)
def test_a_question_reads_back_as_it_was_written(question: Question) -> None:
    assert from_json(to_json(question)) == question
