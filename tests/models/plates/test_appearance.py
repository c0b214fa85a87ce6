"""Which way the ink goes, on lines drawn both ways, framed, shaded and red."""

import cv2
import numpy as np
import pytest

from models.plates.appearance import Ink, appearance, character_shapes
from models.plates.reading import Image

BLACK, WHITE, YELLOW, RED, BUS_RED = (10, 10, 10), (245, 245, 245), (20, 200, 245), (30, 30, 200), (30, 20, 150)


def line(ink: tuple[int, int, int], ground: tuple[int, int, int], text: str = "DX17 ZWH", height: int = 48) -> Image:
    picture = np.full((48, 300, 3), ground, dtype=np.uint8)
    cv2.putText(picture, text, (12, 38), cv2.FONT_HERSHEY_SIMPLEX, 1.2, ink, 4, cv2.LINE_AA)
    return np.asarray(cv2.resize(picture, (300 * height // 48, height), interpolation=cv2.INTER_AREA), dtype=np.uint8)


@pytest.mark.parametrize("height", [14, 24, 48, 120])
@pytest.mark.parametrize(
    ("ink", "ground", "expected"),
    [
        (BLACK, WHITE, Ink.DARK),
        (BLACK, YELLOW, Ink.DARK),
        (WHITE, BLACK, Ink.LIGHT),
        (WHITE, BUS_RED, Ink.LIGHT),
    ],
)
def test_polarity(ink: tuple[int, int, int], ground: tuple[int, int, int], expected: Ink, height: int) -> None:
    assert appearance(line(ink, ground, height=height)).ink is expected


def test_a_dark_frame_and_a_shadow_do_not_turn_it() -> None:
    picture = line(BLACK, WHITE).astype(np.float64)
    picture *= np.linspace(1.0, 0.4, picture.shape[1])[np.newaxis, :, np.newaxis]
    framed = picture.astype(np.uint8)
    framed[:5] = framed[-5:] = 0
    assert appearance(framed).ink is Ink.DARK


@pytest.mark.parametrize("value", [0, 128, 255])
def test_a_plain_area_says_nothing(value: int) -> None:
    look = appearance(np.full((20, 100, 3), value, dtype=np.uint8))
    assert look.ink is Ink.UNCLEAR
    assert not look.red


@pytest.mark.parametrize(
    ("ink", "ground", "red"),
    [(RED, WHITE, True), (BLACK, WHITE, False), (BLACK, YELLOW, False), (WHITE, BUS_RED, False)],
)
def test_red_characters_on_white(ink: tuple[int, int, int], ground: tuple[int, int, int], red: bool) -> None:
    assert appearance(line(ink, ground, "123 AB")).red is red


@pytest.mark.parametrize("shape", [(1, 1, 3), (1, 500, 3), (500, 1, 3)])
def test_odd_cut_outs(shape: tuple[int, int, int]) -> None:
    appearance(np.zeros(shape, dtype=np.uint8))


def test_only_shapes_of_a_characters_proportions_count() -> None:
    mask = np.zeros((48, 100), dtype=np.uint8)
    mask[8:40, 4:20] = 1  # a character
    mask[8:40, 30:36] = 1  # a 1
    mask[0:48, 44:50] = 1  # as high as the cut-out: a frame
    mask[20:24, 55:59] = 1  # too low: a dot
    mask[10:30, 62:98] = 1  # too wide: a bar
    assert character_shapes(mask) == 2
