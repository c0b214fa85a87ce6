"""Entries of a drawn log."""

from datetime import UTC, datetime, timedelta

from governance.acts import Act
from governance.entry import Entry

START = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)


def logged_at(*acts: tuple[Act, datetime]) -> list[Entry]:
    """Each act at its time."""
    return [Entry(index, at, act) for index, (act, at) in enumerate(acts)]


def in_turn(*acts: Act) -> list[Entry]:
    """The acts, a second apart."""
    return logged_at(*((act, START + timedelta(seconds=number)) for number, act in enumerate(acts)))
