"""The matcher for a read, by the models that read it."""

import logging
from collections.abc import Iterable, Mapping
from typing import Final

from edge.counters import Counters
from edge.matching.matcher import Matcher, threshold_of
from edge.matching.weights import Weights
from edge.misreads.table import Misreads

_log = logging.getLogger(__name__)


class Matchers:
    """One matcher for each reader whose misreads were measured. false_stop_cost: see edge.matching.matcher."""

    def __init__(self, tables: Iterable[Misreads], false_stop_cost: float, counters: Counters) -> None:
        threshold: Final = threshold_of(false_stop_cost)
        self._known = [(dict(table.reader), Matcher(Weights(table), threshold)) for table in tables]
        self._counters = counters
        self._unknown: list[dict[str, str]] = []

    def __call__(self, models: Mapping[str, str]) -> Matcher | None:
        """Give the matcher for reads of these models (name to SHA-256), or None, which is counted and said once."""
        for reader, matcher in self._known:
            if reader == models:
                return matcher
        self._counters.count("reads_of_unmeasured_reader")
        if models not in self._unknown:
            self._unknown.append(dict(models))
            _log.warning(
                "nobody has measured what the reader %s misreads: its reads are looked up exactly, and their"
                " probability is the reader's own. Measure it: lanthorn evaluate misreads",
                ", ".join(sorted(models)) or "without a name",
            )
        return None


def exactly_only(_models: Mapping[str, str]) -> Matcher | None:
    """Have no matcher for any reader: reads are looked up exactly."""
    return None
