"""What a verifier makes of a log that takes acts back: when it believes that, and that nothing goes unseen."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from governance.acts import Act
from governance.entry import Entry
from governance.export.gathering import gather
from governance.export.logged import Logged
from governance.export.part import Part
from governance.export.row import RowKey

START = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
A, B = "a" * 64, "b" * 64
ADD = Act("manager", "list.entry.add", "find vehicles", "AO-1", {"list": "7"}, {"entries": 1}, {"e1": A})
VIEW = Act("pc.demo", "page.view", "see alerts", objects={"alert": "a1"})
RAISE = Act("device:car-7", "alert.raise", "find vehicles", "AO-1", {"alert": "a1"}, {}, {"alert": A})
USE = Act("manager", "authority.use", "list.entry.add", "AO-1", {"authority": "1", "object": "7"}, {"act": "x"})
REMOVE = Act("manager", "list.entry.remove", "found", "AO-1", {"list": "7"}, {"entries": 1}, {"e1": A})
ANSWER = Act("device:car-7", "alert.answer", "answered", None, {"alert": "a1", "answer": "w1"})


def taken_back(act: Act, index: int, **changes: Any) -> Act:
    details = {"entry": index, "why": "the process ended before the commit", "certain": True} | changes
    return replace(act, act=f"{act.act}.not-done", details=details, commitments={}, operation=None)


def log(*acts: Act | timedelta) -> Iterator[Entry]:
    """The acts, a second apart; a span in between is time in which nothing happened."""
    at, index = START, 0
    for act in acts:
        if isinstance(act, timedelta):
            at += act
            continue
        yield Entry(index, at, act)
        at += timedelta(seconds=1)
        index += 1


def found(*acts: Act | timedelta) -> tuple[Logged, Part]:
    entries = list(log(*acts))
    logged, part = gather(entries, len(entries)), Part("entries of the log")
    logged.taken_back.tell(part)
    return logged, part


def test_the_last_act_before_a_crash_can_be_taken_back_however_long_the_service_was_down() -> None:
    logged, part = found(VIEW, ADD, timedelta(days=9), taken_back(ADD, 1))
    assert (part.problems, logged.rows) == ([], {})
    assert part.notes[0].startswith("1 acts in the log did not happen, by the service's own word, given at 1 times")
    assert part.notes[1] == (
        "entry 1 (list.entry.add by manager, 2026-11-23 03:00:01) did not happen: entry 2: the process ended before the"
        " commit"
    )


@pytest.mark.parametrize(
    ("acts", "said"),
    [
        ((ADD, timedelta(minutes=3), VIEW, taken_back(ADD, 0)), "no crash explains it"),
        ((ADD, taken_back(ADD, 7)), "no crash explains it"),
        ((ADD, taken_back(ADD, 0, entry="0")), "no crash explains it"),
        ((ADD, taken_back(RAISE, 0)), r"which is another act \(list.entry.add\)"),
        ((ADD, replace(taken_back(ADD, 0), objects={"list": "8"})), "which is another act"),
        ((ADD, *[VIEW] * 5_000, taken_back(ADD, 0)), "no crash explains it"),
    ],
    ids=["too late", "of no entry", "of no number", "of another act", "of other objects", "too many entries ago"],
)  # fmt: skip
def test_a_word_that_no_crash_explains_is_not_taken_and_is_a_problem(
    acts: tuple[Act | timedelta, ...], said: str
) -> None:
    logged, part = found(*acts)
    assert len(part.problems) == 1
    assert said.replace("\\", "") in part.problems[0]
    assert RowKey("entry", "e1") in logged.rows


def test_an_uncertain_word_is_bounded_and_named_alike() -> None:
    logged, part = found(ADD, taken_back(ADD, 0, certain=False))
    assert not logged.must_be_there(0)
    assert part.notes[1].startswith("entry 0 (list.entry.add by manager, 2026-11-23 03:00:00) did not happen, or so it")
    logged, part = found(ADD, timedelta(minutes=3), VIEW, taken_back(ADD, 0, certain=False))
    assert logged.must_be_there(0)
    assert part.problems


@pytest.mark.parametrize(
    ("acts", "built"),
    [
        ((ADD, taken_back(ADD, 0), REMOVE), True),
        ((ADD, REMOVE, taken_back(ADD, 0)), True),
        ((ADD, taken_back(ADD, 0), ADD, REMOVE), False),  # done again, and then built upon
        ((ADD, REMOVE, taken_back(ADD, 0), taken_back(REMOVE, 1)), False),  # one transaction, neither was
        ((RAISE, taken_back(RAISE, 0), VIEW), False),  # an address with that id can be opened by anybody
        ((RAISE, taken_back(RAISE, 0), ANSWER, RAISE), False),  # the answer came before its hit came again
    ],
)  # fmt: skip
def test_what_others_build_on_did_happen(acts: tuple[Act, ...], built: bool) -> None:
    _, part = found(*acts)
    assert bool(part.problems) is built, part.problems
    assert not built or "builds on it" in part.problems[0]


def test_what_was_relied_on_an_authority_for_is_judged_though_it_was_taken_back() -> None:
    logged, _ = found(USE, taken_back(USE, 0))
    assert [use.entry.index for use in logged.uses] == [0]
