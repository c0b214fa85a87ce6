"""Words in the street that are no plate: signs on posts and a bus. A reader must not take them for marks."""

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from hardware.frames import Image
from lanthorn.street.motion import BUS_LENGTH_M

_BOARD_PX_PER_M: Final = 260
_BUS_PX_PER_M: Final = 90
_RED: Final = (40, 36, 188)
_FLEET_NUMBER: Final = "VH45201"


@dataclass(frozen=True, slots=True)
class Board:
    """A sign that faces us: its words and colours, its size in metres, its foot, and how far right it stands."""

    words: tuple[str, ...]
    ink: tuple[int, int, int]
    ground: tuple[int, int, int]
    width_m: float
    height_m: float
    foot_m: float
    right_m: float


BOARDS: Final = (
    Board(("DIVERTED", "ROUTE"), (20, 20, 20), (30, 190, 240), 1.1, 0.62, 0.35, -2.75),
    Board(("CAFE",), (240, 240, 240), (60, 90, 30), 0.9, 0.5, 2.2, 5.2),
    Board(("20",), (20, 20, 20), (245, 245, 245), 0.5, 0.5, 2.0, -2.5),
    Board(("PRIDE", "FLOWERS"), (60, 40, 160), (235, 235, 235), 1.0, 0.6, 1.0, 5.3),
    Board(("CAMDEN", "MARKET"), (245, 245, 245), (120, 70, 20), 1.3, 0.66, 1.9, -2.9),
    Board(("BUS STOP",), (250, 250, 250), (40, 40, 190), 0.55, 0.4, 2.1, 4.9),
)
"""Words that a reader must not take for marks."""


def draw_board(board: Board) -> Image:
    """Draw a sign."""
    width, height = round(board.width_m * _BOARD_PX_PER_M), round(board.height_m * _BOARD_PX_PER_M)
    picture = np.full((height, width, 3), board.ground, np.uint8)
    cv2.rectangle(picture, (3, 3), (width - 4, height - 4), board.ink, 3, cv2.LINE_AA)
    each = (height - 16) // len(board.words)
    for line, words in enumerate(board.words):
        put_words(picture, words, (10, 8 + line * each, width - 20, each), board.ink)
    return picture


def put_words(picture: Image, words: str, box: tuple[int, int, int, int], ink: tuple[int, int, int]) -> None:
    """Write words as large as a box (left, top, width, height) allows, in its middle."""
    face, left, top, width, height = cv2.FONT_HERSHEY_DUPLEX, *box
    (one_width, one_height), _ = cv2.getTextSize(words, face, 1.0, 2)
    scale = min(width * 0.94 / one_width, height * 0.72 / one_height)
    (text_width, text_height), _ = cv2.getTextSize(words, face, scale, 2)
    at = (left + (width - text_width) // 2, top + (height + text_height) // 2)
    cv2.putText(picture, words, at, face, scale, ink, max(1, round(scale * 1.8)), cv2.LINE_AA)


def draw_bus(light: float) -> Image:
    """Draw the side of a double-deck bus, with its destination, an advertisement and its fleet number."""
    height, width = _bus_px(4.35), _bus_px(BUS_LENGTH_M)
    bus = np.full((height, width, 3), _RED, np.uint8)
    bus[: _bus_px(0.1)] = (60, 56, 150)
    bus[height - _bus_px(0.3) :] = (30, 30, 30)
    for top_m in (0.55, 2.25):
        top, foot = _bus_px(top_m), _bus_px(top_m + 0.95)
        cv2.rectangle(bus, (20, top), (width - 20, foot), (70, 60, 52), -1)
        for x in range(20, width, _bus_px(1.45)):
            cv2.rectangle(bus, (x, top), (x + 7, foot), (36, 32, 160), -1)
    put_words(bus, "VISIT THE GREAT MUSEUM", (180, _bus_px(1.58), 560, _bus_px(0.55)), (240, 240, 240))
    cv2.rectangle(bus, (36, _bus_px(2.28)), (200, _bus_px(2.62)), (16, 16, 16), -1)
    put_words(bus, "38 CLAPTON POND", (36, _bus_px(2.28), 164, _bus_px(0.34)), (60, 200, 250))
    put_words(bus, _FLEET_NUMBER, (width - 190, _bus_px(3.32), 150, _bus_px(0.26)), (245, 245, 245))
    for x_m in (2.2, 8.1):
        hub = (_bus_px(x_m), height - _bus_px(0.48))
        cv2.circle(bus, hub, _bus_px(0.48), (20, 20, 20), -1, cv2.LINE_AA)
        cv2.circle(bus, hub, _bus_px(0.26), (120, 120, 120), -1, cv2.LINE_AA)
    return np.asarray(bus * max(light, 0.4), np.uint8)


def _bus_px(metres: float) -> int:
    return round(metres * _BUS_PX_PER_M)
