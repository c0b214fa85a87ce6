"""The street itself, by day and by night: what stays (sky, road) drawn once, and house fronts as a strip."""

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from hardware.frames import Image
from lanthorn.street.lens import CAMERA_HEIGHT_M, FOCAL_PX, HEIGHT_PX, WIDTH_PX, Lens

MARGIN_PX: Final = 12
"""How much more is drawn on each side than is shown, so that the camera can shake."""

LEFT_KERB_M: Final = -1.9
RIGHT_KERB_M: Final = 4.2
LANE_LINE_M: Final = 1.12
LEFT_FRONTS_M: Final = -4.6
RIGHT_FRONTS_M: Final = 7.6

FARTHEST_M: Final = 150.0
"""How far house fronts are seen; beyond is haze."""

FRONTS_LENGTH_M: Final = 72.0
"""The houses come again after this length."""

FRONTS_HEIGHT_M: Final = 11.0
FRONTS_PX_PER_M: Final = 26

_HOUSE_M: Final = 6.0
_BRICKS: Final = ((86, 104, 140), (70, 84, 118), (128, 142, 156), (96, 118, 152), (150, 158, 162), (78, 90, 104))
_SHOPS: Final = ((60, 96, 40), (120, 60, 36), (48, 44, 132), (70, 70, 70))
_LIT: Final = (110, 190, 236)


@dataclass(frozen=True, slots=True)
class Scene:
    """What one time of day needs to draw a frame.

    still is the sky and the road with a margin all round. fronts are the two house rows as strips (height, length, 4),
    seen from the road. haze is the colour that things fade to with distance, and light the share of daylight.
    """

    still: Image
    fronts: tuple[NDArray[np.uint8], NDArray[np.uint8]]
    haze: NDArray[np.float32]
    light: float
    night: bool


def make_scene(*, night: bool, seed: int) -> Scene:
    """Draw one time of day."""
    rng = np.random.default_rng(seed)
    fronts = (_house_fronts(rng, night=night), _house_fronts(rng, night=night))
    haze = np.array((34, 26, 22) if night else (222, 214, 204), np.float32)
    return Scene(_still(rng, haze, night=night), fronts, haze, 0.3 if night else 1.0, night)


def _still(rng: np.random.Generator, haze: NDArray[np.float32], *, night: bool) -> Image:
    height, width = HEIGHT_PX + 2 * MARGIN_PX, WIDTH_PX + 2 * MARGIN_PX
    lens = Lens().shaken(MARGIN_PX, MARGIN_PX)
    horizon = round(lens.horizon_y_px)
    picture = np.empty((height, width, 3), np.float32)
    picture[:horizon] = _sky(rng, horizon, width, haze, night=night)
    below = np.arange(horizon, height, dtype=np.float64) - lens.horizon_y_px + 1.0
    ahead = FOCAL_PX * CAMERA_HEIGHT_M / below
    grain = cv2.GaussianBlur(rng.normal(0, 1, (height - horizon, width)).astype(np.float32), (0, 0), 0.8) * 7
    asphalt = np.array((32, 30, 30) if night else (104, 102, 101), np.float32)
    near = np.clip(1 - ahead / 120, 0, 1)[:, None]
    road = asphalt + (grain * near * (0.35 if night else 1.0))[:, :, None]
    fade = (np.clip((ahead - 15) / 160, 0, 0.85) ** 0.8)[:, None, None].astype(np.float32)
    picture[horizon:] = road * (1 - fade) + haze * fade
    if night:
        picture[horizon:] += _headlight_pool(ahead, width, lens)[:, :, None] * np.array((36, 44, 48), np.float32)
    drawn = np.clip(picture, 0, 255).astype(np.uint8)
    _pavements(drawn, lens, night=night)
    return np.asarray(drawn, np.uint8)


def _sky(
    rng: np.random.Generator, height: int, width: int, haze: NDArray[np.float32], *, night: bool
) -> NDArray[np.float32]:
    down = np.linspace(0, 1, height, dtype=np.float32)[:, None, None]
    top = np.array((20, 12, 10) if night else (206, 168, 128), np.float32)
    sky = top * (1 - down) + haze * down + np.zeros((height, width, 1), np.float32)
    coarse = cv2.resize(rng.normal(0, 1, (7, 14)).astype(np.float32), (width, height), interpolation=cv2.INTER_CUBIC)
    fine = cv2.resize(rng.normal(0, 1, (22, 40)).astype(np.float32), (width, height), interpolation=cv2.INTER_CUBIC)
    cloud = np.clip(coarse + 0.4 * fine, 0, 1.6)[:, :, None]
    sky += cloud * np.array((6, 6, 7) if night else (18, 24, 30), np.float32)
    left = 0
    while left < width:  # the roofs at the far end of the street
        broad, tall = int(rng.integers(26, 90)), int(rng.integers(18, 74))
        shade = haze * (0.9 if not night else 1.25) - rng.uniform(0, 14)
        sky[height - tall :, left : left + broad] = sky[height - tall :, left : left + broad] * 0.25 + shade * 0.75
        left += broad
    return np.asarray(sky, np.float32)


def _headlight_pool(ahead: NDArray[np.float64], width: int, lens: Lens) -> NDArray[np.float32]:
    right_m = (np.arange(width) - lens.centre_x_px)[None, :] * ahead[:, None] / FOCAL_PX
    reach = np.exp(-(((ahead - 12) / 13) ** 2))[:, None]
    return np.asarray(reach * np.exp(-(((right_m - 0.1) / 2.2) ** 2)), np.float32)


def _pavements(picture: Image, lens: Lens, *, night: bool) -> None:
    dim = 0.3 if night else 1.0
    for kerb_m, fronts_m in ((LEFT_KERB_M, LEFT_FRONTS_M), (RIGHT_KERB_M, RIGHT_FRONTS_M)):
        outward = 1 if fronts_m > kerb_m else -1
        _strip(picture, lens, kerb_m, fronts_m, (150, 152, 154), dim)
        _strip(picture, lens, kerb_m, kerb_m + outward * 0.16, (182, 184, 186), dim)
        _strip(picture, lens, kerb_m - outward * 0.3, kerb_m - outward * 0.2, (40, 190, 220), dim)


def _strip(picture: Image, lens: Lens, one_m: float, other_m: float, colour: tuple[int, int, int], dim: float) -> None:
    near, far = 5.0, 160.0
    corners = lens.points([one_m, one_m, other_m, other_m], 0.0, [near, far, far, near])
    fill = tuple(round(part * dim) for part in colour)
    cv2.fillPoly(picture, [np.round(corners * 16).astype(np.int32)], fill, cv2.LINE_AA, 4)


def _house_fronts(rng: np.random.Generator, *, night: bool) -> NDArray[np.uint8]:
    """A row of houses over shops, with its roofs' edge in the fourth channel, long enough to see from any place."""
    scale = FRONTS_PX_PER_M
    strip = np.zeros((round(FRONTS_HEIGHT_M * scale), round(FRONTS_LENGTH_M * scale), 4), np.uint8)
    foot = strip.shape[0]
    dim = 0.2 if night else 1.0
    for number in range(round(FRONTS_LENGTH_M / _HOUSE_M)):
        left, right = round(number * _HOUSE_M * scale), round((number + 1) * _HOUSE_M * scale)
        top = foot - round(rng.uniform(8.2, FRONTS_HEIGHT_M) * scale)
        brick = np.array(_BRICKS[int(rng.integers(len(_BRICKS)))], float) * rng.uniform(0.9, 1.1) * dim
        strip[top:foot, left:right, :3] = np.clip(brick, 0, 255).astype(np.uint8)
        strip[top:foot, left:right, 3] = 255
        strip[top : top + 8, left:right, :3] = np.clip(brick * 0.6, 0, 255).astype(np.uint8)
        strip[top:foot, left : left + 3, :3] = np.clip(brick * 0.7, 0, 255).astype(np.uint8)
        for floor_m in (3.7, 6.2):
            for window in range(3):
                x = left + round((0.7 + window * 1.75) * scale)
                _sash(
                    strip, x, foot - round((floor_m + 1.5) * scale), scale, lit=night and rng.random() < 0.35, dim=dim
                )
        _shop(strip, left, right, foot, rng, night=night)
    return np.concatenate([strip] * (2 + int(FARTHEST_M / FRONTS_LENGTH_M)), axis=1)


def _sash(strip: NDArray[np.uint8], x: int, y: int, scale: int, *, lit: bool, dim: float) -> None:
    width, height = round(1.0 * scale), round(1.5 * scale)
    frame = tuple(round(part * dim) for part in (226, 230, 232))
    glass = _LIT if lit else tuple(round(part * dim) for part in (96, 82, 70))
    cv2.rectangle(strip, (x - 2, y - 2), (x + width + 2, y + height + 3), (*frame, 255), -1)
    cv2.rectangle(strip, (x, y), (x + width, y + height), (*glass, 255), -1)
    cv2.line(strip, (x, y + height // 2), (x + width, y + height // 2), (*frame, 255), 2)


def _shop(strip: NDArray[np.uint8], left: int, right: int, foot: int, rng: np.random.Generator, *, night: bool) -> None:
    scale, dim = FRONTS_PX_PER_M, 0.35 if night else 1.0
    colour = tuple(round(part * dim) for part in _SHOPS[int(rng.integers(len(_SHOPS)))])
    glass = (90, 150, 190) if night and rng.random() < 0.5 else tuple(round(part * dim) for part in (112, 100, 88))
    cv2.rectangle(strip, (left + 4, foot - round(3.2 * scale)), (right - 4, foot - 2), (*colour, 255), -1)
    cv2.rectangle(
        strip, (left + 10, foot - round(2.5 * scale)), (right - 34, foot - round(0.5 * scale)), (*glass, 255), -1
    )
    door = tuple(round(part * 0.6) for part in colour)
    cv2.rectangle(strip, (right - 28, foot - round(2.4 * scale)), (right - 10, foot - 4), (*door, 255), -1)
