"""What passes the camera in the drawn footage, and what a reader should then have read."""

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final


class Way(StrEnum):
    """How a vehicle passes the patrol car."""

    AHEAD = "ahead"
    """It pulls out in front, is followed and is overtaken: its rear plate, on yellow, is seen."""
    ONCOMING = "oncoming"
    """It comes the other way through a narrow place: its front plate, on white, is seen."""


class Body(StrEnum):
    """The shapes of vehicle that can be drawn."""

    HATCHBACK = "hatchback"
    SALOON = "saloon"
    VAN = "van"


@dataclass(frozen=True, slots=True)
class StreetPass:
    """One vehicle that passes. mark is drawn as given; colour is blue, green, red, 0-255; electric: a green band."""

    mark: str
    way: Way
    body: Body
    colour: tuple[int, int, int]
    night: bool = False
    electric: bool = False
    badge: bool = False


@dataclass(frozen=True, slots=True)
class PassTruth:
    """What is there to read: the mark without spaces, and the first and last frame with its plate near and whole."""

    mark: str
    way: Way
    night: bool
    first_frame: int
    last_frame: int


DEMO_PASSES: Final = (
    StreetPass("LV21 KXD", Way.AHEAD, Body.HATCHBACK, (150, 70, 30)),
    StreetPass("BG68 ZRT", Way.ONCOMING, Body.SALOON, (60, 58, 56)),
    StreetPass("EK73 HWO", Way.AHEAD, Body.VAN, (214, 214, 210)),
    StreetPass("YS70 PLM", Way.ONCOMING, Body.HATCHBACK, (40, 36, 170)),
    StreetPass("KD19 UVC", Way.AHEAD, Body.SALOON, (120, 124, 126), night=True),
    StreetPass("WJ24 FNA", Way.ONCOMING, Body.HATCHBACK, (190, 188, 184), night=True, electric=True),
    StreetPass("MA65 GYB", Way.AHEAD, Body.HATCHBACK, (70, 110, 40), night=True),
)
"""The passes of the demo.

The marks are invented: each has a valid current layout with an age identifier that exists, and stands for no vehicle
that we know of. By day, then by night.
"""


def write_truth(path: Path, truth: Iterable[PassTruth]) -> None:
    """Write the truth as CSV with a header, a line for each pass, in order of time."""
    with path.open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(["mark", "way", "night", "first_frame", "last_frame"])
        for item in truth:
            rows.writerow([item.mark, item.way, int(item.night), item.first_frame, item.last_frame])
