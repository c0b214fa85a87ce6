"""Rows that are here past the time by which their rule says they must be gone, with nothing in the log that keeps them.

Counted from the time that the log itself knows of the row (governance.export.logged.LoggedRow.clock), by the rules in
force at the log's end. Later rules may keep longer, and a hold or a class of its own may; each of those is in the log.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from governance.export.holds import kept_until
from governance.export.logged import Logged, LoggedRow
from governance.export.part import Part
from governance.export.row import RowKey
from governance.export.rulesets import RulesInForce
from governance.retention.places import PLACES
from governance.retention.rules import Rule

GRACE: Final = timedelta(days=2)
"""How late disposal may be before a verifier calls it kept too long: a store may be away for a weekend."""

_PLACE: Final[Mapping[str, str]] = {"alert": "alerts", "entry": "list-entries", "search": "search-questions"}


class Overdue:
    """What should have been gone by the log's last entry; ask for each row that still has its content."""

    def __init__(self, logged: Logged, rules: RulesInForce) -> None:
        self._now = logged.ends_at
        self._begun, self._rules = rules.last()
        self._kept = kept_until(logged)
        self._excused: dict[str, int] = {}

    def since(self, key: RowKey, said: LoggedRow) -> datetime | None:
        """By when the row had to be gone, None where it may be here."""
        rule = self._rule(key)
        if rule is None or rule.delete_by is None or said.clock is None or self._now is None:
            return None
        go_by = max(rule.delete_by.after(said.clock), said.at)
        if self._begun is not None:
            go_by = max(go_by, self._begun)
        if go_by + GRACE >= self._now:
            return None
        if key.id in self._kept:
            until = self._kept[key.id]
            if until is None or until + GRACE >= self._now:
                self._excused[key.kind] = self._excused.get(key.kind, 0) + 1
                return None
            go_by = max(go_by, until)
        return go_by

    def tell(self, part: Part) -> None:
        """Say how many are here past their time because the log says that they are held or classed."""
        for kind, count in sorted(self._excused.items()):
            part.note(f"{count} of the kind {kind} are here past their time, by a hold or a class of their own")

    def _rule(self, key: RowKey) -> Rule | None:
        place = _PLACE.get(key.kind)
        return None if place is None or self._rules is None else self._rules.rules.get(PLACES[place].classes[0])
