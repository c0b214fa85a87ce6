"""What every model on the wire shares: strict fields, UTC times with milliseconds, UUIDv7 ids."""

from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

import uuid_utils
from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, PlainSerializer, StringConstraints

Name = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")]
"""A force, device or camera name: lower case letters, digits and hyphens, fit to be one level of a topic."""

Vrm = Annotated[str, StringConstraints(pattern=r"^[A-Z0-9]{1,12}$")]
"""A vehicle registration mark without spaces."""

Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


def to_utc_ms(value: datetime) -> datetime:
    """Give the same instant in UTC, cut to whole milliseconds. Raises ValueError where UTC would leave the calendar."""
    try:
        value = value.astimezone(UTC)
    except OverflowError as error:
        raise ValueError(f"{value} is outside the calendar in UTC") from error
    return value.replace(microsecond=value.microsecond // 1000 * 1000)


def format_utc_ms(value: datetime) -> str:
    """Write an aware time as 2026-11-23T03:04:05.678Z."""
    return to_utc_ms(value).isoformat(timespec="milliseconds").replace("+00:00", "Z")


UtcTime = Annotated[AwareDatetime, AfterValidator(to_utc_ms), PlainSerializer(format_utc_ms, when_used="json")]
"""An aware time, kept as UTC with milliseconds. A time without a zone is refused."""


def new_id() -> UUID:
    """Make a UUIDv7, in the place where the thing that it names happened."""
    return UUID(int=uuid_utils.uuid7().int)


class WireModel(BaseModel):
    """Frozen, and a field that the contract does not know is an error rather than something dropped in silence."""

    model_config = ConfigDict(frozen=True, extra="forbid")
