"""A centre's retention over a real database of each kind and the real object store, with things in it that grow old."""

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Connection, Engine, Table, func, insert, select

from governance.acts import Act
from governance.authority.question import Decision, Refusal, Where
from governance.keys import PrivateKey
from governance.log import Log
from governance.retention.receipt import Receipt
from governance.retention.rules import FILE
from ingest.alerts import Alerts
from ingest.contract import topics
from ingest.contract.base import new_id
from ingest.contract.codec import encode
from ingest.contract.messages import Message
from ingest.counters import Counters
from ingest.database import schema
from ingest.errors import NotAuthorised
from ingest.hub import Hub
from ingest.intake.inbox import Delivery
from ingest.intake.judging import Numbered, judge
from ingest.intake.rows import image_row, read_row
from ingest.intake.taking import Taker
from ingest.lists.drafts import EntryDraft
from ingest.lists.rows import row_of
from ingest.objects import ObjectStore
from ingest.pictures import PREFIX, Pictures
from ingest.retention.service import Retention
from ingest.settings import RetentionSettings, StoreSettings
from tests.ingest.cars import JPEG, Spool, a_read

SETTINGS = RetentionSettings(interval_minutes=15, late_minutes=60, change_wait_days=7, clock_jump_days=3_660)
FORCE = "met"


class Register:
    """A register of authorities that says what the test wants, and counts its uses."""

    def __init__(self) -> None:
        self.decision = Decision(True, "", "019a0000-0000-7000-8000-000000000001")
        self.ends_at: datetime | None = None
        self.uses: list[str] = []

    def may(self, act: str, on: str, under: str, at: datetime, where: Where | None = None) -> Decision:
        if self.ends_at is not None and at >= self.ends_at:
            return Decision(False, "it has ended", None, Refusal.TOO_LATE)
        return self.decision

    def use(self, connection: Connection, acts: Any, *, act: str, on: str, under: str, by: str) -> Decision:
        if not self.decision.allowed:
            raise NotAuthorised(self.decision)
        self.uses.append(f"{act} {on} {under} {by}")
        return self.decision


class House:
    """The retention of one centre and what it keeps. Everything is put there as the centre itself would."""

    def __init__(self, engine: Engine, log: Log, clock: Any, store: StoreSettings, folder: Path) -> None:
        self.engine, self.log, self.clock = engine, log, clock
        self.objects = ObjectStore(store)
        self.register = Register()
        self.counters = Counters()
        self.key = PrivateKey.load_or_make(folder / "keys" / "receipts.pem")
        self.retention = self.open()
        self.pictures = Pictures(engine, self.objects, self.retention.locks.until)
        self.spool = Spool()
        self._taker = Taker(engine, log, Alerts(engine, log, clock, Hub()))

    def open(self, **changes: Any) -> Retention:
        options: dict[str, Any] = {
            "force": FORCE,
            "key": self.key,
            "settings": SETTINGS,
            "counters": self.counters,
            "register": self.register,
        }
        return Retention(self.engine, self.log, self.clock, self.objects, **options | changes)

    # ---- what comes in

    def read(
        self, captured_at: datetime | None = None, received_at: datetime | None = None, vrm: str = "AB12CDE"
    ) -> UUID:
        now = self.clock()
        made = a_read(vrm, captured_at=captured_at or now)
        self._insert(schema.read, read_row(made, "car-7", new_id(), received_at or now))
        return made.read_id

    def reads(self, number: int, captured_at: datetime) -> list[UUID]:
        """Many reads, each a second after the one before."""
        made = [a_read(captured_at=captured_at + timedelta(seconds=second)) for second in range(number)]
        rows = [read_row(one, "car-7", new_id(), one.captured_at) for one in made]
        with self.engine.begin() as connection:
            connection.execute(insert(schema.read), rows)
        return [one.read_id for one in made]

    def hit(self, read: Any = None, made_at: datetime | None = None, entry: UUID | None = None) -> tuple[UUID, UUID]:
        """An alert with its read. Gives the ids of both."""
        at = made_at or self.clock()
        message = self.spool.hit(new_id(), entry or new_id(), read=read or a_read(captured_at=at))
        message = message.model_copy(update={"body": message.body.model_copy(update={"made_at": at})})
        self.take(message)
        return message.body.hit_id, message.body.read.read_id

    def answer(self, alert_id: UUID) -> None:
        self.take(self.spool.answer(alert_id))

    def picture(self, read_id: UUID, data: bytes = JPEG) -> tuple[UUID, str]:
        """A picture in the store and its row. Gives its id and its key."""
        message = self.spool.image(read_id, data=data + read_id.bytes)
        stored = self.pictures.keep(message.body, data + read_id.bytes)
        self._insert(schema.image, image_row(message, stored, self.clock()))
        return message.body.image_id, stored.key

    def entry(self, **changes: Any) -> UUID:
        """An entry of a list; removed_at takes it off."""
        now = self.clock()
        list_id = new_id()
        about = {"list_id": list_id, "name": str(list_id), "purpose": "p", "owner": "o", "authority": "a"}
        self._insert(schema.voi_list, {**about, "created_at": now, "created_by": "list-manager"})
        draft = EntryDraft("AB12CDE", "Burglary", "", "Stop", (), "DC 1", now + timedelta(days=28), "AO-1")
        row = row_of(draft, list_id, "list-manager", now) | changes
        self._insert(schema.voi_entry, row)
        return UUID(str(row["entry_id"]))

    def take(self, message: Message) -> None:
        topic = topics.message(FORCE, message.device, message.kind)
        judged = judge(Delivery(topic, encode(message, None), 1, 1, 0, self.clock()))
        assert isinstance(judged.verdict, Numbered)
        self._taker.take([judged])

    def _insert(self, table: Table, row: dict[str, Any]) -> None:
        with self.engine.begin() as connection:
            connection.execute(insert(table), row)

    # ---- what is there

    def count(self, table: Table) -> int:
        with self.engine.connect() as connection:
            return int(connection.execute(select(func.count()).select_from(table)).scalar_one())

    def count_where(self, table: Table, **values: Any) -> int:
        with self.engine.connect() as connection:
            return int(connection.execute(select(func.count()).select_from(table).filter_by(**values)).scalar_one())

    def has(self, table: Table, item_id: UUID) -> bool:
        key = next(iter(table.primary_key.columns))
        with self.engine.connect() as connection:
            return connection.execute(select(key).where(key == item_id)).first() is not None

    def acts(self, act: str) -> list[Act]:
        return [entry.act for entry in self.log.read() if entry.act.act == act]

    def receipts(self) -> list[Receipt]:
        """Every receipt, verified."""
        rows = self.retention.receipts(timedelta(days=36_500), 1_000)
        return [Receipt.read(row.document, self.key.public) for row in rows]

    def rules_with(self, **changes: str) -> bytes:
        """The program's rules, with the delete_by of some classes (- in place of _) set otherwise."""
        text = FILE.read_text()
        for name, length in changes.items():
            head, found, tail = text.partition(f'class = "{name.replace("_", "-")}"\n')
            assert found
            lines = tail.split("\n")
            place = next(number for number, line in enumerate(lines) if line.startswith("delete_by"))
            lines[place] = f'delete_by = "{length}"'
            text = head + found + "\n".join(lines)
        return text.encode()


@pytest.fixture
def house(engine: Engine, log: Log, clock: Any, store_settings: StoreSettings, tmp_path: Path) -> House:
    house = House(engine, log, clock, store_settings, tmp_path)
    for left in house.objects.listed(PREFIX, "", 10_000):  # by the tests that share the bucket: strays, to this one
        house.objects.hold(left.key, on=False)
        house.objects.erase(left.key)
    return house


@pytest.fixture
def make_house(log: Log, clock: Any, tmp_path: Path) -> Callable[..., House]:
    """A house on a store of the test's own, over an engine that it opens."""

    def make(engine: Engine, store: StoreSettings) -> House:
        return House(engine, log, clock, store, tmp_path)

    return make


@pytest.fixture
def settings_of_retention() -> RetentionSettings:
    return SETTINGS
