"""What it takes to be told, by table."""

import pytest

from edge.evidence import REVEALED_S, EvidenceRule, Moment, Verdict, weigh
from edge.voting import Vote
from models.plates.reading import Character, MarkKind

TELL, WAIT, DROP = Verdict.TELL, Verdict.WAIT, Verdict.DROP
CURRENT, DATELESS, FOREIGN = MarkKind.CURRENT, MarkKind.DATELESS, MarkKind.FOREIGN


def a_vote(kind: MarkKind, agreeing: int, weakest: float, unmended: int | None = None) -> Vote:
    characters = (Character("A", 0.99), Character("B", weakest))
    return Vote("AB12", kind, characters, agreeing, agreeing if unmended is None else unmended, agreeing + 1)


@pytest.mark.parametrize(
    ("kind", "agreeing", "weakest", "in_view", "over", "still"),
    [
        (CURRENT, 1, 0.95, TELL, TELL, TELL),
        (CURRENT, 1, 0.94, WAIT, TELL, TELL),
        (CURRENT, 2, 0.70, TELL, TELL, TELL),
        (CURRENT, 2, 0.69, WAIT, TELL, TELL),
        (CURRENT, 1, 0.49, WAIT, DROP, TELL),
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

    assert weigh(vote, Moment.IN_VIEW, REVEALED_S, rule) is in_view
    assert weigh(vote, Moment.OVER, REVEALED_S, rule) is over
    assert weigh(vote, Moment.STILL, 0.0, rule) is still


@pytest.mark.parametrize(
    ("kind", "at_first", "after"), [(CURRENT, TELL, TELL), (DATELESS, WAIT, TELL), (FOREIGN, WAIT, TELL)]
)
def test_what_may_be_half_a_mark_waits_until_the_rest_would_have_come_out(
    kind: MarkKind, at_first: Verdict, after: Verdict
) -> None:
    vote, rule = a_vote(kind, 9, 0.99), EvidenceRule()

    assert weigh(vote, Moment.IN_VIEW, REVEALED_S - 0.1, rule) is at_first
    assert weigh(vote, Moment.IN_VIEW, REVEALED_S, rule) is after


@pytest.mark.parametrize(("agreeing", "unmended", "over"), [(1, 0, DROP), (1, 1, TELL), (2, 0, TELL)])
def test_a_layout_that_the_grammar_had_to_make_does_not_vouch_for_the_text(
    agreeing: int, unmended: int, over: Verdict
) -> None:
    assert weigh(a_vote(CURRENT, agreeing, 0.9, unmended), Moment.OVER, 1.0, EvidenceRule()) is over


@pytest.mark.parametrize("kind", MarkKind)
def test_what_is_enough_at_once_is_enough_at_the_end(kind: MarkKind) -> None:
    rule = EvidenceRule()
    for agreeing in range(5):
        for weakest in (0.2, 0.5, 0.7, 0.8, 0.9, 0.95, 1.0):
            vote = a_vote(kind, agreeing, weakest)
            if weigh(vote, Moment.IN_VIEW, REVEALED_S, rule) is TELL:
                assert weigh(vote, Moment.OVER, REVEALED_S, rule) is TELL
