"""Marks drawn by chance, in the kinds and forms that are on the road. Nobody's: what comes out is whatever the dice
say.
"""

from bisect import bisect
from datetime import date
from itertools import accumulate
from typing import Final

import numpy as np

from models.plates.grammar import parse
from models.plates.layouts import LAYOUTS, Layout
from models.plates.population import SHARES, age_identifiers, combinations
from models.plates.reading import MarkKind

DRAWN: Final = (
    MarkKind.CURRENT,
    MarkKind.PREFIX,
    MarkKind.SUFFIX,
    MarkKind.DATELESS,
    MarkKind.NORTHERN_IRELAND,
    MarkKind.Q,
)
"""The kinds that are drawn: what nearly all vehicles on a British street have, and a drawn plate can show."""

LONGEST: Final = 7
"""A drawn plate has room for so many characters."""


class MarksByChance:
    """Draws marks, each kind as often as it is on the road and each mark of a kind as often as any other."""

    def __init__(self, on: date) -> None:
        self._on = on
        self._kinds = tuple(accumulate(SHARES[kind] for kind in DRAWN))
        self._layouts = {kind: [each for each in LAYOUTS if each.kind is kind and _fits(each)] for kind in DRAWN}
        self._sizes = {
            kind: tuple(accumulate(combinations(each, on) for each in layouts))
            for kind, layouts in self._layouts.items()
        }
        self._ages = sorted(age_identifiers(on))

    def draw(self, rng: np.random.Generator) -> tuple[str, MarkKind]:
        """Give a mark and its kind."""
        kind = DRAWN[bisect(self._kinds, rng.random() * self._kinds[-1])]
        while True:
            sizes = self._sizes[kind]
            layout = self._layouts[kind][bisect(sizes, rng.random() * sizes[-1])]
            text = self._text(layout, rng)
            if parse(text, self._on) is kind:
                return text, kind

    def _text(self, layout: Layout, rng: np.random.Generator) -> str:
        chars = [sorted(allowed)[int(rng.integers(len(allowed)))] for allowed in layout.positions]
        if layout.dated:
            chars[2:4] = self._ages[int(rng.integers(len(self._ages)))]
        return "".join(chars)


def _fits(layout: Layout) -> bool:
    return len(layout.positions) <= LONGEST
