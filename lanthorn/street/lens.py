"""The drawn camera: where a place on the street falls in the picture."""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

WIDTH_PX: Final = 1280
HEIGHT_PX: Final = 720
FOCAL_PX: Final = 2400.0
"""A long lens, as cameras that read plates have: 520 mm of plate are 110 px at 11 m."""

CAMERA_HEIGHT_M: Final = 1.3


@dataclass(frozen=True, slots=True)
class Lens:
    """The vanishing point of the street, in pixels; shaking moves it. Left of the middle, to see the oncoming lane."""

    centre_x_px: float = 470.0
    horizon_y_px: float = 292.0

    def shaken(self, right_px: float, down_px: float) -> "Lens":
        """Give the lens moved by a knock."""
        return replace(self, centre_x_px=self.centre_x_px + right_px, horizon_y_px=self.horizon_y_px + down_px)

    def scale(self, ahead_m: float) -> float:
        """Give pixels per metre at a distance ahead."""
        return FOCAL_PX / ahead_m

    def points(self, right_m: object, up_m: object, ahead_m: object) -> NDArray[np.float64]:
        """Give pixels, shape (n, 2), for places right of the lane's middle, above the road and ahead of the camera."""
        right, up, ahead = np.broadcast_arrays(
            np.asarray(right_m, float), np.asarray(up_m, float), np.asarray(ahead_m, float)
        )
        return np.column_stack(
            [
                self.centre_x_px + FOCAL_PX * right.ravel() / ahead.ravel(),
                self.horizon_y_px + FOCAL_PX * (CAMERA_HEIGHT_M - up.ravel()) / ahead.ravel(),
            ]
        )
