"""The system clock and what the kernel says of its error."""

from datetime import UTC

import pytest

from hardware.clock import SystemClock, clock_error_ms, error_bound_ms


def test_now_is_utc() -> None:
    assert SystemClock().now().tzinfo is UTC


def test_the_kernels_answer_is_none_or_a_bound() -> None:
    error = clock_error_ms()

    assert error is None or 0 <= error <= 16_000, "the kernel stops at 16 s and then says unsynchronised"


@pytest.mark.parametrize(
    ("outcome", "status", "max_error_us", "expected"),
    [
        (0, 0x2001, 2500, 2.5),
        (0, 0x0040, 2500, None),
        (5, 0x2001, 2500, None),
        (-1, 0, 0, None),
    ],
)
def test_what_an_answer_means(outcome: int, status: int, max_error_us: int, expected: float | None) -> None:
    assert error_bound_ms(outcome, status, max_error_us) == expected
