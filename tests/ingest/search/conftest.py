"""Searches over a real database of each kind, with reads taken as the intake takes them."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest
from pydantic import SecretStr
from sqlalchemy import Engine, insert

from governance.access.marks import KEY_BYTES
from governance.access.rules import AccessRules
from governance.authority.question import Decision, Where
from governance.log import Act, Log
from governance.roles import Role
from governance.sealing import Sealer
from ingest.accounts import SEALED_FOR, Accounts, Person
from ingest.contract.base import new_id
from ingest.contract.messages import Read
from ingest.database.schema import image, read
from ingest.intake.rows import read_row
from ingest.objects import ObjectStore
from ingest.pictures import Pictures
from ingest.search.question import Grounds, Question
from ingest.search.searches import Searches
from ingest.settings import StoreSettings

GROUNDS = Grounds("crime", "CR/4411/26", "DI Drawn")
SERIOUS = Grounds("serious-crime", "OP DRAWN", "DI Drawn", authority="A-2026-7")


@dataclass
class Officer:
    """Answers for one authority, as the centre's register would."""

    reference: str = "A-2026-7"
    investigation: str = "OP DRAWN"
    asked: list[tuple[str, str, str]] = field(default_factory=list)

    def may(self, act: str, on: str, under: str, at: datetime, where: Where | None = None) -> Decision:
        self.asked.append((act, on, under))
        if under != self.reference:
            return Decision(False, f"there is no authority {under}")
        if on != self.investigation:
            return Decision(False, f"{under} is not for {on}")
        return Decision(True, authority_id="01890000-0000-7000-8000-000000000007")


class Desk:
    """A centre's searches, the people who use them, and reads to find."""

    def __init__(self, engine: Engine, log: Log, clock: Any, make_read: Callable[..., Read]) -> None:
        self.engine, self.log, self.clock, self.make_read = engine, log, clock, make_read
        self.rules = AccessRules.read()
        self.officer = Officer()
        self.accounts = Accounts(engine, log, clock, Sealer(bytes(32), SEALED_FOR))
        self.pictures = Pictures(
            engine,
            ObjectStore(
                StoreSettings(url="http://127.0.0.1:9", access_key=SecretStr("x"), secret_key=SecretStr("nobody"))
            ),
        )
        self.searches = self.with_authorised(self.officer)
        self.dc = self.person("dc-drawn", Role.INVESTIGATOR)
        self.ds = self.person("ds-other", Role.INVESTIGATOR)

    def with_authorised(self, authorised: Any) -> Searches:
        return Searches(
            self.engine,
            self.log,
            self.clock,
            rules=self.rules,
            key=bytes(KEY_BYTES),
            pictures=self.pictures,
            authorised=authorised,
        )

    def person(self, name: str, *roles: Role) -> Person:
        made = self.accounts.create(name, f"Drawn {name}", roles, None, "system:test")
        return Person(made.account_id, name, made.display_name, made.roles)

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
