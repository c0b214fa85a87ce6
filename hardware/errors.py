"""What can go wrong with a device or a file that stands in for one. Each message says what, where and what to do."""

from enum import StrEnum
from pathlib import Path


class HardwareError(Exception):
    """Base of everything that this room raises on purpose."""


class Refusal(StrEnum):
    """Why a file was refused: the key under which refusals are counted."""

    MISSING = "missing"
    NOT_A_FILE = "not a file"
    UNREADABLE = "cannot be opened"
    EMPTY = "empty"
    UNKNOWN_FORMAT = "unknown format"
    TRUNCATED = "cut short"
    DAMAGED = "damaged"
    TOO_MANY_PIXELS = "too many pixels"
    UNSUPPORTED = "unsupported"
    NO_FRAMES = "no frames"


class RefusedFile(HardwareError):
    """A file that cannot be used; refusal is the reason to count it under."""

    def __init__(self, path: Path, refusal: Refusal, what: str, remedy: str) -> None:
        super().__init__(f"{path}: {what}; {remedy}")
        self.path = path
        self.refusal = refusal


class BadPicture(RefusedFile):
    """A picture file that cannot be used."""


class BadVideo(RefusedFile):
    """A video file that cannot be used."""


class BadTrack(HardwareError):
    """A position track that cannot be used; the message names the file and the row."""


class BadSource(HardwareError):
    """A camera source that names nothing we can open, or nothing usable."""


class CameraLost(HardwareError):
    """A live camera could not be opened, or did not come back after every try allowed."""
