"""A centre in which something of everything has happened: an authority, a list, a hit and its answer, devices' chains,
a sample, a disposal with its receipt; and the export that the overseer takes away.
"""

from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Engine, update

from governance.authority.states import Step
from governance.export.layout import Keys
from governance.export.verification import Report, verify
from governance.keys import PrivateKey
from governance.log import Log
from ingest.accounts import Person
from ingest.contract.base import format_utc_ms
from ingest.contract.messages import Outcome
from ingest.counters import Counters
from ingest.database.engine import write_transaction
from ingest.database.schema import list_version
from ingest.export.writing import Sources, Written, write_export
from ingest.lists.drafts import EntryDraft
from ingest.lists.register import Lists
from ingest.objects import ObjectStore
from ingest.retention.service import Retention
from ingest.search.samples import Kind, Samples
from ingest.settings import RetentionSettings, StoreSettings
from tests.governance.authority.drawn import proposal
from tests.ingest.authorities.conftest import BRAND, WICK, Office
from tests.ingest.cars import Spool
from tests.ingest.intake.test_proving import Desk

SETTINGS = RetentionSettings(interval_minutes=15, late_minutes=60, change_wait_days=7)


class House:
    """All of it, and what is known of it."""

    def __init__(self, engine: Engine, log: Log, clock: Any, store: StoreSettings, folder: Path) -> None:
        self.engine, self.log, self.clock = engine, log, clock
        self.office = Office(engine, log, clock)
        self.desk = Desk(engine, log, clock, folder / "keys")
        self.lists = Lists(engine, log, clock, self.office.authorities)
        self.receipts = PrivateKey.new()
        authority = (folder / "keys" / "devices-ca.crt").read_text()
        self.retention = Retention(
            engine,
            log,
            clock,
            ObjectStore(store),
            force="met",
            key=self.receipts,
            settings=SETTINGS,
            counters=Counters(),
            register=self.office.authorities,
        )
        self.sources = Sources(
            engine,
            log,
            clock,
            self.office.authorities,
            self.desk.chain,
            Keys("met", log.verifier, self.office.anchor.public, self.receipts.public, authority),
            self.receipts,
        )

    def live(self) -> None:
        """A night's work, and then the year after which it has to be gone."""
        self._work()
        self.clock.forward(days=800)
        self.dispose()
        self._work()

    def dispose(self) -> None:
        """Of what is due, entries of published lists too, whose older version must be off the broker first."""
        self.retention.run()
        with write_transaction(self.engine) as connection:  # what the publisher has confirmed by the broker
            connection.execute(update(list_version).values(cleared=True))
        self.retention.run()

    def _work(self) -> None:
        name = f"Burglary {self.log.size}"
        begins, ends = format_utc_ms(self.clock.now), format_utc_ms(self.clock.now.replace(hour=23))
        times = {"starts_at": begins, "ends_at": ends, "review_at": ends}
        asked = proposal(scope={"kind": "anpr-list", "lists": [name]}, **times)
        requests = self.office.authorities.requests
        authority = requests.submit(requests.draft(asked, "constable", WICK), WICK)
        self.office.step(authority, Step.GRANT, BRAND)
        about = self.lists.create(name, "find vehicles", "DI Brand", str(authority), "manager")
        entries = [self._add(about.list_id, f"AB{number}CDE") for number in range(12, 17)]
        self.lists.publish(about.list_id, "manager")
        spool = Spool(f"car-{self.log.size}")
        car = self.desk.enrol(spool)
        hits = [spool.hit(about.list_id, entry) for entry in entries[:3]]
        self.desk.take(*[car.sign(hit) for hit in hits], *car.reads(3), device=spool.device)
        self.desk.take(car.sign(spool.answer(hits[0].body.hit_id, Outcome.STOPPED)), device=spool.device)
        self.lists.remove(entries[4], "found", "manager")
        self._sample()

    def _sample(self) -> None:
        """Of the alerts of the day, drawn by lot."""
        samples, overseer = Samples(self.engine, self.log, self.clock), Person(uuid4(), "mopac", "MOPAC", frozenset())
        self.clock.forward(seconds=1)
        now = self.clock()
        made = samples.announce(Kind.ALERTS, "alerts of the day", 2, now - timedelta(days=1), now, overseer)
        samples.open(made.sample_id, "shutter lamp", overseer)

    def _add(self, list_id: UUID, vrm: str) -> UUID:
        expires = self.clock.now.replace(hour=23)
        draft = EntryDraft(vrm, "Used in a burglary", "", "Stop", ("VIOLENT",), "DC 1", expires, "CR-1")
        return self.lists.add(list_id, draft, "manager").entry_id

    def export(self, folder: Path) -> Written:
        return write_export(self.sources, folder, "system:test")

    def verify(self, folder: Path, **options: Any) -> Report:
        return verify(folder, self.sources.keys, **options)


@pytest.fixture
def house(engine: Engine, log: Log, clock: Any, fresh_bucket: StoreSettings, tmp_path: Path) -> House:
    made = House(engine, log, clock, fresh_bucket, tmp_path)
    made.live()
    return made


def words(report: Report) -> list[str]:
    return [problem for part in report.parts for problem in part.problems]
