"""A register with officers whose keys are trusted, on each database in turn."""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Engine

from governance.authority.question import Kind
from governance.authority.states import Step
from governance.keys import PrivateKey
from governance.log import Act, Log
from governance.roles import Role
from ingest.accounts import Person
from ingest.authorities.register import Authorities
from ingest.contract.base import new_id
from tests.governance.authority.drawn import END, FORCE, NOON, RULES, START, WHY, proposal

PASSPHRASE = "wick brass chimney"


def person(name: str, *roles: Role) -> Person:
    return Person(new_id(), name, name.upper(), frozenset(roles))


WICK = person("dc.wick", Role.LIST_MANAGER)
FLINT = person("ps.flint", Role.LIST_MANAGER)
BRAND = person("di.brand", Role.AUTHORISING_OFFICER)
LUMEN = person("supt.lumen", Role.AUTHORISING_OFFICER)
CLERK = person("clerk", Role.ADMIN)


class Office:
    """A register, its people, and the clock on its wall."""

    def __init__(self, engine: Engine, log: Log, clock: Any) -> None:
        clock.now = START.replace(hour=6)
        self.engine, self.log, self.clock = engine, log, clock
        self.changes = 0
        self.wake: Callable[[], None] = lambda: None
        self.anchor = PrivateKey.new()
        self.authorities = Authorities(
            engine, log, clock, force=FORCE, anchor=self.anchor, rules=RULES, on_change=self.changed
        )
        for officer, rank in ((BRAND, "inspector"), (LUMEN, "superintendent")):
            self.admit(officer, rank)

    def changed(self) -> None:
        self.changes += 1
        self.wake()

    def admit(self, officer: Person, rank: str) -> str:
        key = self.authorities.keys.make(PASSPHRASE, officer)
        self.authorities.keys.trust(key.fingerprint, rank, CLERK)
        return key.key_id

    def submitted(self, kind: Kind = Kind.ANPR_LIST, by: Person = WICK, **changes: Any) -> UUID:
        made = self.authorities.requests.draft(proposal(kind, **changes), "constable", by)
        return self.authorities.requests.submit(made, by)

    def granted(self, kind: Kind = Kind.ANPR_LIST, by: Person = BRAND, **changes: Any) -> UUID:
        made = self.submitted(kind, **changes)
        self.step(made, Step.GRANT, by)
        return made

    def step(self, made: UUID, step: Step, by: Person = BRAND, reason: str = WHY, passphrase: str = PASSPHRASE) -> None:
        self.authorities.steps.take(made, step, reason, passphrase, by)

    def verbal(self, made: UUID, by: Person = FLINT, officer: str = "di.brand", at: datetime | None = None) -> None:
        self.authorities.steps.grant_verbally(made, officer, at or self.clock(), WHY, "sergeant", by)

    def acts(self, prefix: str = "authority.") -> list[Act]:
        return [entry.act for entry in self.log.read() if entry.act.act.startswith(prefix)]


@pytest.fixture
def office(engine: Engine, log: Log, clock: Any) -> Office:
    return Office(engine, log, clock)


@pytest.fixture
def small_office(tmp_path: Any, log: Log, clock: Any) -> Any:
    """On SQLite alone: for what the database has no part in."""
    from ingest.database.engine import open_engine

    engine = open_engine(f"sqlite:///{tmp_path / 'centre.db'}")
    yield Office(engine, log, clock)
    engine.dispose()


__all__ = ["BRAND", "CLERK", "END", "FLINT", "LUMEN", "NOON", "PASSPHRASE", "START", "WICK", "Office", "person"]
