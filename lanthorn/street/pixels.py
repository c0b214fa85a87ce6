"""Puts drawn things into a frame's pixels: scaled, smeared by motion, shaded and lit."""

from collections.abc import Callable
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from hardware.frames import Image
from lanthorn.street.lens import FOCAL_PX, HEIGHT_PX, WIDTH_PX, Lens
from lanthorn.street.scenery import (
    FARTHEST_M,
    FRONTS_HEIGHT_M,
    FRONTS_LENGTH_M,
    FRONTS_PX_PER_M,
    LEFT_FRONTS_M,
    RIGHT_FRONTS_M,
    Scene,
)
from lanthorn.street.vehicles import SPRITE_PX_PER_M, Sprite

_MIN_BLUR_PX: Final = 4.0

Change = Callable[[NDArray[np.float32], NDArray[np.float32]], NDArray[np.float32]]
"""Gives new pixels from old ones and a share of 0 to 1 for each."""


def paint_fronts(picture: Image, scene: Scene, lens: Lens, travelled_m: float) -> None:
    """Paint both rows of houses, each a strip on an upright plane along the road, fading with distance.

    They are painted at half size: they are the largest thing in the picture, and a little soft suits a background.
    """
    for right_m, strip in zip((LEFT_FRONTS_M, RIGHT_FRONTS_M), scene.fronts, strict=True):
        edge = 0.0 if right_m < 0 else float(WIDTH_PX)
        near_m = FOCAL_PX * right_m / (edge - lens.centre_x_px) * 0.98
        begin = round((travelled_m + near_m) % FRONTS_LENGTH_M * FRONTS_PX_PER_M)
        length, height = round((FARTHEST_M - near_m) * FRONTS_PX_PER_M), strip.shape[0]
        source = np.array([[0, 0], [length, 0], [length, height], [0, height]], np.float32)
        ups, aheads = [FRONTS_HEIGHT_M, FRONTS_HEIGHT_M, 0.0, 0.0], [near_m, FARTHEST_M, FARTHEST_M, near_m]
        target = lens.points(right_m, ups, aheads).astype(np.float32)
        first, last = sorted((edge, float(target[1, 0])))
        left, width, foot = int(first), int(last - first) // 2 * 2 + 2, int(target[3, 1]) // 2 * 2 + 2
        warp = cv2.getPerspectiveTransform(source, (target - (left, 0)).astype(np.float32) / 2)
        small = cv2.warpPerspective(strip[:, begin : begin + length], warp, (width // 2, foot // 2))
        ahead_m = FOCAL_PX * right_m / (np.arange(left + 1, left + width, 2) - lens.centre_x_px)
        fade = (np.clip((np.abs(ahead_m) - 20) / (FARTHEST_M - 20), 0, 1) ** 0.7).astype(np.float32)
        share = np.broadcast_to(fade, small.shape[:2]).copy()
        haze = np.broadcast_to(scene.haze, (*small.shape[:2], 3)).astype(np.uint8)
        hazed = cv2.blendLinear(cv2.cvtColor(small, cv2.COLOR_BGRA2BGR), haze, 1 - share, share)
        _, cover = cv2.threshold(cv2.resize(cv2.extractChannel(small, 3), (width, foot)), 127, 255, cv2.THRESH_BINARY)
        shown = min(width, WIDTH_PX - left)
        window = picture[:foot, left : left + shown]
        cv2.copyTo(cv2.resize(hazed, (width, foot))[:, :shown], cover[:, :shown], window)


def sixteenths(points: NDArray[Any]) -> NDArray[np.int32]:
    """Give pixels as OpenCV's drawing takes them with shift 4."""
    return np.round(points * 16).astype(np.int32)


def blend_sprite(
    picture: Image, lens: Lens, sprite: Sprite, at: tuple[float, float], moved_px: tuple[float, float]
) -> None:
    """Scale a sprite to its place (right, ahead) in metres, smeared by half of what it moved since the last frame."""
    right_m, ahead_m = at
    scale = lens.scale(ahead_m) / SPRITE_PX_PER_M
    level = min(len(sprite.pyramid) - 1, max(0, int(np.floor(np.log2(1 / scale))))) if scale < 1 else 0
    source = sprite.pyramid[level]
    grow = scale * 2**level
    foot = lens.points(right_m, 0.0, ahead_m)[0]
    x, y = foot[0] - source.shape[1] / 2 * grow, foot[1] - source.shape[0] * grow
    left, top = max(0, int(x) - 2), max(0, int(y) - 2)
    right = min(WIDTH_PX, int(x + source.shape[1] * grow) + 3)
    bottom = min(HEIGHT_PX, int(y + source.shape[0] * grow) + 3)
    if right <= left or bottom <= top:
        return
    turn = np.array([[grow, 0, x - left + (grow - 1) / 2], [0, grow, y - top + (grow - 1) / 2]])
    layer = cv2.warpAffine(source, turn, (right - left, bottom - top), flags=cv2.INTER_LINEAR)
    blur = np.hypot(*moved_px) / 2  # the shutter is open for half of each frame
    if blur >= _MIN_BLUR_PX:
        layer = cv2.filter2D(layer, -1, _motion_kernel(moved_px, blur))
    cover = layer[:, :, 3:].astype(np.float32) / 255
    window = picture[top:bottom, left:right]
    # The pyramid's colours are not weighted by cover, so an edge fades to dark: that is the vehicle's own outline.
    window[:] = (window * (1 - cover) + layer[:, :, :3] * cover).astype(np.uint8)


def _motion_kernel(moved_px: tuple[float, float], length_px: float) -> NDArray[np.float32]:
    size = int(length_px) | 1
    kernel = np.zeros((size, size), np.float32)
    along = np.array(moved_px) / np.hypot(*moved_px) * (size - 1) / 2
    middle = (size - 1) / 2
    first, last = (np.round(middle + sign * along).astype(int).tolist() for sign in (-1, 1))
    cv2.line(kernel, tuple(first), tuple(last), 1.0, 1)
    return np.asarray(kernel / kernel.sum(), np.float32)


def place(picture: Image, lens: Lens, drawn: Image, at: tuple[float, float, float], width_m: float) -> None:
    """Put a flat picture that faces us with the middle of its foot at (right, up, ahead) in metres."""
    right_m, foot_m, ahead_m = at
    height_m = width_m * drawn.shape[0] / drawn.shape[1]
    corner = lens.points(right_m - width_m / 2, foot_m + height_m, ahead_m)[0]
    grow = lens.scale(ahead_m) * width_m / drawn.shape[1]
    left, top = max(0, int(corner[0])), max(0, int(corner[1]))
    right = min(WIDTH_PX, int(corner[0] + drawn.shape[1] * grow) + 1)
    bottom = min(HEIGHT_PX, int(corner[1] + drawn.shape[0] * grow) + 1)
    if right <= left or bottom <= top:
        return
    if grow < 0.5:
        drawn = np.asarray(
            cv2.resize(drawn, None, fx=grow * 1.5, fy=grow * 1.5, interpolation=cv2.INTER_AREA), np.uint8
        )
        grow = lens.scale(ahead_m) * width_m / drawn.shape[1]
    turn = np.array([[grow, 0, corner[0] - left], [0, grow, corner[1] - top]])
    window = picture[top:bottom, left:right]
    size = (right - left, bottom - top)
    cv2.warpAffine(drawn, turn, size, dst=window, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_TRANSPARENT)


def shade(picture: Image, across_px: NDArray[np.float64], down_px: float, half_height_px: float) -> None:
    """Darken the road under something: a soft ellipse."""
    half_width = (across_px[1] - across_px[0]) / 2 * 1.06
    centre = (float(across_px.mean()), down_px)
    reach = (half_width, half_height_px)
    _each_near(picture, centre, reach, lambda window, share: window * (1 - np.float32(0.85) * np.sqrt(share)))


def glow(
    picture: Image, centre: NDArray[np.float64], radius_px: float, colour: tuple[int, int, int], strength: float
) -> None:
    """Add a soft round light."""
    light = np.array(colour, np.float32) * strength
    reach = (radius_px, radius_px)
    _each_near(picture, (float(centre[0]), float(centre[1])), reach, lambda window, share: window + share**2 * light)


def _each_near(picture: Image, centre: tuple[float, float], reach: tuple[float, float], change: Change) -> None:
    """Change the pixels within an ellipse, by a share that falls from 1 in its middle to 0 at its edge."""
    left, right = max(0, int(centre[0] - reach[0])), min(WIDTH_PX, int(centre[0] + reach[0]) + 1)
    top, bottom = max(0, int(centre[1] - reach[1])), min(HEIGHT_PX, int(centre[1] + reach[1]) + 1)
    if right <= left or bottom <= top:
        return
    across = ((np.arange(left, right) - centre[0]) / reach[0]) ** 2
    down = ((np.arange(top, bottom) - centre[1]) / reach[1]) ** 2
    share = np.clip(1 - np.sqrt(across[None, :] + down[:, None]), 0, 1).astype(np.float32)[:, :, None]
    window = picture[top:bottom, left:right]
    window[:] = np.clip(change(window.astype(np.float32), share), 0, 255).astype(np.uint8)
