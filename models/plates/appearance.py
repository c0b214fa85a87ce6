"""What a plate looks like, measured on the cut-out of one line of text: which way its ink goes, and whether it is red.

A plate has characters of one colour and one height, standing free on a background of another. So the cut-out is split
by brightness at several levels, and the side on which the free-standing, character-like shapes are is the ink. Several
levels, because glare, shadow and the plate's frame each spoil some. How the numbers here were chosen, and on which
pictures, is in docs/models/ppocr.md.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from models.plates.reading import Image

_HEIGHT_PX: Final = 48
"""Cut-outs are measured at one height, so that shapes can be compared."""

_MAX_WIDTH_PX: Final = 960
"""A bound on the work: 20 times the height, more than any plate."""

_LEVELS: Final = 5
_LEVEL_RANGE: Final = (10, 90)
"""Where between the dark and the light of the cut-out's middle it is split, in percentiles; the ends are left out."""

_MIDDLE_ROWS: Final = slice(12, 36)
"""The middle half of the rows: characters and background, but neither the plate's frame nor what surrounds it."""

_MIN_SHAPE_HEIGHT: Final = 0.3
_MAX_SHAPE_HEIGHT: Final = 0.97
"""A character's height as a share of the cut-out's: 79 of a plate's 111 mm, less with the detector's own margin."""

_MIN_SHAPE_WIDTH: Final = 0.08
_MAX_SHAPE_WIDTH: Final = 1.1
"""A character's width as a share of its height: 14 of 79 mm for 1 and I, 64 of 89 mm before 2001, M and W more."""

CLEAR_RATIO: Final = 2.0
"""One polarity is clear when it has at least this many times the shapes of the other. On boxes_dashcam, whose plates
are all dark on light, 1 of 93 then goes the wrong way."""

_RED_EXCESS: Final = 50.0
"""How much redder the ink must be than its background (red above the larger of green and blue, 0-255) to be red."""


class Ink(StrEnum):
    """Whether the characters are darker or lighter than what they stand on."""

    DARK = "dark"
    LIGHT = "light"
    UNCLEAR = "unclear"


@dataclass(frozen=True, slots=True)
class Appearance:
    """red is true for red characters on a background that is not red, as on a trade plate."""

    ink: Ink
    red: bool


def appearance(line: Image) -> Appearance:
    """Measure the upright cut-out of one line of text."""
    height, width = line.shape[:2]
    columns = min(max(8, round(width * _HEIGHT_PX / height)), _MAX_WIDTH_PX)
    scaled = cv2.resize(line, (columns, _HEIGHT_PX), interpolation=cv2.INTER_CUBIC)
    resized = np.asarray(scaled, dtype=np.uint8)
    grey = np.asarray(cv2.cvtColor(resized, cv2.COLOR_BGR2GRAY), dtype=np.uint8)
    ink = ink_of(grey)
    return Appearance(ink, red=ink is not Ink.LIGHT and _red_ink(resized[_MIDDLE_ROWS], grey[_MIDDLE_ROWS]))


def ink_of(grey: NDArray[np.uint8]) -> Ink:
    """Say which way the ink goes in a line of text of 48 rows."""
    dark_end, light_end = np.percentile(grey[_MIDDLE_ROWS], _LEVEL_RANGE)
    dark = light = 0
    for level in np.linspace(dark_end, light_end, _LEVELS + 2)[1:-1]:
        dark += character_shapes((grey <= level).astype(np.uint8))
        light += character_shapes((grey > level).astype(np.uint8))
    if dark and dark >= CLEAR_RATIO * light:
        return Ink.DARK
    if light and light >= CLEAR_RATIO * dark:
        return Ink.LIGHT
    return Ink.UNCLEAR


def character_shapes(mask: NDArray[np.uint8]) -> int:
    """Count the connected shapes of a mask (0 or 1) that have the proportions of a character in its line."""
    _, _, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=4)
    shapes = stats[1:].astype(np.float64)  # the first is what is not in the mask
    width, height = shapes[:, cv2.CC_STAT_WIDTH], shapes[:, cv2.CC_STAT_HEIGHT]
    share = height / mask.shape[0]
    proportion = width / height
    right_height = (share >= _MIN_SHAPE_HEIGHT) & (share <= _MAX_SHAPE_HEIGHT)
    return int(np.count_nonzero(right_height & (proportion >= _MIN_SHAPE_WIDTH) & (proportion <= _MAX_SHAPE_WIDTH)))


def _red_ink(colour: NDArray[np.uint8], grey: NDArray[np.uint8]) -> bool:
    level = np.percentile(grey, _LEVEL_RANGE).mean()
    ink, ground = colour[grey <= level], colour[grey > level]
    if not len(ink) or not len(ground):
        return False
    return _redness(ink) - _redness(ground) >= _RED_EXCESS and _redness(ground) < _RED_EXCESS


def _redness(pixels: NDArray[np.uint8]) -> float:
    blue, green, red = (float(value) for value in np.median(pixels, axis=0))
    return red - max(blue, green)
