"""Which sightings are one card, and in which order cards stand."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any, Protocol

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingest.contract.card import MOST_SIGHTINGS, AlertView, AnswerView, card_with, fold
from ingest.contract.messages import Outcome


class ViewMaker(Protocol):
    def __call__(self, **changes: Any) -> AlertView: ...


class SightingMaker(Protocol):
    def __call__(self, number: int, minute: int, entry: str = "e", **changes: Any) -> AlertView: ...


@pytest.fixture
def sighting(make_view: ViewMaker) -> SightingMaker:
    seen = make_view().captured_at

    def make(number: int, minute: int, entry: str = "e", **changes: Any) -> AlertView:
        at = seen + timedelta(minutes=minute)
        return make_view(alert_id=f"{number:04}", entry_id=entry, captured_at=at, **changes)

    return make


@pytest.fixture
def answered(make_view: ViewMaker) -> Any:
    seen = make_view().captured_at

    def make(minute: int, outcome: Outcome = Outcome.STOPPED, by: str = "PC Drawn") -> tuple[AnswerView, ...]:
        return (AnswerView(outcome, seen + timedelta(minutes=minute), by),)

    return make


def ids(cards: Iterable[AlertView]) -> list[list[int]]:
    return [[int(view.alert_id) for view in card.sightings] for card in cards]


def test_what_waits_of_one_vehicle_is_one_card_newest_first(sighting: SightingMaker) -> None:
    newest = sighting(2, 9)
    (card,) = fold([sighting(1, 5), newest, sighting(3, 7)])
    assert ids([card]) == [[2, 3, 1]]
    assert (card.card_id, card.captured_at) == ("0001", newest.captured_at)


def test_another_entry_or_another_mark_is_another_card(sighting: SightingMaker) -> None:
    assert len(fold([sighting(1, 1), sighting(2, 2, entry="f"), sighting(3, 3, vrm="AB12CDF")])) == 3


def test_a_sighting_after_the_answer_is_a_new_card_that_says_what_was_answered(
    sighting: SightingMaker, answered: Any
) -> None:
    old = answered(3)
    cards = fold([sighting(1, 1, answers=old), sighting(2, 2, answers=old), sighting(3, 4)])
    assert ids(cards) == [[3], [2, 1]]
    assert (cards[0].before, cards[1].before) == (old[0], None)


def test_the_last_answer_of_several_is_the_one_that_is_said(sighting: SightingMaker, answered: Any) -> None:
    cards = fold([sighting(1, 1, answers=answered(8)), sighting(2, 2, answers=answered(3)), sighting(3, 9)])
    assert cards[0].before == answered(8)[0]


def test_what_the_server_knows_of_an_older_answer_is_kept(sighting: SightingMaker, answered: Any) -> None:
    known = answered(-600)[0]
    assert fold([sighting(1, 1, before=known)])[0].before == known


@pytest.mark.parametrize("other", [(4,), (3, Outcome.MISREAD), (3, Outcome.STOPPED, "PC Other")])
def test_sightings_of_two_answers_are_two_cards(sighting: SightingMaker, answered: Any, other: tuple[Any, ...]) -> None:
    assert len(fold([sighting(1, 1, answers=answered(3)), sighting(2, 2, answers=answered(*other))])) == 2


def test_risk_comes_first_then_the_newest_and_answered_last(sighting: SightingMaker, answered: Any) -> None:
    cards = fold(
        [
            sighting(1, 50, "a", risk_warnings=()),
            sighting(2, 10, "b"),
            sighting(3, 60, "c", answers=answered(61)),
            sighting(4, 20, "d"),
            sighting(5, 40, "e", risk_warnings=()),
            sighting(6, 70, "f", answers=answered(71), risk_warnings=()),
        ]
    )
    assert ids(cards) == [[4], [2], [1], [5], [6], [3]]


def test_more_sightings_than_a_card_holds_make_a_second(sighting: SightingMaker) -> None:
    cards = fold([sighting(number, number) for number in range(MOST_SIGHTINGS + 3)])
    assert [len(card.sightings) for card in cards] == [3, MOST_SIGHTINGS]
    assert cards[1].card_id == "0000", "the card of the first sightings stays what it was"


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(drawn=st.lists(st.tuples(st.integers(0, 3), st.integers(0, 60), st.booleans()), max_size=30))
def test_no_sighting_is_lost_or_shown_twice(
    sighting: SightingMaker, answered: Any, drawn: list[tuple[int, int, bool]]
) -> None:
    views = [
        sighting(number, minute, str(entry), answers=answered(entry) if done else ())
        for number, (entry, minute, done) in enumerate(drawn)
    ]
    cards = fold(views)
    assert sorted(number for card in ids(cards) for number in card) == list(range(len(views)))
    assert len({card.card_id for card in cards}) == len(cards)
    for view in views:
        assert view.alert_id in {each.alert_id for each in card_with(view.alert_id, views).sightings}


def test_a_sighting_that_is_not_there_has_no_card(sighting: SightingMaker) -> None:
    with pytest.raises(LookupError):
        card_with("9", [sighting(1, 1)])
