"""The tables of misreads that come with this software, and the trials that each can be judged by."""

from pathlib import Path
from typing import Final

from edge.misreads.table import Misreads
from edge.misreads.trials import Trial, read_trials

MEASURED: Final = Path(__file__).with_name("measured")
"""Where the tables are: one JSON file a reader, and beside each the trials that it was not fitted to."""

HELD_OUT: Final = ".held-out.csv.gz"


def measured() -> list[Misreads]:
    """Load every table that comes with the software. Raises BadMisreads."""
    return [Misreads.load(path) for path in sorted(MEASURED.glob("*.json"))]


def with_trials() -> list[tuple[Misreads, list[Trial]]]:
    """Load every table with the trials that it was not fitted to. Raises BadMisreads."""
    return [
        (Misreads.load(path), read_trials(path.with_name(path.stem + HELD_OUT)))
        for path in sorted(MEASURED.glob("*.json"))
    ]
