"""What needs an authority and has none in the log is named; what needs none is not."""

from dataclasses import replace
from datetime import timedelta

import pytest

from governance.acts import Act
from governance.export.gathering import gather
from governance.export.part import Part
from governance.export.relied import TOGETHER, Uses, check_lists
from tests.governance.export.entries import START, in_turn, logged_at

CREATE = Act("manager", "list.create", "find vehicles", "AUTH-1", {"list": "7"}, {"name": "Burglary"})
ADD = Act("manager", "list.entry.add", "find vehicles", "CR-1", {"list": "7"}, {"entries": 1}, {"e1": "a" * 64})
IMPORT = Act("manager", "list.import", "find vehicles", "AUTH-1", {"list": "7"}, {"added": 3})
PUBLISH = Act("manager", "list.publish", "find vehicles", "AUTH-1", {"list": "7"}, {"entries": 1})


def use(act: str, on: str = "7") -> Act:
    return Act("manager", "authority.use", act, "A-1", {"authority": "A-1", "object": on, "use": "u"}, {"act": act})


def found(*acts: Act) -> list[str]:
    logged, part = gather(in_turn(*acts), len(acts)), Part("acts")
    check_lists(logged.relied, Uses(logged.uses), part)
    return part.problems


@pytest.mark.parametrize("on", ["7", "Burglary"], ids=["by its id", "by its name"])
def test_acts_with_their_uses_hold(on: str) -> None:
    acts = [CREATE, ADD, PUBLISH, IMPORT, ADD]
    told = [each for act in acts[:4] for each in (use(act.act, on), act)]
    assert found(*told, ADD) == []


@pytest.mark.parametrize("act", [CREATE, ADD, IMPORT, PUBLISH], ids=lambda act: act.act)
def test_an_act_without_its_use_is_named(act: Act) -> None:
    (said,) = found(act)
    assert said.startswith(
        f"entry 0 of the log says that {act.act} was done by manager, and no entry that an authority"
    )


@pytest.mark.parametrize(
    "other",
    [use("list.publish"), use("list.entry.add", "8"), use("list.entry.add", "Another")],
    ids=["of another act", "of another list", "of another name"],
)
def test_the_use_of_something_else_is_none(other: Act) -> None:
    (said,) = found(use("list.create", "Burglary"), CREATE, other, ADD)
    assert said.startswith("entry 3 ")


def test_a_use_of_long_before_or_of_afterwards_is_none() -> None:
    late = START + TOGETHER + timedelta(seconds=1)
    entries = logged_at((use("list.entry.add"), START), (ADD, late), (use("list.entry.add"), late))
    logged, part = gather(entries, len(entries)), Part("acts")
    check_lists(logged.relied, Uses(logged.uses), part)
    assert len(part.problems) == 1


def test_what_only_takes_away_needs_none() -> None:
    empty = replace(PUBLISH, details={"entries": 0})
    remove = replace(ADD, act="list.entry.remove")
    assert found(empty, remove, replace(PUBLISH, act="list.withdraw"), replace(PUBLISH, act="list.shorten")) == []
