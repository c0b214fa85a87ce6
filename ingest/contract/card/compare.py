"""The mark on the list and the mark that was read, character by character, with how sure the reader is. Pure."""

from dataclasses import dataclass
from typing import Final

from ingest.contract.card.view import AlertView
from ingest.contract.lining_up import line_up

WEAK_BELOW: Final = 0.90
"""A character read with less than this probability is marked on the card and named in words."""

_ONE_GLYPH: Final = str.maketrans({"O": "0", "I": "1"})
"""A plate shows O and 0 alike, and I and 1 (shared standards: anpr.md, "Plates")."""


@dataclass(frozen=True, slots=True)
class Place:
    """One place of the two marks. A character is empty where the other mark has one and this has none.

    sure is the reader's probability of the character that was read; None where none was. differs is true where a plate
    would show two different characters.
    """

    listed: str
    read: str
    sure: float | None
    differs: bool

    @property
    def doubtful(self) -> bool:
        """Whether an officer should look at this place of the picture."""
        return self.differs or self.sure is None or self.sure < WEAK_BELOW


def compare(view: AlertView) -> list[Place]:
    """Hold the two marks of an alert side by side; nothing where the mark on the list is not known."""
    if not view.listed:
        return []
    there, read = view.listed.translate(_ONE_GLYPH), view.vrm.translate(_ONE_GLYPH)
    return [
        Place(
            "" if listed_at is None else view.listed[listed_at],
            "" if read_at is None else view.vrm[read_at],
            view.characters[read_at].confidence if read_at is not None and read_at < len(view.characters) else None,
            listed_at is None or read_at is None or there[listed_at] != read[read_at],
        )
        for listed_at, read_at in line_up(there, read)
    ]
