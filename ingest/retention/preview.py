"""What a change of the rules would do, before it does: what would go sooner, and what would be kept longer."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection, Engine, func, select

from governance.retention.decision import Decision
from governance.retention.durations import END_OF_TIME
from governance.retention.rules import Rule, RuleSet
from ingest.contract.base import format_utc_ms
from ingest.database.engine import read_transaction
from ingest.database.schema import retention_class
from ingest.retention.items import Candidate, Found, Place

MOST_NAMED: Final = 3
MOST_COMPARED: Final = 50
MOST_CLASSED: Final = 20_000
"""Items with a class of their own that are compared one by one; of more, the first so many."""


@dataclass(slots=True)
class Change:
    """What becomes of one class in one place. at_once: how many would go the moment that the change comes into force
    and would not have gone by then under the rules of now. sooner, longer: of those held now, how many would go
    sooner, or be kept longer. earliest names the first of these.
    """

    item_class: str
    place: str
    was: str
    becomes: str
    held: int
    at_once: int
    sooner: int
    longer: int
    earliest: list[dict[str, str]]


def preview(engine: Engine, places: Sequence[Place], old: RuleSet, new: RuleSet, at: datetime) -> dict[str, Any]:
    """What the new rules would change if they came into force at a time. As JSON, to be shown and signed."""
    changed = {name for name in old.rules.keys() | new.rules.keys() if old.rules.get(name) != new.rules.get(name)}
    changes = [_of_place(engine, place, old, new, at) for place in places if place.item_class in changed]
    with read_transaction(engine) as connection:
        for place in places:
            changes += _of_classed(connection, place, changed, old, new, at)
    return {
        "at": format_utc_ms(at),
        "rules_changed": sorted(changed),
        "holds_changed": sorted(
            kind for kind in old.holds.keys() | new.holds.keys() if old.holds.get(kind) != new.holds.get(kind)
        ),
        "at_once": sum(one.at_once for one in changes),
        "sooner": sum(one.sooner for one in changes),
        "longer": sum(one.longer for one in changes),
        "changes": [asdict(one) for one in changes],
    }


def _of_place(engine: Engine, place: Place, old: RuleSet, new: RuleSet, at: datetime) -> Change:
    """The items of a place that have no class but the place's own: they all change alike."""
    was, becomes = old.rules.get(place.item_class), new.rules.get(place.item_class)
    before, after = place.tally(old, at, at), place.tally(new, at, at)
    with read_transaction(engine) as connection:
        oldest = place.oldest(connection, MOST_COMPARED)
        pairs = _pairs(place.decide(connection, oldest, old, at), place.decide(connection, oldest, new, at))
    shift = _shift(was, becomes, at)
    return Change(
        place.item_class,
        place.name,
        _words(was),
        _words(becomes),
        after.held,
        max(0, after.due - before.due),
        after.held if shift < 0 else 0,
        after.held if shift > 0 else 0,
        _named(pairs),
    )


def _of_classed(
    connection: Connection, place: Place, changed: set[str], old: RuleSet, new: RuleSet, at: datetime
) -> list[Change]:
    """The items that were given a class of their own, where that class changes."""
    c = retention_class.c
    query = select(c.item_class, func.count()).where(c.kind == place.kind, c.item_class.in_(changed))
    found = []
    for name, held in connection.execute(query.group_by(c.item_class)).all():
        ids = connection.execute(
            select(c.item_id).where(c.kind == place.kind, c.item_class == name).order_by(c.item_id).limit(MOST_CLASSED)
        ).scalars()
        candidates = [Candidate(str(one)) for one in ids]
        pairs = _pairs(place.decide(connection, candidates, old, at), place.decide(connection, candidates, new, at))
        found.append(
            Change(
                name,
                place.name,
                _words(old.rules.get(name)),
                _words(new.rules.get(name)),
                held,
                sum(then.decision.due(at) and not now.decision.due(at) for now, then in pairs),
                sum(_end(then.decision) < _end(now.decision) for now, then in pairs),
                sum(_end(then.decision) > _end(now.decision) for now, then in pairs),
                _named(pairs),
            )
        )
    return found


def _pairs(before: Iterable[Found], after: Iterable[Found]) -> list[tuple[Found, Found]]:
    now = {one.item_id: one for one in before}
    return [(now[one.item_id], one) for one in after if one.item_id in now]


def _named(pairs: Iterable[tuple[Found, Found]]) -> list[dict[str, str]]:
    """The first items whose end changes, with both ends."""
    moved = [(now, then) for now, then in pairs if _end(now.decision) != _end(then.decision)]
    moved.sort(key=lambda pair: min(_end(one.decision) for one in pair))
    return [
        {
            "kind": then.kind.value,
            "item": then.item_id if _is_id(then.item_id) else "",
            "was": _end_words(now.decision),
            "becomes": _end_words(then.decision),
        }
        for now, then in moved[:MOST_NAMED]
    ]


def _end(decision: Decision) -> tuple[datetime, datetime]:
    return decision.go_by or END_OF_TIME, decision.keep_until or END_OF_TIME


def _end_words(decision: Decision) -> str:
    return "no date" if decision.go_by is None else format_utc_ms(decision.go_by)


def _shift(was: Rule | None, becomes: Rule | None, at: datetime) -> int:
    """Whether items of a class go sooner (-1), later (1) or when they did (0)."""
    before, after = (_bounds(rule, at) for rule in (was, becomes))
    return (after > before) - (after < before)


def _bounds(rule: Rule | None, at: datetime) -> tuple[datetime, datetime]:
    if rule is None:
        return END_OF_TIME, END_OF_TIME
    go_by = END_OF_TIME if rule.delete_by is None else rule.delete_by.after(at)
    return go_by, at if rule.keep_at_least is None else rule.keep_at_least.after(at)


def _words(rule: Rule | None) -> str:
    if rule is None:
        return "no rule"
    said: Mapping[str, Any] = {"at least": rule.keep_at_least, "deleted by": rule.delete_by}
    bounds = ", ".join(f"{word} {length.words}" for word, length in said.items() if length is not None)
    return f"{bounds}, from {rule.since} ({rule.standing})"


def _is_id(text: str) -> bool:
    """Whether this is an id that may be shown: hashes of tokens and keys of objects are not."""
    try:
        UUID(text)
    except ValueError:
        return False
    return True
