"""Draws a whole UK number plate as a picture, at any scale and always the same."""

import math
from enum import StrEnum
from typing import Final, Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from models.drawing.glyphs import BOX_HEIGHT, BOX_WIDTH, GLYPHS
from models.drawing.layout import BAND_WIDTH_MM, CAR, Lettering, PlateLayout, lay_out, mark_groups
from models.drawing.strokes import stroke_quads
from models.plates.reading import Image

Colour = tuple[int, int, int]
"""Blue, green, red, 0-255."""

Mask = NDArray[np.uint8]
"""How much of each pixel is covered: shape (height, width), 0-255."""

SUPPLIER_LINE: Final = "LANTHORN  DRAWN PLATE"
"""What stands small along the foot, where a real plate names its supplier."""

CORNER_RADIUS_MM: Final = 6.0
SUPPLIER_HEIGHT_MM: Final = 3.4
BORDER_INSET_MM: Final = 3.0
BORDER_WIDTH_MM: Final = 1.6

_SUBPIXEL_BITS: Final = 4
_MAX_OVERSAMPLING: Final = 8
_SAMPLES_PER_MM: Final = 16

_BLACK: Final = (18, 18, 18)
_SURROUND: Final = (28, 26, 26)
_GREEN_BAND: Final = (68, 132, 0)  # Pantone 7481 C
_BLUE_BAND: Final = (153, 51, 0)


class PlateStyle(StrEnum):
    """The colours that a plate may have."""

    FRONT = "front"
    """Black on white."""
    REAR = "rear"
    """Black on yellow."""
    BLACK_AND_SILVER = "black_and_silver"
    """Silver on black, for vehicles made before 1973."""


_COLOURS: Final[dict[PlateStyle, tuple[Colour, Colour]]] = {
    PlateStyle.FRONT: ((242, 244, 244), _BLACK),
    PlateStyle.REAR: ((38, 196, 250), _BLACK),
    PlateStyle.BLACK_AND_SILVER: (_BLACK, (205, 202, 200)),
}


def draw_plate(
    mark: str,
    *,
    style: PlateStyle,
    px_per_mm: float,
    lines: Literal[1, 2] = 1,
    lettering: Lettering = CAR,
    green_flash: bool = False,
    badge: bool = False,
    border: bool = False,
) -> Image:
    """Give the plate's picture: (height, width, 3) uint8, BGR.

    The mark's groups are as spaced, or by its layout where it has no space. green_flash is the band of a
    zero-emission vehicle, badge the letters UK on it (on blue without green_flash). Corners outside the plate's rounded
    edge are dark. Raises BadMark for a mark that cannot be drawn.
    """
    band_mm = BAND_WIDTH_MM if green_flash or badge else 0.0
    layout = lay_out(mark_groups(mark), two_lines=lines == 2, lettering=lettering, band_mm=band_mm)
    background, ink = _COLOURS[style]
    height_px, width_px = round(layout.height_mm * px_per_mm), round(layout.width_mm * px_per_mm)
    plate = np.full((height_px, width_px, 3), background, np.uint8)
    if band_mm:
        plate[:, : round(band_mm * px_per_mm)] = _GREEN_BAND if green_flash else _BLUE_BAND
    if border:
        plate = _painted(plate, ink, _border_mask(layout, px_per_mm))
    if badge:
        plate = _painted(plate, (255, 255, 255), _badge_mask(layout, px_per_mm))
    plate = _painted(plate, ink, mark_mask(layout, px_per_mm))
    plate = _painted(plate, ink, _supplier_mask(layout, px_per_mm))
    return _painted(plate, _SURROUND, 255 - _rounded_mask(layout, px_per_mm, inset_mm=0))


def mark_mask(layout: PlateLayout, px_per_mm: float) -> Mask:
    """Give where the ink of the mark lies."""
    canvas = _Canvas(layout, px_per_mm)
    for placed in layout.characters:
        canvas.glyph(placed.char, placed.x_mm, placed.y_mm, layout.lettering)
    return canvas.mask()


class _Canvas:
    """A plate's mask, drawn several times larger than wanted and averaged down, so that edges are smooth."""

    def __init__(self, layout: PlateLayout, px_per_mm: float) -> None:
        self._size_px = (round(layout.width_mm * px_per_mm), round(layout.height_mm * px_per_mm))
        self._times = min(_MAX_OVERSAMPLING, max(1, math.ceil(_SAMPLES_PER_MM / px_per_mm)))
        self._scale = px_per_mm * self._times
        self._large = np.zeros((self._size_px[1] * self._times, self._size_px[0] * self._times), np.uint8)

    def glyph(self, char: str, x_mm: float, y_mm: float, lettering: Lettering) -> None:
        """Draw one character with the top left corner of its outline at x_mm, y_mm, cut off at its outline."""
        left, right = self._samples(x_mm), self._samples(x_mm + lettering.advance_mm(char))
        top, bottom = self._samples(y_mm), self._samples(y_mm + lettering.height_mm)
        window = self._large[top:bottom, left:right]
        stretch = (
            (lettering.width_mm - lettering.stroke_mm) / BOX_WIDTH,
            (lettering.height_mm - lettering.stroke_mm) / BOX_HEIGHT,
        )
        inset = np.array([x_mm + lettering.stroke_mm / 2, y_mm + lettering.stroke_mm / 2])
        for stroke in GLYPHS[char].strokes:
            centre_line = np.array(stroke.points, np.float64) * stretch + inset
            for quad in stroke_quads(centre_line, stroke.weight * lettering.stroke_mm, closed=stroke.closed):
                corners = quad * self._scale - (left + 0.5, top + 0.5)
                fixed = np.round(corners * (1 << _SUBPIXEL_BITS)).astype(np.int32)
                cv2.fillConvexPoly(window, fixed, 255, lineType=cv2.LINE_8, shift=_SUBPIXEL_BITS)

    def mask(self) -> Mask:
        """Give the mask at the size wanted."""
        return np.asarray(cv2.resize(self._large, self._size_px, interpolation=cv2.INTER_AREA), np.uint8)

    def _samples(self, length_mm: float) -> int:
        return round(length_mm * self._scale)


def _badge_mask(layout: PlateLayout, px_per_mm: float) -> Mask:
    """The letters UK, across the lower half of the band."""
    letters = Lettering(19, 13, 3.6, 3, 0, 0, 0)
    canvas = _Canvas(layout, px_per_mm)
    left_mm = (layout.band_mm - 2 * letters.width_mm - letters.gap_mm) / 2 + 1
    top_mm = layout.height_mm * 0.72 - letters.height_mm / 2
    canvas.glyph("U", left_mm, top_mm, letters)
    canvas.glyph("K", left_mm + letters.width_mm + letters.gap_mm, top_mm, letters)
    return canvas.mask()


def _supplier_mask(layout: PlateLayout, px_per_mm: float) -> Mask:
    """Drawn at a fixed size in one of OpenCV's own stroke fonts, then scaled: it is there to be seen, not read."""
    face, scale, thickness = cv2.FONT_HERSHEY_SIMPLEX, 1.0, 2
    (text_width, text_height), below = cv2.getTextSize(SUPPLIER_LINE, face, scale, thickness)
    text = np.zeros((text_height + below, text_width), np.uint8)
    cv2.putText(text, SUPPLIER_LINE, (0, text_height), face, scale, 255, thickness, cv2.LINE_AA)
    height_px = max(1, round(SUPPLIER_HEIGHT_MM * px_per_mm))
    width_px = max(1, round(height_px * text_width / (text_height + below)))
    small = np.asarray(cv2.resize(text, (width_px, height_px), interpolation=cv2.INTER_AREA), np.uint8)
    mask = np.zeros((round(layout.height_mm * px_per_mm), round(layout.width_mm * px_per_mm)), np.uint8)
    top = mask.shape[0] - height_px - round(4.5 * px_per_mm)
    left = (mask.shape[1] + round(layout.band_mm * px_per_mm) - width_px) // 2
    mask[top : top + height_px, left : left + width_px] = small
    return mask


def _border_mask(layout: PlateLayout, px_per_mm: float) -> Mask:
    outer = _rounded_mask(layout, px_per_mm, inset_mm=BORDER_INSET_MM)
    return outer - _rounded_mask(layout, px_per_mm, inset_mm=BORDER_INSET_MM + BORDER_WIDTH_MM)


def _rounded_mask(layout: PlateLayout, px_per_mm: float, *, inset_mm: float) -> Mask:
    """A rectangle with rounded corners: how far each pixel's centre lies inside it, as cover."""
    radius = max(0.5, (CORNER_RADIUS_MM - inset_mm) * px_per_mm)
    height_px, width_px = round(layout.height_mm * px_per_mm), round(layout.width_mm * px_per_mm)
    half = np.array([width_px, height_px]) / 2 - inset_mm * px_per_mm
    across = np.abs(np.arange(width_px) + 0.5 - width_px / 2) - (half[0] - radius)
    down = np.abs(np.arange(height_px) + 0.5 - height_px / 2) - (half[1] - radius)
    outside = np.hypot(np.maximum(across, 0)[None, :], np.maximum(down, 0)[:, None])
    return np.asarray(np.clip(radius - outside + 0.5, 0, 1) * 255, np.uint8)


def _painted(picture: Image, colour: Colour, mask: Mask) -> Image:
    cover = mask[:, :, None].astype(np.float32) / 255
    mixed = picture * (1 - cover) + np.array(colour, np.float32) * cover
    return np.round(mixed).astype(np.uint8)
