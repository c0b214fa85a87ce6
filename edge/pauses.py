"""How long the uplink rests before it tries a broker again. Pure."""

from typing import Final

FIRST_PAUSE_S: Final = 1.0
LONGEST_PAUSE_S: Final = 60.0
"""Pauses before the broker is tried again: each twice the one before, up to the longest."""


def pause_s(failures: int, share: float) -> float:
    """Give the pause after so many failures in a row (at least 1). share (0-1, random) spreads the devices of a fleet
    over the second half of it, so that they do not all come back to a restarted broker at once.
    """
    longest = min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2 ** min(failures - 1, 16))
    return float(longest * (0.5 + share / 2))
