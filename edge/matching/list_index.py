"""The lists in force as one index, and the look-up of a read in it."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Final

from edge.marks import canonical
from edge.matching.held import HeldList, Shelf, is_in_force
from edge.matching.index import MarkIndex
from edge.matching.keys import key_of
from edge.matching.match import Match
from edge.matching.matcher import Likely, Matched, Matcher, Seen
from ingest.contract.messages import Read
from models.plates.reading import MarkKind

NO_OTHERS: Final[Mapping[str, float]] = MappingProxyType({})

MatcherFor = Callable[[Mapping[str, str]], Matcher | None]
"""Gives the matcher for reads that these models made; None where nobody has measured what they misread."""


class ListIndex:
    """The entries of some lists, found by mark. Never changed: other lists are another index."""

    def __init__(self, lists: Sequence[HeldList]) -> None:
        self._shelf = Shelf(lists)
        self._marks = MarkIndex.of_keys(self._shelf.marks())

    def __len__(self) -> int:
        return len(self._marks)

    def look_up(self, read: Read, now: datetime, matcher_for: MatcherFor) -> list[Match]:
        """Give every entry in force that the read is on, or may be a misread of: likeliest first, then in the lists'
        order. Without a matcher for its reader only exact ones, with the reader's own confidence.
        """
        matcher = matcher_for(read.models)
        likely = self._exactly(read) if matcher is None else self._likely(matcher, read, now)
        return [
            Match(manifest, entry, each.probability, each.how)
            for each in likely
            for manifest, entry in self._shelf.take(each.entries)
            if is_in_force(entry, now)
        ]

    def _likely(self, matcher: Matcher, read: Read, now: datetime) -> list[Likely]:
        if len(read.characters) != len(read.vrm):  # another release's idea of a read: nothing is known of its places
            return self._exactly(read)
        return matcher.match(self._marks, seen(read), now.date())

    def _exactly(self, read: Read) -> list[Likely]:
        key = key_of(canonical(read.vrm))
        numbers = self._marks.find(key)
        return [Likely(key, numbers, read.confidence, Matched.EXACT)] if numbers else []


def seen(read: Read) -> Seen:
    """Give a read as matching sees it. Another shape that is the place's own counts for nothing."""
    shapes = canonical(read.vrm)
    return Seen(
        shapes,
        kind_of(read),
        [character.confidence for character in read.characters],
        [
            {other: each.confidence for each in character.others if (other := canonical(each.char)) != shape}
            if character.others
            else NO_OTHERS
            for shape, character in zip(shapes, read.characters, strict=True)
        ],
    )


def kind_of(read: Read) -> MarkKind:
    """The kind of mark that a read was taken for; one that this release does not know counts as foreign."""
    try:
        return MarkKind(read.mark_kind)
    except ValueError:
        return MarkKind.FOREIGN
