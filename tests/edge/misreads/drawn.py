"""Trials made by hand: what the reader would have said of marks that we made up."""

from edge.misreads.trials import Trial
from models.plates.reading import MarkKind


def a_trial(
    mark: str, read: str, sure: float | list[float] = 0.99, others: dict[int, list[tuple[str, float]]] | None = None
) -> Trial:
    confidences = sure if isinstance(sure, list) else [sure] * len(read)
    beside = tuple(tuple((others or {}).get(place, ())) for place in range(len(read)))
    return Trial(mark, MarkKind.CURRENT, read, MarkKind.CURRENT, tuple(confidences), beside)


UNTOLD = Trial("AB12CDE", MarkKind.CURRENT, "", None, (), ())
