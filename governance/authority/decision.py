"""The decision itself: a pure function of an authority's replayed history, the act, the object, the time, the place.

Times are half-open: an authority holds from starts_at on, and at ends_at no longer.
"""

from governance.authority.acts import ACTS
from governance.authority.case import Case
from governance.authority.document import ALL_DEVICES, Authority
from governance.authority.place import Boroughs, ForceWide, contains
from governance.authority.question import Decision, Refusal, Where
from governance.authority.ranks import Rules
from governance.authority.replay import History, Moment, NotGood, replay
from governance.authority.states import State
from governance.authority.trust import Trust
from governance.time_in_words import time_in_words

_NOWHERE = Where()


def decide(act: str, on: str, history: History, moment: Moment, where: Where | None = None) -> Decision:
    """Whether act may be done on an object under this authority, at a moment and a place."""
    authority = history.authority

    def no(refusal: Refusal, reason: str) -> Decision:
        return Decision(False, f"{authority.reference}: {reason}", authority.id, refusal)

    rule = ACTS.get(act)
    if rule is None:
        return no(Refusal.UNKNOWN_ACT, f"{act!r} is not an act that an authority can allow")
    if rule.kind != authority.kind:
        return no(
            Refusal.WRONG_KIND, f"{act} needs an authority of the kind {rule.kind}, this is one of {authority.kind}"
        )
    found = (
        _by_state(history, moment)
        or _by_time(authority, moment)
        or _by_place(authority, where or _NOWHERE, at_place=rule.at_place)
    )
    if found is not None:
        return no(*found)
    if not authority.scope.covers(on):
        return no(Refusal.OUT_OF_SCOPE, f"it does not cover {on!r}")
    return Decision(True, "", authority.id)


def decide_case(
    act: str, on: str, case: Case, trust: Trust, rules: Rules, moment: Moment, where: Where | None = None
) -> Decision:
    """Replay a case and decide. What does not hold is a no that says why."""
    try:
        history = replay(case, trust, rules)
    except NotGood as error:
        return Decision(False, str(error), None, error.refusal)
    return decide(act, on, history, moment, where)


_Found = tuple[Refusal, str] | None


def _by_state(history: History, moment: Moment) -> _Found:
    match history.state(moment):
        case State.GRANTED:
            return None
        case State.REFUSED:
            return Refusal.REFUSED, "it was refused"
        case State.SUSPENDED:
            return Refusal.SUSPENDED, "it is suspended"
        case State.ENDED | State.REVIEWED:
            return Refusal.ENDED, "it was ended"
        case State.EXPIRED:
            if moment.latest >= history.authority.ends_at:
                return Refusal.TOO_LATE, f"it ended at {time_in_words(history.authority.ends_at)}"
            return Refusal.LAPSED, "its grant by word of mouth was not confirmed by signature in time"
        case _:
            return Refusal.NOT_GRANTED, "it is not granted, or not yet for certain by this clock"


def _by_time(authority: Authority, moment: Moment) -> _Found:
    if moment.earliest < authority.starts_at:
        return Refusal.TOO_EARLY, f"it does not hold before {time_in_words(authority.starts_at)}"
    if moment.latest >= authority.ends_at:
        return Refusal.TOO_LATE, f"it ended at {time_in_words(authority.ends_at)}"
    return None


def _by_place(authority: Authority, where: Where, *, at_place: bool) -> _Found:
    """Devices and places bind whatever is done out in the world, and whoever says where they are."""
    by_device = at_place or where.device is not None
    if by_device and authority.devices != ALL_DEVICES and where.device not in authority.devices:
        return Refusal.DEVICE_NOT_NAMED, f"it does not name the device {where.device or '(none was given)'}"
    place = authority.place
    if isinstance(place, ForceWide) or not (at_place or where != _NOWHERE):
        return None
    if where.latitude_deg is None or where.longitude_deg is None:
        return Refusal.POSITION_UNKNOWN, "it holds for a place, and nobody can say where the device is"
    if isinstance(place, Boroughs) and not place.outlines:
        return Refusal.OUTSIDE_PLACE, (
            "it names boroughs without their outlines, so nobody can tell whether this is inside them: ask for it anew,"
            " with outlines"
        )
    if not contains(place.outlines, where.latitude_deg, where.longitude_deg):
        return Refusal.OUTSIDE_PLACE, "this is outside its place"
    return None
