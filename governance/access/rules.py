"""The rules of access as data: purposes, tiers and directed surveillance, read from the three files in this folder.

A force that decides otherwise keeps its own copies of the three files in a folder of its own. The digest of what was
read goes into the log with every search, so that an auditor knows which rules it was judged by.
"""

import hashlib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from governance.errors import BadRules

FOLDER: Final = Path(__file__).parent
FILES: Final = ("purposes.toml", "tiers.toml", "surveillance.toml")

Standing = Literal["firm", "reported", "assumed"]
"""How well a rule is founded: a published rule, press or vendor text, or common practice that nobody confirmed."""


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Purpose(_Record):
    """Why reads may be searched. serious: a serious, major or counter-terrorism investigation."""

    words: str = Field(min_length=1)
    serious: bool
    standing: Standing


class Tier(_Record):
    """What a search needs whose oldest read is so old. The fields are explained in tiers.toml."""

    name: str = Field(min_length=1)
    words: str = Field(min_length=1)
    before_days: int | None = Field(default=None, ge=1)
    before_years: int | None = Field(default=None, ge=1)
    serious: bool
    authority: bool
    least_fixed: int = Field(ge=0, le=12)
    longest_hours: int = Field(ge=1)
    standing: dict[str, Standing]

    @model_validator(mode="after")
    def _ends_once(self) -> Self:
        if (self.before_days is None) == (self.before_years is None):
            raise ValueError(f"tier {self.name!r} needs either before_days or before_years")
        return self


class Surveillance(_Record):
    """When a search is directed surveillance. The fields are explained in surveillance.toml."""

    window_days: int = Field(ge=1)
    repeats: int = Field(ge=2)
    targets_at_most: int = Field(ge=1)
    now_margin_minutes: int = Field(ge=0)
    standing: Standing

    @property
    def window(self) -> timedelta:
        return timedelta(days=self.window_days)

    @property
    def now_margin(self) -> timedelta:
        return timedelta(minutes=self.now_margin_minutes)


class Keeping(_Record):
    """How much a search gives, and how long what it asked for is kept."""

    question_days: int = Field(ge=1)
    results_days: int = Field(ge=1)
    most_results: int = Field(ge=1, le=100_000)
    standing: Standing

    @model_validator(mode="after")
    def _asked_outlives_shown(self) -> Self:
        if self.question_days < self.results_days:
            raise ValueError("question_days is less than results_days: results cannot be shown without their question")
        return self


@dataclass(frozen=True, slots=True)
class AccessRules:
    """All of it. tiers are in order of age; sha256 is of the three files' bytes, in the order of FILES."""

    purposes: Mapping[str, Purpose]
    tiers: tuple[Tier, ...]
    surveillance: Surveillance
    keeping: Keeping
    sha256: str

    @classmethod
    def read(cls, folder: Path = FOLDER) -> Self:
        """Read the three files. Raises BadRules."""
        raw: dict[str, Any] = {}
        digest = hashlib.sha256()
        for name in FILES:
            try:
                data = (folder / name).read_bytes()
                raw |= tomllib.loads(data.decode())
            except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
                raise BadRules(f"{folder / name} cannot be read: {error}") from error
            digest.update(data)
        try:
            file = _File.model_validate(raw)
        except ValidationError as error:
            faults = "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors())
            raise BadRules(f"the rules of access in {folder}: {faults}") from error
        purposes = MappingProxyType(dict(file.purpose))
        return cls(purposes, file.tier, file.surveillance, file.keeping, digest.hexdigest())


class _File(_Record):
    purpose: dict[str, Purpose] = Field(min_length=1)
    tier: tuple[Tier, ...] = Field(min_length=1)
    surveillance: Surveillance
    keeping: Keeping

    @model_validator(mode="after")
    def _names_and_order(self) -> Self:
        names = [tier.name for tier in self.tier]
        if len(set(names)) != len(names):
            raise ValueError("two tiers have the same name")
        reach = [tier.before_days or 366 * (tier.before_years or 0) for tier in self.tier]
        if reach != sorted(set(reach)):
            raise ValueError("the tiers are not in order of age, each reaching further back than the one before it")
        return self
