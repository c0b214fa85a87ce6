"""The time, and how wrong the machine's clock may be."""

import ctypes
import sys
from datetime import UTC, datetime
from typing import Final, Protocol

_TIME_ERROR: Final = 5
"""What adjtimex returns while the clock is not kept by any source of time (Linux, sys/timex.h)."""

_STA_UNSYNC: Final = 0x0040
"""The status bit that says the same (Linux, sys/timex.h)."""


class Clock(Protocol):
    """What tells the time. Passed in everywhere, so that a test can say what time it is."""

    def now(self) -> datetime:
        """Give the present moment, aware, in UTC."""
        ...


class SystemClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        """Give the present moment, aware, in UTC."""
        return datetime.now(UTC)


class _Timex(ctypes.Structure):
    """The start of struct timex as Linux has it on 64-bit machines; the rest is room that the kernel may write."""

    _fields_ = (
        ("modes", ctypes.c_uint),
        ("offset", ctypes.c_long),
        ("freq", ctypes.c_long),
        ("maxerror", ctypes.c_long),
        ("esterror", ctypes.c_long),
        ("status", ctypes.c_int),
        ("rest", ctypes.c_byte * 256),
    )


def clock_error_ms() -> float | None:
    """Give the most that the system clock may be wrong, in milliseconds, or None where nobody can say.

    This is the kernel's own bound (adjtimex, no privilege needed), which chrony, ntpd and systemd-timesyncd keep. It is
    None while the clock is not synchronised and on systems other than Linux.
    """
    if sys.platform != "linux":
        return None
    state = _Timex()  # modes 0: read only
    outcome = ctypes.CDLL(None).adjtimex(ctypes.byref(state))
    return error_bound_ms(outcome, state.status, state.maxerror)


def error_bound_ms(outcome: int, status: int, max_error_us: int) -> float | None:
    """Say what an answer of adjtimex means: its return value, its status bits and its maxerror."""
    if outcome < 0 or outcome == _TIME_ERROR or status & _STA_UNSYNC:
        return None
    return max_error_us / 1000
