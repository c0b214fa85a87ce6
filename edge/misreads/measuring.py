"""Draws and reads many passes, on several processes: each has a reader of its own with one thread."""

from collections.abc import Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from datetime import date
from typing import Final

from edge.misreads.trials import Trial, trials
from models.opening import open_plate_reader

AT_ONCE: Final = 50
"""Passes in one piece of work: some seconds."""


def reader_in_use() -> Mapping[str, str]:
    """The models of the reader that is measured: name to SHA-256."""
    return open_plate_reader(1).digests


def measure(passes: int, seed: int, on: date, processes: int) -> Iterator[list[Trial]]:
    """Give the trials of so many passes, in order, a piece at a time."""
    pieces = [(range(start, min(start + AT_ONCE, passes)), seed, on) for start in range(0, passes, AT_ONCE)]
    with ProcessPoolExecutor(processes) as pool:
        yield from pool.map(_piece, pieces)


def _piece(work: tuple[range, int, date]) -> list[Trial]:
    numbers, seed, on = work
    return list(trials(open_plate_reader(1, today=lambda: on), numbers, seed, on))
