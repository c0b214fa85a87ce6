"""Calls on lists, for the command line and for other systems of the force."""

from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Form, Query, Request, UploadFile
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from governance.roles import Permission
from ingest.lists.drafts import EntryDraft
from ingest.lists.importing import Difference, Refusal
from ingest.lists.register import Entry, ListPage, Publication, VoiList
from ingest.web.session import Visit, centre_of, needs

router = APIRouter(prefix="/api/lists", tags=["lists"])

MOST_ENTRIES: int = 1_000

Seeing = Annotated[Visit, Depends(needs(Permission.SEE_LISTS))]
Changing = Annotated[Visit, Depends(needs(Permission.CHANGE_LISTS))]
Publishing = Annotated[Visit, Depends(needs(Permission.PUBLISH_LISTS))]


class NewList(BaseModel):
    """A list to be made. authority is the reference or the id of one of the kind anpr-list that names the list."""

    model_config = ConfigDict(extra="forbid")

    name: str
    purpose: str
    owner: str
    authority: str


class NewEntry(BaseModel):
    """A vehicle to be listed. expires_at has a zone."""

    model_config = ConfigDict(extra="forbid")

    vrm: str
    reason: str
    marker: str = ""
    action: str = ""
    risk_warnings: tuple[str, ...] = ()
    owner: str
    expires_at: AwareDatetime
    authority: str


class Imported(BaseModel):
    """What became of each row of a file, as ingest.lists.importing.ImportReport has it."""

    accepted: int
    updated: int
    different: int
    refused: int
    duplicates: int
    blank: int
    refusals: list[Refusal]
    not_shown: int
    differences: list[Difference]
    repeats: list[Refusal]
    absent: tuple[str, ...]
    sha256: str


class Reason(BaseModel):
    """Why something is done."""

    model_config = ConfigDict(extra="forbid")

    why: str = Field(min_length=1)


class Under(BaseModel):
    """The reference or the id of the authority that a list is to stand on from now on."""

    model_config = ConfigDict(extra="forbid")

    authority: str = Field(min_length=1)


class Removal(Reason):
    """A mark that is to come off a list, and why."""

    vrm: str = Field(min_length=1)


@router.get("")
def all_lists(request: Request, _visit: Seeing) -> list[VoiList]:
    """Every list, without its entries."""
    return centre_of(request).lists.all()


@router.post("", status_code=HTTPStatus.CREATED)
def create(request: Request, visit: Changing, new: NewList) -> VoiList:
    """Make an empty list."""
    return centre_of(request).lists.create(new.name, new.purpose, new.owner, new.authority, visit.person.name)


@router.get("/{list_id}")
def show(
    request: Request,
    _visit: Seeing,
    list_id: UUID,
    start: Annotated[int, Query(ge=0)] = 0,
    limit: Annotated[int, Query(ge=1, le=MOST_ENTRIES)] = 100,
) -> ListPage:
    """A list and its entries in force, by mark, from the one numbered start on."""
    return centre_of(request).lists.show(list_id, start, limit)


@router.post("/{list_id}/entries", status_code=HTTPStatus.CREATED)
def add(request: Request, visit: Changing, list_id: UUID, new: NewEntry) -> Entry:
    """Put one vehicle on a list."""
    return centre_of(request).lists.add(list_id, EntryDraft(**dict(new)), visit.person.name)


@router.delete("/{list_id}/entries/{entry_id}", status_code=HTTPStatus.NO_CONTENT)
def remove(request: Request, visit: Changing, list_id: UUID, entry_id: UUID, reason: Reason) -> None:  # noqa: ARG001
    """Take one vehicle off a list, and say why."""
    centre_of(request).lists.remove(entry_id, reason.why, visit.person.name)


@router.post("/{list_id}/removals", status_code=HTTPStatus.NO_CONTENT)
def remove_mark(request: Request, visit: Changing, list_id: UUID, removal: Removal) -> None:
    """Take the vehicle with this mark off a list, and say why. The mark is in the body: an address would be kept."""
    centre_of(request).lists.remove_mark(list_id, removal.vrm, removal.why, visit.person.name)


@router.post("/{list_id}/import")
def import_file(
    request: Request,
    visit: Changing,
    list_id: UUID,
    file: UploadFile,
    update: Annotated[bool, Form()] = False,
    why: Annotated[str, Form()] = "",
    leave_out: Annotated[list[str], Form()] = [],  # noqa: B006 - FastAPI copies it
) -> Imported:
    """Put the rows of a CSV file on a list. A row that is refused is named by its line; the others are taken.

    A mark that is on the list with other content is reported, and changed only with update and a reason. A column that
    no list has refuses the file, unless leave_out names it.
    """
    report = centre_of(request).lists.import_csv(
        list_id, file.file, visit.person.name, update=update, why=why, leave_out=leave_out
    )
    return Imported(**{name: getattr(report, name) for name in Imported.model_fields})


@router.post("/{list_id}/authority")
def put_under(request: Request, visit: Changing, list_id: UUID, under: Under) -> VoiList:
    """Let a list stand on another authority: the one before is over, say. Publish it again afterwards."""
    return centre_of(request).lists.put_under(list_id, under.authority, visit.person.name)


@router.post("/{list_id}/withdraw")
def withdraw(request: Request, visit: Publishing, list_id: UUID, reason: Reason) -> VoiList:
    """Take a list off the cars, and say why. It needs no authority, and what is on the list stays on it."""
    lists = centre_of(request).lists
    lists.withdrawals.withdraw(list_id, reason.why, visit.person.name)
    return lists.get(list_id)


@router.post("/{list_id}/publish")
def publish(request: Request, visit: Publishing, list_id: UUID) -> Publication:
    """Make a new version of a list and send it to the cars, unless nothing has changed since the last (new: false).

    403 where its authority does not hold: the answer says why, and who can help. So with each change that adds.
    """
    return centre_of(request).lists.publish(list_id, visit.person.name)
