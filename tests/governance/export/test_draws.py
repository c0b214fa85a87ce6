"""Draws by lot made again from the log: what was passed over, put in, or drawn with another seed, is named."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

import pytest

from governance.access.draw import as_objects, draw
from governance.acts import Act
from governance.commitments import commit
from governance.entry import Entry
from governance.export.disposals import Gone
from governance.export.draws import check_draws
from governance.export.gathering import gather
from governance.retention.receipt import leaf
from tests.governance.export.entries import START, logged_at

SEED, SALT, WORD = b"\7" * 32, b"\1" * 32, "shutter lamp"
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
SEARCHES = [f"search-{number}" for number in range(12)]
ALERTS = [f"alert-{number}" for number in range(9)]


def form(ago: timedelta) -> str:
    return f"{START - ago:%Y-%m-%dT%H:%M:%S}.000Z"


def search(one: str) -> Act:
    return Act("ds", "reads.search", "Investigate a crime", None, {"search": one}, {}, {"question": "a" * 64})


def alert(one: str) -> Act:
    made = {"made_at": form(DAY)}
    return Act("device:car-1", "alert.raise", "stolen", None, {"alert": one}, made, {"alert": "b" * 64})


def happened() -> list[tuple[Act, "timedelta"]]:
    """Searches and alerts of the day before, and a search of ten days before that."""
    made = [(search("search-old"), 11 * DAY)]
    made += [(search(one), DAY - number * HOUR) for number, one in enumerate(SEARCHES)]
    made += [(alert(one), HOUR) for one in ALERTS]
    return made


def announce(kind: str = "searches", number: int = 4, seed: bytes = SEED, until: timedelta = HOUR / 2) -> Act:
    details = {"kind": kind, "number": number, "from": form(2 * DAY), "until": form(until)}
    return Act("mopac", "sample.announce", "a look", None, {"sample": "s"}, details, {"seed": commit(seed.hex(), SALT)})


def opened(drawn: list[str], there: int, **changes: object) -> Act:
    details = {"drawn": len(drawn), "of": there, "seed": SEED.hex(), "salt": SALT.hex(), "word": WORD, **changes}
    return Act("mopac", "sample.open", "a look", None, {"sample": "s"} | as_objects(drawn), details)


def audit(drawn: list[str], asked: int, since: timedelta = 5 * DAY) -> Act:
    details = {"asked": asked, "drawn": len(drawn), "of": 0, "made_after": form(since), "seed": SEED.hex()}
    return Act("auditor", "audit.draw", "audit", None, as_objects(drawn), details)


def lots(ids: list[str], number: int, word: str = WORD) -> list[str]:
    return draw(SEED, word, ids, number)


def judged(*acts: Act, disposed: Mapping[bytes, Gone] | None = None) -> list[str]:
    past: list[Entry] = logged_at(*((act, START - ago) for act, ago in happened()))
    now = [Entry(len(past) + number, START, act) for number, act in enumerate(acts)]
    part = check_draws(gather([*past, *now], len(past) + len(now)), disposed or {})
    assert part.checked == sum(act.act != "sample.announce" for act in acts)
    return part.problems


@pytest.mark.parametrize(
    "acts",
    [
        [announce(), opened(lots(SEARCHES, 4), 12)],
        [announce("alerts", 50), opened(lots(ALERTS, 50), 9)],
        [announce("alerts", 1), opened(lots(ALERTS, 1), 9)],
        [audit(lots(SEARCHES, 5, "auditor"), 5)],
        [audit(lots(["search-old", *SEARCHES], 20, "auditor"), 20, 30 * DAY)],
        [announce(), audit(lots(SEARCHES, 5, "auditor"), 5), opened(lots(SEARCHES, 4), 12)],
    ],
)
def test_a_fair_draw_holds(acts: list[Act]) -> None:
    assert judged(*acts) == []


def test_the_next_draw_for_audit_has_the_rest() -> None:
    first = lots(SEARCHES, 5, "auditor")
    rest = [one for one in SEARCHES if one not in first]
    assert judged(audit(first, 5), audit(lots(rest, 3, "auditor"), 3)) == []
    (problem,) = judged(audit(first, 5), audit(lots(SEARCHES, 3, "auditor"), 3))
    assert "which is none of those that it was drawn from" in problem
    (problem,) = judged(audit(first, 5), audit([], 3))
    assert "it passed over 7 on which the lot fell" in problem


@pytest.mark.parametrize(
    ("acts", "said"),
    [
        ([announce(), opened(lots(SEARCHES, 5)[1:], 12)], "it passed over 1 on which the lot fell"),
        ([announce(), opened(lots(SEARCHES, 4)[::-1], 12)], "not 4 at most in the order of the draw"),
        ([announce(), opened(lots(SEARCHES, 5), 12)], "not 4 at most in the order of the draw"),
        ([announce(), opened(lots(SEARCHES, 4), 11)], "it says that it drew from 11: there were 12"),
        ([announce(), opened(lots([*SEARCHES, "search-old"], 13), 12)], "not 4 at most"),
        ([announce(number=13), opened(lots([*SEARCHES, "search-old"], 13), 13)], "it drew search-old, which is none"),
        ([announce(number=13), opened(lots([*SEARCHES, "alert-1"], 13), 13)], "it drew alert-1, which is none"),
        ([announce(), opened(lots(SEARCHES, 4), 12, word="another word")], "it passed over 8"),
        ([announce(seed=b"\2" * 32), opened(lots(SEARCHES, 4), 12)], "not the one that the service had committed"),
        ([announce(until=-DAY), opened(lots(SEARCHES, 4), 12)], "for a time that was not over"),
        ([opened(lots(SEARCHES, 4), 12), announce()], "no entry before it announced this sample"),
        ([announce(), *[opened(lots(SEARCHES, 4), 12)] * 2], "opened this sample already"),
        ([announce(), opened(lots(SEARCHES, 4), 12, salt="00")], "it does not say what it must"),
        ([announce(), opened(lots(SEARCHES, 4), 12, of=None)], "None is no number"),
        ([announce(), replace(opened(lots(SEARCHES, 4), 12), details={})], "it does not say what it must"),
        ([announce(), replace(opened([], 12), objects={"sample": "s", "drawn-2": "x"})], "none as drawn-1"),
        ([audit(lots(SEARCHES[1:], 12, "auditor"), 12)], "it passed over 1 on which the lot fell: search-0"),
        ([audit(lots(SEARCHES, 3), 3)], "in the order of the draw"),
    ],
)
def test_what_is_wrong_with_a_draw_is_named(acts: list[Act], said: str) -> None:
    (problem,) = judged(*acts)
    assert said in problem
    assert "by mopac" in problem or "by auditor" in problem


def test_what_had_gone_could_not_be_drawn() -> None:
    gone = {leaf("alert", "alert-0"): Gone("alert", START, 22)}
    assert judged(announce("alerts", 9), opened(lots(ALERTS[1:], 9), 8)) != []
    assert judged(announce("alerts", 9), opened(lots(ALERTS[1:], 9), 8), disposed=gone) == []
    later = {leaf("alert", "alert-0"): Gone("alert", START, 99)}
    assert judged(announce("alerts", 9), opened(lots(ALERTS[1:], 9), 8), disposed=later) != []


def test_a_search_is_drawn_for_a_sample_though_what_it_asked_for_has_gone() -> None:
    gone = {leaf("search", one): Gone("search", START, 22) for one in SEARCHES[:3]}
    assert judged(announce(), opened(lots(SEARCHES, 4), 12), disposed=gone) == []
    assert judged(announce(), opened(lots(SEARCHES[3:], 4), 9), disposed=gone) != []
    assert judged(audit(lots(SEARCHES[3:], 9, "auditor"), 9), disposed=gone) == []


def test_what_was_made_at_the_end_of_the_time_may_be_in_or_not() -> None:
    edge = DAY - 5 * HOUR + timedelta(minutes=1)  # a minute before the entry of search-5
    for drawn_from in (SEARCHES[:5], SEARCHES[:6]):
        found = judged(announce(number=9, until=edge - timedelta(minutes=2)), opened(lots(drawn_from, 9), 6))
        assert (found == []) == (len(drawn_from) == 6), found
        assert judged(announce(number=9, until=edge), opened(lots(drawn_from, 9), len(drawn_from))) == []
