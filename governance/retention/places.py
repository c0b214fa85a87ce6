"""The places that disposal empties: what kind of item each holds, and the class of what has no class of its own.

An overseer's program holds every receipt against this table: a receipt that named a place with a shorter rule, or
another kind of item than the place holds, would let go what must still be here.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final


@dataclass(frozen=True, slots=True)
class Holds:
    """What a place holds. classes: one of these each item has, whatever else it was given."""

    kind: str
    classes: tuple[str, ...]


PLACES: Final[Mapping[str, Holds]] = MappingProxyType(
    {
        "pictures": Holds("image", ("anpr-read", "anpr-hit")),
        "stray-objects": Holds("object", ("picture-unclaimed",)),
        "alerts": Holds("alert", ("anpr-hit",)),
        "loose-answers": Holds("answer", ("anpr-hit",)),
        "reads": Holds("read", ("anpr-read",)),
        "list-entries": Holds("entry", ("anpr-list-entry",)),
        "quarantine": Holds("quarantine", ("quarantined-message",)),
        "search-questions": Holds("search", ("search-question",)),
        "search-digests": Holds("search-target", ("search-digest",)),
        "sessions": Holds("session", ("session",)),
        "sign-in-links": Holds("sign-in-link", ("sign-in-link",)),
        "sign-in-failures": Holds("sign-in-failure", ("sign-in-failure",)),
    }
)
