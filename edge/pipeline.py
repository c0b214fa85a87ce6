"""From a camera's frames to one read for each vehicle pass: read, follow, vote, tell.

A pass is told as soon as its vote is sure (edge/evidence.py); the rest of its track only keeps the same vehicle from
being told twice. Every decision goes by the frames' own times. Frames come from hardware.cameras, which already skips
old ones for a slow reader.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from uuid import UUID

import numpy as np

from edge.counters import Counters
from edge.evidence import EvidenceRule, Moment, Verdict, layout_of, weigh
from edge.marks import Layout, canonical, is_part
from edge.passes import Pass, PassMaker, Shot, Shots
from edge.tracking import DEFAULT_LOST_AFTER_S, Track, Tracker
from edge.voting import Vote, vote
from hardware.camera import Camera
from hardware.clock import Clock
from hardware.errors import HardwareError
from hardware.frames import Frame, Image
from ingest.contract.base import new_id
from ingest.contract.card.words import counted
from models.errors import ModelsError
from models.plates.reading import PlateReader, PlateReading

DEFAULT_REJOIN_WITHIN_S: Final = 30.0
"""A vehicle hidden by a bus, or left behind at a light and caught up with, is still the same pass."""

LONGEST_MARK: Final = 12
"""The most characters that the wire has room for (ingest.contract.base.Vrm)."""

EDGE_PX: Final = 2.0
"""A plate whose corner is this near the picture's edge may go on beyond it."""


@dataclass(frozen=True, slots=True)
class PipelineSettings:
    """What may be set. Times are the frames' own, in seconds."""

    lost_after_s: float = DEFAULT_LOST_AFTER_S
    rejoin_within_s: float = DEFAULT_REJOIN_WITHIN_S
    evidence: EvidenceRule = field(default_factory=EvidenceRule)


@dataclass(frozen=True, slots=True)
class Summary:
    """What became of a source's frames: given = looked_at + refused, and skipped never reached the reader."""

    looked_at: int
    refused: int
    skipped: int
    passes: int

    @property
    def frames(self) -> int:
        return self.looked_at + self.refused + self.skipped

    def __str__(self) -> str:
        said = f"looked at {self.looked_at:,} of {counted(self.frames, 'frame')}"
        return f"{said} ({self.refused} refused by the reader)" if self.refused else said


@dataclass(slots=True)
class _Telling:
    """What has been told of one track. told and contradicted are marks in canonical form."""

    shots: Shots = field(default_factory=Shots)
    told: str | None = None
    contradicted: str | None = None


class Pipeline:
    """Turns one camera's frames into passes. One thread; it owns its tracks."""

    def __init__(
        self,
        camera: Camera,
        reader: PlateReader,
        counters: Counters,
        clock: Clock,
        settings: PipelineSettings,
        *,
        software: str,
        clock_error_ms: Callable[[], float | None],
        make_id: Callable[[], UUID] = new_id,
    ) -> None:
        self._camera = camera
        self._reader = reader
        self._counters = counters
        self._clock = clock
        self._settings = settings
        self._maker = PassMaker(software, dict(reader.digests), clock_error_ms, make_id)
        self._tracker = Tracker(settings.lost_after_s)
        self._tellings: dict[Track, _Telling] = {}
        self._told_lately: dict[str, datetime] = {}
        self._looked_at = 0
        self._refused = 0
        self._passes = 0

    def passes(self) -> Iterator[Pass]:
        """Give each pass as soon as it may be told, until the camera ends. What was in view then is settled too, also
        where the camera is lost; that error is raised afterwards.
        """
        lost: HardwareError | None = None
        try:
            for frame in self._camera.frames():
                yield from self._look(frame)
        except HardwareError as error:
            lost = error
        yield from self._settle_all(self._tracker.end_all())
        if lost is not None:
            raise lost

    def summary(self) -> Summary:
        """Say what became of the frames so far."""
        return Summary(self._looked_at, self._refused, self._camera.counts.dropped, self._passes)

    def _look(self, frame: Frame) -> Iterator[Pass]:
        try:
            found = self._reader.read(frame.image)
        except ModelsError as error:
            self._refused += 1
            self._counters.count("frames_refused", warn=f"frame {frame.index} was refused by the reader: {error}")
            return
        self._looked_at += 1
        self._counters.count("frames_looked_at")
        readings = self._usable(frame, found)
        if frame.still:
            yield from self._settle_all(self._tracker.end_all())
            yield from self._still(frame, readings)
            return
        followed = self._tracker.follow(frame.captured_at, frame.index, readings)
        yield from self._settle_all(followed.ended)
        for track in followed.seen:
            telling = self._tellings.setdefault(track, _Telling())
            if telling.told is None:
                telling.shots.keep(Shot(frame, track.last.reading))
            yield from self._settle(track, telling, Moment.IN_VIEW)

    def _usable(self, frame: Frame, readings: Sequence[PlateReading]) -> Sequence[PlateReading]:
        """Leave out what cannot be a whole mark. A still is taken as it is: it may be a close crop of its plate."""
        possible = [reading for reading in readings if 1 <= len(reading.characters) <= LONGEST_MARK]
        if wrong := len(readings) - len(possible):
            self._counters.count("plates_of_no_length", wrong, warn=f"no mark has 0 or over {LONGEST_MARK} characters")
        if frame.still:
            return possible
        whole = [reading for reading in possible if not touches_edge(reading, frame.image)]
        # No warning for these: every plate is cut off in a few frames as it comes into view and leaves it.
        self._counters.count("plates_cut_off", len(possible) - len(whole))
        return whole

    def _settle_all(self, tracks: Sequence[Track]) -> Iterator[Pass]:
        for track in tracks:
            yield from self._settle(track, self._tellings.pop(track), Moment.OVER)

    def _settle(self, track: Track, telling: _Telling, moment: Moment) -> Iterator[Pass]:
        result = vote((sighting.reading for sighting in track.sightings), track.last_seen.date())
        in_view_s = (track.last_seen - track.first_seen).total_seconds()
        verdict = weigh(result, moment, in_view_s, self._settings.evidence)
        if telling.told is not None:
            self._told_lately[telling.told] = track.last_seen
            self._note_contradiction(telling, result, verdict)
        elif verdict is Verdict.TELL:
            telling.told = canonical(result.text)
            if self._is_repeat(result, track):
                self._counters.count("reads_repeated")
            else:
                best = telling.shots.best(result.text)
                yield self._tell(result, best, (track.first_seen, track.last_seen))
            self._told_lately[telling.told] = track.last_seen
            telling.shots = Shots()
        elif verdict is Verdict.DROP:
            self._drop(result)

    def _still(self, frame: Frame, readings: Sequence[PlateReading]) -> Iterator[Pass]:
        """Take a picture without neighbours: each mark in it is a pass, and the same mark twice is one vehicle."""
        told: set[str] = set()
        for reading in readings:
            result = vote([reading], frame.captured_at.date())
            mark = canonical(result.text)
            if weigh(result, Moment.STILL, 0.0, self._settings.evidence) is not Verdict.TELL:
                self._drop(result)
            elif mark in told:
                self._counters.count("reads_repeated")
            else:
                told.add(mark)
                yield self._tell(result, Shot(frame, reading), (frame.captured_at, frame.captured_at))

    def _tell(self, result: Vote, best: Shot, seen: tuple[datetime, datetime]) -> Pass:
        self._passes += 1
        self._counters.count("reads_made")
        return self._maker.make(result, best, seen, self._clock.now)

    def _drop(self, result: Vote) -> None:
        self._counters.count(
            "tracks_not_plates",
            warn=f"writing in {counted(result.readings, 'frame')} was not told: {result.agreeing} agree, "
            f"least sure character {result.weakest:.2f}, kind {result.kind}",
        )

    def _is_repeat(self, result: Vote, track: Track) -> bool:
        """Say whether the mark was told so shortly before or after this track (in the frames' time) that it is the same
        pass, half hidden perhaps; forget what was told too long ago to matter.
        """
        self._told_lately = {
            told: at
            for told, at in self._told_lately.items()
            if seconds_apart(at, track.first_seen, track.last_seen) <= self._settings.rejoin_within_s
        }
        partly = layout_of(result) is not Layout.STRICT and any(is_part(result.text, m) for m in self._told_lately)
        return canonical(result.text) in self._told_lately or partly

    def _note_contradiction(self, telling: _Telling, result: Vote, verdict: Verdict) -> None:
        mark = canonical(result.text)
        if verdict is Verdict.TELL and mark not in (telling.told, telling.contradicted):
            telling.contradicted = mark
            self._counters.count("reads_contradicted", warn="a read was told, then its later frames said another mark")


def seconds_apart(at: datetime, first: datetime, last: datetime) -> float:
    """Give how long before or after a span of time an instant is; 0 within it."""
    return abs((at - min(max(at, first), last)).total_seconds())


def touches_edge(reading: PlateReading, image: Image) -> bool:
    """Say whether the plate may go on beyond the picture: half a mark can look like a whole one (T23CGK of LT23CGK)."""
    height, width = image.shape[:2]
    low, high = reading.corners.min(axis=0), reading.corners.max(axis=0)
    return bool(np.any(low <= EDGE_PX) or high[0] >= width - 1 - EDGE_PX or high[1] >= height - 1 - EDGE_PX)
