"""The numbered messages that a device makes, and what the centre sends back."""

from enum import StrEnum
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from ingest.contract.base import Name, Sha256, UtcTime, Vrm, WireModel

Confidence = Annotated[float, Field(ge=0, le=1)]


class WirePosition(WireModel):
    """A place on WGS 84; accuracy_m is a 95 % radius, None where the source does not say."""

    latitude_deg: float = Field(ge=-90, le=90)
    longitude_deg: float = Field(ge=-180, le=180)
    accuracy_m: float | None = Field(default=None, ge=0)
    source: str = Field(max_length=40)


class OtherCharacter(WireModel):
    """What a character may be instead, and what the reader gave it."""

    char: str = Field(pattern=r"^[A-Z0-9]$")
    confidence: Confidence


class WireCharacter(WireModel):
    """One character of a mark with the reader's probability that it is right, and the next likeliest ones."""

    char: str = Field(pattern=r"^[A-Z0-9]$")
    confidence: Confidence
    others: tuple[OtherCharacter, ...] = Field(default=(), max_length=6)


class ImageRole(StrEnum):
    """Which of the pair of pictures of a capture record."""

    PLATE_PATCH = "plate_patch"
    OVERVIEW = "overview"


class ImageRef(WireModel):
    """A picture that a read has, by its hash: the picture itself follows on its own topic."""

    image_id: UUID
    role: ImageRole
    sha256: Sha256


class Read(WireModel):
    """A mark as the device read it: one for each vehicle pass.

    captured_at is when the best frame was taken; first_seen and last_seen bound the pass. frames_read is how many
    frames the vote was taken over. mark_kind is a models.plates MarkKind value. clock_error_ms is the device's own
    estimate, None when it has none.
    """

    read_id: UUID
    camera_id: Name
    vrm: Vrm
    as_read: str = Field(max_length=40)
    mark_kind: str = Field(max_length=20)
    confidence: Confidence
    characters: tuple[WireCharacter, ...] = Field(min_length=1, max_length=12)
    captured_at: UtcTime
    first_seen: UtcTime
    last_seen: UtcTime
    frames_read: int = Field(ge=1)
    position: WirePosition | None
    clock_error_ms: float | None
    images: tuple[ImageRef, ...] = Field(max_length=2)
    models: dict[str, Sha256]
    software: str = Field(max_length=40)


class Hit(WireModel):
    """A read that is on a list, or may be. It carries the read, so that an alert waits for nothing else.

    probability is that the vehicle is the listed one. matched says how: "exact" is the mark that was read as a plate
    shows it, "misread" another that may have been there. listed is the mark on the list; None from a device of before
    it was said, whose hits are all exact.
    """

    hit_id: UUID
    read: Read
    list_id: UUID
    list_version: int = Field(ge=1)
    entry_id: UUID
    probability: Confidence
    matched: Literal["exact", "misread"]
    made_at: UtcTime
    listed: Vrm | None = None


class Outcome(StrEnum):
    """What the officer says of an alert."""

    EN_ROUTE = "en_route"
    STOPPED = "stopped"
    NO_FURTHER_ACTION = "no_further_action"
    MISREAD = "misread"
    WRONG_VEHICLE = "wrong_vehicle"


class Answer(WireModel):
    """An officer's answer to an alert, given in the car."""

    answer_id: UUID
    hit_id: UUID
    outcome: Outcome
    answered_at: UtcTime
    answered_by: str = Field(min_length=1, max_length=80)


class Picture(WireModel):
    """What is known of a picture; its bytes follow this header on the images topic."""

    image_id: UUID
    read_id: UUID
    role: ImageRole
    sha256: Sha256
    media_type: Literal["image/jpeg"]
    width_px: int = Field(ge=1)
    height_px: int = Field(ge=1)
    size_bytes: int = Field(ge=1)


class Envelope(WireModel):
    """What goes round every numbered message.

    stream names the spool that did the numbering: a device whose spool is lost starts a new stream at 1, so that a
    number is never used twice. seq counts from 1 without a gap, over all kinds together.
    """

    id: UUID
    device: Name
    stream: UUID
    seq: int = Field(ge=1)
    made_at: UtcTime


class ReadMessage(Envelope):
    kind: Literal["reads"] = "reads"
    body: Read


class HitMessage(Envelope):
    kind: Literal["hits"] = "hits"
    body: Hit


class AnswerMessage(Envelope):
    kind: Literal["answers"] = "answers"
    body: Answer


class ImageMessage(Envelope):
    kind: Literal["images"] = "images"
    body: Picture


Message = Annotated[ReadMessage | HitMessage | AnswerMessage | ImageMessage, Field(discriminator="kind")]


class SeqRange(WireModel):
    """The numbers from first to last, both included."""

    first: int = Field(ge=1)
    last: int = Field(ge=1)


class Receipt(WireModel):
    """What the centre has on disk of one stream. Only on this does the device's spool let go of a message."""

    device: Name
    stream: UUID
    ranges: tuple[SeqRange, ...]


class Status(WireModel):
    """How a device is. Retained on its topic; the broker publishes the last will (online false) for a lost device.

    Not numbered: only the latest counts. made is the highest number that the stream has given out, which lets the
    centre name messages that are missing at the end. counters are the device's own, since its start.
    """

    device: Name
    online: bool
    at: UtcTime
    stream: UUID | None = None
    made: int = Field(default=0, ge=0)
    waiting: int = Field(default=0, ge=0)
    lists: dict[str, int] = Field(default_factory=dict)
    counters: dict[str, int] = Field(default_factory=dict)
    software: str = Field(default="", max_length=40)


class ListEntry(WireModel):
    """One vehicle of interest, as a device holds it and a screen shows it."""

    entry_id: UUID
    vrm: Vrm
    reason: str
    marker: str
    action: str
    risk_warnings: tuple[str, ...]
    owner: str
    expires_at: UtcTime
    authority: str


class ListManifest(WireModel):
    """A published version of a list: retained on its topic. The entries come in numbered chunks on theirs.

    sha256 is over the chunks' payloads joined in order. chunks may be 0: an empty list. authority_id is the authority
    that it was published under: a device looks nothing up in a list unless it holds that authority and may use it.
    """

    list_id: UUID
    name: str
    version: int = Field(ge=1)
    entries: int = Field(ge=0)
    chunks: int = Field(ge=0)
    sha256: Sha256
    published_at: UtcTime
    authority_id: UUID | None = None
