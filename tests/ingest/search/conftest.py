"""Searches over a real database of each kind, with reads taken as the intake takes them."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from pydantic import SecretStr
from sqlalchemy import Engine, insert

from governance.access.marks import KEY_BYTES
from governance.access.rules import AccessRules
from governance.authority.question import Kind
from governance.authority.states import Step
from governance.keys import PrivateKey
from governance.log import Act, Log
from governance.roles import Role
from governance.sealing import Sealer
from ingest.accounts import SEALED_FOR, Accounts, Person
from ingest.authorities.register import Authorities
from ingest.contract.base import format_utc_ms, new_id
from ingest.contract.messages import Read
from ingest.database.schema import image, read
from ingest.intake.rows import read_row
from ingest.objects import ObjectStore
from ingest.pictures import Pictures
from ingest.search.question import Grounds, Question
from ingest.search.searches import Searches
from ingest.settings import StoreSettings
from tests.governance.authority.drawn import FORCE, RULES, proposal

GROUNDS = Grounds("crime", "CR/4411/26", "DI Drawn")
SERIOUS = Grounds("serious-crime", "OP DRAWN", "DI Drawn")
PASSPHRASE = "wick brass chimney"


class Desk:
    """A centre's searches, the people who use them, and reads to find."""

    def __init__(self, engine: Engine, log: Log, clock: Any, make_read: Callable[..., Read]) -> None:
        self.engine, self.log, self.clock, self.make_read = engine, log, clock, make_read
        self.rules = AccessRules.read()
        self.accounts = Accounts(engine, log, clock, Sealer(bytes(32), SEALED_FOR))
        self.pictures = Pictures(
            engine,
            ObjectStore(
                StoreSettings(url="http://127.0.0.1:9", access_key=SecretStr("x"), secret_key=SecretStr("nobody"))
            ),
        )
        self.authorities = Authorities(engine, log, clock, force=FORCE, anchor=PrivateKey.new(), rules=RULES)
        self.searches = self.with_register(self.authorities)
        self.dc = self.person("dc-drawn", Role.INVESTIGATOR)
        self.ds = self.person("ds-other", Role.INVESTIGATOR)

    def with_register(self, register: Authorities | None) -> Searches:
        return Searches(
            self.engine,
            self.log,
            self.clock,
            rules=self.rules,
            key=bytes(KEY_BYTES),
            pictures=self.pictures,
            register=register,
        )

    def person(self, name: str, *roles: Role) -> Person:
        made = self.accounts.create(name, f"Drawn {name}", roles, None, "system:test")
        return Person(made.account_id, name, made.display_name, made.roles)

    def grant(self, investigation: str = "OP DRAWN", oldest_days: int = 365) -> str:
        """The reference of an authority to search that an inspector signs now, for a day."""
        now = self.clock()
        officer, clerk = self.person("di.brand", Role.AUTHORISING_OFFICER), self.person("clerk", Role.ADMIN)
        key = self.authorities.keys.make(PASSPHRASE, officer)
        self.authorities.keys.trust(key.fingerprint, "inspector", clerk)
        asked = proposal(
            Kind.ANPR_SEARCH,
            starts_at=format_utc_ms(now),
            ends_at=format_utc_ms(now + timedelta(days=1)),
            review_at=format_utc_ms(now + timedelta(days=1)),
            scope={"kind": Kind.ANPR_SEARCH, "investigations": [investigation], "oldest_days": oldest_days},
        )
        made = self.authorities.requests.draft(asked, "constable", self.dc)
        self.authorities.requests.submit(made, self.dc)
        self.authorities.steps.take(made, Step.GRANT, "needed for this investigation", PASSPHRASE, officer)
        return self.authorities.show(made).summary.reference

    def seen(
        self, vrm: str = "AB12CDE", ago: timedelta = timedelta(hours=1), device: str = "car-7", **more: Any
    ) -> Read:
        """A read that the centre took a second after it was captured."""
        captured_at = self.clock() - ago
        made = self.make_read(vrm, captured_at=captured_at, **more)
        row = read_row(made, device, new_id(), captured_at + timedelta(seconds=1))
        with self.engine.begin() as connection:
            connection.execute(insert(read), row)
        return made

    def picture_of(self, made: Read) -> Any:
        image_id = new_id()
        row = {
            "image_id": image_id,
            "message_id": new_id(),
            "read_id": made.read_id,
            "device": "car-7",
            "role": "overview",
            "sha256": "0" * 64,
            "media_type": "image/jpeg",
            "width_px": 1,
            "height_px": 1,
            "size_bytes": 1,
            "object_key": "reads/none",
            "version_id": None,
            "received_at": self.clock(),
        }
        with self.engine.begin() as connection:
            connection.execute(insert(image), row)
        return image_id

    def question(self, *marks: str, days: float = 7, until: datetime | None = None, **more: Any) -> Question:
        now = self.clock()
        return Question(now - timedelta(days=days), until or now, marks or ("AB12CDE",), **more)

    def past(self, *marks: str, **more: Any) -> Question:
        """A question about a time that is over."""
        return self.question(*marks, until=self.clock() - timedelta(minutes=30), **more)

    def acts(self, name: str) -> list[Act]:
        return [entry.act for entry in self.log.read() if entry.act.act == name]


@pytest.fixture
def desk(engine: Engine, log: Log, clock: Any, make_read: Callable[..., Read]) -> Desk:
    return Desk(engine, log, clock, make_read)


@pytest.fixture
def grounds() -> Grounds:
    return GROUNDS


@pytest.fixture
def serious() -> Grounds:
    return SERIOUS
