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
class AlertView:
    """One alert. Times are aware. URLs are paths of the server that shows the card.

    answers are in the order given: the last one counts, and the earlier ones are kept. answer_url takes a POST of
    the form field "outcome"; None draws the card without buttons, for somebody who may not answer. A picture's URL
    is None until the picture has come; expected says which pictures will come. Texts of the list may be empty, where it
    says nothing or is not known. caution is a sentence to read before acting, such as that the entry has been removed.
    """

    alert_id: str
    vrm: str
    as_read: str
    mark_kind: str
    confidence: float
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

    @property
    def answer(self) -> AnswerView | None:
        """The answer that counts: the last."""
        return self.answers[-1] if self.answers else None
