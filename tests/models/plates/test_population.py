"""Which marks are on the road, and marks drawn by chance as they are."""

from collections import Counter
from datetime import date
from itertools import product

import numpy as np
import pytest

from models.plates.chance import DRAWN, LONGEST, MarksByChance
from models.plates.grammar import parse
from models.plates.layouts import LAYOUTS
from models.plates.population import FOREIGN_FORMS, SHARES, age_identifiers, combinations, in_use, possible
from models.plates.reading import MarkKind

TODAY = date(2026, 11, 23)


def test_the_shares_are_together_one() -> None:
    assert set(SHARES) == set(MarkKind)
    assert sum(SHARES.values()) == pytest.approx(1)


def test_no_more_than_all_of_a_kind_is_in_use() -> None:
    assert all(0 < share <= 1 for share in in_use(TODAY).values())
    assert in_use(TODAY)[MarkKind.CURRENT] > 50 * in_use(TODAY)[MarkKind.SUFFIX]


def test_a_layouts_texts_are_counted() -> None:
    """Short ones, held against every text written out."""
    for layout in LAYOUTS:
        if len(layout.positions) <= 3:
            texts = sum(layout.allows("".join(text)) for text in product(*layout.positions))
            assert combinations(layout, TODAY) == texts, layout


def test_each_half_year_adds_an_age_identifier() -> None:
    assert age_identifiers(date(2001, 8, 31)) == frozenset()
    assert age_identifiers(date(2001, 9, 1)) == {"51"}
    assert len(age_identifiers(TODAY)) == 51
    grown = possible(date(2027, 3, 1))[MarkKind.CURRENT] / possible(TODAY)[MarkKind.CURRENT]
    assert grown == pytest.approx(52 / 51)
    assert possible(TODAY)[MarkKind.FOREIGN] == FOREIGN_FORMS


def test_marks_by_chance_are_marks_of_their_kind_and_as_common_as_it_is() -> None:
    chance, rng = MarksByChance(TODAY), np.random.default_rng(1)
    drawn = [chance.draw(rng) for _ in range(4_000)]

    assert all(parse(mark, TODAY) is kind and len(mark) <= LONGEST for mark, kind in drawn)
    share = Counter(kind for _, kind in drawn)[MarkKind.CURRENT] / len(drawn)
    assert share == pytest.approx(SHARES[MarkKind.CURRENT] / sum(SHARES[kind] for kind in DRAWN), abs=0.02)
    assert len({mark for mark, _ in drawn}) > 3_950
    assert [chance.draw(np.random.default_rng(5)) for _ in range(2)] == [chance.draw(np.random.default_rng(5))] * 2
