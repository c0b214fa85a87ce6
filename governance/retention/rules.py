"""Rules of retention as data, read from a file: rules.toml here is where a force starts from.

A set of rules is known by the SHA-256 of its file's bytes. That is what an authority for a change names, what every
receipt carries, and what anybody can compute with sha256sum.
"""

import hashlib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any, Final, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from governance.errors import BadRules
from governance.retention.durations import Duration

FILE: Final = Path(__file__).with_name("rules.toml")
MOST_BYTES: Final = 200_000
"""The longest file of rules that is read; ours has about 8,000."""

_FIRST_DAY: Final = datetime(2023, 3, 1, tzinfo=UTC)
_CALENDAR: Final = tuple(_FIRST_DAY + timedelta(days=day) for day in range(4 * 365 + 1))
"""Every day of four years: two durations are compared from each, since a month has no fixed length."""


class Since(StrEnum):
    """When a period starts: the closed list of a rule's clocks."""

    CAPTURE = "capture"
    RECEIVED = "received"
    RECORDED = "recorded"
    MADE = "made"
    BUILT = "built"
    ALERT = "alert"
    REMOVED = "removed"
    ENDED = "ended"
    CASE_CLOSED = "case-closed"


class Disposal(StrEnum):
    """What becomes of an item at the end of its time."""

    ERASE = "erase"
    REVIEW = "review"
    NEVER_STORED = "never-stored"


Standing = Literal["firm", "reported", "assumed"]
"""How well a rule is founded: a published rule, press or vendor text, or common practice that nobody confirmed."""


def _duration(value: object) -> object:
    return Duration.parse(value) if isinstance(value, str) else value


Length = Annotated[Duration, BeforeValidator(_duration)]
ClassName = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")]


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)


class Rule(_Record):
    """How long one class of items is kept, and why."""

    name: ClassName = Field(alias="class")
    keep_at_least: Length | None = None
    delete_by: Length | None = None
    since: Since = Field(alias="clock")
    ends_with: ClassName | None = None
    review_every: Length | None = None
    disposal: Disposal = Disposal.ERASE
    legal_basis: str = Field(min_length=1)
    standing: Standing
    note: str = ""

    @model_validator(mode="after")
    def _bounds_agree(self) -> Self:
        keep, by = self.keep_at_least, self.delete_by
        if keep is None and by is None:
            raise ValueError(f"{self.name}: it needs keep_at_least or delete_by")
        if keep is not None and by is not None and any(keep.after(day) > by.after(day) for day in _CALENDAR):
            raise ValueError(f"{self.name}: it may not be deleted before {keep.text} and must be after {by.text}")
        if (self.disposal is Disposal.REVIEW) != (by is None):
            raise ValueError(f'{self.name}: disposal = "review" goes with no delete_by, and only with that')
        if self.disposal is Disposal.NEVER_STORED and by is not None and (by.months or by.exact):
            raise ValueError(f'{self.name}: what is "never-stored" has delete_by = "PT0S"')
        if self.ends_with is not None and (by is None or keep is not None):
            raise ValueError(f"{self.name}: ends_with can only shorten a delete_by, and not below a keep_at_least")
        if self.review_every is not None and not (self.review_every.months or self.review_every.exact):
            raise ValueError(f"{self.name}: review_every is no time at all")
        return self


class HoldRule(_Record):
    """What a hold of one kind may be: how long at most without a renewal, and whether it can be renewed."""

    kind: ClassName
    longest: Length
    renewable: bool
    note: str = ""


@dataclass(frozen=True, slots=True)
class RuleSet:
    """All of it. file are the bytes that sha256 is of."""

    rules: Mapping[str, Rule]
    holds: Mapping[str, HoldRule]
    file: bytes
    sha256: str

    @classmethod
    def read(cls, path: Path = FILE) -> Self:
        """Read a file of rules. Raises BadRules."""
        try:
            return cls.parse(path.read_bytes())
        except OSError as error:
            raise BadRules(f"the rules of retention {path} cannot be read: {error}") from error

    @classmethod
    def parse(cls, file: bytes) -> Self:
        """Read the bytes of a file of rules. Raises BadRules, which names every fault."""
        if len(file) > MOST_BYTES:
            raise BadRules(f"rules of retention have at most {MOST_BYTES} bytes, these {len(file)}")
        try:
            raw: dict[str, Any] = tomllib.loads(file.decode())
            parsed = _File.model_validate(raw)
        except (UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
            raise BadRules(f"rules of retention that are not TOML: {error}") from error
        except ValidationError as error:
            faults = "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors())
            raise BadRules(f"rules of retention: {faults}") from error
        rules = MappingProxyType({rule.name: rule for rule in parsed.rule})
        holds = MappingProxyType({hold.kind: hold for hold in parsed.hold})
        return cls(rules, holds, file, hashlib.sha256(file).hexdigest())


class _File(_Record):
    rule: tuple[Rule, ...] = Field(min_length=1)
    hold: tuple[HoldRule, ...] = ()

    @model_validator(mode="after")
    def _names_are_single(self) -> Self:
        for what, names in (("class", [one.name for one in self.rule]), ("hold", [one.kind for one in self.hold])):
            if twice := sorted({name for name in names if names.count(name) > 1}):
                raise ValueError(f"{what} {', '.join(twice)} stands there twice")
        return self
