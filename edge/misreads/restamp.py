"""More reads than were measured: what happened to one drawn plate, put onto another mark of the same length.

A trial says which characters of a plate were read rightly, which were taken for another, which were missed, and how
sure the reader was of each. Put onto another mark, the same places go wrong with the same confidence, and what each was
taken for is drawn from how often its shape was taken for what, in the table and smoothed as the table smooths it. So
the errors of one plate stay together, as they are on a dirty or distant one.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from edge.marks import canonical
from edge.misreads.shapes import NUMBER, SHAPES
from edge.misreads.table import Misreads
from edge.misreads.trials import Trial
from ingest.contract.lining_up import line_up
from models.plates.grammar import mend
from models.plates.reading import Character, MarkKind


@dataclass(frozen=True, slots=True)
class Stamped:
    """A read that could have been made of a mark: its text and kind after the grammar, and what its places say."""

    mark: str
    read: str
    kind: MarkKind
    confidences: tuple[float, ...]
    others: tuple[dict[str, float], ...]


class Restamper:
    """Puts trials onto other marks. on is the day for the grammar."""

    def __init__(self, trials: Sequence[Trial], misreads: Misreads, on: date) -> None:
        self._by_length: dict[int, list[Trial]] = {}
        for trial in trials:
            if trial.told:
                self._by_length.setdefault(len(trial.mark), []).append(trial)
        self._taken_for = _taken_for(misreads)
        self._truth = misreads.truth
        self._on = on

    def has(self, length: int) -> bool:
        """Whether there is a trial with a mark of so many characters."""
        return length in self._by_length

    def read(self, mark: str, rng: np.random.Generator) -> Stamped:
        """Give a read of a mark. Raises KeyError for a length that no trial has."""
        of_length = self._by_length[len(mark)]
        trial = of_length[int(rng.integers(len(of_length)))]
        there, read = canonical(trial.mark), canonical(trial.read)
        characters = []
        for true_place, read_place in line_up(there, read):
            if read_place is None:
                continue
            confidence, others = trial.confidences[read_place], trial.others[read_place]
            if true_place is None:
                renamed = {read[read_place]: read[read_place]}
            else:
                renamed = self._renamed(mark[true_place], there[true_place], read[read_place], rng)
            self._rename(renamed, [shape for shape, _ in others], read[read_place], rng)
            kept = tuple(Character(renamed[shape], seen) for shape, seen in others)
            characters.append(Character(renamed[read[read_place]], confidence, kept))
        mended = mend(characters, self._on)
        return Stamped(
            mark,
            mended.text,
            mended.kind or MarkKind.FOREIGN,
            tuple(each.confidence for each in mended.characters),
            tuple(
                {other: o.confidence for o in each.others if (other := canonical(o.char)) != canonical(each.char)}
                for each in mended.characters
            ),
        )

    def _renamed(self, char: str, there: str, read: str, rng: np.random.Generator) -> dict[str, str]:
        """Say what the shape that was there and the one that was read become, where char is there instead."""
        if there == read:
            return {there: char}
        shape = canonical(char)
        return {there: shape, read: _drawn(self._taken_for[NUMBER[shape]], {shape}, rng)}

    def _rename(self, renamed: dict[str, str], others: Sequence[str], read: str, rng: np.random.Generator) -> None:
        """Draw, for each other shape that the reader saw, one that is as often there for what is read now."""
        likely = self._truth[NUMBER[canonical(renamed[read])]]
        for shape in others:
            if shape not in renamed:
                renamed[shape] = _drawn(likely, {canonical(each) for each in renamed.values()}, rng)


def _drawn(shares: NDArray[np.float64], taken: set[str], rng: np.random.Generator) -> str:
    """Draw a shape by these shares, none of those that are taken."""
    shares = shares.copy()
    shares[[NUMBER[shape] for shape in taken]] = 0
    at = int(np.searchsorted(np.cumsum(shares), rng.random() * shares.sum(), side="right"))
    return SHAPES[min(at, len(SHAPES) - 1)]


def _taken_for(misreads: Misreads) -> NDArray[np.float64]:
    """taken_for[there, read]: how often a shape that was read wrongly was taken for which, smoothed."""
    wrong = np.zeros(len(SHAPES))
    for reads in misreads.taken_for.values():
        for read, times in reads.items():
            wrong[NUMBER[read]] += times
    joint = misreads.truth * (wrong + 1)[:, None]  # truth[read, there] times how often that read is wrong
    back = joint.T.copy()
    np.fill_diagonal(back, 0)
    return np.asarray(back / back.sum(axis=1, keepdims=True))
