"""Drawn pictures and video for the camera tests: each frame's brightness says which frame it is."""

import struct
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from hardware.frames import Image


def drawn_frame(number: int) -> Image:
    """A flat picture with a little texture, so that a video has some bytes in every frame."""
    rng = np.random.default_rng(number)
    return (rng.integers(0, 20, (96, 128, 3)) + number * 4 % 230).astype(np.uint8)


@pytest.fixture
def draw_video() -> Callable[..., Path]:
    def draw(path: Path, frames: int = 30, codec: str = "mp4v", rate: float = 25.0) -> Path:
        writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*codec), rate, (128, 96))
        assert writer.isOpened()
        for number in range(frames):
            writer.write(drawn_frame(number))
        writer.release()
        return path

    return draw


@pytest.fixture
def index_first() -> Callable[[Path], bytes]:
    """Gives an MP4 file's bytes with its index before its frames, as a camera that streams writes it.

    Cut short, such a file still opens; one with the index at the end does not.
    """

    def move(path: Path) -> bytes:
        content, boxes, at = path.read_bytes(), [], 0
        while at < len(content):
            size = struct.unpack(">I", content[at : at + 4])[0]
            boxes.append(content[at : at + size])
            at += size
        index = bytearray(next(box for box in boxes if box[4:8] == b"moov"))
        table = index.find(b"stco")
        for entry in range(struct.unpack(">I", index[table + 8 : table + 12])[0]):
            place = table + 12 + 4 * entry
            (offset,) = struct.unpack(">I", index[place : place + 4])
            index[place : place + 4] = struct.pack(">I", offset + len(index))
        return boxes[0] + bytes(index) + b"".join(box for box in boxes[1:] if box[4:8] != b"moov")

    return move
