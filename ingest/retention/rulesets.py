"""The sets of rules of one centre: the one in force, the one that waits, and those of before.

A change is proposed as a file. It shows what it would do, rests on an authority of the kind retention-change that names
the SHA-256 of the file, waits, and then comes into force by itself, if the authority still allows it. Every step is in
the log. The first set is the one that comes with the program.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Protocol

from sqlalchemy import Connection, Engine, func, select, update

from governance.acts import Act
from governance.authority.question import Authorised, Decision
from governance.errors import BadDocument, BadRules
from governance.keys import PrivateKey
from governance.log import Log
from governance.retention.rules import FILE, RuleSet
from governance.retention.signed_rules import KIND
from governance.signed import Signed
from ingest.clock import Clock
from ingest.contract.base import format_utc_ms
from ingest.database.engine import read_transaction
from ingest.database.recorded import Acts, recorded
from ingest.database.schema import retention_rules
from ingest.database.statements import insert
from ingest.errors import Conflict, NotAuthorised, NotFound
from ingest.logged_text import logged_text
from ingest.retention.exceptions import one_at_a_time

ACT: Final = "retention.change"
"""The act in the log, and what an authority of the kind retention-change is asked about."""

SYSTEM: Final = "system:retention"

_log = logging.getLogger(__name__)


class Register(Authorised, Protocol):
    """An Authorised that also writes a use down: the centre's register of authorities."""

    def use(self, connection: Connection, acts: Acts, *, act: str, on: str, under: str, by: str) -> Decision:
        """Ask, and record the use in the caller's transaction. Raises NotAuthorised."""
        ...


@dataclass(frozen=True, slots=True)
class Version:
    """One set of rules as it is kept. state: waiting, in-force, past, withdrawn, stopped."""

    number: int
    sha256: str
    state: str
    proposed_at: datetime
    proposed_by: str
    why: str
    authority: str | None
    starts_at: datetime
    ended_at: datetime | None
    ended_why: str | None
    preview: Mapping[str, Any]


class RuleSets:
    """The sets of rules of one centre. Without a register no change is possible."""

    def __init__(
        self, engine: Engine, log: Log, clock: Clock, *, key: PrivateKey, register: Register | None, wait: timedelta
    ) -> None:
        self._engine = engine
        self._log = log
        self._clock = clock
        self._key = key
        self._register = register
        self._wait = wait
        self._parsed: RuleSet | None = None

    def ensure(self) -> None:
        """Put the program's own rules into force where there are none yet."""
        with read_transaction(self._engine) as connection:
            if connection.execute(select(retention_rules.c.number).limit(1)).first() is not None:
                return
        rules, now = RuleSet.read(FILE), self._clock()
        with recorded(self._engine, self._log) as (connection, acts):
            row = self._row(1, rules, now, now, SYSTEM, "the rules that come with the program", None, None, {})
            row["state"] = "in-force"
            made = connection.execute(insert(connection, retention_rules).values(row).on_conflict_do_nothing())
            if made.rowcount:
                acts.add(_act(SYSTEM, "retention.start", row["why"], row))

    def current(self) -> RuleSet:
        """The rules in force. Raises DatabaseUnavailable, or BadRules where the row's file is not what its digest says:
        nothing is disposed of under rules that nobody authorised.
        """
        r = retention_rules.c
        with read_transaction(self._engine) as connection:
            row = connection.execute(select(r.sha256, r.file).where(r.state == "in-force")).one()
        if self._parsed is None or self._parsed.sha256 != row.sha256:
            parsed = RuleSet.parse(row.file)
            if parsed.sha256 != row.sha256:
                raise BadRules(
                    "the rules in force were changed in the database since they were signed: restore the row"
                )
            self._parsed = parsed
        return self._parsed

    def all(self) -> list[Version]:
        """Every set, newest first."""
        with read_transaction(self._engine) as connection:
            rows = connection.execute(select(retention_rules).order_by(retention_rules.c.number.desc())).all()
        return [_version(row) for row in rows]

    def get(self, number: int) -> tuple[Version, RuleSet]:
        """One set and its rules. Raises NotFound."""
        with read_transaction(self._engine) as connection:
            row = connection.execute(select(retention_rules).where(retention_rules.c.number == number)).one_or_none()
        if row is None:
            raise NotFound(f"there is no set {number} of retention rules")
        return _version(row), RuleSet.parse(row.file)

    def starts_at(self) -> datetime:
        """When a change that is proposed now would come into force."""
        return self._clock() + self._wait

    def propose(
        self, rules: RuleSet, why: str, under: str, by: str, preview: Callable[[datetime], Mapping[str, Any]]
    ) -> Version:
        """Let a set of rules come into force after the wait. preview says, for that time, what it would do.

        Raises NotAuthorised, Conflict where another change waits or this is what is in force, or BadInput.
        """
        said = logged_text("why", why)
        if rules.sha256 == self.current().sha256:
            raise Conflict("these rules are in force already, to the byte")
        register, starts_at = self._register, self.starts_at()
        if register is None:
            raise NotAuthorised(Decision(False, "this centre has no register of authorities, so no rule can change"))
        for at in (self._clock(), starts_at):
            decision = register.may(ACT, rules.sha256, under, at)
            if not decision.allowed:
                raise NotAuthorised(decision)
        shown = preview(starts_at)
        with recorded(self._engine, self._log) as (connection, acts):
            one_at_a_time(connection)
            r = retention_rules.c
            if connection.execute(select(r.number).where(r.state == "waiting")).first() is not None:
                raise Conflict("another change of the rules is waiting: withdraw it first")
            number = connection.execute(select(func.max(r.number))).scalar_one() + 1
            used = register.use(connection, acts, act=ACT, on=rules.sha256, under=under, by=by)
            row = self._row(number, rules, self._clock(), starts_at, by, said, under, used.authority_id, dict(shown))
            connection.execute(insert(connection, retention_rules), row)
            acts.add(_act(by, "retention.propose", said, row))
        return self.get(number)[0]

    def withdraw(self, number: int, why: str, by: str) -> None:
        """Take a change back before it comes into force. Raises NotFound where it does not wait, or BadInput."""
        said = logged_text("why", why)
        with recorded(self._engine, self._log) as (connection, acts):
            row = self._end(connection, number, "waiting", "withdrawn", said)
            if row is None:
                raise NotFound(f"no change {number} of the rules is waiting")
            acts.add(_act(by, "retention.withdraw", said, row))

    def advance(self) -> bool:
        """Bring the set whose wait is over into force, or stop it where its authority allows it no more.

        Says whether the rules changed. What disposal has begun is finished under the rules that it began under.
        """
        r, now = retention_rules.c, self._clock()
        with read_transaction(self._engine) as connection:
            row = connection.execute(
                select(retention_rules).where(r.state == "waiting", r.starts_at <= now)
            ).one_or_none()
        if row is None:
            return False
        refusal = self._refusal(row, now)
        with recorded(self._engine, self._log) as (connection, acts):
            one_at_a_time(connection)
            if refusal:
                if (stopped := self._end(connection, row.number, "waiting", "stopped", refusal)) is not None:
                    acts.add(_act(SYSTEM, "retention.stop-change", refusal, stopped))
                    _log.error("change %d of the retention rules does not come into force: %s", row.number, refusal)
                return False
            before = connection.execute(select(r.number).where(r.state == "in-force")).scalar_one()
            self._end(connection, before, "in-force", "past", f"set {row.number} came into force")
            come = connection.execute(
                update(retention_rules)
                .where(r.number == row.number, r.state == "waiting")
                .values(state="in-force")
                .returning(retention_rules)
            ).one()
            acts.add(_act(SYSTEM, ACT, come.why, come._asdict()))
        _log.warning("set %d of the retention rules is in force", row.number)
        return True

    def _refusal(self, row: Any, now: datetime) -> str:
        """Why a set may not come into force; empty where it may. It is the row that was signed when it was proposed, so
        neither the file nor the wait was changed since.
        """
        try:
            rules, document = RuleSet.parse(row.file), Signed.parse(row.document, KIND)
        except (BadRules, BadDocument) as error:
            return f"this program cannot read it: {error}"
        signed = document.signed_by(self._key.public) and document.body == _body(row._asdict())
        if not signed or rules.sha256 != row.sha256:
            return "it was changed in the database after it was proposed: it is not what was signed"
        if self._register is None:
            return "this centre has no register of authorities"
        return self._register.may(ACT, row.sha256, row.authority or "", now).reason

    def _end(self, connection: Connection, number: int, state: str, to: str, why: str) -> dict[str, Any] | None:
        r = retention_rules.c
        row = connection.execute(
            update(retention_rules)
            .where(r.number == number, r.state == state)
            .values(state=to, ended_at=self._clock(), ended_why=why)
            .returning(retention_rules)
        ).one_or_none()
        return None if row is None else row._asdict()

    def _row(
        self,
        number: int,
        rules: RuleSet,
        proposed_at: datetime,
        starts_at: datetime,
        by: str,
        why: str,
        under: str | None,
        authority_id: str | None,
        preview: Mapping[str, Any],
    ) -> dict[str, Any]:
        row = {
            "number": number,
            "sha256": rules.sha256,
            "file": rules.file,
            "state": "waiting",
            "proposed_at": proposed_at,
            "proposed_by": by,
            "why": why,
            "authority": under,
            "authority_id": authority_id,
            "starts_at": starts_at,
            "preview": preview,
        }
        return row | {"document": Signed.make(KIND, _body(row), self._key).to_bytes()}


def _body(row: Mapping[str, Any]) -> dict[str, Any]:
    """What is signed of a set: the row as it was proposed."""
    as_it_is = ("number", "sha256", "proposed_by", "why", "authority", "authority_id", "preview")
    times = {name: format_utc_ms(row[name]) for name in ("proposed_at", "starts_at")}
    return {name: row[name] for name in as_it_is} | times | {"file": row["file"].decode()}


def _act(by: str, act: str, why: str, row: Mapping[str, Any]) -> Act:
    details = {"rules_sha256": row["sha256"], "number": row["number"], "starts_at": format_utc_ms(row["starts_at"])}
    return Act(by, act, why, row["authority_id"], {"retention-rules": str(row["number"])}, details)


def _version(row: Any) -> Version:
    return Version(**{name: getattr(row, name) for name in Version.__slots__})


def faults_of(rules: RuleSet, wanted: Sequence[tuple[str, frozenset[Any]]]) -> list[str]:
    """Why a set cannot be used here: a class that something is kept under is not in it, or counts from elsewhere.

    wanted are classes and the clocks that their items have.
    """
    faults = []
    for name, clocks in wanted:
        rule = rules.rules.get(name)
        if rule is None:
            faults.append(f"there is no rule for {name}, and something is kept under it")
        elif clocks and rule.since not in clocks:
            allowed = ", ".join(sorted(clocks))
            faults.append(f"{name} cannot count from {rule.since}: here it can count from {allowed}")
    return faults
