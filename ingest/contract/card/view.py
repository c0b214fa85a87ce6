"""What an alert card shows, put together by the car or by the centre from what each of them holds."""

from dataclasses import dataclass
from datetime import datetime

from ingest.contract.messages import ImageRole, Outcome, WireCharacter, WirePosition


@dataclass(frozen=True, slots=True)
class AnswerView:
    """One answer to an alert. answered_by is the name to show."""

    outcome: Outcome
    answered_at: datetime
    answered_by: str


@dataclass(frozen=True, slots=True)
class Older:
    """How many alerts the feed does not show, and where they are."""

    waiting: int = 0
    waiting_url: str = ""
    answered: int = 0
    answered_url: str = ""


@dataclass(frozen=True, slots=True)
class AlertView:
    """One alert, which is one sighting of a vehicle; or a card, which folds several (ingest.contract.card.folding).

    Times are aware. URLs are paths of the server that shows the card. entry_id is the entry of the list that it is a
    hit on.

    confidence is the probability that the vehicle is the listed one. matched is the contract's: "exact", or "misread"
    where the read is another mark than listed, the one on the list; listed is empty where it is not known.

    answers are in the order given: the last one counts, and the earlier ones are kept. answer_url takes a POST of
    the form field "outcome"; None draws the card without buttons, for somebody who may not answer. A picture's URL
    is None until the picture has come; expected says which pictures will come. Texts of the list may be empty, where it
    says nothing or is not known. caution is a sentence to read before acting, such as that the entry has been removed.

    Of a card, the fields are those of its newest sighting; earlier has the others, newest first. before is the answer
    that was given to sightings of this vehicle before those of the card. page_url is where this sighting has a page of
    its own, empty where it has none.
    """

    alert_id: str
    entry_id: str
    vrm: str
    as_read: str
    mark_kind: str
    confidence: float
    matched: str
    listed: str
    characters: tuple[WireCharacter, ...]
    frames_read: int
    captured_at: datetime
    clock_error_ms: float | None
    position: WirePosition | None
    device: str
    camera: str
    risk_warnings: tuple[str, ...]
    marker: str
    reason: str
    action: str
    list_name: str
    list_version: int
    owner: str
    authority: str
    expires_at: datetime | None
    caution: str = ""
    plate_patch_url: str | None = None
    overview_url: str | None = None
    expected: frozenset[ImageRole] = frozenset(ImageRole)
    answers: tuple[AnswerView, ...] = ()
    answer_url: str | None = None
    page_url: str = ""
    earlier: tuple["AlertView", ...] = ()
    before: AnswerView | None = None

    @property
    def is_misread(self) -> bool:
        """Whether the mark on the list is another than the one that was read."""
        return self.matched == "misread" and bool(self.listed)

    @property
    def mark(self) -> str:
        """The mark to look for: the one on the list where the read may be a misread of it, else the one read."""
        return self.listed if self.is_misread else self.vrm

    @property
    def answer(self) -> AnswerView | None:
        """The answer that counts: the last."""
        return self.answers[-1] if self.answers else None

    @property
    def sightings(self) -> tuple["AlertView", ...]:
        """Every sighting of a card, newest first."""
        return (self, *self.earlier)

    @property
    def card_id(self) -> str:
        """What a card is known by on a page, however many sightings it comes to hold: its first sighting's id."""
        return self.sightings[-1].alert_id
