"""The decision, by table: the state, the clock, the place, the device, the object."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from governance.authority.acts import ACTS
from governance.authority.case import Case
from governance.authority.decision import decide, decide_case
from governance.authority.question import Decision, Kind, Refusal, Where
from governance.authority.replay import History, Moment, NotGood, replay
from governance.authority.states import Step
from tests.governance.authority.drawn import (
    BEFORE,
    END,
    ID,
    INSIDE,
    INSPECTOR,
    LIST,
    NOON,
    RULES,
    SQUARE,
    START,
    SUPERINTENDENT,
    Court,
    at,
    request,
)

LONDON = ZoneInfo("Europe/London")
MS = timedelta(milliseconds=1)
CAR = Where(*INSIDE, "car-1")
FORCE_WIDE = {"place": {"kind": "force-wide"}}


@pytest.fixture
def court() -> Court:
    return Court.sitting()


def history(court: Court, case: Case) -> History:
    return replay(case, court.trust(), RULES)


def granted(kind: Kind = Kind.ANPR_LIST, **changes: Any) -> History:
    court = Court.sitting()
    return history(court, court.decided(request(kind, **changes), SUPERINTENDENT))


def ask(over: History, moment: datetime = NOON, act: str = "list.match", on: str = LIST, where: Where | None = CAR,
        error: timedelta = timedelta(0)) -> Decision:  # fmt: skip
    return decide(act, on, over, at(moment, error), where)


def test_a_yes_names_what_it_rests_on() -> None:
    assert ask(granted()) == Decision(True, "", ID)


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize("kind", Kind)
def test_each_act_needs_its_own_kind(act: str, kind: Kind) -> None:
    on = {
        "anpr-list": LIST, "anpr-search": "OP-LAMP", "face-watchlist": "W-1", "face-deployment": "W-1",
        "drone-flight": "CAD-7", "disclosure": "item-1", "retention-change": "ab" * 32,
    }[kind]  # fmt: skip
    decision = ask(granted(kind), act=act, on=on)
    assert decision.refusal == (None if ACTS[act].kind == kind else Refusal.WRONG_KIND)


def test_an_act_that_nobody_knows_is_refused() -> None:
    assert ask(granted(), act="list.burn").refusal is Refusal.UNKNOWN_ACT


# ---- where it stands -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("steps", "refusal"),
    [
        ([Step.SUSPEND], Refusal.SUSPENDED),
        ([Step.SUSPEND, Step.RESUME], None),
        ([Step.SUSPEND, Step.END], Refusal.ENDED),
        ([Step.END], Refusal.ENDED),
        ([Step.END, Step.REVIEW], Refusal.ENDED),
        ([Step.REVIEW], None),
    ],
)
def test_where_it_stands(court: Court, steps: list[Step], refusal: Refusal | None) -> None:
    case = court.decided(request())
    for step in steps:
        case = court.then(case, step, INSPECTOR, START)
    assert ask(history(court, case)).refusal == refusal


def test_a_refused_one_is_refused(court: Court) -> None:
    assert ask(history(court, court.decided(request(), step=Step.REFUSE))).refusal is Refusal.REFUSED


def test_one_without_a_decision_is_not_granted(court: Court) -> None:
    case = Case(court.decided(request()).document, ())
    decision = decide_case("list.match", LIST, case, court.trust(), RULES, at(NOON), CAR)
    assert decision.refusal is Refusal.NOT_GRANTED


@pytest.mark.parametrize(
    ("moment", "refusal"),
    [
        (START, None),
        (BEFORE + timedelta(hours=36) - MS, None),
        (BEFORE + timedelta(hours=36), Refusal.LAPSED),
        (END, Refusal.TOO_LATE),
    ],
)
def test_a_verbal_grant_lapses_by_itself(court: Court, moment: datetime, refusal: Refusal | None) -> None:
    case = court.verbal(request(), within=36)
    assert ask(history(court, case), moment).refusal == refusal
    confirmed = court.then(case, Step.CONFIRM, SUPERINTENDENT, BEFORE + timedelta(hours=30))
    later = None if refusal is Refusal.LAPSED else refusal
    assert ask(history(court, confirmed), moment).refusal == later


# ---- the clock -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("moment", "refusal"),
    [
        (START - MS, Refusal.TOO_EARLY),
        (START, None),
        (END - MS, None),
        (END, Refusal.TOO_LATE),
        (END + MS, Refusal.TOO_LATE),
    ],
)
def test_it_holds_from_its_start_and_not_at_its_end(moment: datetime, refusal: Refusal | None) -> None:
    assert ask(granted(), moment).refusal == refusal


CLOCK = [
    # Summer time begins: 00:59:59 GMT is followed by 02:00:00 BST. The hour in between never is.
    ("2027-03-28T00:30:00+00:00", "2027-03-28T02:30:00+01:00", timedelta(hours=1)),
    # It ends: 01:30 is there twice, an hour apart.
    ("2027-10-31T01:30:00+01:00", "2027-10-31T01:30:00+00:00", timedelta(hours=1)),
    # A leap day, from one midnight in London to the next.
    ("2028-02-29T00:00:00+00:00", "2028-03-01T00:00:00+00:00", timedelta(days=1)),
    ("2026-11-30T23:59:59.999+00:00", "2026-12-01T00:00:00+00:00", timedelta(milliseconds=1)),
    ("2026-12-31T12:00:00+00:00", "2027-01-01T00:00:00+00:00", timedelta(hours=12)),
]


@pytest.mark.parametrize(("starts", "ends", "long"), CLOCK)
def test_spans_are_of_real_time(starts: str, ends: str, long: timedelta) -> None:
    over = granted(starts_at=starts, ends_at=ends, review_at=ends)
    start = datetime.fromisoformat(starts)
    assert over.authority.ends_at - over.authority.starts_at == long
    assert ask(over, start - MS).refusal is Refusal.TOO_EARLY
    assert ask(over, start).allowed
    assert ask(over, start + long - MS).allowed
    assert ask(over, (start + long).astimezone(LONDON)).refusal is Refusal.TOO_LATE


@pytest.mark.parametrize(
    ("moment", "error_min", "refusal"),
    [
        (START + timedelta(minutes=39), 40, Refusal.TOO_EARLY),
        (START + timedelta(minutes=40), 40, None),
        (END - timedelta(minutes=41), 40, None),
        (END - timedelta(minutes=40), 40, Refusal.TOO_LATE),
        (NOON, 40, None),
        (NOON, 60 * 24, Refusal.NOT_GRANTED),
    ],
)
def test_a_device_40_minutes_off_uses_it_only_when_certain(
    moment: datetime, error_min: int, refusal: Refusal | None
) -> None:
    court = Court.sitting()
    over = history(court, court.decided(request(), when=START - timedelta(minutes=1)))
    assert ask(over, moment, error=timedelta(minutes=error_min)).refusal == refusal


def test_in_doubt_a_suspension_counts_and_a_resumption_does_not(court: Court) -> None:
    case = court.then(court.decided(request()), Step.SUSPEND, INSPECTOR, NOON)
    doubt = timedelta(minutes=5)
    assert ask(history(court, case), NOON - doubt - MS, error=doubt).allowed
    assert ask(history(court, case), NOON - doubt, error=doubt).refusal is Refusal.SUSPENDED
    case = court.then(case, Step.RESUME, INSPECTOR, NOON + 4 * doubt)
    assert ask(history(court, case), NOON + 5 * doubt - MS, error=doubt).refusal is Refusal.SUSPENDED
    assert ask(history(court, case), NOON + 5 * doubt, error=doubt).allowed


moments = st.datetimes(datetime(2026, 11, 20), datetime(2026, 11, 28), timezones=st.just(UTC))  # noqa: DTZ001
OVER = granted()


@given(moments, st.timedeltas(timedelta(0), timedelta(days=2)))
def test_a_wider_doubt_never_makes_a_yes_of_a_no(moment: datetime, error: timedelta) -> None:
    wide = decide("list.match", LIST, OVER, at(moment, error), CAR)
    assert wide.allowed is (moment - error >= START and moment + error < END)
    if wide.allowed:
        assert decide("list.match", LIST, OVER, at(moment), CAR).allowed


@given(st.lists(st.sampled_from([Step.SUSPEND, Step.RESUME, Step.END, Step.REVIEW]), max_size=5), moments,
       st.timedeltas(timedelta(0), timedelta(hours=12)))  # fmt: skip
def test_in_doubt_the_answer_is_yes_only_where_it_is_yes_all_the_while(
    steps: list[Step], moment: datetime, error: timedelta
) -> None:
    """Against the plain replay at each moment at which anything changes within the doubt."""
    case, open_until = Court_.decided(request()), START
    for number, step in enumerate(steps, 1):
        longer = Court_.then(case, step, INSPECTOR, open_until + timedelta(hours=number))
        try:
            replay(longer, TRUST, RULES)
        except NotGood:  # a step that is not open is not taken
            continue
        case = longer
    over = replay(case, TRUST, RULES)
    certain = decide("list.match", LIST, over, at(moment, error), CAR).allowed
    changes = [statement.at for statement in over.statements] + [START, END - MS, END]
    within = [m for m in changes if moment - error <= m <= moment + error]
    each = [decide("list.match", LIST, over, at(m), CAR).allowed for m in [moment - error, *within, moment + error]]
    assert not certain or all(each)


Court_ = Court.sitting()
TRUST = Court_.trust()


# ---- the place, the device, the object -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("where", "refusal"),
    [
        (Where(*INSIDE, "car-1"), None),
        (Where(*INSIDE, "car-2"), None),
        (Where(*INSIDE, "car-3"), Refusal.DEVICE_NOT_NAMED),
        (Where(*INSIDE), Refusal.DEVICE_NOT_NAMED),
        (Where(device="car-1"), Refusal.POSITION_UNKNOWN),
        (Where(51.51, None, "car-1"), Refusal.POSITION_UNKNOWN),
        (Where(51.53, -0.09, "car-1"), Refusal.OUTSIDE_PLACE),
        (Where(float("nan"), -0.09, "car-1"), Refusal.OUTSIDE_PLACE),
        (None, Refusal.DEVICE_NOT_NAMED),
    ],
)
def test_a_device_is_named_and_inside(where: Where | None, refusal: Refusal | None) -> None:
    assert ask(granted(), where=where).refusal == refusal


@pytest.mark.parametrize(
    ("changes", "where", "refusal"),
    [
        (FORCE_WIDE, Where(device="car-1"), None),
        ({"devices": "all"}, Where(*INSIDE, "pole-9"), None),
        ({"devices": "all"}, None, Refusal.POSITION_UNKNOWN),
        ({**FORCE_WIDE, "devices": "all"}, None, None),
        ({"place": {"kind": "boroughs", "names": ["City"]}}, CAR, Refusal.OUTSIDE_PLACE),
        ({"place": {"kind": "boroughs", "names": ["City"], "outlines": [SQUARE]}}, CAR, None),
    ],
)
def test_places_that_are_named_otherwise(changes: dict[str, Any], where: Where | None, refusal: Refusal | None) -> None:
    assert ask(granted(**changes), where=where).refusal == refusal


def test_what_the_centre_does_has_no_place() -> None:
    assert ask(granted(), act="list.publish", where=None).allowed
    assert ask(granted(), act="list.publish", where=Where(51.53, -0.09)).refusal is Refusal.OUTSIDE_PLACE
    assert ask(granted(), act="list.publish", where=Where(*INSIDE, "car-3")).refusal is Refusal.DEVICE_NOT_NAMED


def test_an_object_out_of_scope_is_refused() -> None:
    decision = ask(granted(), on="another-list")
    assert (decision.refusal, decision.authority_id) == (Refusal.OUT_OF_SCOPE, ID)
    assert "another-list" in decision.reason


def test_a_time_without_a_zone_is_a_fault_of_the_caller() -> None:
    with pytest.raises(ValueError, match="no time zone"):
        Moment.around(datetime(2026, 11, 23, 12, 0))  # noqa: DTZ001
