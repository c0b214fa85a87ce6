"""Finds the reads that a question asks for, newest first, a part at a time, with the indexes of the read table.

A mark, or how a mark begins, goes by (vrm, captured_at); a device by (device, captured_at); all else by captured_at.
Every statement is bound by captured_at on both sides and by a limit, so none reads the whole table.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Boolean, ColumnElement, Connection, Select, and_, or_, select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from governance.access.decision import WILDCARDS, is_pattern
from ingest.contract.messages import ImageRole, Read, WirePosition
from ingest.database.schema import image, read
from ingest.search.question import Box, Place, Question

METRES_A_DEGREE: Final = 111_320.0
"""Of latitude, and of longitude at the equator (WGS 84, to 0.6 %)."""

_ALPHABET: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
"""What marks are made of, in the order of every collation that a database may have."""


class _NotNarrow(FunctionElement[bool]):
    """A condition that SQLite is to take for one that most rows meet, so that it goes by the mark and not by the time.

    Between two ranges SQLite otherwise takes the one that gives the order. PostgreSQL has its statistics.
    """

    inherit_cache = True
    type = Boolean()


@compiles(_NotNarrow)
def _as_it_is(element: _NotNarrow, compiler: SQLCompiler, **options: Any) -> str:
    return compiler.process(element.clauses, **options)


@compiles(_NotNarrow, "sqlite")
def _likely(element: _NotNarrow, compiler: SQLCompiler, **options: Any) -> str:
    return f"likely({compiler.process(element.clauses, **options)})"


@dataclass(frozen=True, slots=True)
class FoundRead:
    """One read. pictures are the ids of those that have arrived."""

    read_id: UUID
    captured_at: datetime
    received_at: datetime
    vrm: str
    as_read: str
    mark_kind: str
    confidence: float
    device: str
    camera: str
    position: WirePosition | None
    clock_error_ms: float | None
    software: str
    pictures: dict[ImageRole, UUID]


@dataclass(frozen=True, slots=True)
class Extent:
    """How much a question finds: the number of reads, up to a limit, whether there are more, and their marks."""

    results: int
    more: bool
    marks: frozenset[str]


def find(connection: Connection, question: Question, known_at: datetime, start: int, limit: int) -> list[FoundRead]:
    """The reads, of those that the centre had at a time, newest first, from the one numbered start (from 0) on."""
    statement = _newest_first(statement_for(question, known_at, read))
    return _with_pictures(connection, statement.offset(start).limit(limit))


def find_one(connection: Connection, question: Question, known_at: datetime, read_id: UUID) -> FoundRead | None:
    """One of the reads that the question asks for; None where it asks for no such read."""
    statement = statement_for(question, known_at, read).where(read.c.read_id == read_id)
    return next(iter(_with_pictures(connection, statement.limit(1))), None)


def _with_pictures(connection: Connection, statement: Select[Any]) -> list[FoundRead]:
    rows = connection.execute(statement).all()
    pictures: dict[UUID, dict[ImageRole, UUID]] = {}
    taken = select(image.c.read_id, image.c.role, image.c.image_id)
    for row in connection.execute(taken.where(image.c.read_id.in_([row.read_id for row in rows]))):
        pictures.setdefault(row.read_id, {})[ImageRole(row.role)] = row.image_id
    return [_found(row, pictures.get(row.read_id, {})) for row in rows]


def extent(connection: Connection, question: Question, known_at: datetime, most: int) -> Extent:
    """How much there is to find, counting no further than most."""
    statement = _newest_first(statement_for(question, known_at, read.c.vrm))
    marks = connection.execute(statement.limit(most + 1)).scalars().all()
    return Extent(min(len(marks), most), len(marks) > most, frozenset(marks[:most]))


def finds(connection: Connection, question: Question, known_at: datetime, read_id: UUID) -> bool:
    """Whether a read is one that the question asks for."""
    statement = statement_for(question, known_at, read.c.read_id).where(read.c.read_id == read_id)
    return connection.execute(statement.limit(1)).one_or_none() is not None


def statement_for(question: Question, known_at: datetime, *columns: Any) -> Select[Any]:
    """The SELECT of a question, in no order and without a limit."""
    r = read.c
    times: list[ColumnElement[bool]] = [r.captured_at >= question.start, r.captured_at < question.until]
    if question.marks and not any(mark[0] in WILDCARDS for mark in question.marks):
        times = [_NotNarrow(condition) for condition in times]
    conditions = [*times, r.received_at <= known_at]
    if question.marks:
        conditions.append(_of_marks(question.marks))
    if question.devices:
        conditions.append(r.device.in_(question.devices))
    if question.cameras:
        conditions.append(r.camera_id.in_(question.cameras))
    if question.place is not None:
        conditions.append(_at(question.place))
    return select(*columns).where(*conditions)


def beyond(prefix: str) -> str | None:
    """The lowest text that is above everything that begins so; None where there is none.

    >>> beyond("AB1"), beyond("AB9"), beyond("ABZ"), beyond("ZZ")
    ('AB2', 'ABA', 'AC', None)
    """
    kept = prefix.rstrip(_ALPHABET[-1])
    if not kept:
        return None
    return kept[:-1] + _ALPHABET[_ALPHABET.index(kept[-1]) + 1]


def _of_marks(marks: Sequence[str]) -> ColumnElement[bool]:
    exact = [mark for mark in marks if not is_pattern(mark)]
    patterns = [_like(mark) for mark in marks if is_pattern(mark)]
    return or_(*([read.c.vrm.in_(exact)] if exact else []), *patterns)


def _like(mark: str) -> ColumnElement[bool]:
    """A pattern: its known beginning as a range, which the index takes, and the whole as LIKE. A mark holds neither %
    nor _ of its own.
    """
    prefix = mark[: min(mark.index(char) for char in WILDCARDS if char in mark)]
    like = read.c.vrm.like(mark.replace("*", "%").replace("?", "_"))
    if not prefix:
        return like
    above = beyond(prefix)
    ranged = read.c.vrm >= prefix if above is None else and_(read.c.vrm >= prefix, read.c.vrm < above)
    return and_(ranged, like)


def _at(place: Place) -> ColumnElement[bool]:
    latitude, longitude = read.c.latitude_deg, read.c.longitude_deg
    if isinstance(place, Box):
        return and_(latitude.between(place.south, place.north), longitude.between(place.west, place.east))
    east_m = METRES_A_DEGREE * math.cos(math.radians(place.latitude))
    north, east = (latitude - place.latitude) * METRES_A_DEGREE, (longitude - place.longitude) * east_m
    return north * north + east * east <= place.radius_m * place.radius_m


def _newest_first(statement: Select[Any]) -> Select[Any]:
    return statement.order_by(read.c.captured_at.desc(), read.c.read_id.desc())


def _found(row: Any, pictures: dict[ImageRole, UUID]) -> FoundRead:
    body = Read.model_validate(row.body)
    return FoundRead(
        read_id=row.read_id,
        captured_at=row.captured_at,
        received_at=row.received_at,
        vrm=row.vrm,
        as_read=body.as_read,
        mark_kind=body.mark_kind,
        confidence=row.confidence,
        device=row.device,
        camera=row.camera_id,
        position=body.position,
        clock_error_ms=body.clock_error_ms,
        software=body.software,
        pictures=pictures,
    )
