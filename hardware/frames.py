"""What every camera gives: one picture with when, where and by what it was taken."""

from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]
"""A picture: shape (height, width, 3), dtype uint8, colour order BGR, range 0-255."""


@dataclass(frozen=True, slots=True)
class Position:
    """A place on WGS 84, as the device knew it.

    latitude_deg is -90 to 90, longitude_deg -180 to 180; accuracy_m is the radius that holds the true place
    with 95 % probability, or None where the source does not say; source is "fixed", "track" or a receiver's name.
    """

    latitude_deg: float
    longitude_deg: float
    accuracy_m: float | None
    source: str


@dataclass(frozen=True, slots=True)
class Frame:
    """One picture from one camera.

    captured_at is UTC, from the capture itself where the source knows it. index counts the source's frames from 0,
    so a reader who skips some can say which. still is true for a picture that has no neighbours in time (a file in a
    folder): what it shows is a vehicle pass of its own.
    """

    image: Image
    captured_at: datetime
    camera_id: str
    index: int
    position: Position | None = None
    still: bool = False
    name: str = ""
    """The file that the frame came from, or "" for a live source: for messages to people, never for the wire."""
