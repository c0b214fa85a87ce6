"""Audit of searches: drawn by lot, given to somebody else, and found once."""

from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

import pytest

from governance.access.draw import draw
from governance.roles import Role
from ingest.errors import BadInput, Conflict, NotFound
from ingest.search.audits import Audits, Found
from ingest.search.figures import by_person


@pytest.fixture
def audits(desk: Any) -> Audits:
    return Audits(desk.engine, desk.log, desk.clock, desk.rules)


@pytest.fixture
def auditor(desk: Any) -> Any:
    return desk.person("auditor-drawn", Role.AUDITOR)


def test_a_search_is_drawn_given_looked_at_and_found(desk: Any, grounds: Any, audits: Audits, auditor: Any) -> None:
    made = desk.searches.ask(desk.question(), grounds, desk.dc)
    (audit,) = audits.draw(5, auditor)
    assert audit.search_id == made.search_id
    audits.assign(audit.audit_id, "auditor-drawn", auditor)
    _, seen = audits.show(audit.audit_id, auditor)
    assert seen.question == made.question
    audits.find(audit.audit_id, Found.IN_ORDER, "the crime report names the vehicle", auditor)
    (after,) = audits.all()
    assert (after.auditor, after.finding) == ("auditor-drawn", Found.IN_ORDER)
    kinds = ["audit.draw", "audit.assign", "audit.view", "audit.find"]
    assert [len(desk.acts(kind)) for kind in kinds] == [1, 1, 1, 1]
    assert all("AB12CDE" not in str(entry) for entry in desk.log.read())


def test_the_draw_can_be_made_again_from_the_log(desk: Any, grounds: Any, audits: Audits, auditor: Any) -> None:
    ids = [str(desk.searches.ask(desk.past(f"AB{n}CDE"), grounds, desk.dc).search_id) for n in range(10, 20)]
    drawn = [str(audit.search_id) for audit in audits.draw(3, auditor)]
    (act,) = desk.acts("audit.draw")
    assert (act.details["drawn"], act.details["of"]) == (3, 10)
    assert drawn == draw(bytes.fromhex(str(act.details["seed"])), "auditor-drawn", ids, 3)
    rest = {str(audit.search_id) for audit in audits.draw(100, auditor)}
    assert rest == set(ids) - set(drawn)


def test_nobody_audits_their_own_search(desk: Any, grounds: Any, audits: Audits, auditor: Any) -> None:
    both = desk.person("both", Role.AUDITOR, Role.INVESTIGATOR)
    desk.searches.ask(desk.question(), grounds, both)
    (audit,) = audits.draw(1, both)
    with pytest.raises(BadInput, match="nobody audits their own"):
        audits.assign(audit.audit_id, "both", auditor)
    for name in ("dc-drawn", "nobody"):
        with pytest.raises(BadInput, match="who may audit searches"):
            audits.assign(audit.audit_id, name, auditor)


def test_only_the_auditor_sees_it_and_a_finding_stands(desk: Any, grounds: Any, audits: Audits, auditor: Any) -> None:
    other = desk.person("other-auditor", Role.AUDITOR)
    desk.searches.ask(desk.question(), grounds, desk.dc)
    (audit,) = audits.draw(1, auditor)
    for who in (auditor, other):
        with pytest.raises(NotFound):
            audits.show(audit.audit_id, who)
    audits.assign(audit.audit_id, "auditor-drawn", other)
    with pytest.raises(NotFound):
        audits.find(audit.audit_id, Found.CANNOT_TELL, "no report", other)
    for words, said in ((" ", "what you found is empty"), ("AB12 CDE is a neighbour", "names AB12 CDE")):
        with pytest.raises(BadInput, match=said):
            audits.find(audit.audit_id, Found.NOT_JUSTIFIED, words, auditor)
    audits.find(audit.audit_id, Found.NOT_JUSTIFIED, "no crime report of that number", auditor)
    with pytest.raises(Conflict, match="a finding is not changed"):
        audits.find(audit.audit_id, Found.IN_ORDER, "it was fine", auditor)
    with pytest.raises(Conflict, match="a finding is not changed"):
        audits.assign(audit.audit_id, "other-auditor", auditor)
    with pytest.raises(NotFound):
        audits.show(uuid4(), auditor)


@pytest.mark.parametrize("number", [0, 101, -1])
def test_a_draw_has_bounds(audits: Audits, auditor: Any, number: int) -> None:
    with pytest.raises(BadInput, match="1 to 100"):
        audits.draw(number, auditor)


def test_the_figures_count_each_person_s_use(
    desk: Any, grounds: Any, serious: Any, audits: Audits, auditor: Any
) -> None:
    desk.seen()
    start = desk.clock()
    for _ in range(2):
        found = desk.searches.ask(desk.question(), grounds, desk.dc)
    desk.searches.ask(desk.past(days=100), replace(serious, authority=desk.grant()), desk.dc)
    desk.searches.page(found.search_id, desk.dc)
    for _ in range(2):
        with pytest.raises(BadInput):
            desk.searches.ask(desk.question(), grounds, desk.dc)
    with pytest.raises(BadInput):
        desk.searches.ask(desk.question("AB*"), grounds, desk.ds)
    (audit,) = audits.draw(1, auditor)
    audits.assign(audit.audit_id, "auditor-drawn", auditor)
    audits.find(UUID(str(audit.audit_id)), Found.NOT_JUSTIFIED, "no report", auditor)
    desk.clock.forward(seconds=1)
    dc, ds = by_person(desk.engine, desk.rules, start, desk.clock())
    assert (dc.account, dc.searches, dc.no_result, dc.older, dc.repeated) == ("dc-drawn", 3, 0, 1, 2)
    assert (dc.refused, dc.refused_by_rule) == (2, {"directed-surveillance": 2})
    assert (dc.audited, dc.not_justified) == (1, 1)
    assert (ds.account, ds.searches, ds.refused_by_rule) == ("ds-other", 0, {"too-few-characters": 1})
    assert by_person(desk.engine, desk.rules, desk.clock(), desk.clock()) == []
