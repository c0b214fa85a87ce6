"""Sightings folded into cards: which ones belong together, and in which order cards stand. Pure.

- Sightings of one mark for one entry of a list that wait for an answer are one card, which shows the newest. An officer
  has one vehicle to answer for, however often the cameras saw it.
- One answer is given to all the sightings that the card shows. Each sighting is an alert with an answer of its own, so
  that figures count alerts as before; those answered by one tap (same time, same person, same outcome) stay one card.
- A sighting that comes after the answer is a new card, which says what was answered before.
- What waits comes first: with risk warnings before without, then newest first. What is answered follows, newest first.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from ingest.contract.card.view import AlertView, AnswerView

MOST_SIGHTINGS: Final = 200
"""Sightings in one card. More make a second card, so that neither a card nor the form of its answer grows for ever."""


def fold(sightings: Iterable[AlertView]) -> list[AlertView]:
    """Give the cards of these sightings, in the order in which they stand."""
    together: dict[object, list[AlertView]] = {}
    answered: dict[str, AnswerView] = {}
    for view in sightings:
        together.setdefault(_belongs_to(view), []).append(view)
        if view.answer and (view.entry_id not in answered or _later(view.answer, answered[view.entry_id])):
            answered[view.entry_id] = view.answer
    cards = [_card(part, answered) for group in together.values() for part in _parts(sorted(group, key=_seen))]
    cards.sort(key=_seen, reverse=True)
    return sorted(cards, key=_rank)


def card_with(alert_id: str, sightings: Iterable[AlertView]) -> AlertView:
    """Give the card of these sightings that holds one of them. Raises LookupError where none does."""
    for card in fold(sightings):
        if any(view.alert_id == alert_id for view in card.sightings):
            return card
    raise LookupError(f"no sighting {alert_id} is among these")


def _belongs_to(view: AlertView) -> object:
    if view.answer is None:
        return view.entry_id, view.vrm
    return view.entry_id, view.vrm, view.answer


def _parts(oldest_first: list[AlertView]) -> Iterator[list[AlertView]]:
    for start in range(0, len(oldest_first), MOST_SIGHTINGS):
        yield oldest_first[start : start + MOST_SIGHTINGS]


def _seen(view: AlertView) -> tuple[datetime, str]:
    return view.captured_at, view.alert_id


def _later(one: AnswerView, other: AnswerView) -> bool:
    return one.answered_at > other.answered_at


def _rank(card: AlertView) -> tuple[bool, bool]:
    waits = card.answer is None
    return not waits, waits and not card.risk_warnings


def _card(oldest_first: Sequence[AlertView], answered: dict[str, AnswerView]) -> AlertView:
    *earlier, newest = oldest_first
    before = newest.before
    if newest.answer is None and before is None:
        before = answered.get(newest.entry_id)
    return replace(newest, earlier=tuple(reversed(earlier)), before=before)
