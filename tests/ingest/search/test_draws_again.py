"""What an overseer's program makes of the draws of a real service: fair ones hold, one that was steered is named."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import delete

from governance.export.draws import check_draws
from governance.export.gathering import gather
from governance.roles import Role
from ingest.database.engine import write_transaction
from ingest.database.schema import search, search_target
from ingest.search.audits import Audits
from ingest.search.samples import Kind, Samples

DAY = timedelta(days=1)


@pytest.fixture
def made(desk: Any, grounds: Any) -> list[UUID]:
    ids = []
    for number in range(10, 20):
        ids.append(desk.searches.ask(desk.past(f"AB{number}CDE"), grounds, desk.dc).search_id)
        desk.clock.forward(minutes=20)
    return ids


def problems(desk: Any, checked: int) -> list[str]:
    part = check_draws(gather(desk.log.read(), desk.log.size), {})
    assert part.checked == checked
    return part.problems


def sampled(desk: Any, number: int) -> None:
    samples, overseer = Samples(desk.engine, desk.log, desk.clock), desk.person("mopac", Role.OVERSIGHT)
    now = desk.clock()
    announced = samples.announce(Kind.SEARCHES, "quarterly look at searches", number, now - DAY, now, overseer)
    shown = samples.open(announced.sample_id, "shutter lamp", overseer).sample
    assert shown.drawn_from is not None
    assert len(shown.drawn) == min(number, shown.drawn_from)


def drop(desk: Any, search_id: UUID) -> None:
    with write_transaction(desk.engine) as connection:
        connection.execute(delete(search_target).where(search_target.c.search_id == search_id))
        connection.execute(delete(search).where(search.c.search_id == search_id))


@pytest.mark.usefixtures("made")
def test_a_fair_service_holds(desk: Any) -> None:
    auditor = desk.person("auditor-drawn", Role.AUDITOR)
    audits = Audits(desk.engine, desk.log, desk.clock, desk.searches.rules)
    sampled(desk, 4)
    audits.draw(3, auditor)
    desk.clock.forward(days=3)
    audits.draw(50, auditor)
    audits.draw(2, auditor)
    assert problems(desk, 4) == []


def test_a_search_that_is_kept_out_of_a_sample_is_named(desk: Any, made: list[UUID]) -> None:
    drop(desk, made[4])
    sampled(desk, 50)
    (problem,) = problems(desk, 1)
    assert f"it passed over 1 on which the lot fell: {made[4]}" in problem


def test_a_search_that_is_kept_from_the_auditors_is_named(desk: Any, made: list[UUID]) -> None:
    drop(desk, made[4])
    audits = Audits(desk.engine, desk.log, desk.clock, desk.searches.rules)
    audits.draw(50, desk.person("auditor-drawn", Role.AUDITOR))
    (problem,) = problems(desk, 1)
    assert f"it passed over 1 on which the lot fell: {made[4]}" in problem
