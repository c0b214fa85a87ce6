"""What a verifier makes of searches: within the rules of access, or named with what they lacked."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from governance.access.rules import FILES, FOLDER, AccessRules
from governance.acts import Act
from governance.authority.question import Kind
from governance.authority.replay import replay
from governance.entry import Entry
from governance.export.gathering import gather
from governance.export.part import Part
from governance.export.relied import Uses
from governance.export.searches import check_searches
from tests.governance.authority.drawn import ID, NOON, RULES, SUPERINTENDENT, Court, request
from tests.governance.export.entries import logged_at

ACCESS = AccessRules.read()
DAY = timedelta(days=1)
USE = Act(
    "ds", "authority.use", "search", ID, {"authority": ID, "object": "OP-LAMP", "use": "u"}, {"act": "reads.search"}
)


def form(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%S}.000Z"


def search(age: timedelta, **changes: object) -> Act:
    recent = age <= 90 * DAY
    details = {
        "reference": "OP-LAMP",
        "tier": "recent" if recent else "older",
        "captured_from": form(NOON - age),
        "captured_until": form(NOON - DAY),
        "times": 1,
        "surveillance_authority": None,
        "rules_sha256": ACCESS.sha256,
        **changes,
    }
    purpose = "Investigate a crime" if recent else "Investigate a serious crime"
    return Act("ds", "reads.search", purpose, None if recent else ID, {"search": "s"}, details)


def judged(*acts: Act, reaches_days: int = 365, rules: Sequence[AccessRules] = (ACCESS,)) -> Part:
    court = Court.sitting()
    scope = {"kind": Kind.ANPR_SEARCH, "investigations": ["OP-LAMP"], "oldest_days": reaches_days}
    case = court.decided(request(Kind.ANPR_SEARCH, scope=scope), SUPERINTENDENT)
    history = replay(case, court.trust(), RULES)
    entries: list[Entry] = logged_at(*((act, NOON) for act in acts))
    logged, part = gather(entries, len(entries)), Part("searches")
    check_searches(logged.relied, Uses(logged.uses), {ID: history}, rules, part)
    return part


@pytest.mark.parametrize(
    "acts",
    [
        [search(5 * DAY)],
        [search(90 * DAY)],
        [USE, replace(search(5 * DAY), authority=ID)],
        [USE, search(91 * DAY)],
        [USE, search(364 * DAY)],
        [search(5 * DAY, times=2, captured_until=form(NOON))],
        [search(5 * DAY, times=7)],
        [search(5 * DAY, times=7, captured_until=form(NOON), surveillance_authority="DSA/7")],
    ],
)
def test_a_search_within_the_rules_holds(acts: list[Act]) -> None:
    assert judged(*acts).problems == []


@pytest.mark.parametrize(
    ("acts", "said"),
    [
        ([search(91 * DAY)], "need an authority, and no entry says that one was relied on"),
        ([replace(USE, objects={"authority": ID, "object": "OP-OTHER"}), search(91 * DAY)], "need an authority"),
        ([USE, replace(search(91 * DAY), authority="another")], "need an authority"),
        ([replace(search(5 * DAY), authority=ID)], "it names an authority, and no entry says that one was relied on"),
        ([search(91 * DAY, tier="recent")], "says that it is in the tier recent, and its reads are in another"),
        ([USE, search(400 * DAY)], "older than any that may be kept"),
        ([USE, replace(search(91 * DAY), purpose="Investigate a crime")], "only for something serious"),
        ([replace(search(DAY), purpose="Curiosity")], "'Curiosity', is none of the closed list"),
        ([search(5 * DAY, times=3, captured_until=form(NOON))], "number 3 about one vehicle and looks forward"),
        ([search(5 * DAY, captured_from="soon")], "'soon' is not a time"),
        ([search(5 * DAY, captured_from=None)], "is not a time"),
    ],
)
def test_a_search_outside_the_rules_is_named(acts: list[Act], said: str) -> None:
    (problem,) = judged(*acts).problems
    assert problem.startswith(f"entry {len(acts) - 1} of the log is a search by ds: ")
    assert said in problem


def test_a_search_further_back_than_its_authority_reaches_is_named() -> None:
    (problem,) = judged(USE, search(200 * DAY), reaches_days=150).problems
    assert "reaches back 150 days, and the search further" in problem


def test_a_search_from_before_all_time_is_named() -> None:
    (problem,) = judged(search(5 * DAY, captured_from="0001-01-01T00:00:00.000Z")).problems
    assert "older than any that may be kept" in problem


def test_searches_by_rules_that_nobody_was_given_are_named() -> None:
    (problem,) = judged(search(5 * DAY, rules_sha256="f" * 64), search(900 * DAY, rules_sha256="f" * 64)).problems
    assert problem.startswith("2 searches were made under rules of access that were not given, ffffffffffffffff")


def test_each_search_is_judged_by_the_rules_that_it_names(tmp_path: Path) -> None:
    for name in FILES:
        (tmp_path / name).write_bytes((FOLDER / name).read_bytes() + b"# ours\n")
    ours = AccessRules.read(tmp_path)
    acts = [search(5 * DAY), search(5 * DAY, rules_sha256=ours.sha256), search(9999 * DAY, rules_sha256=ours.sha256)]
    (problem,) = judged(*acts, rules=[ACCESS, ours]).problems
    assert problem.startswith("entry 2 of the log")
