"""A key as it was enrolled, and whether a message that it signed is to be believed. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from governance.keys import PublicKey

CLOCK_GRACE: Final = timedelta(days=1)
"""How far a device's clock may be ahead before a message made in a key's last hours is taken for one made after it."""


@dataclass(frozen=True, slots=True)
class EnrolledKey:
    """A device's key. Times are UTC. ends_at is the end of its last certificate, or when another key took its place."""

    device: str
    public: PublicKey
    enrolled_at: datetime
    ends_at: datetime
    revoked_at: datetime | None = None


def fault_of(key: EnrolledKey, device: str, made_at: datetime, received_at: datetime) -> str:
    """Why a message under this key is to be refused, in words; empty where it is good.

    made_at is by the device's clock, received_at by the centre's: what a key signed in its time may arrive later, but
    nothing that arrives after a revocation is taken, for a thief can write any time into a message.
    """
    if key.device != device:
        return f"the key {key.public.id} was enrolled for {key.device}, not for {device}"
    if key.revoked_at is not None and received_at >= key.revoked_at:
        return f"the key {key.public.id} was revoked on {key.revoked_at:%Y-%m-%d}: enrol the device anew"
    if made_at > key.ends_at + CLOCK_GRACE:
        return f"the key {key.public.id} ended on {key.ends_at:%Y-%m-%d}, before this was made: enrol the device anew"
    return ""
