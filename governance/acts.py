"""An act: what somebody did and why, as the log writes it down. No personal data of people outside the force.

operation and recipients are what section 62 of the Data Protection Act 2018 asks of the logs of automated processing:
six operations are to be logged, and for a disclosure its recipients.
"""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from governance.errors import BadAct

Detail = str | int | float | bool | None

MAX_INTEGER: Final = 2**53 - 1
"""The largest whole number that every JSON reader keeps exact (RFC 8259, section 6; RFC 8785, section 3.2.2.3)."""

_COMMITMENT = re.compile(r"[0-9a-f]{64}")


class Operation(StrEnum):
    """The operations in an automated processing system that must be logged: DPA 2018 s.62(1)."""

    COLLECTION = "collection"
    ALTERATION = "alteration"
    CONSULTATION = "consultation"
    DISCLOSURE = "disclosure"
    COMBINATION = "combination"
    ERASURE = "erasure"


@dataclass(frozen=True, slots=True)
class Act:
    """What somebody did. None of it may be personal data of a person outside the force: that goes in as a commitment.

    actor is the account's name, or "device:NAME" or "system:PART". act is the dotted name of what was done, such as
    "list.publish". purpose is why, in the actor's words or the rule's. authority is the reference it was done under.
    objects are the ids of what it was done to, by kind. details are plain facts about it (counts, versions, outcomes).
    commitments are salted commitments to personal values (governance.commitments), by what they stand for.
    operation is which of the operations of DPA 2018 s.62 it is, None where it processes no personal data. recipients
    are who was given the data, by name or office: s.62(3)(c) asks for it of a disclosure.
    """

    actor: str
    act: str
    purpose: str
    authority: str | None = None
    objects: Mapping[str, str] = field(default_factory=dict)
    details: Mapping[str, Detail] = field(default_factory=dict)
    commitments: Mapping[str, str] = field(default_factory=dict)
    operation: Operation | None = None
    recipients: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for name in ("actor", "act", "purpose"):
            if not isinstance(value := getattr(self, name), str) or not value.strip():
                raise BadAct(f"{name} is {value!r}: say who did what, and why")
        if not (self.authority is None or isinstance(self.authority, str)):
            raise BadAct(f"authority is {self.authority!r}: give its reference, or None")
        operation: object = self.operation
        if not (operation is None or isinstance(operation, Operation)):
            raise BadAct(f"operation is {operation!r}: give one of {', '.join(Operation)}, or None")
        recipients: object = self.recipients
        if not (isinstance(recipients, tuple) and all(isinstance(one, str) and one.strip() for one in recipients)):
            raise BadAct(f"recipients are {recipients!r}: give a tuple of names or offices")
        for name in ("objects", "details", "commitments"):
            object.__setattr__(self, name, dict(getattr(self, name)))
        _check(self)


def is_hash(value: object) -> bool:
    """Whether this is 64 lower-case hexadecimal digits."""
    return isinstance(value, str) and _COMMITMENT.fullmatch(value) is not None


def _check(act: Act) -> None:
    texts = [act.actor, act.act, act.purpose, act.authority or "", *act.recipients]
    for name in ("objects", "details", "commitments"):
        texts += getattr(act, name)
    for key, value in act.objects.items():
        if not isinstance(value, str):
            raise BadAct(f"object {key!r} is {value!r}: give its id as text")
        texts.append(value)
    for key, commitment in act.commitments.items():
        if not is_hash(commitment):
            raise BadAct(f"commitment {key!r} is not 64 lower-case hexadecimal digits: use governance.commitments")
    for key, detail in act.details.items():
        if isinstance(detail, str):
            texts.append(detail)
        elif isinstance(detail, float):
            if not math.isfinite(detail):
                raise BadAct(f"detail {key!r} is {detail}: only a finite number can be written")
            if detail.is_integer() and abs(detail) > MAX_INTEGER:  # RFC 8785 writes it as a whole number
                raise BadAct(f"detail {key!r} is over {MAX_INTEGER}: write it as text")
        elif isinstance(detail, int):
            if abs(detail) > MAX_INTEGER:
                raise BadAct(
                    f"detail {key!r} is over {MAX_INTEGER}, which not every reader keeps exact: write it as text"
                )
        elif detail is not None:
            raise BadAct(f"detail {key!r} is a {type(detail).__name__}: use text, a number, true, false or nothing")
    for text in texts:
        if not isinstance(text, str):
            raise BadAct(f"the name {text!r} is not text")
        try:
            text.encode()
        except UnicodeEncodeError as error:
            raise BadAct(f"{text!r} is not text that UTF-8 can hold") from error
