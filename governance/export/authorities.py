"""Authorities, held against the log: every document and statement signed and in place, every use within them."""

import hashlib
from collections.abc import Mapping
from pathlib import Path

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
    for path in sorted(folder.glob(f"*{CASE_SUFFIX}")) if folder.is_dir() else ():
        part.checked += 1
        name = path.name.removesuffix(CASE_SUFFIX)
        try:
            histories[name] = _case(path, name, trust, rules, expected.pop(name, []), logged)
        except (BadDocument, BadExport, NotGood) as error:
            part.problem(f"{folder.name}/{path.name}: {error}")
    for name, statements in expected.items():
        if any(logged.must_be_there(statement.index) for statement in statements):
            part.problem(f"{folder.name}/{name}{CASE_SUFFIX}, of entry {statements[0].index} of the log, is not there")
    for use in logged.uses:
        _use(use, histories, part)
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
    path: Path, name: str, trust: Trust, rules: Rules, expected: list[LoggedStatement], logged: Logged
) -> History:
    try:
        case = Case.parse(path.read_bytes())
    except OSError as error:
        raise BadExport(f"it cannot be read: {error.strerror or error}") from error
    history = replay(case, trust, rules)
    if history.authority.id != name:
        raise BadExport(f"the file holds the authority {history.authority.id}")
    digests = [statement.digest for statement in case.statements]
    found = {said.number: said for said in expected}
    for number, digest in enumerate(digests, 1):
        said = found.pop(number, None)
        if said is None:
            raise BadExport(f"statement {number} is in no entry of the log")
        if (said.document, said.statement) != (case.document.digest, digest):
            raise BadExport(f"statement {number} is not the one that entry {said.index} of the log names")
    for said in found.values():
        if logged.must_be_there(said.index):
            raise BadExport(f"statement {said.number}, of entry {said.index} of the log, is not there")
    return history


def _use(use: LoggedUse, histories: dict[str, History], part: Part) -> None:
    """Whether what was done was allowed when it was done. Where a device was is not in the log; time and scope are."""
    where = f"entry {use.entry.index} of the log says that {use.act} was done under authority {use.authority}"
    history = histories.get(use.authority)
    if history is None:
        part.problem(f"{where}, which is not there or does not hold")
        return
    decision = decide(use.act, use.on, history, Moment.around(use.entry.at), Where())
    if not decision.allowed:
        part.problem(f"{where}, and that did not allow it: {decision.reason}")
