"""Authorities, held against the log: every document and statement signed and in place, every use within them."""

import hashlib
from bisect import bisect_left
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Final

from governance.authority.case import Case
from governance.authority.decision import decide
from governance.authority.question import Where
from governance.authority.ranks import Rules
from governance.authority.replay import History, Moment, NotGood, replay
from governance.authority.trust import Trust
from governance.errors import BadDocument, BadExport
from governance.export.layout import CASE_SUFFIX, Keys
from governance.export.logged import Logged, LoggedStatement, LoggedUse
from governance.export.part import Part

SIGNING: Final = timedelta(minutes=10)
"""How far the time in a statement may be from that of its entry in the log: both are made in one request."""


def check_authorities(
    folder: Path, trust_file: Path, keys: Keys, logged: Logged, rules: Rules
) -> tuple[Part, Mapping[str, History]]:
    """Check the trust list, every case, and everything that the log says was done under an authority; and give the
    authorities that hold.
    """
    part = Part("authorities")
    trust = _trust(trust_file, keys, logged, part)
    if trust is None:
        return part, {}
    expected: dict[str, list[LoggedStatement]] = {}
    for statement in logged.statements:
        expected.setdefault(statement.authority, []).append(statement)
    histories: dict[str, History] = {}
    steps: dict[str, list[int]] = {}
    for path in sorted(folder.glob(f"*{CASE_SUFFIX}")) if folder.is_dir() else ():
        part.checked += 1
        name = path.name.removesuffix(CASE_SUFFIX)
        try:
            histories[name], steps[name] = _case(path, name, trust, rules, keys, expected.pop(name, []), logged)
        except (BadDocument, BadExport, NotGood) as error:
            part.problem(f"{folder.name}/{path.name}: {error}")
    for name, statements in expected.items():
        if any(logged.must_be_there(statement.entry.index) for statement in statements):
            place = f"{folder.name}/{name}{CASE_SUFFIX}"
            part.problem(f"{place}, of entry {statements[0].entry.index} of the log, is not there")
    for use in logged.uses:
        _use(use, histories, steps, part)
    return part, histories


def _trust(path: Path, keys: Keys, logged: Logged, part: Part) -> Trust | None:
    try:
        data = path.read_bytes()
        trust = Trust.read(data, keys.trust, keys.force)
    except (OSError, BadDocument) as error:
        part.problem(f"{path.name}: {error}; no authority can be believed without it")
        return None
    newest = max(logged.trust_lists, default=None)
    if newest is not None:
        digest, index = logged.trust_lists[newest]
        if trust.number < newest and logged.must_be_there(index):
            part.problem(f"{path.name} has the number {trust.number}, but entry {index} of the log names {newest}")
        elif trust.number == newest and hashlib.sha256(data).hexdigest() != digest:
            part.problem(f"{path.name} is not the list that entry {index} of the log names")
    if trust.number > max(newest or 1, 1):
        part.problem(f"{path.name} has the number {trust.number}, which no entry of the log names")
    return trust


def _case(
    path: Path, name: str, trust: Trust, rules: Rules, keys: Keys, expected: list[LoggedStatement], logged: Logged
) -> tuple[History, list[int]]:
    """What became of an authority, and in which entry of the log each of its statements is."""
    try:
        case = Case.parse(path.read_bytes())
    except OSError as error:
        raise BadExport(f"it cannot be read: {error.strerror or error}") from error
    history = replay(case, trust, rules)
    if history.authority.id != name:
        raise BadExport(f"the file holds the authority {history.authority.id}")
    found = _by_number(expected, logged)
    steps: list[int] = []
    for number, (signed, statement) in enumerate(zip(case.statements, history.statements, strict=True), 1):
        said = found.pop(number, None)
        if said is None:
            raise BadExport(f"statement {number} is in no entry of the log")
        if steps and said.entry.index < steps[-1]:
            raise BadExport(f"statement {number} is in entry {said.entry.index} of the log, before the one it follows")
        steps.append(said.entry.index)
        if (said.document, said.statement) != (case.document.digest, signed.digest):
            raise BadExport(f"statement {number} is not the one that entry {said.entry.index} of the log names")
        if abs(said.entry.at - statement.at) > SIGNING:
            raise BadExport(
                f"statement {number} says that it was signed at {statement.at:%Y-%m-%d %H:%M:%S}, and entry"
                f" {said.entry.index} of the log is of {said.entry.at:%Y-%m-%d %H:%M:%S}"
            )
        for key in (one.key for one in signed.signatures):
            trusted = logged.trusted_keys.get(key)
            if key != keys.trust.id and (trusted is None or trusted.index > said.entry.index):
                raise BadExport(f"statement {number} was signed with the key {key} before any entry trusted it")
    for said in found.values():
        if logged.must_be_there(said.entry.index):
            raise BadExport(f"statement {said.number}, of entry {said.entry.index} of the log, is not there")
    return history, steps


def _by_number(expected: list[LoggedStatement], logged: Logged) -> dict[int, LoggedStatement]:
    """Each statement as the log named it first. Raises BadExport where a later entry names another of that number."""
    found: dict[int, LoggedStatement] = {}
    for said in expected:
        first = found.get(said.number)
        if first is None or first.entry.index in logged.taken_back.doubtful:
            found[said.number] = said
        elif (first.document, first.statement) != (said.document, said.statement):
            raise BadExport(
                f"entry {said.entry.index} of the log names another statement {said.number} than entry"
                f" {first.entry.index} did"
            )
    return found


def _use(use: LoggedUse, histories: Mapping[str, History], steps: Mapping[str, list[int]], part: Part) -> None:
    """Whether what was done was allowed when it was done, by the statements that the log had by then, whatever their
    dates. Where a device was is not in the log; time and scope are.
    """
    where = f"entry {use.entry.index} of the log says that {use.act} was done under authority {use.authority}"
    history = histories.get(use.authority)
    if history is None:
        part.problem(f"{where}, which is not there or does not hold")
        return
    by_then = history.statements[: bisect_left(steps[use.authority], use.entry.index)]
    known = History(history.authority, by_then)
    decision = decide(use.act, use.on, known, Moment.around(use.entry.at), Where())
    if not decision.allowed:
        part.problem(f"{where}, and that did not allow it: {decision.reason}")
