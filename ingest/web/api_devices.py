"""Calls on devices: codes to enrol with, enrolment and renewal, the list of keys, revocation."""

import base64
import binascii
from dataclasses import asdict
from datetime import datetime
from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, ConfigDict, Field, SecretStr

from governance.devices.requests import MAX_REQUEST_BYTES
from governance.roles import Permission
from ingest.contract.base import Name
from ingest.device_keys import LONGEST_REASON, DeviceIdentity
from ingest.enrolment import Enrolled, Unsigned
from ingest.errors import BadInput
from ingest.intake.batch import LARGEST_NUMBER
from ingest.web.session import Visit, centre_of, needs

router = APIRouter(prefix="/api/devices", tags=["devices"])

Seeing = Annotated[Visit, Depends(needs(Permission.SEE_DEVICES))]
Managing = Annotated[Visit, Depends(needs(Permission.MANAGE_DEVICES))]
CertificateRequest = Annotated[str, Field(max_length=MAX_REQUEST_BYTES)]


class NewCode(BaseModel):
    """Which device may enrol. The name is new, or that of a device that is to get a new key."""

    model_config = ConfigDict(extra="forbid")

    device: Name


class MadeCode(BaseModel):
    """Give the code to whoever sets the device up; it is shown this once."""

    device: str
    code: str
    ends_at: datetime


class UnsignedMessages(BaseModel):
    """What the device numbered before it had a key, and may still send unsigned: this stream up to made."""

    model_config = ConfigDict(extra="forbid")

    stream: UUID
    made: int = Field(ge=1, le=LARGEST_NUMBER)


class Enrol(BaseModel):
    """A device's first request, or that of a device with a new key. request is PKCS #10 in PEM form, for an Ed25519
    key, with the device's name as its common name.
    """

    model_config = ConfigDict(extra="forbid")

    device: Name
    code: SecretStr = Field(max_length=100)
    request: CertificateRequest
    unsigned: UnsignedMessages | None = None


class Renew(BaseModel):
    """A device's request for the certificate after this one. signature is base64, by the certificate's key, over the
    line `lanthorn device renewal v1`, the line with the serial, and the request.
    """

    model_config = ConfigDict(extra="forbid")

    serial: str = Field(pattern=r"^[0-9a-f]{1,40}$")
    request: CertificateRequest
    signature: str = Field(max_length=100)


class Given(BaseModel):
    """The device's certificate and the authority's (PEM). trust_key, base64, signs the list of officers' keys."""

    device: str
    force: str
    certificate: str
    authority: str
    trust_key: str | None
    ends_at: datetime


class Reason(BaseModel):
    """Why something is done."""

    model_config = ConfigDict(extra="forbid")

    why: str = Field(min_length=1, max_length=LONGEST_REASON)


class Revocation(BaseModel):
    """What was revoked. Give the broker its new files: lanthorn device broker-files."""

    device: str
    keys: int


@router.get("")
def every_key(request: Request, _visit: Seeing) -> list[DeviceIdentity]:
    """Every key that a device was enrolled with: good, ended or revoked."""
    return centre_of(request).device_keys.all()


@router.post("/codes", status_code=HTTPStatus.CREATED)
def make_code(request: Request, visit: Managing, new: NewCode) -> MadeCode:
    """Let a device enrol, once."""
    code = centre_of(request).enrolment.make_code(new.device, visit.person.name)
    return MadeCode(device=code.device, code=code.text, ends_at=code.ends_at)


@router.post("/enrol", status_code=HTTPStatus.CREATED)
def enrol(request: Request, asked: Enrol) -> Given:
    """Give a device its certificate. Asks for no session: the code says that an administrator wants this."""
    unsigned = None if asked.unsigned is None else Unsigned(asked.unsigned.stream, asked.unsigned.made)
    enrolment = centre_of(request).enrolment
    return _given(enrolment.enrol(asked.device, asked.code.get_secret_value(), asked.request, unsigned))


@router.post("/renew", status_code=HTTPStatus.CREATED)
def renew(request: Request, asked: Renew) -> Given:
    """Give a device its next certificate. Asks for no session: the device signs the request with its key."""
    try:
        signature = base64.b64decode(asked.signature, validate=True)
    except binascii.Error as error:
        raise BadInput("the signature is not base64") from error
    return _given(centre_of(request).enrolment.renew(asked.serial, asked.request, signature))


@router.post("/{device}/revoke")
def revoke(request: Request, visit: Managing, device: Name, reason: Reason) -> Revocation:
    """Take nothing more from a device: for one that is lost, stolen or retired."""
    keys = centre_of(request).device_keys.revoke(device, reason.why, visit.person.name)
    return Revocation(device=device, keys=keys)


def _given(enrolled: Enrolled) -> Given:
    return Given(**asdict(enrolled))
