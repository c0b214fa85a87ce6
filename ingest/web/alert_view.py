"""An alert of the centre as the card shows it to this person."""

from governance.roles import Permission
from ingest.alert_records import AlertRecord, AnswerRecord, EntryState
from ingest.board import Sightings
from ingest.contract.card import AlertView, AnswerView
from ingest.contract.card.words import local_date, local_time
from ingest.contract.messages import ImageRole
from ingest.web.session import Visit
from ingest.web.shown import picture_url


def views_of(sightings: Sightings, visit: Visit) -> list[AlertView]:
    """The views of some sightings, for this person. Each shows the answer that was given on its entry before."""
    return [view_of(record, visit, sightings.before.get(record.entry_id)) for record in sightings.records]


def view_of(record: AlertRecord, visit: Visit, before: AnswerRecord | None = None) -> AlertView:
    """The card's view, with buttons and pictures only for who may use them. before counts only where it waits."""
    pictures = record.pictures if visit.may(Permission.SEE_PICTURES) else {}
    urls = {role: picture_url(visit, image_id) for role, image_id in pictures.items()}
    return AlertView(
        alert_id=str(record.alert_id),
        entry_id=str(record.entry_id),
        vrm=record.vrm,
        as_read=record.as_read,
        mark_kind=record.mark_kind,
        confidence=record.probability,
        matched=record.matched,
        listed=record.listed,
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
        answers=tuple(_answer(given) for given in record.answers),
        answer_url=f"/patrol/alerts/{record.alert_id}/answers" if visit.may(Permission.ANSWER_ALERTS) else None,
        page_url=f"/patrol/alerts/{record.alert_id}",
        before=_answer(before) if before and not record.answers else None,
    )


def _answer(given: AnswerRecord) -> AnswerView:
    return AnswerView(given.outcome, given.answered_at, given.answered_by)


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
