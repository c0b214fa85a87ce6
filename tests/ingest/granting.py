"""Authorities for the tests of what stands on them: asked for, signed and stopped by the centre's own services."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from governance.authority.question import Kind
from governance.authority.states import Step
from governance.keys import PrivateKey
from governance.log import Log
from governance.roles import Role
from ingest.accounts import Person
from ingest.authorities.register import Authorities
from ingest.contract.base import format_utc_ms, new_id
from tests.governance.authority.drawn import FORCE, RULES, WHY, proposal

PASSPHRASE = "wick brass chimney"


def person(name: str, *roles: Role) -> Person:
    return Person(new_id(), name, f"Drawn {name}", frozenset(roles))


ASKS = person("dc.asks", Role.LIST_MANAGER)
GRANTS = person("di.grants", Role.AUTHORISING_OFFICER)
CLERK = person("key.clerk", Role.ADMIN)


class Grants:
    """A register in which an officer grants what is asked. The key is made when it is first needed."""

    def __init__(self, authorities: Authorities, clock: Callable[[], datetime], rank: str = "inspector") -> None:
        self.authorities = authorities
        self._rank = rank
        self._clock = clock
        self._key = False

    def lists(self, *names: str, **changes: Any) -> str:
        """The reference of an authority for lists by name (or id), from now on, everywhere, for every device."""
        return self.grant(
            Kind.ANPR_LIST,
            **{"scope": {"kind": Kind.ANPR_LIST, "lists": names}, "place": {"kind": "force-wide"}, "devices": "all"}
            | changes,
        )

    def grant(self, kind: Kind, *, days: float = 28, **changes: Any) -> str:
        asked = self.asked(kind, days=days, **changes)
        self.take(asked, Step.GRANT)
        return asked

    def asked(self, kind: Kind, *, days: float = 28, **changes: Any) -> str:
        """The reference of a request that waits for its decision."""
        now, end = self._clock(), self._clock() + timedelta(days=days)
        review = min(end, now + timedelta(days=28))
        times = {"starts_at": now, "ends_at": end, "review_at": review}
        written = proposal(kind, **{name: format_utc_ms(at) for name, at in times.items()} | changes)
        made = self.authorities.requests.draft(written, "constable", ASKS)
        self.authorities.requests.submit(made, ASKS)
        return self.authorities.show(made).summary.reference

    def take(self, reference: str, step: Step) -> None:
        """Take a step with the officer's signature."""
        if not self._key:
            key = self.authorities.keys.make(PASSPHRASE, GRANTS)
            self.authorities.keys.trust(key.fingerprint, self._rank, CLERK)
            self._key = True
        self.authorities.steps.take(self.id_of(reference), step, WHY, PASSPHRASE, GRANTS)

    def id_of(self, reference: str) -> UUID:
        return next(each.authority_id for each in self.authorities.all() if each.reference == reference)


def grants_on(engine: Any, log: Log, clock: Any, on_change: Callable[[], None] = lambda: None) -> Grants:
    """A register of its own over a test's database and log."""
    made = Authorities(engine, log, clock, force=FORCE, anchor=PrivateKey.new(), rules=RULES, on_change=on_change)
    return Grants(made, clock)
