import pytest

from edge.suspects import LOSSES_ALONE, Suspects


def test_a_message_alone_on_connections_that_end_is_the_cause() -> None:
    suspects = Suspects()

    found = [suspects.lost([7], moved=False) for _ in range(LOSSES_ALONE)]

    assert found == [None] * (LOSSES_ALONE - 1) + [7]
    assert suspects.lost([7], moved=False) is None


def test_among_many_the_cause_is_not_known_yet_and_they_go_one_at_a_time() -> None:
    suspects = Suspects()

    assert suspects.lost([7, 8, 9], moved=False) is None
    assert suspects.one_at_a_time


@pytest.mark.parametrize(("under_way", "moved"), [([], False), ([7], True), ([7, 8], True)])
def test_a_connection_that_was_of_use_blames_nothing(under_way: list[int], moved: bool) -> None:
    suspects = Suspects()

    assert [suspects.lost(under_way, moved=moved) for _ in range(9)] == [None] * 9
    assert not suspects.one_at_a_time


def test_what_is_acknowledged_is_cleared_and_the_rest_flows_again() -> None:
    suspects = Suspects()
    suspects.lost([7, 8], moved=False)
    suspects.lost([7], moved=False)
    suspects.lost([7], moved=False)
    suspects.acknowledged(7)

    assert not suspects.one_at_a_time
    assert suspects.lost([7], moved=False) is None


def test_when_the_cause_is_found_the_rest_flows_again() -> None:
    suspects = Suspects()
    suspects.lost([7, 8], moved=False)
    for _ in range(LOSSES_ALONE):
        suspects.lost([7], moved=False)

    assert not suspects.one_at_a_time
