"""The two marks of an alert, side by side: what differs, what is doubtful, and what the card says of it."""

import pytest

from ingest.contract.card.compare import compare
from ingest.contract.card.render import card
from ingest.contract.card.words import kind_of, mark, misread_in_words
from ingest.contract.lining_up import line_up
from ingest.contract.messages import WireCharacter
from tests.ingest.card.conftest import ViewMaker


def characters(read: str, sure: float = 0.99, **doubtful: float) -> tuple[WireCharacter, ...]:
    return tuple(WireCharacter(char=each, confidence=doubtful.get(each, sure)) for each in read)


@pytest.mark.parametrize(
    ("there", "read", "pairs"),
    [
        ("AB1", "AB1", [(0, 0), (1, 1), (2, 2)]),
        ("AB1", "A81", [(0, 0), (1, 1), (2, 2)]),
        ("AB1", "A1", [(0, 0), (1, None), (2, 1)]),
        ("AB", "AB1", [(0, 0), (1, 1), (None, 2)]),
        ("", "A", [(None, 0)]),
        ("A", "", [(0, None)]),
    ],
)
def test_marks_are_lined_up_by_least_edits(there: str, read: str, pairs: list[tuple[int | None, int | None]]) -> None:
    assert list(line_up(there, read)) == pairs


def test_each_place_says_what_is_listed_what_was_read_and_how_sure(make_view: ViewMaker) -> None:
    view = make_view(
        matched="misread", listed="AB12CDE", vrm="A812CDE", characters=characters("A812CDE", **{"8": 0.55})
    )
    places = compare(view)

    assert [place.listed for place in places] == list("AB12CDE")
    assert [place.read for place in places] == list("A812CDE")
    assert [place.differs for place in places] == [False, True, False, False, False, False, False]
    assert [place.doubtful for place in places] == [False, True, False, False, False, False, False]
    assert places[1].sure == 0.55


def test_what_a_plate_shows_alike_does_not_differ(make_view: ViewMaker) -> None:
    view = make_view(listed="LO51ABC", vrm="L051ABC", characters=characters("L051ABC"))
    assert not any(place.differs for place in compare(view))


def test_a_character_that_was_missed_has_nothing_under_it(make_view: ViewMaker) -> None:
    view = make_view(
        matched="misread", listed="AB12CDE", vrm="AB2CDE", mark_kind="foreign", characters=characters("AB2CDE")
    )
    place = compare(view)[2]
    assert (place.listed, place.read, place.sure, place.differs, place.doubtful) == ("1", "", None, True, True)


def test_nothing_is_compared_with_a_mark_that_nobody_knows(make_view: ViewMaker) -> None:
    view = make_view(listed="")
    assert compare(view) == []
    assert "sure of the whole mark" in card(view)


def test_a_possible_match_says_so_and_shows_the_mark_to_look_for(make_view: ViewMaker) -> None:
    view = make_view(
        matched="misread",
        listed="AB12CDE",
        vrm="A812CDE",
        mark_kind="foreign",
        characters=characters("A812CDE"),
        confidence=0.42,
    )
    html = card(view)

    assert misread_in_words(view) == (
        "Possible match. The camera read A812CDE, the list has AB12 CDE. Compare both with the picture first."
    )
    assert misread_in_words(view) in html
    assert "Possibly A B 1 2 C D E" in html
    assert "42 %</span> likely to be the listed vehicle" in html
    assert html.count('class="differs"') == 2
    assert html.index('class="compare"') < html.index('class="why"'), "what differs stands right under the mark"
    assert mark(view) == "AB12 CDE"


def test_an_exact_match_shows_both_marks_and_calls_nothing_possible(make_view: ViewMaker) -> None:
    html = card(make_view())
    assert "Possib" not in html
    assert 'class="differs"' not in html
    assert html.count("The two marks, character by character") == 1
    assert html.index('class="evidence"') < html.index('class="compare"'), (
        "nothing stands between the mark and the answers"
    )


@pytest.mark.parametrize(
    ("vrm", "kind"), [("AB12CDE", "current"), ("A1BCD", "prefix"), ("ABC123D", "suffix"), ("ABZ1234", ""), ("1ABC", "")]
)
def test_the_gaps_of_a_listed_mark_come_from_its_letters_and_figures(vrm: str, kind: str) -> None:
    assert kind_of(vrm) == kind
