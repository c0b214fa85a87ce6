"""An alert of the centre as the card shows it to this person."""

from governance.roles import Permission
from ingest.alerts import AlertRecord, EntryState
from ingest.contract.card import AlertView, AnswerView
from ingest.contract.card.words import local_date, local_time
from ingest.contract.messages import ImageRole
from ingest.web.session import Visit


def view_of(record: AlertRecord, visit: Visit) -> AlertView:
    """The card's view, with buttons and pictures only for who may use them."""
    pictures = record.pictures if visit.may(Permission.SEE_PICTURES) else {}
    urls = {role: f"/pictures/{image_id}" for role, image_id in pictures.items()}
    return AlertView(
        alert_id=str(record.alert_id),
        vrm=record.vrm,
        as_read=record.as_read,
        mark_kind=record.mark_kind,
        confidence=record.confidence,
        characters=record.characters,
        frames_read=record.frames_read,
        captured_at=record.captured_at,
        clock_error_ms=record.clock_error_ms,
        position=record.position,
        device=record.device,
        camera=record.camera,
        risk_warnings=record.risk_warnings,
        marker=record.marker,
        reason=record.reason,
        action=record.action,
        list_name=record.list_name,
        list_version=record.list_version,
        owner=record.owner,
        authority=record.authority,
        expires_at=record.expires_at,
        caution=caution(record),
        plate_patch_url=urls.get(ImageRole.PLATE_PATCH),
        overview_url=urls.get(ImageRole.OVERVIEW),
        expected=record.expected,
        answers=tuple(AnswerView(given.outcome, given.answered_at, given.answered_by) for given in record.answers),
        answer_url=f"/patrol/alerts/{record.alert_id}/answers" if visit.may(Permission.ANSWER_ALERTS) else None,
    )


def caution(record: AlertRecord) -> str:
    """What to know before acting on an entry that is no longer one to act on; empty for one in force."""
    if record.entry_state is EntryState.REMOVED and record.removed_at is not None:
        when = f"{local_time(record.removed_at)} on {local_date(record.removed_at)}"
        return f"This vehicle was taken off the list at {when}. Check with control before you act."
    if record.entry_state is EntryState.EXPIRED:
        return "This vehicle's entry on the list has expired. Check with control before you act."
    if record.entry_state is EntryState.UNKNOWN:
        return "The centre does not know the entry that made this alert. Check with control before you act."
    return ""
