"""Who may authorise what, as governance/authority/ranks.toml has it, and what a request must bring with it.

A face deployment may be granted by word of mouth at a lower rank than on paper; it is then confirmed ("ratified") by an
officer of the rank that the paper needs.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from governance.authority.acts import AT_PLACE
from governance.authority.document import Proposal
from governance.authority.fields import in_words
from governance.authority.place import Boroughs, ForceWide, crosses_itself
from governance.authority.question import Kind
from governance.errors import BadRules

RANKS_FILE: Final = Path(__file__).with_name("ranks.toml")

Document = Literal["dpia", "equality-impact", "community-impact", "other"]
Days = Annotated[int, Field(ge=1, le=3_660)]


class KindRule(BaseModel):
    """What one kind of authority needs. The fields are explained in ranks.toml."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Kind
    least_rank: str
    verbal_least_rank: str | None = None
    confirm_within_h: Annotated[int, Field(ge=1, le=168)] | None = None
    longest_days: Days
    review_within_days: Days
    place: Literal["any", "bounded"]
    devices: Literal["any", "named"]
    documents: frozenset[Document]
    standing: Literal["firm", "reported", "assumed"]
    note: str = Field(min_length=1)

    @model_validator(mode="after")
    def _verbal_has_both(self) -> Self:
        if (self.verbal_least_rank is None) != (self.confirm_within_h is None):
            raise ValueError("verbal_least_rank and confirm_within_h go together")
        return self

    @property
    def confirm_within(self) -> timedelta:
        """How long a verbal grant stands without the officer's signature. Zero where there can be none."""
        return timedelta(hours=self.confirm_within_h or 0)


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid")

    ranks: tuple[str, ...] = Field(min_length=1)
    kind: tuple[KindRule, ...]


@dataclass(frozen=True, slots=True)
class Rules:
    """The table. order has every rank, the lowest first."""

    order: tuple[str, ...]
    kinds: Mapping[Kind, KindRule]

    @classmethod
    def read(cls, path: Path = RANKS_FILE) -> Self:
        """Read the file. Raises BadRules."""
        try:
            file = _File.model_validate(tomllib.loads(path.read_text()))
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise BadRules(f"{path.name} cannot be read: {error}") from error
        except ValidationError as error:
            raise BadRules(f"{path.name}: {in_words(error)}") from error
        kinds = {rule.kind: rule for rule in file.kind}
        if len(set(file.ranks)) != len(file.ranks):
            raise BadRules(f"{path.name}: a rank is there twice")
        if kinds.keys() != set(Kind) or len(kinds) != len(file.kind):
            raise BadRules(f"{path.name}: each of {', '.join(Kind)} needs one table, and no other kind has one")
        named = {rank for rule in kinds.values() for rank in (rule.least_rank, rule.verbal_least_rank) if rank}
        if unknown := sorted(named - set(file.ranks)):
            raise BadRules(f"{path.name}: {', '.join(unknown)} is not one of its ranks")
        return cls(file.ranks, kinds)

    def knows(self, rank: str) -> bool:
        """Whether there is such a rank."""
        return rank in self.order

    def suffices(self, rank: str, kind: Kind) -> bool:
        """Whether an officer of this rank may grant, refuse, confirm, resume and review this kind."""
        return self._reaches(rank, self.kinds[kind].least_rank)

    def suffices_verbally(self, rank: str, kind: Kind) -> bool:
        """Whether an officer of this rank may grant this kind by word of mouth."""
        return self._reaches(rank, self.kinds[kind].verbal_least_rank)

    def _reaches(self, rank: str, least: str | None) -> bool:
        return least is not None and rank in self.order and self.order.index(rank) >= self.order.index(least)

    def faults(self, proposal: Proposal) -> tuple[str, ...]:
        """Everything that this proposal lacks for its kind, in words; empty where it may be submitted."""
        rule, place = self.kinds[proposal.kind], proposal.place
        span = proposal.ends_at - proposal.starts_at
        to_review = proposal.review_at - proposal.starts_at
        missing = sorted(rule.documents - {document.kind for document in proposal.documents})
        outlines = () if isinstance(place, ForceWide) else place.outlines
        found = (
            (span > timedelta(days=rule.longest_days), f"it may run for {rule.longest_days} days at most"),
            (
                to_review > timedelta(days=rule.review_within_days),
                f"its review date must be within {rule.review_within_days} days of its start",
            ),
            (rule.place == "bounded" and isinstance(place, ForceWide), "its place must be an area or boroughs"),
            (
                proposal.kind in AT_PLACE and isinstance(place, Boroughs) and not place.outlines,
                "its boroughs need their outlines, or no device can tell whether it is inside them: give them in the"
                " request, or have whoever runs the centre set authorities.boroughs_file",
            ),
            (any(crosses_itself(outline) for outline in outlines), "an outline of its place crosses itself"),
            (rule.devices == "named" and proposal.devices == "all", "its devices must be named"),
            (bool(missing), f"a document of each of these kinds must be linked: {', '.join(missing)}"),
        )
        return tuple(f"for {proposal.kind} {fault}" for holds, fault in found if holds)
