"""Drawn stills, each with one vehicle whose mark is read: quicker to read than footage."""

import os
from pathlib import Path

import cv2

from lanthorn.street.footage import street_frames
from lanthorn.street.passes import Body, StreetPass, Way

FRAME = 112
"""Half way through a pass of a vehicle ahead: its plate is near and whole."""

ABOUT_THE_PLATE = (slice(360, 720), slice(320, 960))
"""The quarter of the frame that holds the vehicle: it is read in a third of a second."""


def draw_still(path: Path, mark: str) -> Path:
    """Write the still of one vehicle."""
    (frame,) = street_frames((StreetPass(mark, Way.AHEAD, Body.HATCHBACK, (40, 36, 170)),), only=[FRAME])
    assert cv2.imwrite(str(path), frame[ABOUT_THE_PLATE])
    return path


def folder_of(folder: Path, still: Path, count: int) -> Path:
    """A folder with a still in it so many times; each is a vehicle pass."""
    folder.mkdir()
    for number in range(count):
        os.link(still, folder / f"{number}{still.suffix}")
    return folder
