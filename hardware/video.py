"""Decodes video: files and live streams, through the FFmpeg inside the OpenCV wheel."""

import math
import os
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Final, Self

# Both are read by OpenCV when it first opens a video. Quiet: FFmpeg writes what it thinks of damaged input straight to
# stderr, and we say it ourselves. discardcorrupt: a packet cut short decodes to a picture that is partly grey.
os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")
os.environ.setdefault("OPENCV_FFMPEG_CAPTURE_OPTIONS", "rtsp_transport;tcp|fflags;discardcorrupt")

import cv2
import numpy as np

from hardware.errors import BadVideo, Refusal
from hardware.frames import Image
from hardware.pictures import MAX_PICTURE_PIXELS

VIDEO_SUFFIXES: Final = frozenset({".mp4", ".m4v", ".mov", ".avi", ".mkv", ".webm", ".ts", ".mts", ".mpg", ".mpeg"})
"""The endings by which a file is taken for video rather than a picture."""

DEFAULT_FRAMES_PER_SECOND: Final = 25.0
"""Taken where a file does not say: the European television rate."""

_EXACT_COUNT_SUFFIXES: Final = frozenset({".mp4", ".m4v", ".mov", ".avi"})
"""Containers whose index counts the frames; for the others FFmpeg guesses from the length, so a few may be missing."""

_GUESS_TOLERANCE: Final = 0.02
"""Share of a guessed frame count that may be missing before we call a file cut short."""

_COPY_AGAIN: Final = "copy it again from where it came"

cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_ERROR)  # its warnings repeat what we raise


class VideoFile:
    """One video file. Use it as a context manager.

    frame_count is what the file says it holds, or None where it does not say; frames_read is how many were decoded.
    """

    def __init__(self, path: Path) -> None:
        _check_file(path)
        self.path = path
        self._capture = cv2.VideoCapture(str(path), cv2.CAP_FFMPEG)
        self.frames_read = 0
        try:
            self._check_opened()
        except BadVideo:
            self._capture.release()
            raise
        self.frames_per_second = _rate(self._capture.get(cv2.CAP_PROP_FPS))
        count = self._capture.get(cv2.CAP_PROP_FRAME_COUNT)
        self.frame_count = int(count) if math.isfinite(count) and count > 0 else None

    @property
    def duration_s(self) -> float:
        """What the file says its length is; 0 where it does not say."""
        return (self.frame_count or 0) / self.frames_per_second

    def frames(self) -> Iterator[tuple[float, Image]]:
        """Give each frame with its offset from the first, in seconds. Offsets never go back.

        Raises BadVideo where not one frame can be decoded.
        """
        first_ms: float | None = None
        offset_s = 0.0
        while True:
            decoded, image = self._capture.read()
            if not decoded:
                break
            at_ms = self._capture.get(cv2.CAP_PROP_POS_MSEC)
            if first_ms is None:
                first_ms = at_ms
            elif at_ms - first_ms > offset_s * 1000:
                offset_s = (at_ms - first_ms) / 1000
            else:
                offset_s += 1 / self.frames_per_second
            self.frames_read += 1
            yield offset_s, np.asarray(image, dtype=np.uint8)
        if self.frames_read == 0:
            raise BadVideo(self.path, Refusal.NO_FRAMES, "not one frame can be decoded", _COPY_AGAIN)

    def frames_missing(self) -> int:
        """After the last frame: how many fewer there were than the file says (0 where that may be a guess)."""
        said = self.frame_count or 0
        missing = max(0, said - self.frames_read)
        if self.path.suffix.lower() not in _EXACT_COUNT_SUFFIXES and missing <= said * _GUESS_TOLERANCE:
            return 0
        return missing

    def close(self) -> None:
        """Release the decoder."""
        self._capture.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _check_opened(self) -> None:
        if not self._capture.isOpened():
            what = "not a video that can be decoded, or its index is cut off"
            raise BadVideo(self.path, Refusal.UNKNOWN_FORMAT, what, f"{_COPY_AGAIN}, or give MP4 with H.264 or H.265")
        width = self._capture.get(cv2.CAP_PROP_FRAME_WIDTH)
        height = self._capture.get(cv2.CAP_PROP_FRAME_HEIGHT)
        if width * height > MAX_PICTURE_PIXELS:
            what = f"frames of {width:.0f} x {height:.0f} pixels are too large to decode"
            raise BadVideo(self.path, Refusal.TOO_MANY_PIXELS, what, f"the limit is {MAX_PICTURE_PIXELS:,} pixels")


def _check_file(path: Path) -> None:
    if not path.exists():
        raise BadVideo(path, Refusal.MISSING, "no such file", "check the path")
    if not path.is_file():
        raise BadVideo(path, Refusal.NOT_A_FILE, "a folder or device, not a video file", "name one video file")
    if not os.access(path, os.R_OK):
        raise BadVideo(path, Refusal.UNREADABLE, "may not be read by this user", "change its permissions")
    if path.stat().st_size == 0:
        raise BadVideo(path, Refusal.EMPTY, "the file is empty (0 bytes)", _COPY_AGAIN)


def _rate(said: float) -> float:
    return said if math.isfinite(said) and 0 < said <= 1000 else DEFAULT_FRAMES_PER_SECOND
