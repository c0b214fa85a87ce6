"""A camera and a reader that do what a test has written down, and a drive past them."""

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

import numpy as np

from edge.counters import Counters
from edge.passes import Pass
from edge.pipeline import Pipeline, PipelineSettings
from hardware.camera import Camera
from hardware.errors import CameraLost
from hardware.frames import Frame, Image, Position
from models.errors import BadImage
from models.plates.reading import MarkKind, PlateReader, PlateReading

START = datetime(2026, 11, 23, 3, 4, 5, tzinfo=UTC)
DIGEST = "ab" * 32
FOREIGN = MarkKind.FOREIGN
MakeReading = Callable[..., PlateReading]
Script = Sequence[Sequence[PlateReading] | None]


class ScriptedReader(PlateReader):
    """Reads what the script says of each frame in turn; None is a picture that it refuses."""

    def __init__(self, script: Script) -> None:
        self._script = iter(script)

    @property
    def digests(self) -> Mapping[str, str]:
        return {"scripted": DIGEST}

    def read(self, image: Image) -> list[PlateReading]:
        plates = next(self._script)
        if plates is None:
            raise BadImage("a picture of shape (0, 0) cannot be read; give height, width and 3 colours")
        return list(plates)


class ScriptedCamera(Camera):
    """Gives frames at the times told, then ends or is lost."""

    def __init__(self, times: Sequence[datetime], *, still: bool = False, lost: bool = False, skips: int = 0) -> None:
        super().__init__("front")
        self._times, self._still, self._lost, self._skips = times, still, lost, skips

    def frames(self) -> Iterator[Frame]:
        for number, at in enumerate(self._times):
            self.counts.given += 1
            self.counts.dropped += self._skips
            image = np.full((800, 1400, 3), 10 * number % 256, np.uint8)
            place = Position(51.5, -0.12, 5.0, "fixed")
            yield Frame(image, at, self.camera_id, number * (self._skips + 1), place, self._still)
        if self._lost:
            raise CameraLost("rtsp://front: no answer in 10 s; check the cable")

    def close(self) -> None:
        """Nothing to release."""


class StoppedClock:
    """A second after the last frame of interest: enough to see that the delay is measured."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def now(self) -> datetime:
        return self.at


class Drive:
    """A pipeline over a script: one entry for each frame, half a second apart unless times are given."""

    def __init__(
        self,
        script: Script,
        times_s: Sequence[float] | None = None,
        *,
        still: bool = False,
        lost: bool = False,
        skips: int = 0,
    ) -> None:
        seconds = times_s if times_s is not None else [n / 2 for n in range(len(script))]
        self.camera = ScriptedCamera(
            [START + timedelta(seconds=s) for s in seconds], still=still, lost=lost, skips=skips
        )
        self.counters = Counters()
        numbers = itertools.count(1)
        self.pipeline = Pipeline(
            self.camera,
            ScriptedReader(script),
            self.counters,
            StoppedClock(START + timedelta(seconds=1)),
            PipelineSettings(),
            software="lanthorn test",
            clock_error_ms=lambda: 12.5,
            make_id=lambda: UUID(int=next(numbers)),
        )
        self.stream = self.pipeline.passes()

    def all(self) -> list[Pass]:
        return list(self.stream)

    def marks(self) -> list[str]:
        return [a_pass.read.vrm for a_pass in self.all()]
