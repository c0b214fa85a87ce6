"""Paints one frame: the street, its lamps and signs, the traffic, light, rain and grain."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Final

import cv2
import numpy as np

from hardware.frames import Image
from lanthorn.street.lens import HEIGHT_PX, WIDTH_PX, Lens
from lanthorn.street.motion import BUS_AHEAD_M, BUS_LENGTH_M, NEAREST_SEEN_M
from lanthorn.street.pixels import blend_sprite, glow, paint_fronts, place, shade, sixteenths
from lanthorn.street.scenery import LANE_LINE_M, LEFT_KERB_M, MARGIN_PX, RIGHT_KERB_M, Scene
from lanthorn.street.signs import BOARDS, Board, draw_board, draw_bus
from lanthorn.street.vehicles import NIGHT_SHARE, Sprite

BOARD_EVERY_M: Final = 26.0
LAMP_EVERY_M: Final = 30.0
DASH_EVERY_M: Final = 6.0
NEAREST_M: Final = 7.0
WHEEL_RADIUS_M: Final = 0.32
NOTICE: Final = "DRAWN FOOTAGE - not a real street"

_LAMP_COLOUR: Final = (150, 214, 255)


@dataclass
class Street:
    """One frame being made: the camera, how far we have gone, and what stands or drives where, to paint far to near."""

    lens: Lens
    shake: tuple[float, float]
    travelled_m: float
    things: list[tuple[float, Callable[[Image], None]]] = field(default_factory=list)


class Painter:
    """Holds what is drawn once for a time of day, and paints frames from it."""

    def __init__(self, scene: Scene, seed: int) -> None:
        self._scene = scene
        self._boards = [(board, draw_board(board)) for board in BOARDS]
        self._bus = draw_bus(scene.light)
        rng = np.random.default_rng(seed)
        spread = 3.0 if scene.night else 1.3
        grain = np.round(rng.normal(0, spread, (HEIGHT_PX + 64, WIDTH_PX + 64))).astype(np.int16)
        self._brighter = cv2.merge([np.clip(grain, 0, 255).astype(np.uint8)] * 3)
        self._darker = cv2.merge([np.clip(-grain, 0, 255).astype(np.uint8)] * 3)
        self._rng = rng

    def add_bus(self, street: Street, right_m: float) -> None:
        """Add the bus that crosses the street: words and numbers on it, and no plate in sight."""

        def paint(picture: Image) -> None:
            ends = street.lens.points([right_m - BUS_LENGTH_M / 2, right_m + BUS_LENGTH_M / 2], 0.0, BUS_AHEAD_M)
            shade(picture, ends[:, 0], float(ends[0, 1]), 22.0)
            place(picture, street.lens, self._bus, (right_m, 0.0, BUS_AHEAD_M), BUS_LENGTH_M)

        street.things.append((BUS_AHEAD_M, paint))

    def add_vehicle(
        self, street: Street, sprite: Sprite, at: tuple[float, float], moved_px: tuple[float, float]
    ) -> None:
        """Add a vehicle whose near end is at (right, ahead) metres; moved_px is how far it moved since last frame."""
        right_m, ahead_m = at

        def paint(picture: Image) -> None:
            lens = street.lens
            beside = ahead_m < NEAREST_SEEN_M
            if not beside:
                feet = lens.points([right_m - 1.0, right_m + 1.0], 0.0, ahead_m + 0.3)
                shade(picture, feet[:, 0], float(feet[0, 1]), lens.scale(ahead_m) * 0.2)
            self._paint_flanks(picture, lens, sprite, right_m, ahead_m)
            if beside:
                return
            blend_sprite(picture, lens, sprite, at, moved_px)
            if self._scene.night:
                for lamp_right, lamp_up in sprite.lamps:
                    centre = lens.points(right_m + lamp_right, lamp_up, ahead_m)[0]
                    glow(picture, centre, lens.scale(ahead_m) * 0.34, sprite.lamp_colour, 0.62)

        street.things.append((ahead_m, paint))

    def paint(self, street: Street) -> Image:
        """Paint the whole frame: the street, what is on it from far to near, then rain, grain and the notice."""
        left, top = MARGIN_PX - street.shake[0], MARGIN_PX - street.shake[1]
        turn = np.array([[1, 0, -left], [0, 1, -top]])
        picture: Image = np.asarray(cv2.warpAffine(self._scene.still, turn, (WIDTH_PX, HEIGHT_PX)), np.uint8)
        paint_fronts(picture, self._scene, street.lens, street.travelled_m)
        self._paint_dashes(picture, street.lens, street.travelled_m)
        things = street.things + self._furniture(street)
        for _, paint in sorted(things, key=lambda thing: -thing[0]):
            paint(picture)
        return self._finish(picture)

    def _furniture(self, street: Street) -> list[tuple[float, Callable[[Image], None]]]:
        things: list[tuple[float, Callable[[Image], None]]] = []
        first = int((street.travelled_m + NEAREST_M) // LAMP_EVERY_M) + 1
        for number in range(first, first + 5):
            ahead_m = number * LAMP_EVERY_M - street.travelled_m
            things.append((ahead_m, partial(self._paint_lamp, street.lens, ahead_m)))
        first = int((street.travelled_m + NEAREST_M) // BOARD_EVERY_M) + 1
        for number in range(first, first + 5):
            ahead_m = number * BOARD_EVERY_M - street.travelled_m
            board, drawn = self._boards[number % len(self._boards)]
            things.append((ahead_m, partial(self._paint_board, street.lens, board, drawn, ahead_m)))
        return things

    def _paint_dashes(self, picture: Image, lens: Lens, travelled_m: float) -> None:
        light = round(225 * (0.42 if self._scene.night else 1.0))
        for ahead in np.arange(7.0 - travelled_m % DASH_EVERY_M, 110.0, DASH_EVERY_M):
            near, far = max(ahead, 6.0), ahead + 2.2
            if far > near:
                left, right = LANE_LINE_M - 0.05, LANE_LINE_M + 0.05
                corners = lens.points([left, left, right, right], 0.0, [near, far, far, near])
                cv2.fillConvexPoly(picture, sixteenths(corners), (light,) * 3, cv2.LINE_AA, 4)

    def _paint_lamp(self, lens: Lens, ahead_m: float, picture: Image) -> None:
        post = tuple(round(part * max(self._scene.light, 0.25)) for part in (92, 94, 90))
        for side_m, arm_m in ((LEFT_KERB_M - 0.7, 1.2), (RIGHT_KERB_M + 0.7, -1.2)):
            points = lens.points([side_m, side_m, side_m + arm_m], [0.0, 6.0, 6.3], ahead_m)
            thick = max(1, round(lens.scale(ahead_m) * 0.11))
            cv2.polylines(picture, [sixteenths(points)], False, post, thick, cv2.LINE_AA, 4)
            if self._scene.night:
                glow(picture, points[2], lens.scale(ahead_m) * 0.9, _LAMP_COLOUR, 0.75)

    def _paint_board(self, lens: Lens, board: Board, drawn: Image, ahead_m: float, picture: Image) -> None:
        post = lens.points([board.right_m] * 2, [0.0, board.foot_m + 0.1], ahead_m)
        grey = (round(120 * max(self._scene.light, 0.3)),) * 3
        thick = max(1, round(lens.scale(ahead_m) * 0.06))
        cv2.polylines(picture, [sixteenths(post)], False, grey, thick, cv2.LINE_AA, 4)
        lit = (drawn * (0.5 if self._scene.night else 1.0)).astype(np.uint8)
        place(picture, lens, lit, (board.right_m, board.foot_m, ahead_m), board.width_m)

    def _paint_flanks(self, picture: Image, lens: Lens, sprite: Sprite, right_m: float, ahead_m: float) -> None:
        """The side and the roof, as the shape that the end's outline sweeps on its way back, and the side's wheels."""
        shape, dim = sprite.shape, NIGHT_SHARE if self._scene.night else 1.0
        side_m = right_m - shape.half_width if right_m > 0 else right_m + shape.half_width
        parts = (
            (shape.lower, 0.0, shape.length, tuple(part * 0.62 * dim for part in sprite.colour)),
            (shape.cabin, shape.cabin_from, shape.cabin_to, tuple(part * dim for part in (50, 44, 40))),
        )
        for outline, start_m, stop_m, fill in parts:
            right, up = np.array(outline).T
            near = lens.points(right + right_m, up, max(ahead_m + start_m, NEAREST_SEEN_M))
            far = lens.points(right + right_m, up, ahead_m + stop_m)
            hull = cv2.convexHull(np.vstack([near, far]).astype(np.float32))
            cv2.fillConvexPoly(picture, sixteenths(hull), fill, cv2.LINE_AA, 4)
        turn = np.linspace(0, 2 * np.pi, 32, endpoint=False)
        for back_m in (shape.length - 0.85, 0.85):
            if ahead_m + back_m - WHEEL_RADIUS_M < NEAREST_SEEN_M:
                continue
            for radius_m, grey in ((WHEEL_RADIUS_M, 18.0), (WHEEL_RADIUS_M * 0.6, 110.0)):
                ahead = ahead_m + back_m + radius_m * np.cos(turn)
                rim = lens.points(side_m, WHEEL_RADIUS_M + radius_m * np.sin(turn), ahead)
                cv2.fillConvexPoly(picture, sixteenths(rim), (grey * dim,) * 3, cv2.LINE_AA, 4)

    def _finish(self, picture: Image) -> Image:
        if self._scene.night:
            self._paint_rain(picture)
        x, y = (int(self._rng.integers(0, 64)) for _ in range(2))
        window = slice(y, y + HEIGHT_PX), slice(x, x + WIDTH_PX)
        cv2.add(picture, self._brighter[window], dst=picture)
        cv2.subtract(picture, self._darker[window], dst=picture)
        for shift, grey in ((1, 0), (0, 235)):
            at = (14 + shift, HEIGHT_PX - 14 + shift)
            cv2.putText(picture, NOTICE, at, cv2.FONT_HERSHEY_SIMPLEX, 0.5, (grey,) * 3, 1, cv2.LINE_AA)
        return picture

    def _paint_rain(self, picture: Image) -> None:
        starts = self._rng.uniform((0, 0), (WIDTH_PX, HEIGHT_PX), (70, 2))
        lengths = self._rng.uniform(10, 26, 70)
        for (x, y), length in zip(starts, lengths, strict=True):
            grey = min(255, int(picture[int(y), int(x)].max()) + 26)
            end = (int(x - length * 0.15), int(y + length))
            cv2.line(picture, (int(x), int(y)), end, (grey,) * 3, 1, cv2.LINE_AA)
