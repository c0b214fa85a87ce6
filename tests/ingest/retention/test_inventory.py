"""Every place that holds data about somebody is in the inventory, and its rules agree with those of other parts."""

from typing import Any

from governance.access.rules import AccessRules
from governance.retention.places import PLACES
from governance.retention.rules import RuleSet
from ingest.database import schema
from ingest.retention.rows import Rows

ELSEWHERE = {
    "image": "PicturePlace has it, with its objects",
    "list_chunk": "ListEntries takes an entry out of what was published of its list before its receipt",
}
"""Tables with personal columns that no Rows is over, and why."""


def test_each_personal_column_is_in_a_place(house: Any) -> None:
    covered = {place.table.name for place in house.retention.places if isinstance(place, Rows)}
    covered |= {
        column.table.name for place in house.retention.places if isinstance(place, Rows) for column in place.belongings
    }
    personal = {
        table.name
        for table in schema.metadata.tables.values()
        for column in table.columns
        if (column.comment or "").startswith("personal")
    }
    assert personal - covered == set(ELSEWHERE)


def test_what_is_blanked_is_all_that_is_personal_in_its_row(house: Any) -> None:
    for place in house.retention.places:
        if isinstance(place, Rows) and place.blanks is not None:
            personal = {column.name for column in place.table.columns if (column.comment or "").startswith("personal")}
            assert personal == set(place.blanks)


def test_places_have_names_of_their_own_and_rules(house: Any) -> None:
    names = [place.name for place in house.retention.places]
    assert len(set(names)) == len(names)
    rules = RuleSet.read()
    assert all(rules.rules[place.item_class].since in place.clocks for place in house.retention.places)


def test_overseers_know_each_place_and_what_it_holds(house: Any) -> None:
    assert {place.name: place.kind.value for place in house.retention.places} == {
        name: holds.kind for name, holds in PLACES.items()
    }
    assert all(place.item_class in PLACES[place.name].classes for place in house.retention.places)


def test_searches_are_kept_for_as_long_as_their_own_rules_say() -> None:
    rules, access = RuleSet.read().rules, AccessRules.read()
    question, digest = rules["search-question"].delete_by, rules["search-digest"].delete_by
    assert question is not None
    assert digest is not None
    assert (question.text, digest.text) == (f"P{access.keeping.question_days}D", f"P{access.surveillance.window_days}D")
