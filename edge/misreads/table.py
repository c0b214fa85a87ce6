"""The measured table: how often a character that the reader is so sure of is right, and what it is where it is not.

Four things are fitted to trials (edge.misreads.trials), and kept with their counts in a JSON file beside this one:

- `slope` and `intercept`: the share of characters that are right, as a logistic function of the logit of the confidence
  (Platt 1999, of "Probabilistic outputs for support vector machines"), so that the vote's confidence, which is reasoned
  and not measured, becomes a probability.
- `taken_for`: for each shape that was read wrongly, how often it was which other shape. Few pairs are seen often, so
  each row is smoothed: PAIR_PRIOR characters shared out as the whole table shares them out to the shape that was there,
  and EVEN_PRIOR evenly.
- `seen_share` and `seen_power`: of what the reader itself gave other shapes. Where a character is wrong, it is with
  probability seen_share one of those that the read names, each in proportion to what the reader gave it to the power
  seen_power, and otherwise as `taken_for` has it. Where the read names none, it is as `taken_for` has it.
- `missed` and `made_up`: characters of a mark that no character of the read stands for, and the other way round.
  `missed_shapes` says which were missed: a 1 is a single stroke and is missed five times as often as others.

The table belongs to one reader: `reader` has the digests of its models, and a car with another reader does not use it.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import exp, log
from pathlib import Path
from typing import Annotated, Final, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from edge.errors import BadMisreads
from edge.marks import canonical
from edge.misreads.shapes import COUNT, NUMBER, SHAPES
from edge.misreads.trials import Trial
from ingest.contract.lining_up import line_up

LEAST_DOUBT: Final = 1e-5
"""No character is surer than this: the reader says 1.00000 of many, and the trials are too few to tell them apart."""

PAIR_PRIOR: Final = 4.0
EVEN_PRIOR: Final = 1.0
MISSED_PRIOR: Final = 3.0
"""Added to how often each shape was missed: most were missed less than ten times."""

FOLDS: Final = 10
SEEN_SHARES: Final = np.linspace(0.0, 0.98, 50)
SEEN_POWERS: Final = np.linspace(0.1, 1.5, 29)

FIT_STEPS: Final = 50
FIT_ENDS: Final = 1e-9
RIDGE: Final = 1.0
LEAST_SLOPE: Final = 0.01

Count = Annotated[int, Field(ge=0)]


class Misreads(BaseModel):
    """What was measured of one reader. Counts are of characters, by shape (O is 0 and I is 1)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    reader: dict[str, str]
    made_by: str
    passes: int = Field(ge=1)
    told: int = Field(ge=1)
    characters: int = Field(ge=1)
    right: Count
    missed: Count
    made_up: Count
    slope: float = Field(gt=0)
    intercept: float
    seen_share: float = Field(ge=0, lt=1)
    seen_power: float = Field(ge=0)
    missed_shapes: dict[str, Count]
    taken_for: dict[str, dict[str, Count]]
    """taken_for["B"]["8"]: how often a B was read as an 8."""

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read a table. Raises BadMisreads."""
        try:
            return cls.model_validate_json(path.read_text(encoding="ascii"))
        except (OSError, UnicodeDecodeError, ValidationError) as error:
            raise BadMisreads(
                f"{path}: no table of misreads ({error}); measure one: lanthorn evaluate misreads"
            ) from error

    def save(self, path: Path) -> None:
        """Write the table, always in the same order."""
        path.write_text(json.dumps(self.model_dump(), indent=1, sort_keys=True) + "\n", encoding="ascii")

    def right_with(self, confidence: float) -> float:
        """The probability (0-1) that a character of this confidence is right."""
        return 1 / (1 + exp(-(self.slope * _logit(confidence) + self.intercept)))

    @cached_property
    def truth(self) -> NDArray[np.float64]:
        """truth[read, there]: the probability of each shape to be there, where read is what was read and is wrong."""
        counts = np.zeros((COUNT, COUNT))
        for there, reads in self.taken_for.items():
            for read, times in reads.items():
                counts[NUMBER[read], NUMBER[there]] = times
        return _smoothed(counts)

    @property
    def missed_more(self) -> NDArray[np.float64]:
        """How much more often than the average shape each one is missed: shape (34,)."""
        counts = np.array([self.missed_shapes.get(shape, 0) + MISSED_PRIOR for shape in SHAPES])
        return np.asarray(COUNT * counts / counts.sum())

    @property
    def missed_a_mark(self) -> float:
        """How many characters of a mark are missed, on average."""
        return self.missed / self.told

    @property
    def made_up_a_mark(self) -> float:
        """How many characters are made up in a read, on average."""
        return self.made_up / self.told


def fit(rows: Iterable[Trial], reader: Mapping[str, str], made_by: str) -> Misreads:
    """Make the table of these trials. Raises ValueError where none was told."""
    characters: list[_Place] = []
    passes = marks = missed = made_up = 0
    taken_for: dict[str, dict[str, int]] = {}
    missed_shapes: dict[str, int] = {}
    for row in rows:
        passes += 1
        if not row.told:
            continue
        marks += 1
        there, read = canonical(row.mark), canonical(row.read)
        for true_place, read_place in line_up(there, read):
            if read_place is None:
                missed += 1
                missed_shapes[there[true_place or 0]] = missed_shapes.get(there[true_place or 0], 0) + 1
            elif true_place is None:
                made_up += 1
            else:
                place = _Place(
                    there[true_place], read[read_place], row.confidences[read_place], dict(row.others[read_place])
                )
                characters.append(place)
                if not place.right:
                    reads = taken_for.setdefault(place.there, {})
                    reads[place.read] = reads.get(place.read, 0) + 1
    if not characters:
        raise ValueError("none of the trials was told: there is nothing to fit")
    slope, intercept = _logistic(
        np.array([_logit(each.confidence) for each in characters]), np.array([each.right for each in characters], float)
    )
    table = Misreads(
        reader=dict(reader),
        made_by=made_by,
        passes=passes,
        told=marks,
        characters=len(characters),
        right=sum(each.right for each in characters),
        missed=missed,
        made_up=made_up,
        slope=slope,
        intercept=intercept,
        seen_share=0,
        seen_power=1,
        missed_shapes={shape: missed_shapes[shape] for shape in SHAPES if shape in missed_shapes},
        taken_for={there: taken_for[there] for there in SHAPES if there in taken_for},
    )
    share, power = _seen([each for each in characters if not each.right and each.others])
    return table.model_copy(update={"seen_share": share, "seen_power": power})


@dataclass(frozen=True, slots=True)
class _Place:
    """One character of a trial: the shapes that were there and read, how sure, and what else the reader gave."""

    there: str
    read: str
    confidence: float
    others: dict[str, float]

    @property
    def right(self) -> bool:
        return self.there == self.read


def _seen(wrong: Sequence[_Place]) -> tuple[float, float]:
    """Find the share and the power under which what was there is likeliest, on a grid: both are flat near the best.

    Each character is judged by what was taken for what among those of the other FOLDS: what it helped to count itself
    would seem to know it too well.
    """
    known = np.empty(len(wrong))
    for fold in range(FOLDS):
        counts = np.zeros((COUNT, COUNT))
        for number, each in enumerate(wrong):
            if number % FOLDS != fold:
                counts[NUMBER[each.read], NUMBER[each.there]] += 1
        truth = _smoothed(counts)
        for number, each in enumerate(wrong):
            if number % FOLDS == fold:
                known[number] = truth[NUMBER[each.read], NUMBER[each.there]]
    best = (-np.inf, 0.0, 1.0)
    for power in SEEN_POWERS:
        seen = np.array([_share_of(each, power) for each in wrong])
        for share in SEEN_SHARES:
            likelihood = float(np.log(share * seen + (1 - share) * known).sum())
            best = max(best, (likelihood, float(share), float(power)))
    return best[1], best[2]


def _smoothed(counts: NDArray[np.float64]) -> NDArray[np.float64]:
    """Make shares of the counts of [read, there], row by row, smoothed as the module says."""
    likeness = counts + counts.T  # what looks like a B to an 8 looks like an 8 to a B
    shared = likeness + EVEN_PRIOR / COUNT
    np.fill_diagonal(shared, 0)
    shared /= shared.sum(axis=1, keepdims=True)
    smooth = counts + PAIR_PRIOR * shared + EVEN_PRIOR / (COUNT - 1)
    np.fill_diagonal(smooth, 0)
    return np.asarray(smooth / smooth.sum(axis=1, keepdims=True))


def _share_of(place: _Place, power: float) -> float:
    shares = seen_shares(place.others, power)
    return shares.get(place.there, 0.0)


def seen_shares(others: Mapping[str, float], power: float) -> dict[str, float]:
    """Give what each of the other shapes that a reader saw counts among them: together 1, or nothing."""
    if not others:
        return {}
    weights = {shape: seen**power for shape, seen in others.items() if seen > 0}
    total = sum(weights.values())
    return {shape: weight / total for shape, weight in weights.items()}


def _logit(confidence: float) -> float:
    sure = min(max(confidence, LEAST_DOUBT), 1 - LEAST_DOUBT)
    return log(sure / (1 - sure))


def _logistic(x: NDArray[np.float64], y: NDArray[np.float64]) -> tuple[float, float]:
    """Newton's method on the likelihood of a logistic line, drawn weakly to a slope of 1 through nought: with few
    characters, or none that is wrong, a confidence means much what it says.
    """
    design = np.column_stack([x, np.ones_like(x)])
    start = np.array([1.0, 0.0])
    weights = start
    for _ in range(FIT_STEPS):
        share = 1 / (1 + np.exp(-(design @ weights)))
        gradient = design.T @ (y - share) - RIDGE * (weights - start)
        curvature = (design * (share * (1 - share))[:, None]).T @ design + RIDGE * np.eye(2)
        step = np.linalg.solve(curvature, gradient)
        weights = weights + step / max(1.0, float(np.abs(step).max()))
        if np.abs(step).max() < FIT_ENDS:
            break
    return max(LEAST_SLOPE, float(weights[0])), float(weights[1])
