"""Cameras made of files: one picture, one video, or a folder of both in natural name order."""

import logging
import re
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event

from hardware.camera import Camera
from hardware.clock import Clock
from hardware.errors import BadSource, RefusedFile
from hardware.frames import Frame, Image, Position
from hardware.newest import NewestFirst
from hardware.pictures import PICTURE_SUFFIXES, read_picture
from hardware.position import PositionSource
from hardware.video import VIDEO_SUFFIXES, VideoFile

log = logging.getLogger(__name__)


class FileCamera(Camera):
    """Gives the frames of files, one file after the other.

    Paced, it plays as though it were happening now: a video runs at its own speed and the newest frame wins; a frame's
    time is the start of playing plus its place in the file; a picture's time is when it is given. Not paced, every
    frame is given: a video's times are those of a recording that ended as it was opened; a picture's time is its
    EXIF time, else when the file was last changed. Pictures are never skipped.

    A file that cannot be used raises where it is the only one; in a folder it is counted, logged and passed over.
    """

    def __init__(
        self,
        files: list[Path],
        *,
        camera_id: str,
        paced: bool,
        position: PositionSource | None,
        clock: Clock,
        in_folder: bool,
    ) -> None:
        super().__init__(camera_id)
        self._files = files
        self._paced = paced
        self._position = position
        self._clock = clock
        self._in_folder = in_folder
        self._closed = Event()
        self._playing: NewestFirst[Frame] | None = None
        self._next_index = 0

    def frames(self) -> Iterator[Frame]:
        """Give frames until the files end or the camera is closed."""
        for path in self._files:
            try:
                for frame in self._video(path) if is_video(path) else self._still(path):
                    if self._closed.is_set():
                        return
                    self.counts.given += 1
                    yield frame
            except RefusedFile as error:
                self.counts.refused[error.refusal] += 1
                if not self._in_folder:
                    raise
                log.warning("passed over: %s", error)

    def close(self) -> None:
        """End the frames; a video that is playing is stopped."""
        self._closed.set()
        if self._playing is not None:
            self._playing.stop()

    def _still(self, path: Path) -> Iterator[Frame]:
        picture = read_picture(path)
        if self._paced:
            taken = self._clock.now()
        else:
            taken = picture.captured_at or datetime.fromtimestamp(path.stat().st_mtime, UTC)
        yield self._frame(path, picture.image, taken, still=True, said_position=picture.position)

    def _video(self, path: Path) -> Iterator[Frame]:
        with VideoFile(path) as video:
            if self._paced:
                self._playing = NewestFirst(lambda stop: self._on_time(video, stop), self._count_dropped)
                yield from self._playing
            else:
                start = self._clock.now() - timedelta(seconds=video.duration_s)
                for offset_s, image in video.frames():
                    yield self._frame(path, image, start + timedelta(seconds=offset_s))
            self._report_early_end(video)

    def _on_time(self, video: VideoFile, stop: Event) -> Iterator[Frame]:
        start, started_s = self._clock.now(), time.monotonic()
        for offset_s, image in video.frames():
            if stop.wait(max(0.0, started_s + offset_s - time.monotonic())):
                return
            yield self._frame(video.path, image, start + timedelta(seconds=offset_s))

    def _frame(
        self, path: Path, image: Image, taken: datetime, *, still: bool = False, said_position: Position | None = None
    ) -> Frame:
        index = self._next_index
        self._next_index += 1
        position = self._position.at(taken) if self._position is not None else said_position
        return Frame(image, taken, self.camera_id, index, position, still, path.name)

    def _count_dropped(self) -> None:
        self.counts.dropped += 1

    def _report_early_end(self, video: VideoFile) -> None:
        missing = 0 if self._closed.is_set() else video.frames_missing()
        if missing:
            self.counts.missing += missing
            log.warning(
                "%s: ends early: %d of %d frames; copy it again from where it came",
                video.path,
                video.frames_read,
                video.frame_count,
            )


def is_video(path: Path) -> bool:
    """Say whether a file is taken for video: by its ending, as nothing else says so before it is opened."""
    return path.suffix.lower() in VIDEO_SUFFIXES


def folder_files(folder: Path) -> tuple[list[Path], int]:
    """Give a folder's pictures and videos in natural name order (2 before 10), and how many other files it has.

    Hidden files and folders inside are not looked at. Raises BadSource where there is nothing to play.
    """
    files = [path for path in folder.iterdir() if path.is_file() and not path.name.startswith(".")]
    known = [path for path in files if path.suffix.lower() in PICTURE_SUFFIXES | VIDEO_SUFFIXES]
    if not known:
        raise BadSource(f"{folder}: has no picture or video; give a folder with JPEG, PNG or MP4 files in it")
    natural: Callable[[Path], list[tuple[int, str]]] = lambda path: natural_order(path.name)  # noqa: E731
    return sorted(known, key=natural), len(files) - len(known)


def natural_order(name: str) -> list[tuple[int, str]]:
    """Give a sort key that counts digits as numbers and looks past capitals."""
    parts = re.findall(r"([0-9]+)|([^0-9]+)", name.lower())
    return [(int(digits), "") if digits else (-1, text) for digits, text in parts] + [(-1, name)]
