"""Searches: decided, recorded before they are shown, and refused by name."""

import logging
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from governance.commitments import opens
from governance.errors import LogFull
from ingest.database.schema import search, search_refusal, search_target
from ingest.errors import NotFound, QuestionRefused, SearchRefused, StoreUnavailable
from ingest.search.question import Circle, Question, to_json

HOUR = timedelta(hours=1)


def marks(page: Any) -> list[str]:
    return [read.vrm for read in page.reads]


def refused(desk: Any, question: Question, grounds: Any, person: Any = None) -> tuple[str, ...]:
    with pytest.raises(SearchRefused) as caught:
        desk.searches.ask(question, grounds, person or desk.dc)
    return caught.value.rules


def test_a_search_is_recorded_and_then_shown(desk: Any, grounds: Any) -> None:
    found = desk.seen()
    desk.seen("LD70XYZ")
    made = desk.searches.ask(desk.question("ab12 cde"), grounds, desk.dc)
    (act,) = desk.acts("reads.search")
    assert (act.actor, act.purpose, act.authority) == ("dc-drawn", "Investigate a crime", None)
    assert act.objects == {"search": str(made.search_id)}
    assert act.details["reference"] == "CR/4411/26"
    assert act.details["on_behalf_of"] == "DI Drawn"
    assert act.details["tier"] == "recent"
    assert (act.details["results"], act.details["more"], act.details["times"]) == (1, False, 1)
    assert act.details["rules_sha256"] == desk.rules.sha256
    page = desk.searches.page(made.search_id, desk.dc)
    assert [read.read_id for read in page.reads] == [found.read_id]
    (view,) = desk.acts("reads.view-results")
    assert (view.actor, view.details["shown"]) == ("dc-drawn", 1)


def test_the_log_holds_a_commitment_to_the_question_and_no_mark(desk: Any, grounds: Any) -> None:
    made = desk.searches.ask(desk.question(), grounds, desk.dc)
    desk.searches.page(made.search_id, desk.dc)
    refused(desk, desk.question("AB*"), grounds)
    assert all("AB12CDE" not in str(entry) for entry in desk.log.read())
    (act,) = desk.acts("reads.search")
    with desk.engine.connect() as connection:
        row = connection.execute(select(search)).one()
        digest = connection.execute(select(search_target.c.digest)).scalar_one()
    assert made.question is not None
    assert opens(act.commitments["question"], to_json(made.question), row.salt)
    assert "AB12CDE" not in digest


def test_what_cannot_be_logged_is_not_searched(desk: Any, grounds: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any) -> None:
        raise LogFull("no room on the log's disk")

    monkeypatch.setattr(desk.log, "append", full)
    with pytest.raises(LogFull):
        desk.searches.ask(desk.question(), grounds, desk.dc)
    monkeypatch.undo()
    assert desk.searches.mine(desk.dc) == []


@pytest.mark.parametrize(
    ("changes", "rules"),
    [
        ({"purpose": "curiosity"}, ("unknown-purpose",)),
        ({"reference": "  "}, ("no-reference",)),
        ({"on_behalf_of": ""}, ("not-on-behalf",)),
        ({"purpose": "", "reference": ""}, ("unknown-purpose", "no-reference")),
    ],
)
def test_without_grounds_nothing_is_searched(
    desk: Any, grounds: Any, changes: dict[str, str], rules: tuple[str, ...], caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        assert refused(desk, desk.question(), replace(grounds, **changes)) == rules
    (act,) = desk.acts("reads.search-refused")
    assert act.details["rules"] == " ".join(rules)
    assert desk.acts("reads.search") == []
    assert f"a search was refused: {', '.join(rules)}" in caplog.text
    with desk.engine.connect() as connection:
        assert tuple(connection.execute(select(search_refusal.c.reason)).scalars()) == rules


def test_older_reads_need_an_authority_for_this_investigation(desk: Any, grounds: Any, serious: Any) -> None:
    desk.seen(ago=timedelta(days=150))
    reference = desk.grant(oldest_days=200)
    under = replace(serious, authority=reference)
    old = desk.question(days=151, until=desk.clock() - timedelta(days=149))
    assert refused(desk, old, grounds) == ("not-serious", "no-authority")
    assert refused(desk, old, serious) == ("no-authority",)
    assert refused(desk, old, replace(serious, authority="AUTH-2026-9999")) == ("not-authorised",)
    assert refused(desk, old, replace(under, reference="OP OTHER")) == ("not-authorised",)
    assert refused(desk, desk.question(days=201, until=old.until), under) == ("not-authorised",)
    made = desk.searches.ask(old, under, desk.dc)
    assert (made.tier, made.results) == ("older", 1)
    (act,) = desk.acts("reads.search")
    assert act.authority == made.authority_id is not None
    (use,) = desk.authorities.show(UUID(made.authority_id)).uses
    assert (use.act, use.object, use.by) == ("reads.search", "OP DRAWN", "dc-drawn")
    desk.clock.forward(days=1)
    assert refused(desk, old, under) == ("not-authorised",)


def test_an_authority_that_was_not_needed_is_checked_all_the_same(desk: Any, grounds: Any) -> None:
    under = replace(grounds, reference="OP DRAWN", authority=desk.grant())
    made = desk.searches.ask(desk.past(), under, desk.dc)
    assert made.tier == "recent"
    (use,) = desk.authorities.show(UUID(made.authority_id)).uses
    assert use.act == "reads.search"
    for wrong in (replace(under, authority="AUTH-2026-9999"), replace(under, reference="OP OTHER")):
        with pytest.raises(SearchRefused, match="need none, so give one that does, or none"):
            desk.searches.ask(desk.past(), wrong, desk.dc)


def test_where_nobody_answers_for_authorities_the_upper_tier_is_closed(desk: Any, serious: Any) -> None:
    desk.searches = desk.with_register(None)
    old = desk.question(days=201, until=desk.clock() - timedelta(days=199))
    assert refused(desk, old, replace(serious, authority="AUTH-2026-0001")) == ("not-authorised",)


def test_what_is_over_a_year_old_is_gone_whatever_the_authority(desk: Any, serious: Any) -> None:
    assert refused(desk, desk.question(days=366), serious) == ("too-old",)


def test_the_third_search_for_one_vehicle_up_to_now_needs_a_surveillance_authority(desk: Any, grounds: Any) -> None:
    for _ in range(2):
        desk.searches.ask(desk.question(), grounds, desk.dc)
        desk.clock.forward(hours=20)
    assert refused(desk, desk.question(), grounds) == ("directed-surveillance",)
    assert len(desk.acts("reads.search")) == 2
    made = desk.searches.ask(desk.question(), replace(grounds, surveillance="DSA/26/9"), desk.dc)
    assert made.repeated
    (*_, act) = desk.acts("reads.search")
    assert (act.details["surveillance_authority"], act.details["times"]) == ("DSA/26/9", 3)


def test_another_person_under_the_same_reference_does_not_start_afresh(desk: Any, grounds: Any) -> None:
    desk.searches.ask(desk.question(), grounds, desk.dc)
    desk.searches.ask(desk.question("AB12CDE", "LD70XYZ"), replace(grounds, reference="CR/1"), desk.dc)
    desk.searches.ask(desk.question(), replace(grounds, reference="CR/2"), desk.ds)
    assert refused(desk, desk.question("X1", "X2", "X3", "AB12CDE"), grounds) == ("directed-surveillance",)


def test_a_pattern_that_finds_one_vehicle_is_about_that_vehicle(desk: Any, grounds: Any) -> None:
    desk.seen()
    desk.searches.ask(desk.question("AB12CD?"), grounds, desk.dc)
    desk.searches.ask(desk.question("AB12C*"), grounds, desk.dc)
    assert refused(desk, desk.question("AB12?DE"), grounds) == ("directed-surveillance",)


def test_a_search_of_what_is_over_may_be_repeated(desk: Any, grounds: Any) -> None:
    made = [desk.searches.ask(desk.past(), grounds, desk.dc) for _ in range(4)]
    assert [one.repeated for one in made] == [False, True, True, True]


def test_saying_that_one_will_look_again_is_enough(desk: Any, grounds: Any) -> None:
    again = replace(grounds, again=True)
    assert refused(desk, desk.question(), again) == ("directed-surveillance",)
    desk.searches.ask(desk.past(), again, desk.dc)


def test_after_the_window_a_search_is_the_first_again(desk: Any, grounds: Any) -> None:
    for _ in range(2):
        desk.searches.ask(desk.question(), grounds, desk.dc)
    desk.clock.forward(days=desk.rules.surveillance.window_days)
    assert not desk.searches.ask(desk.question(), grounds, desk.dc).repeated
    (act,) = desk.acts("reads.search-forget")
    assert (act.details["digests"], act.details["questions"]) == (2, 0)


def test_what_was_asked_for_is_erased_when_its_audit_can_no_longer_come(desk: Any, grounds: Any) -> None:
    made = desk.searches.ask(desk.past(), grounds, desk.dc)
    desk.clock.forward(days=desk.rules.keeping.question_days)
    desk.searches.ask(desk.past("LD70XYZ"), grounds, desk.dc)
    with desk.engine.connect() as connection:
        row = connection.execute(select(search).where(search.c.search_id == made.search_id)).one()
    assert (row.question, row.salt) == (None, None)
    assert row.reference == "CR/4411/26"


def test_results_are_of_when_the_search_was_made(desk: Any, grounds: Any) -> None:
    desk.seen()
    made = desk.searches.ask(desk.question(until=desk.clock() + 24 * HOUR), grounds, desk.dc)
    desk.clock.forward(hours=2)
    desk.seen()
    assert len(desk.searches.page(made.search_id, desk.dc).reads) == 1


def test_results_come_in_parts_and_no_further_than_the_limit(desk: Any, grounds: Any) -> None:
    desk.rules = replace(desk.rules, keeping=desk.rules.keeping.model_copy(update={"most_results": 5}))
    desk.searches = desk.with_register(None)
    seen = [desk.seen(ago=hours * HOUR).read_id for hours in range(1, 9)]
    made = desk.searches.ask(desk.question(), grounds, desk.dc)
    assert (made.results, made.more) == (5, True)
    parts = [desk.searches.page(made.search_id, desk.dc, start, 2).reads for start in (0, 2, 4, 6)]
    assert [[read.read_id for read in part] for part in parts] == [seen[:2], seen[2:4], seen[4:5], []]


def test_nobody_else_sees_the_results(desk: Any, grounds: Any) -> None:
    made = desk.searches.ask(desk.question(), grounds, desk.dc)
    with pytest.raises(NotFound):
        desk.searches.page(made.search_id, desk.ds)
    with pytest.raises(NotFound):
        desk.searches.page(uuid4(), desk.dc)
    assert desk.searches.mine(desk.ds) == []
    assert [one.search_id for one in desk.searches.mine(desk.dc)] == [made.search_id]


def test_results_are_open_for_a_week(desk: Any, grounds: Any) -> None:
    made = desk.searches.ask(desk.question(), grounds, desk.dc)
    desk.clock.forward(days=7)
    with pytest.raises(NotFound, match="search anew"):
        desk.searches.page(made.search_id, desk.dc)
    assert desk.searches.mine(desk.dc) == []


def test_a_picture_of_a_result_is_a_look_of_its_own(desk: Any, grounds: Any) -> None:
    found, other = desk.seen(), desk.seen("LD70XYZ")
    image_id, foreign = desk.picture_of(found), desk.picture_of(other)
    made = desk.searches.ask(desk.question(), grounds, desk.dc)
    for nothing in (foreign, uuid4()):
        with pytest.raises(NotFound):
            desk.searches.picture(made.search_id, nothing, desk.dc)
    assert desk.acts("reads.view-picture") == []
    with pytest.raises(StoreUnavailable):  # there is no store here; the look is in the log before it is tried
        desk.searches.picture(made.search_id, image_id, desk.dc)
    (act,) = desk.acts("reads.view-picture")
    assert act.objects == {"search": str(made.search_id), "image": str(image_id)}


def test_a_mark_in_the_reference_is_refused_before_it_reaches_the_log(desk: Any, grounds: Any) -> None:
    with pytest.raises(QuestionRefused, match="holds a mark"):
        desk.searches.ask(desk.question(), replace(grounds, reference="stop ab12-cde"), desk.dc)


def test_a_place_is_searched_without_a_mark(desk: Any, grounds: Any) -> None:
    desk.seen()
    near = Question(desk.clock() - 2 * HOUR, desk.clock(), place=Circle(51.5, -0.121, 100))
    assert marks(desk.searches.page(desk.searches.ask(near, grounds, desk.dc).search_id, desk.dc)) == ["AB12CDE"]
    far = replace(near, place=Circle(51.52, -0.12, 1000))
    assert desk.searches.ask(far, grounds, desk.dc).results == 0
