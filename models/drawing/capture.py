"""What a camera makes of a drawn plate: distance, angle, dirt, light, movement, noise and compression, from a seed.

Conditions are what one vehicle pass has all through it (the angle, the dirt, the light); each picture of the pass adds
its own noise, shake and distance. How often each condition comes is reasoned, not measured: it spans what a patrol car
meets between a clean plate at 10 m by day and a dirty one at the edge of what can be read at night.
"""

import math
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from models.plates.reading import Image

MARGIN: Final = 0.35
"""Surroundings beside the plate, as a share of its height above and below and of its width's fifth left and right."""

FOCAL_WIDTHS: Final = 6.0
"""The camera's distance in plate widths, for the perspective: 520 mm seen from 3 m. Farther is flatter."""

NARROWEST_PX: Final = 48
WIDEST_PX: Final = 190


@dataclass(frozen=True, slots=True)
class Spot:
    """A round thing on the plate: dirt, a bolt, a tow ball. Places are shares of the plate's width and height."""

    across: float
    down: float
    radius: float
    colour: tuple[int, int, int]
    cover: float


@dataclass(frozen=True, slots=True)
class Conditions:
    """One pass. width_px is the plate's width in the picture, angles are degrees, blurs are pixels of the picture.

    light multiplies what is seen, haze (0-1) lifts the black towards grey; noise is a standard deviation of 0-255.
    """

    width_px: float
    yaw_deg: float
    pitch_deg: float
    roll_deg: float
    motion_px: float
    motion_deg: float
    defocus_px: float
    light: float
    haze: float
    noise: float
    quality: int
    infrared: bool
    surroundings: tuple[int, int, int]
    spots: tuple[Spot, ...]


def conditions(rng: np.random.Generator) -> Conditions:
    """Draw the conditions of one pass."""
    hard = rng.random()  # one pass is hard in several ways at once: night brings blur and noise together
    night = rng.random() < 0.4
    width = math.exp(rng.uniform(math.log(NARROWEST_PX), math.log(WIDEST_PX)))
    return Conditions(
        width_px=width,
        yaw_deg=float(rng.normal(0, 18)),
        pitch_deg=float(rng.normal(6, 6)),
        roll_deg=float(rng.normal(0, 3)),
        motion_px=float(rng.exponential(0.3 + 2.2 * hard) * width / 120),
        motion_deg=float(rng.normal(0, 12)),
        defocus_px=float(rng.gamma(1.5, 0.15 + 0.45 * hard) * width / 120),
        light=float(rng.uniform(0.22, 0.6) if night else rng.uniform(0.55, 1.15)),
        haze=float(rng.beta(1.2, 6.0)),
        noise=float(rng.uniform(1, 5) + (8 * hard if night else 3 * hard)),
        quality=int(rng.integers(35, 92)),
        infrared=bool(rng.random() < 0.2),
        surroundings=_colour(rng),
        spots=_spots(rng, hard),
    )


def photograph(plate: Image, seen: Conditions, rng: np.random.Generator) -> Image:
    """Give one picture of the plate with a little round it: (height, width, 3) uint8, BGR.

    plate is as models.drawing.plates gives it, of any size above the size wanted.
    """
    soiled = _soiled(plate, seen.spots)
    width = seen.width_px * float(rng.uniform(0.93, 1.07))
    scene = _placed(soiled, seen, width, rng)
    if seen.infrared:
        grey = scene.max(axis=2)  # infrared reflects from yellow as from white
        scene = np.repeat(grey[:, :, None], 3, axis=2)
    scene = _blurred(scene, seen, rng)
    lit = scene.astype(np.float32) * seen.light
    lit = lit * (1 - seen.haze) + 120 * seen.haze
    lit += rng.normal(0, seen.noise, lit.shape).astype(np.float32)
    picture = np.clip(np.round(lit), 0, 255).astype(np.uint8)
    _, coded = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, seen.quality])
    return np.asarray(cv2.imdecode(coded, cv2.IMREAD_COLOR), np.uint8)


def _colour(rng: np.random.Generator) -> tuple[int, int, int]:
    blue, green, red = (int(value) for value in rng.integers(15, 150, 3))
    return blue, green, red


def _spots(rng: np.random.Generator, hard: float) -> tuple[Spot, ...]:
    spots = [
        Spot(
            float(rng.random()),
            float(rng.random()),
            float(rng.uniform(0.02, 0.09)),
            (40, 55, 70),
            float(rng.uniform(0.3, 0.95)),
        )
        for _ in range(int(rng.poisson(0.4 + 2.5 * hard)))
    ]
    if rng.random() < 0.35:  # two bolts, where fitters put them
        colour = (30, 30, 30) if rng.random() < 0.5 else (200, 205, 205)
        away = float(rng.uniform(0.1, 0.42))
        down = float(rng.uniform(0.3, 0.7))
        spots += [Spot(0.5 + side * away, down, 0.035, colour, 1.0) for side in (-1, 1)]
    if rng.random() < 0.06:
        spots.append(Spot(float(rng.normal(0.5, 0.05)), 1.0, float(rng.uniform(0.1, 0.22)), (25, 25, 25), 1.0))
    return tuple(spots)


def _soiled(plate: Image, spots: tuple[Spot, ...]) -> Image:
    soiled = plate.copy()
    height, width = plate.shape[:2]
    for spot in spots:
        mask = np.zeros((height, width), np.uint8)
        centre = (round(spot.across * width), round(spot.down * height))
        cv2.circle(mask, centre, max(1, round(spot.radius * width)), 255, -1, cv2.LINE_AA)
        cover = mask[:, :, None].astype(np.float32) / 255 * spot.cover
        soiled = np.round(soiled * (1 - cover) + np.array(spot.colour, np.float32) * cover).astype(np.uint8)
    return soiled


def _placed(plate: Image, seen: Conditions, width_px: float, rng: np.random.Generator) -> Image:
    """Project the plate into the picture, at twice the size wanted and then averaged down, so that edges are smooth."""
    height, width = plate.shape[:2]
    corners = _projected(width, height, seen) * (2 * width_px)
    low, high = corners.min(axis=0), corners.max(axis=0)
    tall = high[1] - low[1]
    margin = np.array([2 * width_px * MARGIN / 5 + 8, tall * MARGIN + 8])
    size = np.ceil(high - low + 2 * margin).astype(int) // 2 * 2
    to = (corners - low + margin + rng.uniform(-1, 1, 2)).astype(np.float32)
    whole = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    shrink = max(1, round(width / (2 * width_px)))
    if shrink > 1:
        plate = np.asarray(cv2.blur(plate, (shrink, shrink)), np.uint8)
    turned = cv2.warpPerspective(
        plate,
        cv2.getPerspectiveTransform(whole, to),
        (int(size[0]), int(size[1])),
        flags=cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_CONSTANT,
        borderValue=seen.surroundings,
    )
    return np.asarray(
        cv2.resize(turned, (int(size[0]) // 2, int(size[1]) // 2), interpolation=cv2.INTER_AREA), np.uint8
    )


def _projected(width: int, height: int, seen: Conditions) -> NDArray[np.float64]:
    """The corners as seen, in plate widths: turned about the plate's middle, then by perspective."""
    half = height / width / 2
    flat = np.array([[-0.5, -half, 0], [0.5, -half, 0], [0.5, half, 0], [-0.5, half, 0]])
    yaw, pitch, roll = (
        math.radians(max(-60, min(60, angle))) for angle in (seen.yaw_deg, seen.pitch_deg, seen.roll_deg)
    )
    about_up = np.array([[math.cos(yaw), 0, math.sin(yaw)], [0, 1, 0], [-math.sin(yaw), 0, math.cos(yaw)]])
    about_right = np.array([[1, 0, 0], [0, math.cos(pitch), -math.sin(pitch)], [0, math.sin(pitch), math.cos(pitch)]])
    about_ahead = np.array([[math.cos(roll), -math.sin(roll), 0], [math.sin(roll), math.cos(roll), 0], [0, 0, 1]])
    turned = flat @ about_up.T @ about_right.T @ about_ahead.T
    return np.asarray(turned[:, :2] * FOCAL_WIDTHS / (FOCAL_WIDTHS + turned[:, 2:]))


def _blurred(scene: Image, seen: Conditions, rng: np.random.Generator) -> Image:
    if seen.defocus_px > 0.2:
        scene = np.asarray(cv2.GaussianBlur(scene, (0, 0), seen.defocus_px), np.uint8)
    length = seen.motion_px * float(rng.uniform(0.6, 1.4))
    if length < 1:
        return scene
    reach = math.ceil(length / 2)
    kernel = np.zeros((2 * reach + 1, 2 * reach + 1), np.float32)
    angle = math.radians(seen.motion_deg)
    for step in np.linspace(-length / 2, length / 2, 8 * reach + 1):
        across, down = reach + step * math.cos(angle), reach + step * math.sin(angle)
        kernel[min(2 * reach, round(down)), min(2 * reach, round(across))] += 1
    return np.asarray(cv2.filter2D(scene, -1, kernel / kernel.sum(), borderType=cv2.BORDER_REPLICATE), np.uint8)
