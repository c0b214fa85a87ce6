"""Follows each plate from frame to frame, by where it is and by what it says.

The reader looks at one to three frames a second on a car's processor and the camera itself moves, so the same plate
may be many plate widths from where it was: place alone cannot join the two sightings, and text alone would join two
cars of one fleet. So the less alike two texts are, the nearer the plates must be (REACH, a table).

Joining two vehicles loses one of them for good; splitting one in two costs a weak track that the evidence rule
(edge/evidence.py) drops, or a repeat that the pipeline suppresses. Where it is in doubt, this code splits.
"""

import math
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from edge.marks import difference, is_part
from models.plates.reading import PlateReading

DEFAULT_LOST_AFTER_S: Final = 3.0
"""Two frames of the slowest reader (1.5 s a frame on two cores): one missed sighting does not end a track."""

MAX_SIGHTINGS: Final = 50
"""The latest sightings that a track keeps, and a vote is taken over: a car may follow another for an hour."""

TEXTS_COMPARED: Final = 5
"""How many of a track's latest texts a new reading is compared with, so that one bad reading does not break a track."""


@dataclass(frozen=True, slots=True)
class Reach:
    """How far from its expected place a plate may be and still be the same: at once, and more with each second.

    In widths of the plate. A UK plate is 0.52 m wide, so 25 widths a second is 13 m/s (30 mph) across the view.
    """

    difference_up_to: float
    widths: float
    widths_per_s: float


REACH: Final = (
    Reach(difference_up_to=0.0, widths=math.inf, widths_per_s=0.0),
    Reach(difference_up_to=0.17, widths=3.0, widths_per_s=25.0),
    Reach(difference_up_to=0.45, widths=1.5, widths_per_s=4.0),
)
"""The same text: anywhere in view. One character in six or seven: where 30 mph could take it. Three in seven: near its
expected place."""

PART_DIFFERENCE: Final = 0.45
"""The most that a text and a part of it differ, whatever their lengths: near by, LT2 may be LT23CGK half hidden."""

SAME_PLACE_S: Final = 0.2
SAME_PLACE_OVERLAP: Final = 0.5
"""Whatever the text, a plate that overlaps its expected place by half within 0.2 s is the same plate: at 70 mph
(31 m/s) no vehicle takes another's place in less, as it would have to move by a car's length and a gap."""


@dataclass(frozen=True, slots=True)
class Box:
    """An upright box in pixels, from a plate's corners."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def centre(self) -> tuple[float, float]:
        return (self.left + self.right) / 2, (self.top + self.bottom) / 2

    @property
    def width(self) -> float:
        return self.right - self.left

    @property
    def area(self) -> float:
        return max(self.right - self.left, 0.0) * max(self.bottom - self.top, 0.0)

    def moved(self, dx: float, dy: float) -> "Box":
        return Box(self.left + dx, self.top + dy, self.right + dx, self.bottom + dy)


def box_of(reading: PlateReading) -> Box:
    """Give the upright box round a reading's corners."""
    (left, top), (right, bottom) = reading.corners.min(axis=0), reading.corners.max(axis=0)
    return Box(float(left), float(top), float(right), float(bottom))


def overlap(first: Box, second: Box) -> float:
    """Give the share, 0-1, of the two boxes' joint area that both cover (intersection over union)."""
    width = min(first.right, second.right) - max(first.left, second.left)
    height = min(first.bottom, second.bottom) - max(first.top, second.top)
    shared = max(width, 0.0) * max(height, 0.0)
    joint = first.area + second.area - shared
    return shared / joint if joint > 0 else 0.0


def distance_widths(first: Box, second: Box) -> float:
    """Give the distance between two boxes' centres, in widths of the wider one."""
    return math.dist(first.centre, second.centre) / max(first.width, second.width, 1.0)


@dataclass(frozen=True, slots=True)
class Sighting:
    """One plate in one frame."""

    at: datetime
    frame_index: int
    reading: PlateReading


@dataclass(slots=True, eq=False)
class Track:
    """One plate followed through frames: its latest sightings (never none), and how many there were in all."""

    sightings: deque[Sighting]
    first_seen: datetime
    seen_in: int = field(default=1)

    @classmethod
    def begin(cls, sighting: Sighting) -> "Track":
        return cls(deque([sighting], maxlen=MAX_SIGHTINGS), sighting.at)

    @property
    def last(self) -> Sighting:
        return self.sightings[-1]

    @property
    def last_seen(self) -> datetime:
        return self.last.at

    def add(self, sighting: Sighting) -> None:
        self.sightings.append(sighting)
        self.seen_in += 1

    def expected(self, at: datetime) -> Box:
        """Give where the plate would be at a time had it kept the velocity between its last two sightings."""
        now = box_of(self.last.reading)
        if len(self.sightings) < 2:
            return now
        before = self.sightings[-2]
        step_s = (self.last.at - before.at).total_seconds()
        if step_s <= 0:
            return now
        steps = (at - self.last.at).total_seconds() / step_s
        (x0, y0), (x1, y1) = box_of(before.reading).centre, now.centre
        return now.moved((x1 - x0) * steps, (y1 - y0) * steps)

    def unlike(self, text: str) -> float:
        """Give the difference (0-1) of a text from the most alike of this track's latest texts."""
        recent = [sighting.reading.text for sighting in self.sightings][-TEXTS_COMPARED:]
        if any(is_part(one, text) or is_part(text, one) for one in recent):
            return min(PART_DIFFERENCE, *(difference(one, text) for one in recent))
        return min(difference(one, text) for one in recent)


def join_cost(track: Track, sighting: Sighting) -> float | None:
    """Give how badly a sighting fits a track (0 is best), or None where it cannot be the same plate.

    The text's difference counts most; the distance (from the expected place or the last one, whichever is nearer,
    because a constant velocity is only a guess) settles between equal texts.
    """
    gap_s = (sighting.at - track.last_seen).total_seconds()
    box, expected = box_of(sighting.reading), track.expected(sighting.at)
    away = min(distance_widths(box, expected), distance_widths(box, box_of(track.last.reading)))
    unlike = track.unlike(sighting.reading.text)
    cost = unlike + away / (1 + away)
    if gap_s <= SAME_PLACE_S and overlap(box, expected) >= SAME_PLACE_OVERLAP:
        return cost
    for reach in REACH:
        if unlike <= reach.difference_up_to:
            return cost if away <= reach.widths + reach.widths_per_s * gap_s else None
    return None


@dataclass(frozen=True, slots=True)
class Followed:
    """What one frame did to the tracks: those that it was seen in, and those that are over."""

    seen: tuple[Track, ...]
    ended: tuple[Track, ...]


class Tracker:
    """The plates in view of one camera. Time is the frames' own; the wall clock plays no part."""

    def __init__(self, lost_after_s: float = DEFAULT_LOST_AFTER_S) -> None:
        self._lost_after_s = lost_after_s
        self._tracks: list[Track] = []
        self._latest: datetime | None = None

    def follow(self, at: datetime, frame_index: int, readings: Iterable[PlateReading]) -> Followed:
        """Take one frame's readings (there may be none) and say which tracks they belong to and which have ended.

        A frame from before the latest one (the clock was put back, or the footage begins again) ends every track.
        """
        ended = self._end_lost(at)
        sightings = [Sighting(at, frame_index, reading) for reading in readings]
        pairs = assign(self._tracks, sightings)
        for track, sighting in pairs:
            track.add(sighting)
        taken = {id(sighting) for _, sighting in pairs}
        begun = [Track.begin(sighting) for sighting in sightings if id(sighting) not in taken]
        self._tracks += begun
        self._latest = at
        return Followed(seen=(*(track for track, _ in pairs), *begun), ended=ended)

    def end_all(self) -> tuple[Track, ...]:
        """End every track: the footage is over."""
        ended, self._tracks, self._latest = tuple(self._tracks), [], None
        return ended

    def _end_lost(self, at: datetime) -> tuple[Track, ...]:
        if self._latest is not None and at < self._latest:
            return self.end_all()
        ended = [t for t in self._tracks if (at - t.last_seen).total_seconds() > self._lost_after_s]
        self._tracks = [t for t in self._tracks if (at - t.last_seen).total_seconds() <= self._lost_after_s]
        return tuple(ended)


def assign(tracks: list[Track], sightings: list[Sighting]) -> list[tuple[Track, Sighting]]:
    """Pair tracks with sightings, the best fit first, each at most once.

    Taking the best pair first is not always the least sum, but with the few plates of one picture and text in the cost
    a rare worse pairing is cheaper than an assignment solver to maintain.
    """
    fits = [
        (cost, t, s)
        for t, track in enumerate(tracks)
        for s, sighting in enumerate(sightings)
        if (cost := join_cost(track, sighting)) is not None
    ]
    pairs: list[tuple[Track, Sighting]] = []
    used_tracks: set[int] = set()
    used_sightings: set[int] = set()
    for _, t, s in sorted(fits):
        if t not in used_tracks and s not in used_sightings:
            used_tracks.add(t)
            used_sightings.add(s)
            pairs.append((tracks[t], sightings[s]))
    return pairs
