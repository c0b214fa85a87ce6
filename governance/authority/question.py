"""The one question that code anywhere asks before it does what needs an authority, and the form of its answer."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol


class Kind(StrEnum):
    """What an authority can be for."""

    ANPR_LIST = "anpr-list"
    ANPR_SEARCH = "anpr-search"
    FACE_WATCHLIST = "face-watchlist"
    FACE_DEPLOYMENT = "face-deployment"
    DRONE_FLIGHT = "drone-flight"
    DISCLOSURE = "disclosure"
    RETENTION_CHANGE = "retention-change"


class Refusal(StrEnum):
    """Why the answer is no, for a program to count and a test to name; a Decision's reason says it in words."""

    UNKNOWN_ACT = "unknown-act"
    UNKNOWN = "unknown"
    WRONG_KIND = "wrong-kind"
    CHANGED = "changed"
    NOT_TRUSTED = "not-trusted"
    NOT_TRUSTED_THEN = "not-trusted-then"
    IMPROPER = "improper"
    NOT_GRANTED = "not-granted"
    REFUSED = "refused"
    SUSPENDED = "suspended"
    LAPSED = "lapsed"
    ENDED = "ended"
    TOO_EARLY = "too-early"
    TOO_LATE = "too-late"
    POSITION_UNKNOWN = "position-unknown"
    OUTSIDE_PLACE = "outside-place"
    DEVICE_NOT_NAMED = "device-not-named"
    OUT_OF_SCOPE = "out-of-scope"


@dataclass(frozen=True, slots=True)
class Where:
    """Where something is to be done: a point in WGS 84, and the device that would do it; either may be unknown."""

    latitude_deg: float | None = None
    longitude_deg: float | None = None
    device: str | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """Yes, or no with its reason in words. authority_id names what the yes rests on, or what the no is about."""

    allowed: bool
    reason: str = ""
    authority_id: str | None = None
    refusal: Refusal | None = None


class Authorised(Protocol):
    """Whoever can answer: the centre from its register, a device from the signed documents that it holds."""

    def may(self, act: str, on: str, under: str, at: datetime, where: Where | None = None) -> Decision:
        """Whether act (such as "list.publish") may be done on an object (its id) under an authority (its id or its
        reference) at a time (UTC, aware) and a place. Never raises for an unknown act or authority: that is a no.
        """
        ...
