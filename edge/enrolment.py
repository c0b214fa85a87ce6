"""How this device asks the centre for its certificate: the first with a code, each further one with its key."""

import base64
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import httpx2

from edge.counters import Counters
from edge.errors import EnrolmentFailed, WrongState
from edge.identity import Identity, pending_key
from edge.spool_streams import Stream
from governance.devices.authority import read_certificate
from governance.devices.requests import make_request, to_sign_renewal
from governance.errors import GovernanceError

TIMEOUT_S: Final = 5.0
"""How long one answer may take. The agent's housekeeping waits for it, and so may the agent's end."""

RENEW_FROM_SHARE: Final = 2 / 3
"""From this share of a certificate's life on, the next is asked for: a device may be away for a third of it."""

RENEW_EVERY_S: Final = 3_600.0
"""How long after a renewal that failed the next is tried."""


def enrol(folder: Path, device: str, force: str, centre: str, code: str, unsigned: Stream | None = None) -> Identity:
    """Enrol a device with a new key, and keep its identity in its state folder.

    centre is the address of the centre's pages. unsigned is the stream that the device numbered without a key: what
    waits of it may then still be sent. After an answer that was lost the same code may be used again from the same
    folder. Raises EnrolmentFailed, WrongState or DiskFault.
    """
    key = pending_key(folder)
    asked: dict[str, Any] = {"device": device, "code": code, "request": make_request(device, key)}
    if unsigned is not None:
        asked["unsigned"] = {"stream": str(unsigned.id), "made": unsigned.made}
    given = _ask(centre, "enrol", asked)
    if given["force"] != force:
        raise WrongState(
            f"{centre} is a centre of {given['force']}, and the settings say {force}: put that right first"
        )
    try:
        certificate = read_certificate(given["certificate"], given["authority"])
    except GovernanceError as error:
        raise EnrolmentFailed(f"{centre} gave a certificate that cannot be used: {error}") from error
    identity = Identity(
        folder, device, force, centre, key, certificate, given["authority"], given["trust_key"]
    ).checked()
    identity.keep()
    return identity


def renew(identity: Identity) -> Identity:
    """Get the next certificate, and keep it. Raises EnrolmentFailed, WrongState or DiskFault; then nothing changed."""
    request, serial = make_request(identity.device, identity.key), identity.certificate.serial
    signature = base64.b64encode(identity.key.sign(to_sign_renewal(serial, request))).decode()
    given = _ask(identity.centre, "renew", {"serial": serial, "request": request, "signature": signature})
    try:
        renewed = identity.renewed(given["certificate"])
    except GovernanceError as error:
        raise EnrolmentFailed(f"{identity.centre} gave a certificate that cannot be used: {error}") from error
    renewed.keep()
    return renewed


class Renewal:
    """Keeps a device's certificate in date. identity is what is in force; any thread may read it."""

    def __init__(self, identity: Identity | None, counters: Counters) -> None:
        self.identity = identity
        self._counters = counters
        self._tried_at: datetime | None = None

    def look(self, now: datetime) -> None:
        """Ask for the next certificate where it is time. What goes wrong is counted, and tried again an hour later."""
        identity = self.identity
        if identity is None or not self._due(identity, now):
            return
        self._tried_at = now
        try:
            self.identity = renew(identity)
        except (EnrolmentFailed, WrongState, OSError) as error:
            ends = f"{identity.certificate.ends_at:%Y-%m-%d}"
            self._counters.count("renewals_failed", warn=f"the certificate ends on {ends} and was not renewed: {error}")
        else:
            self._counters.count("renewals")

    def _due(self, identity: Identity, now: datetime) -> bool:
        certificate = identity.certificate
        if now < certificate.begins_at + RENEW_FROM_SHARE * (certificate.ends_at - certificate.begins_at):
            return False
        since_s = RENEW_EVERY_S if self._tried_at is None else abs((now - self._tried_at).total_seconds())
        return since_s >= RENEW_EVERY_S


def _ask(centre: str, what: str, asked: Mapping[str, Any]) -> dict[str, Any]:
    parts = urlsplit(centre)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise EnrolmentFailed(f"{centre!r} is not a centre's address: give http://HOST:PORT or https://HOST")
    try:
        response = httpx2.post(f"{centre.rstrip('/')}/api/devices/{what}", json=dict(asked), timeout=TIMEOUT_S)
        said = response.json()
    except httpx2.TransportError as error:
        raise EnrolmentFailed(f"no answer from the centre at {centre} ({error}): is it running there?") from error
    except ValueError as error:
        raise EnrolmentFailed(f"what answers at {centre} is not a Lanthorn centre") from error
    if not response.is_success:
        reason = said.get("detail", said) if isinstance(said, dict) else said
        raise EnrolmentFailed(f"the centre refused ({response.status_code}): {reason}")
    wanted = {"force", "certificate", "authority", "trust_key"}
    if not isinstance(said, dict) or not wanted <= said.keys():
        raise EnrolmentFailed(f"what answers at {centre} is not a Lanthorn centre")
    return said
