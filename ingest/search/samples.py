"""Samples that oversight opens formally: some searches or alerts, drawn by lot, with their marks.

Otherwise oversight sees numbers, entries and proofs. A sample is opened in two steps, so that nobody can choose it:

1.  announce: the overseer says why, of what and how many. The service makes a seed and commits itself to it in the log.
2.  open: the overseer gives a word of their own, and the draw is made from seed and word (governance.access.draw). The
    log then holds the seed, its salt, the word and the ids. Whoever has the log can open the commitment and draw again
    from the ids of the searches (reads.search) or alerts (alert.raise) in the announced time.

Opening and every later look is a consultation in the log. A sample shows no picture and no face.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection, Engine, select, update

from governance.access.draw import SEED_BYTES, as_objects, draw
from governance.commitments import commit, new_salt
from governance.log import Act, Log
from ingest.accounts import Person
from ingest.clock import Clock
from ingest.contract.base import format_utc_ms, new_id
from ingest.database.engine import read_transaction
from ingest.database.recorded import recorded
from ingest.database.schema import alert, answer, sample, search, voi_entry
from ingest.database.statements import insert
from ingest.errors import BadInput, Conflict, NotFound
from ingest.logged_text import LONGEST, logged_text
from ingest.search.record import Search, search_of

MOST_DRAWN: Final = 50
"""As many ids as fit into one entry of the log with room to spare."""

LONGEST_TEXT: Final = LONGEST
SHORTEST_WORD: Final = 8
OPEN_FOR: Final = timedelta(days=31)
"""How long an opened sample can be looked at again. Assumed: a month's work of an overseer."""


class Kind(StrEnum):
    """What a sample is drawn from."""

    SEARCHES = "searches"
    ALERTS = "alerts"


@dataclass(frozen=True, slots=True)
class Sample:
    """A sample as it was announced, and once it is open, what was drawn, of how many that there were."""

    sample_id: UUID
    kind: Kind
    reason: str
    number: int
    starts_at: datetime
    ends_at: datetime
    announced_at: datetime
    announced_by: str
    commitment: str
    opened_at: datetime | None
    opened_by: str | None
    drawn: tuple[UUID, ...]
    drawn_from: int | None = None

    @property
    def shown_until(self) -> datetime | None:
        """When what it shows can no longer be looked at; None until it is opened."""
        return None if self.opened_at is None else self.opened_at + OPEN_FOR

    def may_be_shown(self, now: datetime) -> bool:
        """Whether it is open, and not for too long."""
        return self.shown_until is not None and now < self.shown_until


@dataclass(frozen=True, slots=True)
class SampledAlert:
    """An alert of an opened sample: the mark, why it was listed, what came of it. vrm is empty once it is erased."""

    alert_id: UUID
    vrm: str
    captured_at: str
    received_at: datetime
    device: str
    probability: float
    list_id: UUID
    marker: str
    reason: str
    authority: str
    answers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Opened:
    """What an opened sample shows: its searches or its alerts, in the order of the draw."""

    sample: Sample
    searches: tuple[Search, ...]
    alerts: tuple[SampledAlert, ...]


class Samples:
    """The samples of one centre."""

    def __init__(self, engine: Engine, log: Log, clock: Clock) -> None:
        self._engine = engine
        self._log = log
        self._clock = clock

    def announce(
        self, kind: Kind, reason: str, number: int, starts_at: datetime, ends_at: datetime, person: Person
    ) -> Sample:
        """Say what is going to be drawn: up to number of what was made from starts_at up to ends_at, which is past.

        Raises BadInput.
        """
        now, why = self._clock(), logged_text("the reason", reason)
        if not 1 <= number <= MOST_DRAWN:
            raise BadInput(f"a sample has 1 to {MOST_DRAWN} items")
        if not starts_at < ends_at <= now:
            raise BadInput("the time of a sample begins before it ends, and is over: nothing may be added to it later")
        seed, salt = secrets.token_bytes(SEED_BYTES), new_salt()
        commitment = commit(seed.hex(), salt)
        made = Sample(
            new_id(), kind, why, number, starts_at, ends_at, now, person.name, commitment, None, None, drawn=()
        )
        later = ("opened_at", "opened_by", "drawn", "drawn_from")
        row = {name: getattr(made, name) for name in Sample.__slots__ if name not in later}
        with recorded(self._engine, self._log) as (connection, acts):
            connection.execute(insert(connection, sample), row | {"kind": kind.value, "seed": seed, "salt": salt})
            details = {
                "kind": kind.value,
                "number": number,
                "from": format_utc_ms(starts_at),
                "until": format_utc_ms(ends_at),
            }
            objects = {"sample": str(made.sample_id)}
            acts.add(Act(person.name, "sample.announce", why, None, objects, details, {"seed": commitment}))
        return made

    def open(self, sample_id: UUID, word: str, person: Person) -> Opened:
        """Draw and show. Raises NotFound, BadInput for a word that is too short, Conflict where it is open already."""
        said = logged_text("the word", word, shortest=SHORTEST_WORD)
        now = self._clock()
        with recorded(self._engine, self._log) as (connection, acts):
            row = _row(connection, sample_id)
            ids = _population(connection, row)
            drawn = draw(row.seed, said, ids, row.number)
            changed = connection.execute(
                update(sample)
                .where(sample.c.sample_id == sample_id, sample.c.opened_at.is_(None))
                .values(opened_at=now, opened_by=person.name, word=said, drawn=drawn, drawn_from=len(ids))
            )
            if changed.rowcount != 1:
                raise Conflict("this sample is open already: look at it, or announce another")
            objects = {"sample": str(sample_id)} | as_objects(drawn)
            details = {
                "kind": row.kind,
                "drawn": len(drawn),
                "of": len(ids),
                "seed": row.seed.hex(),
                "salt": row.salt.hex(),
            }
            acts.add(Act(person.name, "sample.open", row.reason, None, objects, details | {"word": said}))
            return _opened(connection, _row(connection, sample_id))

    def show(self, sample_id: UUID, person: Person) -> Opened:
        """Look at an open sample again. Raises NotFound for one that is not open, or was opened too long ago."""
        with recorded(self._engine, self._log) as (connection, acts):
            row = _row(connection, sample_id)
            if not _sample(row).may_be_shown(self._clock()):
                raise NotFound(f"sample {sample_id} is not open: it can be looked at for {OPEN_FOR.days} days")
            acts.add(Act(person.name, "sample.view", row.reason, objects={"sample": str(sample_id)}))
            return _opened(connection, row)

    def get(self, sample_id: UUID) -> Sample:
        """One sample, without what it shows. Raises NotFound."""
        with read_transaction(self._engine) as connection:
            return _sample(_row(connection, sample_id))

    def all(self, limit: int = 50) -> list[Sample]:
        """The latest samples, newest first, without what they show."""
        query = select(sample).order_by(sample.c.announced_at.desc(), sample.c.sample_id).limit(limit)
        with read_transaction(self._engine) as connection:
            return [_sample(row) for row in connection.execute(query)]


def _row(connection: Connection, sample_id: UUID) -> Any:
    row = connection.execute(select(sample).where(sample.c.sample_id == sample_id)).one_or_none()
    if row is None:
        raise NotFound(f"there is no sample {sample_id}")
    return row


def _population(connection: Connection, row: Any) -> list[str]:
    ids, at = (
        (search.c.search_id, search.c.made_at) if row.kind == Kind.SEARCHES else (alert.c.alert_id, alert.c.received_at)
    )
    return [str(one) for one in connection.execute(select(ids).where(at >= row.starts_at, at < row.ends_at)).scalars()]


def _opened(connection: Connection, row: Any) -> Opened:
    made = _sample(row)
    if made.kind is Kind.SEARCHES:
        rows = connection.execute(select(search).where(search.c.search_id.in_(made.drawn)))
        searches = {one.search_id: search_of(one) for one in rows}
        return Opened(made, tuple(searches[one] for one in made.drawn if one in searches), ())
    return Opened(made, (), tuple(_alerts(connection, made.drawn)))


def _alerts(connection: Connection, ids: tuple[UUID, ...]) -> list[SampledAlert]:
    answers: dict[UUID, list[str]] = {}
    given = select(answer.c.alert_id, answer.c.outcome).where(answer.c.alert_id.in_(ids))
    for row in connection.execute(given.order_by(answer.c.answered_at, answer.c.answer_id)):
        answers.setdefault(row.alert_id, []).append(row.outcome)
    e = voi_entry.c
    query = select(alert, e.marker, e.reason, e.authority).outerjoin(voi_entry, e.entry_id == alert.c.entry_id)
    found = {row.alert_id: row for row in connection.execute(query.where(alert.c.alert_id.in_(ids)))}
    return [_alert(found[one], tuple(answers.get(one, ()))) for one in ids if one in found]


def _alert(row: Any, answers: tuple[str, ...]) -> SampledAlert:
    read = row.read or {}
    return SampledAlert(
        alert_id=row.alert_id,
        vrm=read.get("vrm", ""),
        captured_at=read.get("captured_at", ""),
        received_at=row.received_at,
        device=row.device,
        probability=row.probability,
        list_id=row.list_id,
        marker=row.marker or "",
        reason=row.reason or "",
        authority=row.authority or "",
        answers=answers,
    )


def _sample(row: Any) -> Sample:
    return Sample(
        sample_id=row.sample_id,
        kind=Kind(row.kind),
        reason=row.reason,
        number=row.number,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        announced_at=row.announced_at,
        announced_by=row.announced_by,
        commitment=row.commitment,
        opened_at=row.opened_at,
        opened_by=row.opened_by,
        drawn=tuple(UUID(one) for one in row.drawn or ()),
        drawn_from=row.drawn_from,
    )
