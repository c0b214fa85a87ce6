"""The centre, put together: what serves pages, takes messages and publishes lists, over one database and one log."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol, Self

from sqlalchemy import Engine, text

from governance.access import marks
from governance.access.rules import FOLDER, AccessRules
from governance.authority.borough_outlines import BoroughOutlines
from governance.authority.ranks import Rules
from governance.devices.authority import Authority
from governance.errors import LogDamaged
from governance.keys import PrivateKey, PublicKey
from governance.log import Log, service_signer
from governance.sealing import Sealer
from ingest.accounts import SEALED_FOR, SEALING_KEY_FILE, Accounts
from ingest.alerts import Alerts
from ingest.authorities.publisher import AuthorityPublisher
from ingest.authorities.register import Authorities
from ingest.board import Board
from ingest.broker import BrokerSession
from ingest.clock import Clock, system_clock
from ingest.contract import topics
from ingest.contract.base import to_utc_ms
from ingest.counters import Counters
from ingest.database.engine import open_engine, read_transaction
from ingest.database.unfinished import Settling
from ingest.device_chain import DeviceChain
from ingest.device_keys import DeviceKeys
from ingest.devices import Devices
from ingest.disclosure import Disclosures
from ingest.enrolment import Enrolment
from ingest.errors import Unavailable
from ingest.hub import Hub
from ingest.intake.proving import Prover
from ingest.intake.taking import Taker
from ingest.intake.worker import Intake
from ingest.lists.publisher import ListPublisher
from ingest.lists.register import Lists
from ingest.objects import ObjectStore
from ingest.oidc.flow import SEALED_FOR as SEALED_FOR_FLOWS
from ingest.oidc.provider import Provider
from ingest.pictures import Pictures
from ingest.retention.service import Retention
from ingest.search.audits import Audits
from ingest.search.samples import Samples
from ingest.search.searches import Searches
from ingest.search.sharing import Sharing
from ingest.settings import BrokerSettings, CentreSettings

MESSAGE_KINDS = ("reads", "hits", "answers")
STATUS = "status"
TRUST_KEY_FILE = "trust.pem"
MARKS_KEY_FILE = "marks.key"

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Health:
    """How one part is. detail says why where it is not ok."""

    ok: bool
    detail: str = ""


class _Thread(Protocol):
    def start(self) -> None: ...
    def close(self) -> None: ...


class Centre:
    """Everything of one centre. open makes it; start connects it to the broker; close ends it."""

    def __init__(self, settings: CentreSettings, engine: Engine, log: Log, clock: Clock) -> None:
        self.settings = settings
        self.engine = engine
        self.log = log
        self.clock = clock
        self.counters = Counters()
        self.settling = Settling(engine, log, self.counters)
        self.settling.look(wait=True)  # before anything else is written to the log
        self.hub = Hub()
        self.objects = ObjectStore(settings.store)
        self.pictures = Pictures(engine, self.objects, lambda: self.retention.locks.until())
        self.devices = Devices(engine)
        self.device_authority = Authority.load_or_make(settings.keys_dir, settings.force, clock())
        self.device_keys = DeviceKeys(engine, log, clock)
        self.device_chain = DeviceChain(engine, log, self.device_keys, self.device_authority.pem)
        self.enrolment = Enrolment(
            engine,
            log,
            clock,
            self.device_authority,
            force=settings.force,
            trust_key=self._trust_key,
            code_life=timedelta(minutes=settings.devices.code_minutes),
            certificate_life=timedelta(days=settings.devices.certificate_days),
        )
        self.alerts = Alerts(engine, log, clock, self.hub)
        self.board = Board(engine, clock)
        self.accounts = Accounts(
            engine,
            log,
            clock,
            Sealer.load_or_make(settings.keys_dir / SEALING_KEY_FILE, SEALED_FOR),
            idle=timedelta(minutes=settings.accounts.idle_minutes),
            longest=timedelta(hours=settings.accounts.session_hours),
            local=settings.sign_in.local_accounts,
        )
        self.provider = _provider(settings, clock)
        boroughs = settings.authorities.boroughs_file
        self.authorities = Authorities(
            engine,
            log,
            clock,
            force=settings.force,
            anchor=PrivateKey.load_or_make(settings.keys_dir / TRUST_KEY_FILE),
            rules=Rules.read(),
            boroughs=None if boroughs is None else BoroughOutlines.read(boroughs),
            on_change=self._authorities_changed,
        )
        self.authority_publisher = AuthorityPublisher(self.authorities, settings.force, settings.broker, self.counters)
        self.lists = Lists(
            engine,
            log,
            clock,
            self.authorities,
            import_max_rows=settings.lists.import_max_rows,
            longest_days=settings.lists.longest_days,
            on_published=lambda: self.publisher.wake(),
        )
        self.publisher = ListPublisher(
            engine, settings.force, settings.broker, self.counters, self.lists.withdrawals.look
        )
        access = AccessRules.read(settings.search.rules_dir or FOLDER)
        self.searches = Searches(
            engine,
            log,
            clock,
            rules=access,
            key=marks.load_or_make(settings.keys_dir / MARKS_KEY_FILE),
            pictures=self.pictures,
            register=self.authorities,
        )
        self.sharing = Sharing(engine, clock, self.searches)
        self.audits = Audits(engine, log, clock, access)
        self.samples = Samples(engine, log, clock)
        self.disclosures = Disclosures(log, clock, settings.force)
        self.retention = Retention.open(
            engine,
            log,
            clock,
            self.objects,
            settings.keys_dir,
            force=settings.force,
            settings=settings.retention,
            counters=self.counters,
            register=self.authorities,
            on_published=self.publisher.wake,
        )
        filters = [_shared(settings.broker, settings.force, kind) for kind in MESSAGE_KINDS]
        # Every centre of a group needs every status, and a shared subscription is given no retained ones.
        self.messages = self._intake("messages", [*filters, topics.status(settings.force, "+")])
        self.images = self._intake("images", [_shared(settings.broker, settings.force, "images")])

    @classmethod
    def open(cls, settings: CentreSettings, clock: Clock = system_clock) -> Self:
        """Open the database, the log and the keys. Raises DatabaseUnavailable, or governance.errors.LogWriteFailed,
        BadKey or BadCertificate.

        The broker and the object store need not be there: what needs them waits for them.
        """
        log = Log.open(settings.log_path, clock, service_signer(settings.keys_dir, settings.force))
        return cls(settings, open_engine(settings.database.url), log, lambda: to_utc_ms(clock()))

    def start(self) -> None:
        """Begin to take messages and to publish lists. Gives back at once."""
        try:
            self.objects.check()
        except Unavailable as error:
            _log.warning("pictures wait, hits do not: %s", error)
        self.log.start()
        for part in self._threads():
            part.start()

    def close(self) -> None:
        """End every thread and connection. What is not acknowledged stays with the broker."""
        for part in self._threads():
            part.close()
        self.hub.close()
        if self.provider is not None:
            self.provider.close()
        self.log.close()
        self.engine.dispose()

    def _threads(self) -> tuple[_Thread, ...]:
        """What runs on threads of its own, beside the log."""
        publishers = (self.publisher, self.authority_publisher)
        return (self.messages, self.images, *publishers, self.retention.scheduler, self.settling)

    def health(self) -> Mapping[str, Health]:
        """How the database, the broker, the object store, the intake, retention and the log are, now."""
        return {
            "database": self._database(),
            "broker": _sessions(
                self.messages.session, self.images.session, self.publisher.session, self.authority_publisher.session
            ),
            "store": _tried(self.objects.check),
            "intake": _troubles(
                *(f"the thread of {part.name} has ended" for part in (self.messages, self.images) if not part.alive),
                *(part.trouble for part in (self.messages, self.images, self.publisher, self.authority_publisher)),
            ),
            "retention": _troubles(*self.retention.troubles()),
            "log": _troubles(self._log_trouble()),
        }

    def _authorities_changed(self) -> None:
        """Tell the devices, and withdraw the lists that stand on what does not hold any more."""
        self.authority_publisher.wake()
        self.publisher.wake()

    def _trust_key(self) -> PublicKey | None:
        """The key that the list of authorising officers is signed with, where it has been made."""
        path = self.settings.keys_dir / TRUST_KEY_FILE
        return PrivateKey.from_pem(path.read_bytes()).public if path.exists() else None

    def _database(self) -> Health:
        def ask() -> None:
            with read_transaction(self.engine) as connection:
                connection.execute(text("SELECT 1"))

        return _tried(ask)

    def _log_trouble(self) -> str:
        try:
            self.log.checkpoint  # noqa: B018 - reading it is the question
        except LogDamaged as error:
            return str(error)
        return self.settling.trouble

    def _intake(self, name: str, filters: list[str]) -> Intake:
        return Intake(
            name,
            filters,
            force=self.settings.force,
            broker=self.settings.broker,
            settings=self.settings.intake,
            prover=Prover(self.device_keys, self.counters, required=self.settings.devices.require_signatures),
            taker=Taker(self.engine, self.log, self.alerts),
            pictures=self.pictures,
            hub=self.hub,
            clock=self.clock,
            counters=self.counters,
        )


def _provider(settings: CentreSettings, clock: Clock) -> Provider | None:
    """The sign-in provider, where the settings name one. It is not asked anything yet."""
    if settings.sign_in.oidc is None or settings.oidc_secret is None:
        return None
    sealer = Sealer.load_or_make(settings.keys_dir / SEALING_KEY_FILE, SEALED_FOR_FLOWS)
    return Provider(settings.sign_in.oidc, settings.oidc_secret, sealer, clock)


def _shared(broker: BrokerSettings, force: str, kind: str) -> str:
    topic = topics.message(force, "+", kind)
    return topic if broker.shared_group is None else f"$share/{broker.shared_group}/{topic}"


def _tried(ask: Callable[[], None]) -> Health:
    try:
        ask()
    except Unavailable as error:
        return Health(False, str(error))
    return Health(True)


def _sessions(*sessions: BrokerSession) -> Health:
    down = [f"{session.name}: {session.trouble}" for session in sessions if not session.up]
    return Health(not down, "; ".join(down))


def _troubles(*troubles: str) -> Health:
    return Health(not any(troubles), "; ".join(trouble for trouble in troubles if trouble))
