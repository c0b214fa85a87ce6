"""Authorities as they are shown: in a list, in full, and what each was used for."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from governance.authority.question import Kind
from governance.authority.states import State


@dataclass(frozen=True, slots=True)
class Summary:
    """An authority in a list. state is as of now; confirm_by is set while a verbal grant waits to be confirmed.

    decided_by is the name of the officer who granted or refused it, empty before that.

    waits_for says what somebody must do about it, or is empty. review_at is the review date that was asked for;
    review_due_at moves on with each review of one in force, by the time that the rules give for its kind.
    """

    authority_id: UUID
    reference: str
    kind: Kind
    title: str
    state: State
    applicant: str
    decided_by: str
    made_at: datetime
    submitted_at: datetime | None
    decided_at: datetime | None
    starts_at: datetime
    ends_at: datetime
    review_at: datetime
    review_due_at: datetime
    confirm_by: datetime | None
    waits_for: str
    times_used: int
    last_used_at: datetime | None


@dataclass(frozen=True, slots=True)
class Use:
    """One time that an authority was relied on: for which act, on which object, when and by whom."""

    use_id: UUID
    act: str
    object: str
    at: datetime
    by: str


@dataclass(frozen=True, slots=True)
class Whole:
    """Everything about one authority. verified says whether its documents hold, and trouble why not.

    request and statements are the bodies of the documents as they were written (governance.authority). faults is what
    a request lacks before it can be submitted. steps_open are the steps that its state allows.
    """

    summary: Summary
    request: Mapping[str, Any]
    authorising_officer: Mapping[str, Any] | None
    verbal: Mapping[str, Any] | None
    statements: tuple[Mapping[str, Any], ...]
    verified: bool
    trouble: str
    faults: tuple[str, ...]
    steps_open: tuple[str, ...]
    uses: tuple[Use, ...]
    uses_in_all: int
