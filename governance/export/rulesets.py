"""Sets of retention rules, held against the log: each signed, and in force only after its authority and its wait.

The first set needs no authority: it is the one that the service began with. Every other one was proposed under an
authority for exactly that file, waited, and came into force while the authority still allowed it. That the authority
did is checked with all that was done under one (governance.export.authorities).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from governance.entry import Entry
from governance.errors import BadDocument, BadExport, BadRules
from governance.export.layout import RULES_SUFFIX
from governance.export.logged import Logged
from governance.export.part import Part
from governance.export.times import time_of
from governance.keys import PublicKey
from governance.retention.rules import RuleSet
from governance.retention.signed_rules import SignedRules

LEAST_WAIT: Final = timedelta(days=1)
"""The shortest wait of a change that the service can be set to."""

CHANGING_OVER: Final = timedelta(hours=1)
"""How long before and after a set began or ended disposal may have gone by it: a run that was under way goes on."""

_START, _PROPOSE, _CHANGE = "retention.start", "retention.propose", "retention.change"


@dataclass(frozen=True, slots=True)
class Period:
    """A set of rules in force from begins on; ends None: still."""

    begins: datetime
    ends: datetime | None
    sha256: str


@dataclass(frozen=True, slots=True)
class RulesInForce:
    """Which rules were in force when, as the log says; sets has those whose signed document holds, by their SHA-256."""

    periods: tuple[Period, ...]
    sets: Mapping[str, RuleSet]

    def last(self) -> tuple[datetime | None, RuleSet | None]:
        """The set that is in force at the log's end, and since when; None where there is none, or it does not hold."""
        if not self.periods:
            return None, None
        return self.periods[-1].begins, self.sets.get(self.periods[-1].sha256)

    def at(self, sha256: str, when: datetime) -> RuleSet:
        """The set of this SHA-256. Raises BadExport where it was not in force then, or is not in the export."""
        if not any(
            period.sha256 == sha256
            and period.begins - CHANGING_OVER <= when
            and (period.ends is None or when <= period.ends + CHANGING_OVER)
            for period in self.periods
        ):
            raise BadExport(f"the rules {sha256[:16]} that it names were not in force at {when:%Y-%m-%d %H:%M:%S}")
        if sha256 not in self.sets:
            raise BadExport(f"the rules {sha256[:16]} that it names are not in the export, or do not hold")
        return self.sets[sha256]


def check_rules(folder: Path, key: PublicKey, logged: Logged) -> tuple[Part, RulesInForce]:
    """Check every set of rules, and how each came into force."""
    part = Part("sets of retention rules")
    documents = _documents(folder, key, part)
    for entry in logged.rule_steps:
        number = entry.act.details.get("number")
        document = documents.get(number) if isinstance(number, int) else None
        if document is None:
            if logged.must_be_there(entry.index):
                part.problem(f"{folder.name}/{number}{RULES_SUFFIX}, of entry {entry.index} of the log, is not there")
        elif any(document.body.get(name) != entry.act.details.get(said) for name, said in _SAME.items()):
            part.problem(
                f"{folder.name}/{number}{RULES_SUFFIX} is not the set that entry {entry.index} of the log names"
            )
    named = {entry.act.details.get("number") for entry in logged.rule_steps}
    for number in sorted(set(documents) - named):
        part.problem(f"{folder.name}/{number}{RULES_SUFFIX} is in no entry of the log")
    periods = _periods(logged.rule_steps, part)
    if 1 in documents and documents[1].rules.sha256 != RuleSet.read().sha256:
        part.note("the first set of rules is not the one that comes with this program: read it")
    return part, RulesInForce(periods, {each.rules.sha256: each.rules for each in documents.values()})


_SAME: Final = {"sha256": "rules_sha256", "number": "number", "starts_at": "starts_at"}


def _documents(folder: Path, key: PublicKey, part: Part) -> dict[int, SignedRules]:
    found: dict[int, SignedRules] = {}
    for path in sorted(folder.glob(f"*{RULES_SUFFIX}")) if folder.is_dir() else ():
        part.checked += 1
        try:
            document = SignedRules.read(path.read_bytes(), key)
            if path.name != f"{document.number}{RULES_SUFFIX}":
                raise BadExport(f"the file holds set {document.number}")
        except OSError as error:
            part.problem(f"{folder.name}/{path.name} cannot be read: {error.strerror or error}")
        except (BadDocument, BadRules, BadExport) as error:
            part.problem(f"{folder.name}/{path.name}: {error}")
        else:
            found[document.number] = document
    return found


def _periods(steps: list[Entry], part: Part) -> tuple[Period, ...]:
    """When each set was in force, by the log. What came into force out of turn is a problem and counts all the same."""
    begun: list[tuple[datetime, str]] = []
    proposed: dict[object, Entry] = {}
    for entry in steps:
        details = entry.act.details
        if entry.act.act == _PROPOSE:
            proposed[details.get("number")] = entry
            continue
        if entry.act.act == _START and begun:
            part.problem(
                f"entry {entry.index} of the log puts a first set of rules into force, and there was one before"
            )
        elif entry.act.act == _CHANGE:
            _check_change(entry, proposed.get(details.get("number")), part)
        begun.append((entry.at, str(details.get("rules_sha256"))))
    ends: list[datetime | None] = [begins for begins, _ in begun[1:]]
    return tuple(Period(begins, end, sha256) for (begins, sha256), end in zip(begun, [*ends, None], strict=False))


def _check_change(entry: Entry, proposed: Entry | None, part: Part) -> None:
    where = f"entry {entry.index} of the log puts set {entry.act.details.get('number')} of the rules into force"
    if proposed is None:
        part.problem(f"{where}, which was never proposed")
        return
    if proposed.act.details != entry.act.details or proposed.act.authority != entry.act.authority:
        part.problem(f"{where}, and it is not what entry {proposed.index} proposed")
    if not entry.act.authority:
        part.problem(f"{where} under no authority")
    try:
        starts_at = time_of(entry.act.details.get("starts_at"))
    except BadExport as error:
        part.problem(f"{where} from no time: {error}")
        return
    if entry.at < starts_at or starts_at - proposed.at < LEAST_WAIT:
        part.problem(f"{where} before it had waited: it was proposed at {proposed.at:%Y-%m-%d %H:%M:%S}")
