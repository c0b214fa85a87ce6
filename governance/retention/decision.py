"""What a set of rules says of one item at one time: kept, held, may go, overdue; until when; and why. Pure.

Two bounds. keep_at_least: before that it may not go. delete_by: by that it must be gone. An item of several classes:
the longest keep wins, so it must go only when the last of its classes says so, and never where one of them has no
delete_by. A hold beats delete_by for as long as it stands. A period whose clock has not started (the case is not
closed) has not ended: the item is kept, and the reasons say that. Later holds or classes can only keep it longer.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from governance.retention.holds import Hold
from governance.retention.rules import Rule, RuleSet, Since


class State(StrEnum):
    """Where an item is in its time."""

    HELD = "held"
    KEPT = "kept"
    MAY_GO = "may-go"
    OVERDUE = "overdue"


@dataclass(frozen=True, slots=True)
class Item:
    """What the decision needs to know of an item.

    times are the clocks that the item itself has started; class_times that of one class alone (when its case closed),
    which counts before them; events what has happened that an ends_with may name, by its name.
    """

    classes: Sequence[str]
    times: Mapping[Since, datetime]
    class_times: Mapping[str, datetime] = field(default_factory=dict)
    events: Mapping[str, datetime] = field(default_factory=dict)
    holds: Sequence[Hold] = ()


@dataclass(frozen=True, slots=True)
class Decision:
    """The answer. keep_until None: nobody knows yet. go_by None: nothing makes it go by itself.

    decided_by is the class whose rule counts in the end, hold the one that stands longest, late_since when it should
    have gone at the latest (only where it is overdue).
    """

    state: State
    keep_until: datetime | None
    go_by: datetime | None
    decided_by: str
    hold: Hold | None = None
    review_at: datetime | None = None
    late_since: datetime | None = None
    reasons: tuple[str, ...] = ()

    def due(self, now: datetime, lead: timedelta = timedelta(0)) -> bool:
        """Whether disposal takes it now: nothing keeps it, and by now + lead it must be gone."""
        free = self.state in (State.MAY_GO, State.OVERDUE)
        return free and self.go_by is not None and self.go_by <= now + lead


@dataclass(frozen=True, slots=True)
class _Span:
    """What one class says. started is None where its clock has not started or nothing is known of the class."""

    name: str
    rule: Rule | None
    started: datetime | None
    keep_until: datetime | None
    go_by: datetime | None
    words: str = field(compare=False)


def decide(item: Item, rules: RuleSet, now: datetime) -> Decision:
    """Say what the rules make of an item now."""
    spans = [_span(name, item, rules) for name in dict.fromkeys(item.classes)]
    if not spans:
        spans = [_Span("", None, None, None, None, "it has no class: it is kept until somebody gives it one")]
    open_ones = [span for span in spans if span.started is None or span.keep_until is None]
    endless = [span for span in spans if span.go_by is None]
    keep_until = None if open_ones else max(span.keep_until for span in spans if span.keep_until is not None)
    go_by = None if endless else max(span.go_by for span in spans if span.go_by is not None)
    deciding = _deciding(spans, open_ones, endless)
    hold = max((one for one in item.holds if one.stands(now)), key=lambda one: one.ends_at, default=None)
    state = _state(hold, keep_until, go_by, now)
    reasons = [span.words for span in spans]
    if hold is not None:
        reasons.insert(0, _hold_words(hold))
    if len(spans) > 1:
        reasons.append(f"of several classes the longest keep wins: {deciding.name}")
    return Decision(
        state,
        keep_until,
        go_by,
        deciding.name,
        hold,
        _review(deciding, now),
        _late_since(go_by, item.holds, now) if state is State.OVERDUE and go_by is not None else None,
        tuple(reasons),
    )


def _span(name: str, item: Item, rules: RuleSet) -> _Span:
    rule = rules.rules.get(name)
    if rule is None:
        words = f"there is no rule for the class {name}: it is kept until there is one"
        return _Span(name, None, None, None, None, words)
    start = item.class_times.get(name, item.times.get(rule.since))
    if start is None:
        words = f"{_about(rule)}: its clock ({rule.since}) has not started, so it is kept"
        return _Span(name, rule, None, None, None, words)
    keep_until = start if rule.keep_at_least is None else rule.keep_at_least.after(start)
    go_by = None if rule.delete_by is None else rule.delete_by.after(start)
    words = f"{_about(rule)}; that started at {_at(start)}"
    if rule.keep_at_least is not None:
        words += f", so it may not go before {_at(keep_until)}"
    ended = item.events.get(rule.ends_with or "")
    if go_by is not None and ended is not None and ended < go_by:
        go_by = ended
        words += f", and {rule.ends_with} ended it early"
    if go_by is not None:
        words += f", so it must be gone by {_at(go_by)}"
    else:
        words += "; no rule makes it go by itself, a person reviews it"
    return _Span(name, rule, start, keep_until, go_by, words)


def _deciding(spans: Sequence[_Span], open_ones: Sequence[_Span], endless: Sequence[_Span]) -> _Span:
    if open_ones:
        return open_ones[0]
    if endless:
        return max(endless, key=lambda span: span.keep_until or span.started or datetime.min.replace(tzinfo=UTC))
    return max(spans, key=lambda span: span.go_by or datetime.min.replace(tzinfo=UTC))


def _state(hold: Hold | None, keep_until: datetime | None, go_by: datetime | None, now: datetime) -> State:
    if hold is not None:
        return State.HELD
    if keep_until is None or keep_until > now:
        return State.KEPT
    return State.OVERDUE if go_by is not None and go_by <= now else State.MAY_GO


def _review(span: _Span, now: datetime) -> datetime | None:
    """When a person looks at it next: at the end of keep_at_least, and then again and again."""
    if span.rule is None or span.started is None or span.keep_until is None or span.go_by is not None:
        return None
    at = span.keep_until
    every = span.rule.review_every
    while every is not None and at <= now:
        at, before = every.after(at), at
        if at <= before:
            break
    return at


def _late_since(go_by: datetime, holds: Sequence[Hold], now: datetime) -> datetime:
    """From when on nothing kept it any more: the end of its time, or of the last hold over that."""
    return max([go_by, *(one.ends_at for one in holds if one.starts_at <= go_by and one.ends_at <= now)])


def _about(rule: Rule) -> str:
    bounds = []
    if rule.keep_at_least is not None:
        bounds.append(f"kept at least {rule.keep_at_least.words}")
    if rule.delete_by is not None:
        bounds.append(f"deleted by {rule.delete_by.words}")
    return f"{rule.name} ({rule.standing}): {' and '.join(bounds)} from {rule.since}"


def _hold_words(hold: Hold) -> str:
    return (
        f"a {hold.kind} hold of {hold.owner} stands until {_at(hold.ends_at)}, with a review by {_at(hold.review_at)}:"
        f" {hold.reason}"
    )


def _at(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
