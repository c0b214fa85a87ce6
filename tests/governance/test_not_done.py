"""Which entries a crash can have left: the last by time and by number, however late the word about them comes."""

from datetime import UTC, datetime, timedelta

import pytest

from governance.acts import Act
from governance.entry import Entry
from governance.not_done import LONGEST, MOST_ENTRIES, Recent, is_not_done

START = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)


def entry(index: int, after: timedelta = timedelta(0), act: str = "alert.answer") -> Entry:
    return Entry(index, START + after, Act("pc.demo", act, "Answered"))


@pytest.mark.parametrize(
    ("index", "after", "there"),
    [
        (8, LONGEST, True),
        (8, LONGEST + timedelta(milliseconds=1), False),
        (7 + MOST_ENTRIES - 1, timedelta(0), True),
        (7 + MOST_ENTRIES, timedelta(0), False),
        (8, -timedelta(days=400), True),  # a clock that goes back makes nothing old
    ],
)
def test_the_bounds(index: int, after: timedelta, there: bool) -> None:
    recent = Recent()
    recent.add(entry(7))
    recent.add(entry(index, after))
    assert (recent.get(7) is not None) is there
    assert [each.index for each in recent.after(7)] == [index]


def test_a_clock_that_ran_ahead_for_one_entry_keeps_nothing_after_it() -> None:
    recent = Recent()
    for index, after in enumerate([timedelta(0), timedelta(days=90 * 365), timedelta(0), LONGEST, LONGEST * 2]):
        recent.add(entry(index, after))
    assert [each.index for each in recent.after(-1)] == [3, 4]


def test_a_word_is_known_by_its_name() -> None:
    assert is_not_done(entry(1, act="alert.answer.not-done"))
    assert not is_not_done(entry(1))
