"""Column types that mean the same on SQLite and on PostgreSQL."""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import JSON, BigInteger, Dialect
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import TypeDecorator, TypeEngine

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MS = timedelta(milliseconds=1)


class UtcMs(TypeDecorator[datetime]):
    """An aware time as a 64-bit count of milliseconds since 1970-01-01T00:00:00Z, on both databases.

    One form, so that order, ranges and equality cannot differ between them, and so that a table can be partitioned by
    ranges of it. What is finer than a millisecond is cut off, as in ingest.contract. A time without a zone is refused.
    """

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:  # noqa: ARG002
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value} has no time zone: give UTC")
        return (value - _EPOCH) // _MS

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        return None if value is None else _EPOCH + value * _MS


JSON_VALUE: TypeEngine[Any] = JSON().with_variant(JSONB(), "postgresql")
