"""One mark out of many readings of one plate, and how sure it is.

Characters vote with the reader's confidence in them, place by place; a reading without a strict layout counts half. The
length with the most weight behind it is the mark's; the heaviest reading of that length is the reference; every other
reading is aligned with it by least edits and votes only in the places where the two line up. O and 0, and I and 1, are
one shape on a plate and vote together; the grammar then says which of the two a place holds.

A character's confidence = (its share of the votes in its place) x (the best confidence that any reading gave it).
Frames of one pass are not independent: the same blur, dirt and angle are in all of them, so a product over frames (as
if each were fresh evidence) would call a plate that was misread ten times alike a certainty. With this formula
agreement can never lift a character above its best single view, and disagreement always lowers it. It lies in 0-1 by
construction. It is reasoned, not measured: calibration belongs to the evaluation.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from math import dist, fsum, prod
from typing import Final

from edge.marks import LAYOUT, Layout, canonical, is_part
from models.plates.grammar import Mended, mend
from models.plates.reading import Character, MarkKind, PlateReading

_NOTHING: Final = 1e-9
"""Stands in for a confidence of 0, so that readings without any confidence still have a majority."""

OTHERS_MOST: Final = 6
"""What else a place may hold: so many shapes at most go on the wire (ingest.contract.messages.WireCharacter)."""

NOT_STRICT_WEIGHT: Final = 0.5
"""What a reading counts whose text has no strict layout. Nine in ten marks on UK roads have one and a misread or half
hidden mark mostly loses it, so beside a reading that fits, one that does not is the likelier to be wrong. Half is
cautious: a true foreign mark still outvotes one chance fit in three readings."""


@dataclass(frozen=True, slots=True)
class Vote:
    """What the readings of one plate say together.

    characters has one item for each character of text. agreeing is how many of the readings say exactly this, before
    or after the grammar, as a plate shows it; unmended is how many of those the grammar did not change to do so.
    """

    text: str
    kind: MarkKind
    characters: tuple[Character, ...]
    agreeing: int
    unmended: int
    readings: int

    @property
    def confidence(self) -> float:
        """The probability (0-1), as the reader sees it, that the whole mark is right."""
        return prod(character.confidence for character in self.characters)

    @property
    def weakest(self) -> float:
        """The confidence of the least sure character."""
        return min(character.confidence for character in self.characters)


def vote(readings: Iterable[PlateReading], on: date) -> Vote:
    """Give the mark that the readings (at least one) say together, in whatever order they come.

    on is the day of the pass: which age identifiers exist depends on it.
    """
    ballots = sorted((_Ballot.of(reading) for reading in readings), key=_Ballot.order, reverse=True)
    if not ballots:
        raise ValueError("a vote needs at least one reading")
    reference = _reference(ballots)
    places: list[defaultdict[str, list[_Cast]]] = [defaultdict(list) for _ in reference.characters]
    for ballot in ballots:
        for place, character in _line_up(reference, ballot):
            places[place][canonical(character.char)].append(_Cast(character, ballot.counts))
    elected = [_elect(place) for place in places]
    mended = mend(elected, on)
    said = {canonical("".join(character.char for character in elected)), canonical(mended.text)}
    agreeing = [ballot for ballot in ballots if ballot.canonical in said]
    unmended = sum(ballot.as_read == canonical(mended.text) for ballot in agreeing)
    characters = tuple(map(_no_surer, mended.characters, elected))
    return Vote(mended.text, _kind(mended, agreeing), characters, len(agreeing), unmended, len(ballots))


PLENTY_PX: Final = 60.0
"""A plate this high in the picture shows a person all that a plate patch of 3 KB can: more height is worth no more."""


def worth(reading: PlateReading) -> float:
    """Give how well a reading's crop would show a person the plate, 0-1: by the plate's height and its confidence."""
    top_left, top_right, bottom_right, bottom_left = reading.corners.tolist()
    height_px = (dist(top_left, bottom_left) + dist(top_right, bottom_right)) / 2
    return min(height_px / PLENTY_PX, 1.0) * reading.confidence


@dataclass(frozen=True, slots=True)
class _Ballot:
    """A reading made ready to vote."""

    canonical: str
    characters: tuple[Character, ...]
    weight: float
    kind: MarkKind
    as_read: str

    @property
    def counts(self) -> float:
        return 1.0 if LAYOUT[self.kind] is Layout.STRICT else NOT_STRICT_WEIGHT

    @classmethod
    def of(cls, reading: PlateReading) -> "_Ballot":
        weight = sum(character.confidence for character in reading.characters) / max(len(reading.characters), 1)
        return cls(canonical(reading.text), reading.characters, weight, reading.kind, canonical(reading.as_read))

    def order(self) -> tuple[float, tuple[tuple[str, float], ...]]:
        """Rank by weight, then by all that can differ, so that the frames' order never matters."""
        return self.weight * self.counts, tuple((character.char, character.confidence) for character in self.characters)


@dataclass(frozen=True, slots=True)
class _Cast:
    """One character as it was voted for, and what its reading counts."""

    character: Character
    counts: float


def _reference(ballots: Sequence[_Ballot]) -> _Ballot:
    """Give the heaviest ballot of the elected length. Of two lengths with equal support the longer wins: characters are
    lost to dirt, bolts and what stands in front more often than they are invented.

    A plate that comes out from behind a vehicle is read as LT23 for many frames before it is LT23CGK for a few. So a
    reading without a strict layout that is part of one with such a layout supports that one's length as well.
    """
    support: defaultdict[int, float] = defaultdict(float)
    whole = {ballot.canonical for ballot in ballots if LAYOUT[ballot.kind] is Layout.STRICT}
    for ballot in ballots:
        support[len(ballot.characters)] += ballot.weight * ballot.counts
        if LAYOUT[ballot.kind] is not Layout.STRICT:
            for length in {len(text) for text in whole if is_part(ballot.canonical, text)}:
                support[length] += ballot.weight * ballot.counts
    length = max(support, key=lambda length: (support[length], length))
    return next(ballot for ballot in ballots if len(ballot.characters) == length)


def _line_up(reference: _Ballot, ballot: _Ballot) -> list[tuple[int, Character]]:
    """Give each of the ballot's characters that stands opposite one of the reference's, with that one's place."""
    a, b = reference.canonical, ballot.canonical
    cost = [
        [max(row, column) if 0 in (row, column) else 0 for column in range(len(b) + 1)] for row in range(len(a) + 1)
    ]
    for row in range(1, len(a) + 1):
        for column in range(1, len(b) + 1):
            opposite = cost[row - 1][column - 1] + (a[row - 1] != b[column - 1])
            cost[row][column] = min(opposite, cost[row - 1][column] + 1, cost[row][column - 1] + 1)
    pairs: list[tuple[int, Character]] = []
    row, column = len(a), len(b)
    while row and column:
        if cost[row][column] == cost[row - 1][column - 1] + (a[row - 1] != b[column - 1]):
            row, column = row - 1, column - 1
            pairs.append((row, ballot.characters[column]))
        elif cost[row][column] == cost[row - 1][column] + 1:
            row -= 1
        else:
            column -= 1
    return pairs


def _elect(votes: Mapping[str, Sequence[_Cast]]) -> Character:
    """Give one place's character and its confidence; votes has the characters by shape."""
    weight = {shape: _weight(cast) for shape, cast in votes.items()}
    shape = max(weight, key=lambda shape: (weight[shape], shape))
    cast = votes[shape]
    letters = {one.character.char for one in cast}
    letter = max(letters, key=lambda char: (_weight(one for one in cast if one.character.char == char), char))
    share = weight[shape] / sum(weight.values())
    return Character(letter, share * max(one.character.confidence for one in cast), _others(shape, votes))


def _others(elected: str, votes: Mapping[str, Sequence[_Cast]]) -> tuple[Character, ...]:
    """Give the likeliest other shapes of a place, each with the mean of what the readings said of it, by their weight.

    A reading says of a shape what the reader gave it, whether it took it for the character or not.
    """
    cast = [one for each in votes.values() for one in each]
    seen: defaultdict[str, float] = defaultdict(float)
    for one in cast:
        for said in (one.character, *one.character.others):
            seen[canonical(said.char)] += said.confidence * one.counts
    total = fsum(one.counts for one in cast)
    likeliest = sorted((shape for shape in seen if shape != elected), key=lambda shape: (-seen[shape], shape))
    return tuple(Character(shape, min(1.0, seen[shape] / total)) for shape in likeliest[:OTHERS_MOST])


def _no_surer(mended: Character, elected: Character) -> Character:
    """Give the character as mended. A place that the frames dispute is no surer for the grammar's having settled it."""
    return Character(mended.char, min(mended.confidence, elected.confidence), mended.others)


def _kind(mended: Mended, agreeing: Sequence[_Ballot]) -> MarkKind:
    """Give the grammar's kind. Only a trade plate's colour, which the reader saw, says more than the text does."""
    if 2 * sum(ballot.kind is MarkKind.TRADE for ballot in agreeing) > len(agreeing):
        return MarkKind.TRADE
    return mended.kind or MarkKind.FOREIGN


def _weight(cast: Iterable[_Cast]) -> float:
    return fsum((one.character.confidence + _NOTHING) * one.counts for one in cast)
