"""The main job on real footage: a moving camera in London, two readable marks, buses, signs and shop fronts."""

from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from edge.counters import Counters
from edge.pipeline import Pipeline, PipelineSettings
from hardware.camera import Camera
from hardware.cameras import open_camera
from hardware.clock import SystemClock
from hardware.frames import Frame
from models.opening import open_plate_reader

READABLE = ["DX17ZWH", "LT23CGK"]
EVERY = 5
"""One frame in five: about six a second, and a minute's work on two cores."""


class EveryNth(Camera):
    """A real camera, of whose frames only each nth is given, as for a reader that cannot keep up."""

    def __init__(self, camera: Camera, n: int) -> None:
        super().__init__(camera.camera_id)
        self._camera, self._n = camera, n

    def frames(self) -> Iterator[Frame]:
        for frame in islice(self._camera.frames(), 0, None, self._n):
            self.counts.given += 1
            self.counts.dropped = frame.index + 1 - self.counts.given
            yield frame

    def close(self) -> None:
        self._camera.close()


def test_two_readable_marks_are_one_read_each_and_nothing_is_invented(shared_data: Path) -> None:
    (video,) = (shared_data / "plates" / "uk_video").glob("*.mp4")
    clock = SystemClock()
    with open_camera(str(video), camera_id="front", paced=False, position=None, clock=clock) as footage:
        pipeline = Pipeline(
            EveryNth(footage, EVERY),
            open_plate_reader(),
            Counters(),
            clock,
            PipelineSettings(),
            software="lanthorn test",
            clock_error_ms=lambda: None,
        )
        reads = [told.read for told in pipeline.passes()]

    assert sorted(read.vrm for read in reads) == READABLE
    assert {read.mark_kind for read in reads} == {"current"}
    assert str(pipeline.summary()) == "looked at 30 of 146 frames"
