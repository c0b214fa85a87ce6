"""Calls on the service: signing in and out, who one is, health, and whether the log is whole."""

from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel, ConfigDict, Field, SecretStr

from governance.roles import Permission, Role, permissions
from ingest.centre import Health
from ingest.web.session import Visit, centre_of, needs

router = APIRouter(prefix="/api", tags=["service"])

Oneself = Annotated[Visit, Depends(needs(Permission.OWN_ACCOUNT, logged=False))]


class Credentials(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: str = Field(max_length=200)
    password: SecretStr = Field(max_length=2_000)
    code: SecretStr = Field(
        default=SecretStr(""), max_length=100, description="The second factor's, where the account has one."
    )


class Session(BaseModel):
    """Send the token with every call, as `Authorization: Bearer TOKEN`. It ends when unused, or at the shift's end."""

    token: str


class Account(BaseModel):
    name: str
    display_name: str
    roles: list[Role]
    permissions: list[Permission]


class Verified(BaseModel):
    """Whether the log is what was written. checkpoint is SIZE:ROOT, to be written down elsewhere; entries that it does
    not cover yet count in size. key is the verifier key that the service's checkpoints are signed with.
    """

    whole: bool
    size: int
    checkpoint: str
    key: str
    problems: list[str]
    problems_left_out: int
    notes: list[str]
    notes_left_out: int


@router.post("/sign-in")
def sign_in(request: Request, credentials: Credentials) -> Session:
    """Begin a session. Where the second factor's code is needed and not given, the answer's `needs` says so."""
    token = centre_of(request).accounts.sign_in_at_once(
        credentials.name, credentials.password.get_secret_value(), credentials.code.get_secret_value()
    )
    return Session(token=token)


@router.post("/sign-out", status_code=HTTPStatus.NO_CONTENT)
def sign_out(request: Request, visit: Oneself) -> None:
    """End this session."""
    centre_of(request).accounts.sign_out(visit.token)


@router.get("/me")
def oneself(visit: Oneself) -> Account:
    """Who one is, and what one may do."""
    person = visit.person
    return Account(
        name=person.name,
        display_name=person.display_name,
        roles=sorted(person.roles),
        permissions=sorted(permissions(person.roles)),
    )


@router.get("/health")
def health(request: Request, _visit: Annotated[Visit, Depends(needs(Permission.SEE_HEALTH))]) -> dict[str, Health]:
    """How each part of the service is, now."""
    return dict(centre_of(request).health())


@router.get("/log/verify")
def verify(request: Request, _visit: Annotated[Visit, Depends(needs(Permission.VERIFY_LOG))]) -> Verified:
    """Read the whole log and say whether it is what was written."""
    log, lost = centre_of(request).log, centre_of(request).settling.trouble
    result = log.verify()
    return Verified(
        whole=result.ok and not lost,
        size=result.size,
        checkpoint=str(result.head),
        key=log.verifier.text,
        problems=[*([lost] if lost else []), *(str(finding) for finding in result.problems)],
        problems_left_out=result.problems_left_out,
        notes=[str(finding) for finding in result.notes],
        notes_left_out=result.notes_left_out,
    )


@router.get("/openapi.json", include_in_schema=False)
def description(request: Request, _visit: Oneself) -> dict[str, Any]:
    """These calls, described as OpenAPI."""
    app = request.app
    schema = get_openapi(title="Lanthorn", version="1", routes=app.routes, description=__doc__)
    schema.setdefault("components", {})["securitySchemes"] = {"session": {"type": "http", "scheme": "bearer"}}
    schema["security"] = [{"session": []}]
    return schema
