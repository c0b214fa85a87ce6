"""What it takes to be told, by table."""

import pytest

from edge.evidence import LAYOUT, EvidenceRule, Moment, Verdict, weigh
from edge.voting import Vote
from models.plates.reading import Character, MarkKind

TELL, WAIT, DROP = Verdict.TELL, Verdict.WAIT, Verdict.DROP
CURRENT, DATELESS, FOREIGN = MarkKind.CURRENT, MarkKind.DATELESS, MarkKind.FOREIGN


def a_vote(kind: MarkKind, agreeing: int, weakest: float) -> Vote:
    return Vote("AB12", kind, (Character("A", 0.99), Character("B", weakest)), agreeing, agreeing + 1)


@pytest.mark.parametrize(
    ("kind", "agreeing", "weakest", "in_view", "over", "still"),
    [
        (CURRENT, 1, 0.95, TELL, TELL, TELL),
        (CURRENT, 1, 0.94, WAIT, TELL, TELL),
        (CURRENT, 2, 0.70, TELL, TELL, TELL),
        (CURRENT, 2, 0.69, WAIT, TELL, TELL),
        (CURRENT, 1, 0.59, WAIT, DROP, TELL),
        (CURRENT, 2, 0.30, WAIT, TELL, TELL),
        (CURRENT, 9, 0.29, WAIT, DROP, DROP),
        (CURRENT, 0, 0.99, WAIT, DROP, DROP),
        (DATELESS, 1, 0.99, WAIT, DROP, TELL),
        (DATELESS, 2, 0.90, TELL, TELL, TELL),
        (DATELESS, 3, 0.70, TELL, TELL, TELL),
        (DATELESS, 2, 0.69, WAIT, TELL, TELL),
        (DATELESS, 1, 0.49, WAIT, DROP, DROP),
        (FOREIGN, 1, 0.99, WAIT, DROP, TELL),
        (FOREIGN, 2, 0.99, WAIT, DROP, TELL),
        (FOREIGN, 3, 0.80, TELL, TELL, TELL),
        (FOREIGN, 3, 0.60, WAIT, TELL, TELL),
        (FOREIGN, 9, 0.59, WAIT, DROP, DROP),
    ],
)
def test_verdicts(
    kind: MarkKind, agreeing: int, weakest: float, in_view: Verdict, over: Verdict, still: Verdict
) -> None:
    vote, rule = a_vote(kind, agreeing, weakest), EvidenceRule()

    assert weigh(vote, Moment.IN_VIEW, rule) is in_view
    assert weigh(vote, Moment.OVER, rule) is over
    assert weigh(vote, Moment.STILL, rule) is still


def test_every_kind_of_mark_has_a_layout() -> None:
    assert set(LAYOUT) == set(MarkKind)


@pytest.mark.parametrize("kind", MarkKind)
def test_what_is_enough_at_once_is_enough_at_the_end(kind: MarkKind) -> None:
    rule = EvidenceRule()
    for agreeing in range(5):
        for weakest in (0.2, 0.5, 0.7, 0.8, 0.9, 0.95, 1.0):
            vote = a_vote(kind, agreeing, weakest)
            if weigh(vote, Moment.IN_VIEW, rule) is TELL:
                assert weigh(vote, Moment.OVER, rule) is TELL
