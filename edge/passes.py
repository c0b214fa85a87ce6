"""One vehicle pass as it leaves the pipeline: the read, its pair of pictures, and how long it took to be told."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from uuid import UUID

from edge.marks import canonical
from edge.pictures import EncodedPicture, overview, plate_patch
from edge.voting import Vote, worth
from hardware.frames import Frame, Position
from ingest.contract.messages import ImageRef, OtherCharacter, Picture, Read, WireCharacter, WirePosition
from models.plates.reading import Character, PlateReading

TEXTS_KEPT: Final = 3
"""How many different texts of one track keep their best frame: a frame of 4,000 x 3,000 pixels takes 36 MB."""

OTHERS_PLACES: Final = 4
"""Decimals of what the reader gave another character: it goes with every read, by radio."""

AS_READ_MOST: Final = 40
"""The longest as_read on the wire (ingest.contract.messages.Read), in characters."""


@dataclass(frozen=True, slots=True)
class PassPicture:
    """One picture of a pass: header is what goes before data on the images topic."""

    header: Picture
    data: bytes


@dataclass(frozen=True, slots=True)
class Pass:
    """One vehicle pass.

    told_at is when the pipeline let go of it. capture_to_told_ms is the time from the capture of the latest frame that
    the vote was taken over, by the device's clock: meaningful for a live or paced camera, where frames' times are now.
    """

    read: Read
    pictures: tuple[PassPicture, ...]
    told_at: datetime
    capture_to_told_ms: float


@dataclass(frozen=True, slots=True)
class Shot:
    """One plate in one frame, with the frame itself."""

    frame: Frame
    reading: PlateReading

    @property
    def rank(self) -> tuple[float, datetime, int]:
        """Order shots by how well they show the plate; of equals, the later one."""
        return worth(self.reading), self.frame.captured_at, self.frame.index


@dataclass(slots=True)
class Shots:
    """The best shot of each of the few best texts of one track, so that the patch can show what the vote says."""

    _best: dict[str, Shot] = field(default_factory=dict)

    def keep(self, shot: Shot) -> None:
        """Keep the shot if it is the best of its text so far, and let go of the worst text beyond TEXTS_KEPT."""
        text = canonical(shot.reading.text)
        held = self._best.get(text)
        if held is None or shot.rank > held.rank:
            self._best[text] = shot
        if len(self._best) > TEXTS_KEPT:
            del self._best[min(self._best, key=lambda text: self._best[text].rank)]

    def best(self, text: str) -> Shot:
        """Give the best shot that reads as text; where none is held, the best of any."""
        held = self._best.get(canonical(text))
        return held or max(self._best.values(), key=lambda shot: shot.rank)


@dataclass(frozen=True, slots=True)
class PassMaker:
    """What every pass of one agent has in common."""

    software: str
    models: dict[str, str]
    clock_error_ms: Callable[[], float | None]
    make_id: Callable[[], UUID]

    def make(self, result: Vote, shot: Shot, seen: tuple[datetime, datetime], now: Callable[[], datetime]) -> Pass:
        """Make the pass; seen is when the plate was first and last seen, shot the best view of it."""
        read_id = self.make_id()
        frame, (first_seen, last_seen) = shot.frame, seen
        pictures = tuple(
            self._picture(read_id, encoded)
            for encoded in (plate_patch(frame.image, shot.reading.corners), overview(frame.image))
        )
        read = Read(
            read_id=read_id,
            camera_id=frame.camera_id,
            vrm=result.text,
            as_read=shot.reading.as_read[:AS_READ_MOST],
            mark_kind=result.kind.value,
            confidence=result.confidence,
            characters=tuple(map(_character, result.characters)),
            captured_at=frame.captured_at,
            first_seen=first_seen,
            last_seen=last_seen,
            frames_read=result.readings,
            position=_on_the_wire(frame.position),
            clock_error_ms=self.clock_error_ms(),
            images=tuple(
                ImageRef(image_id=p.header.image_id, role=p.header.role, sha256=p.header.sha256) for p in pictures
            ),
            models=self.models,
            software=self.software,
        )
        told_at = now()
        return Pass(read, pictures, told_at, (told_at - last_seen).total_seconds() * 1000)

    def _picture(self, read_id: UUID, encoded: EncodedPicture) -> PassPicture:
        header = Picture(
            image_id=self.make_id(),
            read_id=read_id,
            role=encoded.role,
            sha256=encoded.sha256,
            media_type="image/jpeg",
            width_px=encoded.width_px,
            height_px=encoded.height_px,
            size_bytes=len(encoded.data),
        )
        return PassPicture(header, encoded.data)


def _character(read: Character) -> WireCharacter:
    others = tuple(
        OtherCharacter(char=other.char, confidence=round(other.confidence, OTHERS_PLACES)) for other in read.others
    )
    return WireCharacter(char=read.char, confidence=read.confidence, others=others)


def _on_the_wire(position: Position | None) -> WirePosition | None:
    if position is None:
        return None
    return WirePosition(
        latitude_deg=position.latitude_deg,
        longitude_deg=position.longitude_deg,
        accuracy_m=position.accuracy_m,
        source=position.source,
    )
