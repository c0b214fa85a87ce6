"""What every camera is, whatever it is made of: frames in order, and a count of everything that became of them."""

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

from hardware.errors import Refusal
from hardware.frames import Frame


@dataclass(slots=True)
class CameraCounts:
    """What became of a camera's frames and files. Only the camera writes it; anyone may read it at any time."""

    given: int = 0
    """Frames given to the reader."""
    dropped: int = 0
    """Frames read in time but not given, because a newer one was there first."""
    missing: int = 0
    """Frames that a video file says it has but does not (it is cut short or damaged)."""
    ignored: int = 0
    """Files in a folder that do not look like pictures or video (notes, labels)."""
    reconnects: int = 0
    """Times that a live camera was tried again after it could not be opened or stopped."""
    refused: Counter[Refusal] = field(default_factory=Counter)
    """Files that could not be used, by reason."""


class Camera(ABC):
    """A source of frames. Use it as a context manager: leaving it releases the device."""

    def __init__(self, camera_id: str) -> None:
        self.camera_id = camera_id
        self.counts = CameraCounts()

    @abstractmethod
    def frames(self) -> Iterator[Frame]:
        """Give frames until the source ends or the camera is closed. May be called once."""

    @abstractmethod
    def close(self) -> None:
        """Release the device; frames() then ends. May be called from another thread, and more than once."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
