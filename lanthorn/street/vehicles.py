"""Draws the front or rear of a vehicle once, flat and large; the footage scales it into each frame."""

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from hardware.frames import Image
from lanthorn.street.passes import Body, StreetPass, Way
from models.drawing.plates import PlateStyle, draw_plate

SPRITE_PX_PER_M: Final = 400.0
SPRITE_WIDTH_M: Final = 2.4
SPRITE_HEIGHT_M: Final = 2.3

NIGHT_SHARE: Final = 0.24
"""How much of a body's daylight colour is left at night; the plate, which throws our light back, keeps nearly all."""

Colour = tuple[int, int, int]
Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Shape:
    """A vehicle's outline seen end on, in metres: half widths, heights above the road, and length."""

    half_width: float
    shoulder: float
    roof: float
    roof_half_width: float
    length: float
    cabin_from: float
    """How far behind the end that is seen the cabin's top begins."""
    cabin_to: float

    @property
    def lower(self) -> list[Point]:
        """The body below the windows."""
        w, s = self.half_width, self.shoulder
        half = [(w - 0.07, 0.18), (w, 0.3), (w, s - 0.22), (w - 0.03, s - 0.08), (w - 0.1, s)]
        return half + [(-x, y) for x, y in reversed(half)]

    @property
    def cabin(self) -> list[Point]:
        """Windows and roof."""
        w, r = self.half_width - 0.1, self.roof_half_width
        half = [(w, self.shoulder), (r, self.roof - 0.08), (r - 0.1, self.roof)]
        return half + [(-x, y) for x, y in reversed(half)]


SHAPES: Final[dict[Body, Shape]] = {
    Body.HATCHBACK: Shape(0.88, 0.98, 1.48, 0.62, 4.0, 0.3, 2.6),
    Body.SALOON: Shape(0.92, 0.95, 1.43, 0.64, 4.7, 1.0, 3.2),
    Body.VAN: Shape(0.96, 1.12, 1.98, 0.84, 4.9, 0.1, 4.0),
}


@dataclass(frozen=True, slots=True)
class Sprite:
    """A drawn end of a vehicle.

    pyramid holds (height, width, 4) uint8 pictures, BGR and cover, each half the one before; the point on the road
    under the middle is at half the width and the foot of each. lamps are places in metres (right, up) that shine.
    """

    pyramid: tuple[NDArray[np.uint8], ...]
    shape: Shape
    colour: Colour
    plate_up_m: float
    lamps: tuple[Point, ...]
    lamp_colour: Colour


def plate_up_m(way: Way, body: Body) -> float:
    """Give how high above the road the middle of the plate is."""
    if way is Way.ONCOMING:
        return 0.46
    return 0.7 if body is Body.VAN else 0.76


def draw_vehicle(street_pass: StreetPass) -> Sprite:
    """Draw the end of the vehicle that the camera sees, by the light that there is."""
    shape = SHAPES[street_pass.body]
    canvas = _Canvas()
    _draw_body(canvas, shape, street_pass.colour)
    if street_pass.way is Way.ONCOMING:
        lamps = _draw_front(canvas, shape)
    else:
        lamps = _draw_rear(canvas, shape, street_pass.body)
    if street_pass.night:
        canvas.darken(NIGHT_SHARE)
        for lamp in lamps:
            canvas.ellipse(lamp, 0.08, 0.06, (255, 255, 255) if street_pass.way is Way.ONCOMING else (60, 60, 255))
    up_m = plate_up_m(street_pass.way, street_pass.body)
    canvas.paste((0, up_m), _plate(street_pass))
    lamp_colour = (255, 236, 214) if street_pass.way is Way.ONCOMING else (40, 30, 255)
    return Sprite(canvas.pyramid(), shape, street_pass.colour, up_m, lamps, lamp_colour)


def _plate(street_pass: StreetPass) -> Image:
    style = PlateStyle.FRONT if street_pass.way is Way.ONCOMING else PlateStyle.REAR
    plate = draw_plate(
        street_pass.mark,
        style=style,
        px_per_mm=SPRITE_PX_PER_M / 1000,
        green_flash=street_pass.electric,
        badge=street_pass.badge,
    )
    return np.round(plate * (0.92 if street_pass.night else 0.97)).astype(np.uint8)


def _draw_body(canvas: "_Canvas", shape: Shape, colour: Colour) -> None:
    w = shape.half_width
    for side in (-1, 1):
        canvas.box((side * (w - 0.27), 0.0), (side * (w - 0.05), 0.4), (20, 20, 20))
    canvas.box((-w + 0.1, 0.1), (w - 0.1, 0.3), (18, 18, 18))
    canvas.polygon(shape.lower, colour, shade=(1.16, 0.62))
    canvas.polygon(shape.cabin, _scaled(colour, 0.95), shade=(1.12, 0.92))
    canvas.polygon([(w - 0.1, shape.shoulder), (-w + 0.1, shape.shoulder), (-w + 0.06, shape.shoulder - 0.03),
                    (w - 0.06, shape.shoulder - 0.03)], _scaled(colour, 1.22))  # fmt: skip


def _window(shape: Shape, low: float, high: float, inset: float) -> list[Point]:
    """A window between two heights of the cabin, its sides along the pillars."""

    def half(up: float) -> float:
        share = (up - shape.shoulder) / (shape.roof - 0.08 - shape.shoulder)
        return shape.half_width - 0.1 + share * (shape.roof_half_width - shape.half_width + 0.1) - inset

    return [(half(low), low), (half(high), high), (-half(high), high), (-half(low), low)]


def _draw_rear(canvas: "_Canvas", shape: Shape, body: Body) -> tuple[Point, ...]:
    w, s = shape.half_width, shape.shoulder
    glass = _window(shape, s + 0.05, shape.roof - 0.13, 0.09)
    canvas.polygon(glass, (58, 50, 44), shade=(1.5, 0.8))
    canvas.polygon([glass[1], (0.1, glass[1][1]), (-0.12, glass[0][1]), (0.2, glass[0][1])], (92, 84, 74))
    canvas.box((-w + 0.02, 0.3), (w - 0.02, 0.54), (48, 48, 48))
    canvas.box((-w + 0.03, 0.53), (w - 0.03, 0.55), (80, 80, 80))
    canvas.box((-w + 0.3, 0.33), (w - 0.3, 0.36), (30, 30, 30))
    for side in (-1, 1):
        x = side * (w - 0.15)
        lamp = [(x - 0.13, s - 0.3), (x + 0.13, s - 0.3), (x + 0.11, s - 0.06), (x - 0.11, s - 0.06)]
        if body is Body.VAN:
            x = side * (w - 0.08)
            lamp = [(x - 0.06, s - 0.4), (x + 0.06, s - 0.4), (x + 0.06, s + 0.02), (x - 0.06, s + 0.02)]
        canvas.polygon(lamp, (36, 30, 176), shade=(1.2, 0.8))
        canvas.box((x - 0.05, s - 0.2), (x + 0.05, s - 0.15), (170, 170, 230))
        canvas.ellipse((side * (w - 0.2), 0.45), 0.06, 0.03, (40, 36, 150))
    if body is Body.VAN:
        canvas.line((0, 0.56), (0, shape.roof - 0.05), (70, 70, 70))
        canvas.box((0.04, 0.95), (0.16, 0.99), (30, 30, 30))
    else:
        canvas.line((-w + 0.12, 0.6), (w - 0.12, 0.6), (40, 40, 40))
        canvas.ellipse((0, s - 0.05), 0.05, 0.03, (200, 200, 200))
    up = plate_up_m(Way.AHEAD, body)
    canvas.box((-0.3, up - 0.085), (0.3, up + 0.085), (34, 32, 32))
    lamp_up = s - 0.18
    return ((-w + 0.15, lamp_up), (w - 0.15, lamp_up))


def _draw_front(canvas: "_Canvas", shape: Shape) -> tuple[Point, ...]:
    w, s = shape.half_width, shape.shoulder
    glass = _window(shape, s + 0.03, shape.roof - 0.1, 0.06)
    canvas.polygon(glass, (96, 84, 70), shade=(1.6, 0.6))
    canvas.polygon([glass[1], (0.05, glass[1][1]), (-0.25, glass[0][1]), (0.15, glass[0][1])], (140, 126, 108))
    canvas.ellipse((0, shape.roof - 0.16), 0.09, 0.035, (24, 24, 24))
    canvas.line((-w + 0.16, s + 0.02), (w - 0.16, s + 0.02), (24, 24, 24))
    for side in (-1, 1):
        canvas.ellipse((side * (w + 0.06), s + 0.06), 0.09, 0.06, (36, 36, 36))
        x = side * (w - 0.2)
        canvas.polygon(
            [(x - side * 0.17, 0.62), (x + side * 0.16, 0.62), (x + side * 0.16, 0.8), (x - side * 0.15, 0.73)],
            (226, 222, 214),
            shade=(1.0, 0.8),
        )
        canvas.ellipse((x, 0.69), 0.065, 0.055, (250, 250, 250))
        canvas.ellipse((side * (w - 0.2), 0.36), 0.06, 0.04, (200, 200, 196))
    canvas.polygon([(-0.44, 0.62), (0.44, 0.62), (0.5, 0.76), (-0.5, 0.76)], (28, 28, 28))
    for up in (0.655, 0.69, 0.725):
        canvas.line((-0.44, up), (0.44, up), (84, 84, 84))
    canvas.ellipse((0, 0.7), 0.055, 0.045, (206, 206, 206))
    canvas.box((-0.6, 0.25), (0.6, 0.36), (26, 26, 26))
    canvas.line((-w + 0.05, 0.56), (w - 0.05, 0.56), (60, 60, 60))
    return ((-w + 0.2, 0.69), (w - 0.2, 0.69))


def _scaled(colour: Colour, share: float) -> Colour:
    blue, green, red = (min(255, round(part * share)) for part in colour)
    return blue, green, red


class _Canvas:
    """A sprite being drawn: metres right of the middle and above the road."""

    def __init__(self) -> None:
        self._size = (round(SPRITE_HEIGHT_M * SPRITE_PX_PER_M), round(SPRITE_WIDTH_M * SPRITE_PX_PER_M))
        self._colour = np.zeros((*self._size, 3), np.uint8)
        self._cover = np.zeros(self._size, np.uint8)

    def polygon(self, points: list[Point], colour: Colour, *, shade: tuple[float, float] = (1.0, 1.0)) -> None:
        """Fill a polygon; shade is how bright its top and its foot are."""
        mask = np.zeros(self._size, np.uint8)
        cv2.fillPoly(mask, [self._fixed(points)], 255, cv2.LINE_AA, 4)
        rows = np.flatnonzero(mask.max(axis=1))
        if not len(rows):
            return
        top, foot = rows[0], rows[-1] + 1
        shares = np.linspace(shade[0], shade[1], foot - top)[:, None, None]
        fill = np.clip(np.array(colour, float) * shares, 0, 255)
        cover = mask[top:foot, :, None] / 255
        self._colour[top:foot] = np.round(self._colour[top:foot] * (1 - cover) + fill * cover).astype(np.uint8)
        self._cover = np.maximum(self._cover, mask)

    def box(self, one: Point, other: Point, colour: Colour) -> None:
        """Fill an upright rectangle between two corners."""
        self.polygon([one, (other[0], one[1]), other, (one[0], other[1])], colour)

    def ellipse(self, centre: Point, half_width: float, half_height: float, colour: Colour) -> None:
        """Fill an ellipse."""
        angles = np.linspace(0, 2 * np.pi, 48, endpoint=False)
        ring = [(centre[0] + half_width * np.cos(a), centre[1] + half_height * np.sin(a)) for a in angles]
        self.polygon(ring, colour)

    def line(self, one: Point, other: Point, colour: Colour) -> None:
        """Draw a seam 12 mm wide."""
        across = (
            np.array([other[1] - one[1], one[0] - other[0]]) / np.hypot(other[0] - one[0], other[1] - one[1]) * 0.006
        )
        ends = np.array([one, one, other, other]) + np.array([across, -across, -across, across])
        self.polygon([(float(x), float(y)) for x, y in ends], colour)

    def paste(self, centre: Point, picture: Image) -> None:
        """Put a picture in the sprite's own scale with its middle at a place."""
        (x, y), (height, width) = self._fixed([centre])[0] // 16, picture.shape[:2]
        left, top = x - width // 2, y - height // 2
        self._colour[top : top + height, left : left + width] = picture
        self._cover[top : top + height, left : left + width] = 255

    def darken(self, share: float) -> None:
        """Dim everything drawn so far."""
        self._colour = np.round(self._colour * share).astype(np.uint8)

    def pyramid(self) -> tuple[NDArray[np.uint8], ...]:
        """Give the sprite and its halves, down to an eighth."""
        levels = [np.dstack([self._colour, self._cover])]
        while len(levels) < 4:
            levels.append(
                np.asarray(cv2.resize(levels[-1], None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA), np.uint8)
            )
        return tuple(levels)

    def _fixed(self, points: list[Point]) -> NDArray[np.int32]:
        """Sprite pixels in sixteenths, as OpenCV takes them."""
        x = (np.array([p[0] for p in points]) + SPRITE_WIDTH_M / 2) * SPRITE_PX_PER_M
        y = (SPRITE_HEIGHT_M - np.array([p[1] for p in points])) * SPRITE_PX_PER_M
        return np.round(np.column_stack([x, y]) * 16).astype(np.int32)
