"""The pages of the vehicle-of-interest lists: all of them, one with its entries, and every change."""

from http import HTTPStatus
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Form, Request, Response, UploadFile
from fastapi.responses import RedirectResponse

from governance.roles import Permission
from ingest.errors import BadInput, Conflict, EntryRefused, IngestError, NotAuthorised
from ingest.lists.drafts import EntryDraft, expiry_of
from ingest.lists.importing import ImportReport
from ingest.web.failures import status_of
from ingest.web.session import Visit, centre_of, needs
from ingest.web.templating import page

router = APIRouter(prefix="/lists", include_in_schema=False)

ENTRIES_A_PAGE: Final = 100

Seeing = Annotated[Visit, Depends(needs(Permission.SEE_LISTS))]
Changing = Annotated[Visit, Depends(needs(Permission.CHANGE_LISTS))]
Publishing = Annotated[Visit, Depends(needs(Permission.PUBLISH_LISTS))]
Text = Annotated[str, Form(max_length=2_000)]

REFUSALS: Final = (BadInput, Conflict, NotAuthorised)
"""What is said on the page itself, with what was typed."""


@router.get("")
def all_lists(request: Request, visit: Seeing) -> Response:
    return _all(request, visit)


@router.post("")
def create(request: Request, visit: Changing, name: Text, purpose: Text, owner: Text, authority: Text) -> Response:
    try:
        made = centre_of(request).lists.create(name, purpose, owner, authority, visit.person.name)
    except REFUSALS as error:
        typed = {"name": name, "purpose": purpose, "owner": owner, "authority": authority}
        return _all(request, visit, refused=error, typed=typed)
    return _to(made.list_id)


@router.get("/{list_id}")
def one_list(request: Request, visit: Seeing, list_id: UUID, start: int = 0) -> Response:
    return _one(request, visit, list_id, start=max(0, start))


@router.post("/{list_id}/entries")
def add(
    request: Request,
    visit: Changing,
    list_id: UUID,
    vrm: Text,
    reason: Text,
    owner: Text,
    expires: Text,
    authority: Text,
    marker: Text = "",
    action: Text = "",
    risk_warnings: Text = "",
) -> Response:
    typed = {
        "vrm": vrm,
        "reason": reason,
        "owner": owner,
        "expires": expires,
        "authority": authority,
        "marker": marker,
        "action": action,
        "risk_warnings": risk_warnings,
    }
    try:
        centre_of(request).lists.add(list_id, draft_of(typed), visit.person.name)
    except REFUSALS as error:
        return _one(request, visit, list_id, refused=error, typed=typed)
    return _to(list_id)


@router.post("/{list_id}/entries/{entry_id}/remove")
def remove(request: Request, visit: Changing, list_id: UUID, entry_id: UUID, why: Text) -> Response:
    try:
        centre_of(request).lists.remove(entry_id, why, visit.person.name)
    except BadInput as error:
        return _one(request, visit, list_id, refused=error)
    return _to(list_id)


@router.post("/{list_id}/import")
def import_file(
    request: Request,
    visit: Changing,
    list_id: UUID,
    file: UploadFile,
    update: Annotated[bool, Form()] = False,
    why: Text = "",
    leave_out: Text = "",
) -> Response:
    typed = {"leave_out": leave_out, "why": why}
    left_out = [name for name in leave_out.split(",") if name.strip()]
    try:
        report = centre_of(request).lists.import_csv(
            list_id, file.file, visit.person.name, update=update, why=why, leave_out=left_out
        )
    except REFUSALS as error:
        return _one(request, visit, list_id, refused=error, imported=typed)
    return _one(request, visit, list_id, report=report)


@router.post("/{list_id}/publish")
def publish(request: Request, visit: Publishing, list_id: UUID) -> Response:
    try:
        made = centre_of(request).lists.publish(list_id, visit.person.name)
    except NotAuthorised as error:
        return _one(request, visit, list_id, refused=error)
    return _to(list_id) if made.new else _one(request, visit, list_id, unchanged=True)


@router.post("/{list_id}/authority")
def put_under(request: Request, visit: Changing, list_id: UUID, list_authority: Text) -> Response:
    try:
        centre_of(request).lists.put_under(list_id, list_authority, visit.person.name)
    except REFUSALS as error:
        return _one(request, visit, list_id, refused=error)
    return _to(list_id)


@router.post("/{list_id}/withdraw")
def withdraw(request: Request, visit: Publishing, list_id: UUID, withdraw_why: Text) -> Response:
    try:
        centre_of(request).lists.withdrawals.withdraw(list_id, withdraw_why, visit.person.name)
    except BadInput as error:
        return _one(request, visit, list_id, refused=error)
    return _to(list_id)


def draft_of(typed: dict[str, str]) -> EntryDraft:
    """An entry as somebody typed it; risk warnings stand one to a line or between semicolons. Raises EntryRefused."""
    try:
        expires_at = expiry_of(typed["expires"])
    except ValueError as error:
        raise EntryRefused(str(error)) from error
    warnings = typed["risk_warnings"].replace("\n", ";").split(";")
    texts = {name: typed[name] for name in ("vrm", "reason", "marker", "action", "owner", "authority")}
    return EntryDraft(**texts, risk_warnings=tuple(warnings), expires_at=expires_at)


def _all(
    request: Request, visit: Visit, refused: IngestError | None = None, typed: dict[str, str] | None = None
) -> Response:
    return page(
        request,
        "lists.html",
        person=visit.person,
        status=status_of(refused) if refused else HTTPStatus.OK,
        lists=centre_of(request).lists.all(),
        may_change=visit.may(Permission.CHANGE_LISTS),
        refused=_faults(refused),
        typed=typed or {},
    )


def _one(
    request: Request,
    visit: Visit,
    list_id: UUID,
    *,
    start: int = 0,
    refused: IngestError | None = None,
    typed: dict[str, str] | None = None,
    imported: dict[str, str] | None = None,
    report: ImportReport | None = None,
    unchanged: bool = False,
) -> Response:
    """The page of one list. imported is what was typed beside a file that was refused."""
    shown = centre_of(request).lists.show(list_id, start, ENTRIES_A_PAGE)
    return page(
        request,
        "list.html",
        person=visit.person,
        status=status_of(refused) if refused else HTTPStatus.OK,
        about=shown.list,
        entries=shown.entries,
        start=start,
        before=max(0, start - ENTRIES_A_PAGE) if start else None,
        after=start + ENTRIES_A_PAGE if start + ENTRIES_A_PAGE < shown.list.entries else None,
        may_change=visit.may(Permission.CHANGE_LISTS),
        may_publish=visit.may(Permission.PUBLISH_LISTS),
        refused=_faults(refused),
        typed=typed or {},
        imported=imported,
        report=report,
        unchanged=unchanged,
    )


def _faults(refused: IngestError | None) -> tuple[str, ...]:
    if refused is None:
        return ()
    return refused.reasons if isinstance(refused, EntryRefused) else (str(refused),)


def _to(list_id: UUID) -> Response:
    return RedirectResponse(f"/lists/{list_id}", HTTPStatus.SEE_OTHER)
