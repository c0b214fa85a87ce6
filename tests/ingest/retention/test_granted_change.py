"""A change of the rules under real signatures: asked for, granted with an officer's key, shown, waiting, in force.

test_rulesets.py has the rules of a change with a register that says what the test wants; here the register is real.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from governance.acts import Act
from governance.authority.question import Kind, Refusal
from governance.authority.states import Step
from governance.errors import BadRules
from governance.retention.rules import RuleSet
from ingest.authorities.register import Authorities
from ingest.database import schema
from ingest.errors import NotAuthorised, StepRefused
from ingest.retention.service import Retention
from tests.ingest.granting import Grants

WEEK = timedelta(days=7)


class Change:
    """A centre's retention with a real register, a superintendent who grants, and a file of rules."""

    def __init__(self, house: Any, authorities: Authorities, clock: Any) -> None:
        self.house, self.clock = house, clock
        self.grants = Grants(authorities, clock, rank="superintendent")
        self.retention: Retention = house.open(register=authorities)
        self.file: bytes = house.rules_with(anpr_read="P6M")

    def scope(self, file: bytes | None = None) -> dict[str, Any]:
        digest = RuleSet.parse(file or self.file).sha256
        return {"kind": Kind.RETENTION_CHANGE, "rules_sha256": digest}

    def granted(self, days: float = 28) -> str:
        return self.grants.grant(Kind.RETENTION_CHANGE, days=days, scope=self.scope())

    def propose(self, under: str, file: bytes | None = None) -> Any:
        return self.retention.propose(file or self.file, "Six months are enough", under, "admin")

    def states(self) -> list[str]:
        return [version.state for version in self.retention.rules.all()]

    def acts(self, *names: str) -> list[Act]:
        return [act for name in names for act in self.house.acts(name)]


@pytest.fixture
def change(house: Any, grants: Grants, clock: Any) -> Change:
    return Change(house, grants.authorities, clock)


def test_a_change_is_granted_shown_waits_and_takes_effect(change: Change) -> None:
    old = change.house.reads(3, change.clock() - timedelta(days=200))
    new = change.house.reads(2, change.clock())
    reference = change.granted()
    made = change.propose(reference)
    (shown,) = [one for one in made.preview["changes"] if one["place"] == "reads"]
    assert (shown["held"], shown["at_once"], shown["sooner"], shown["longer"]) == (5, 3, 5, 0)
    change.clock.forward(days=7, milliseconds=-1)
    change.retention.round()
    assert (change.states(), change.house.count(schema.read)) == (["waiting", "in-force"], 5)
    change.clock.forward(milliseconds=1)
    change.retention.round()
    assert change.states() == ["in-force", "past"]
    assert [change.house.has(schema.read, one) for one in (*old, *new)] == [False] * 3 + [True] * 2
    authority_id = str(change.grants.id_of(reference))
    assert [act.authority for act in change.acts("retention.propose", "retention.change")] == [authority_id] * 2
    (used,) = change.acts("authority.use")
    assert used.objects["object"] == made.sha256


def test_a_change_that_keeps_longer_shows_it(change: Change) -> None:
    change.house.reads(2, change.clock())
    change.file = change.house.rules_with(anpr_read="P24M")
    (shown,) = [one for one in change.propose(change.granted()).preview["changes"] if one["place"] == "reads"]
    assert (shown["at_once"], shown["sooner"], shown["longer"]) == (0, 0, 2)


REFUSED: dict[str, tuple[Callable[[Change], str], Refusal]] = {
    "there is none": (lambda change: "AUTH-2026-0001", Refusal.UNKNOWN),
    "nobody has decided on it": (
        lambda change: change.grants.asked(Kind.RETENTION_CHANGE, scope=change.scope()),
        Refusal.NOT_GRANTED,
    ),
    "it is for lists": (lambda change: change.grants.lists("Burglary vehicles"), Refusal.WRONG_KIND),
    "it is for another file": (
        lambda change: change.grants.grant(
            Kind.RETENTION_CHANGE, scope=change.scope(change.house.rules_with(anpr_read="P3M"))
        ),
        Refusal.OUT_OF_SCOPE,
    ),
    "it ends before the wait does": (lambda change: change.granted(days=6.9), Refusal.TOO_LATE),
}


@pytest.mark.parametrize("why", REFUSED)
def test_a_change_without_its_authority_is_refused(change: Change, why: str) -> None:
    make, refusal = REFUSED[why]
    under = make(change)
    with pytest.raises(NotAuthorised) as refused:
        change.propose(under)
    assert refused.value.decision.refusal is refusal
    assert (change.states(), change.acts("retention.propose", "authority.use")) == (["in-force"], [])


def test_an_authority_that_has_expired_allows_nothing(change: Change) -> None:
    reference = change.granted(days=8)
    change.clock.forward(days=8)
    with pytest.raises(NotAuthorised) as refused:
        change.propose(reference)
    assert refused.value.decision.refusal is Refusal.TOO_LATE


def test_a_file_that_was_changed_after_the_grant_is_refused(change: Change) -> None:
    reference = change.granted()
    for file in (change.file + b"\n", change.house.rules_with(anpr_read="P1D")):
        with pytest.raises(NotAuthorised) as refused:
            change.propose(reference, file)
        assert refused.value.decision.refusal is Refusal.OUT_OF_SCOPE
    assert change.propose(reference).state == "waiting"


def test_an_inspector_is_not_enough(change: Change, grants: Grants) -> None:
    with pytest.raises(StepRefused, match="the rank of inspector does not suffice"):
        grants.grant(Kind.RETENTION_CHANGE, scope=change.scope())


@pytest.mark.parametrize(("step", "said"), [(Step.SUSPEND, "it is suspended"), (Step.END, "it was ended")])
def test_an_authority_that_is_stopped_during_the_wait_stops_the_change(change: Change, step: Step, said: str) -> None:
    reference = change.granted()
    change.propose(reference)
    change.clock.forward(days=3)
    change.grants.take(reference, step)
    change.clock.forward(days=4)
    change.retention.round()
    assert change.states() == ["stopped", "in-force"]
    (act,) = change.acts("retention.stop-change")
    assert act.purpose == f"{reference}: {said}"


def test_an_authority_with_a_changed_document_allows_nothing(change: Change) -> None:
    reference = change.granted()
    change.propose(reference)
    with change.house.engine.begin() as connection:
        a = schema.authority.c
        document = connection.execute(schema.authority.select().where(a.reference == reference)).one().document
        spoilt = document.replace(b"one ward", b"two wards")
        assert spoilt != document
        connection.execute(update(schema.authority).where(a.reference == reference).values(document=spoilt))
    change.clock.forward(days=7)
    change.retention.round()
    assert change.states() == ["stopped", "in-force"]


CHANGED: dict[str, Callable[[Change], dict[str, Any]]] = {
    "the file": lambda change: {"file": change.house.rules_with(anpr_read="P1D")},
    "the file and its digest": lambda change: {
        "file": change.house.rules_with(anpr_read="P1D"),
        "sha256": RuleSet.parse(change.house.rules_with(anpr_read="P1D")).sha256,
    },
    "the wait": lambda change: {"starts_at": change.clock() + timedelta(hours=1)},
    "the preview": lambda change: {"preview": {}},
    "the signature": lambda change: {"document": b"{}"},
}


@pytest.mark.parametrize("what", CHANGED)
def test_a_change_that_was_altered_in_the_database_does_not_come_into_force(change: Change, what: str) -> None:
    change.propose(change.granted())
    with change.house.engine.begin() as connection:
        r = schema.retention_rules
        connection.execute(update(r).where(r.c.state == "waiting").values(CHANGED[what](change)))
    change.clock.forward(days=7)
    change.retention.round()
    assert change.states() == ["stopped", "in-force"]
    assert len(change.acts("retention.stop-change")) == 1


def test_nothing_is_disposed_of_under_rules_that_were_altered_in_the_database(change: Change) -> None:
    change.house.reads(1, change.clock() - timedelta(days=40))
    with change.house.engine.begin() as connection:
        values = {"file": change.house.rules_with(anpr_read="P30D")}
        connection.execute(update(schema.retention_rules).values(values))
    with pytest.raises(BadRules, match="changed in the database"):
        change.house.open().round()
    assert change.house.count(schema.read) == 1
