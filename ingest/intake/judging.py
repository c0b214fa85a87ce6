"""Decides what a delivery is: a message to take, a status, or something to set aside with its reason. Pure."""

from dataclasses import dataclass, replace

from pydantic import ValidationError

from governance.devices.chain import Link
from governance.keys import PublicKey
from ingest.contract import topics
from ingest.contract.codec import BadMessage, decode, in_words, read_envelope
from ingest.contract.messages import Envelope, Message, Status
from ingest.intake.inbox import Delivery
from ingest.objects import StoredObject

STATUS = "status"
LONGEST_REASON = 500


@dataclass(frozen=True, slots=True)
class Numbered:
    """A message that keeps to the contract and to its topic. stored is where its picture is, once it is there."""

    message: Message
    picture: bytes | None = None
    stored: StoredObject | None = None


@dataclass(frozen=True, slots=True)
class Aside:
    """Something for the quarantine. envelope is there where it can be read and agrees with the topic: that number is
    then held, so that the device does not send it for ever.
    """

    reason: str
    device: str | None
    envelope: Envelope | None = None


@dataclass(frozen=True, slots=True)
class Proven:
    """What shows who made a message: its link, and the key that signed it."""

    link: Link
    key: PublicKey


@dataclass(frozen=True, slots=True)
class Judged:
    """A delivery and what it is. proven is there once its device's signature has been checked (ingest.intake.proving);
    a message without it was not signed.
    """

    delivery: Delivery
    verdict: Numbered | Status | Aside
    proven: Proven | None = None


def judge(delivery: Delivery) -> Judged:
    """Say what a delivery is."""
    return Judged(delivery, _verdict(delivery.topic, delivery.payload))


def set_aside(judged: Judged, reason: str) -> Judged:
    """The same delivery, now for the quarantine."""
    verdict = judged.verdict
    if isinstance(verdict, Numbered):
        aside = Aside(_plain(reason), verdict.message.device, verdict.message)
    else:
        aside = Aside(_plain(reason), verdict.device)
    return replace(judged, verdict=aside)


def envelope_of(judged: Judged) -> Envelope | None:
    """The envelope whose number this delivery takes up in its stream, if it does."""
    verdict = judged.verdict
    if isinstance(verdict, Numbered):
        return verdict.message
    return verdict.envelope if isinstance(verdict, Aside) else None


def _verdict(topic: str, payload: bytes) -> Numbered | Status | Aside:
    try:
        device = topics.device_of(topic)
    except ValueError as error:
        return Aside(_plain(str(error)), None)
    kind = topic.rsplit("/", 1)[1]
    if kind == STATUS:
        return _status(device, payload)
    try:
        message, picture = decode(payload)
    except BadMessage as error:
        envelope = read_envelope(payload)
        agrees = envelope is not None and envelope.device == device
        return Aside(_plain(str(error)), device, envelope if agrees else None)
    if message.device != device:
        return Aside(f"its topic is of device {device}, its envelope of {message.device}", device)
    if message.kind != kind:
        return Aside(f"its topic is of {kind}, its envelope of {message.kind}", device, message)
    return Numbered(message, picture)


def _status(device: str, payload: bytes) -> Status | Aside:
    try:
        status = Status.model_validate_json(payload)
    except ValidationError as error:
        return Aside(_plain(in_words(error)), device)
    if status.device != device:
        return Aside(f"its topic is of device {device}, the status of {status.device}", device)
    return status


def _plain(text: str) -> str:
    """Text that any database takes: what a stranger wrote into a field's name may be in it."""
    return "".join(char if char.isprintable() else "?" for char in text[:LONGEST_REASON])
