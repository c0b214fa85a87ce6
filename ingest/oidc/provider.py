"""The force's sign-in provider, as this service talks to it."""

import hmac
import json
import logging
import ssl
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import quote, urlencode, urlsplit

import httpx2
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from pydantic import SecretStr

from governance.sealing import Sealer
from ingest.accounts import Identity
from ingest.clock import Clock
from ingest.errors import ProviderRefused, ProviderUnavailable
from ingest.oidc import flow
from ingest.oidc.id_token import UnknownKey, claims_of
from ingest.oidc.identity import identity_of
from ingest.oidc.metadata import Metadata, address_of, metadata_of
from ingest.settings import OidcSettings

RETURN_PATH: Final = "/sign-in/return"
"""Where the provider sends the browser back to."""

KEPT: Final = timedelta(hours=1)
"""How long the provider's description and keys are used before they are asked for again."""

MOST_BYTES: Final = 1_000_000
"""The longest answer that is read."""

AWAY: Final = timedelta(seconds=5)
"""How long a provider that did not answer is not asked again: people who wait for it hold a thread each."""

SAYABLE: Final = frozenset(
    {"access_denied", "login_required", "interaction_required", "consent_required", "account_selection_required"}
)
"""What a provider answers about a person (RFC 6749, section 4.1.2.1; OpenID Connect Core, section 3.1.2.6)."""

_AWAY: Final = "the sign-in provider does not answer; try again in a little while"

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Begun:
    """address is where the browser goes; sealed is what it keeps meanwhile, as a cookie."""

    address: str
    sealed: str


@dataclass(frozen=True, slots=True)
class Finished:
    """Who came back, and where they were headed."""

    identity: Identity
    target: str


@dataclass(frozen=True, slots=True)
class _Known:
    metadata: Metadata
    keys: KeySet
    until: datetime


class Provider:
    """One provider. Nothing is asked of it before somebody signs in, so the service starts without it."""

    def __init__(self, settings: OidcSettings, secret: SecretStr, sealer: Sealer, clock: Clock) -> None:
        self.label = settings.label
        self._settings = settings
        self._secret = secret
        self._sealer = sealer
        self._clock = clock
        self._lock = threading.Lock()
        self._known: _Known | None = None
        self._away_until: datetime | None = None
        trusted: ssl.SSLContext | bool = True
        if settings.ca_file is not None:
            trusted = ssl.create_default_context(cafile=settings.ca_file)
        self._http = httpx2.Client(timeout=settings.timeout_s, verify=trusted)

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def begin(self, target: str) -> Begun:
        """Begin a sign-in that ends at a path of ours. Raises ProviderUnavailable."""
        known, begun = self._ask(), flow.begin(target, self._clock())
        address = flow.address(
            begun,
            known.metadata.authorization_endpoint,
            self._settings.client_id,
            self._return_to,
            self._settings.scopes,
            self._settings.second_factor_acr,
        )
        return Begun(address, flow.seal(begun, self._sealer))

    def finish(self, sealed: str, answer: Mapping[str, str]) -> Finished:
        """End a sign-in: sealed is what the browser kept, answer the parameters that it came back with.

        Raises ProviderRefused or ProviderUnavailable.
        """
        begun = flow.open_sealed(sealed, self._sealer, self._clock())
        if not hmac.compare_digest(answer.get("state", "").encode(), begun.state.encode()):
            raise ProviderRefused("this answer belongs to another sign-in: begin it again")
        known = self._ask()
        if answer.get("iss", None if known.metadata.names_itself else self._settings.issuer) != self._settings.issuer:
            raise ProviderRefused("this answer is another sign-in provider's: begin the sign-in again")
        if "error" in answer or "code" not in answer:
            said = answer.get("error", "")
            why = said if said in SAYABLE else "it gave no reason of a known kind"
            raise ProviderRefused(f"the sign-in provider let nobody in ({why})")
        token = self._redeem(known.metadata, answer["code"], begun.verifier)
        return Finished(identity_of(self._checked(token, known, begun.nonce), self._settings), begun.target)

    def sign_out_address(self) -> str | None:
        """Where a browser ends its session at the provider too; None where it offers no such place, or is away.

        No ID token goes along as a hint, so the provider asks before it does it (RP-Initiated Logout, section 2).
        """
        try:
            end = self._ask().metadata.end_session_endpoint
        except ProviderUnavailable:
            return None
        if end is None:
            return None
        back = {"client_id": self._settings.client_id, "post_logout_redirect_uri": f"{self._pages}/sign-in"}
        return f"{end}{'&' if urlsplit(end).query else '?'}{urlencode(back)}"

    @property
    def _pages(self) -> str:
        return self._settings.pages.rstrip("/")

    @property
    def _return_to(self) -> str:
        return self._pages + RETURN_PATH

    def _ask(self, *, anew: bool = False) -> _Known:
        """The provider's description and keys, asked for where they are not known or are old."""
        with self._lock:
            now = self._clock()
            if self._known is not None and not anew and now < self._known.until:
                return self._known
            if self._away_until is not None and now < self._away_until:
                raise ProviderUnavailable(_AWAY)
            try:
                issuer = self._settings.issuer
                metadata = metadata_of(self._call("GET", address_of(issuer)), issuer)
                self._known = _Known(metadata, self._keys(metadata), now + KEPT)
            except ProviderUnavailable:
                self._away_until = now + AWAY
                raise
            return self._known

    def _keys(self, metadata: Metadata) -> KeySet:
        try:
            return KeySet.import_key_set(self._call("GET", metadata.jwks_uri))
        except (JoseError, ValueError, KeyError, TypeError) as error:
            raise ProviderUnavailable("the sign-in provider's keys cannot be read") from error

    def _checked(self, token: str, known: _Known, nonce: str) -> dict[str, Any]:
        """The claims of an ID token; the keys are asked for once more where it is signed with one that is new."""
        expected = {"issuer": self._settings.issuer, "client_id": self._settings.client_id, "nonce": nonce}
        try:
            return claims_of(token, known.keys, **expected, now=self._clock())
        except UnknownKey:
            _log.warning("an ID token names a key that is not known: asking the sign-in provider for its keys again")
        return claims_of(token, self._ask(anew=True).keys, **expected, now=self._clock())

    def _redeem(self, metadata: Metadata, code: str, verifier: str) -> str:
        """The ID token that a code is good for (OpenID Connect Core, section 3.1.3)."""
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self._return_to,
            "code_verifier": verifier,
        }
        client_id, secret = self._settings.client_id, self._secret.get_secret_value()
        auth = None
        if metadata.secret_in_body:
            form |= {"client_id": client_id, "client_secret": secret}
        else:
            auth = (quote(client_id, safe=""), quote(secret, safe=""))  # RFC 6749, section 2.3.1: encoded as a form's
        answer = self._call("POST", metadata.token_endpoint, form, auth)
        token = answer.get("id_token") if isinstance(answer, dict) else None
        if not isinstance(token, str):
            raise ProviderRefused("the sign-in provider gave no ID token: begin the sign-in again")
        return token

    def _call(
        self, method: str, url: str, form: Mapping[str, str] | None = None, auth: tuple[str, str] | None = None
    ) -> Any:
        try:
            with self._http.stream(
                method, url, data=form, auth=auth, headers={"Accept": "application/json"}
            ) as response:
                body = _bounded(response)
        except httpx2.HTTPError as error:
            _log.warning("the sign-in provider cannot be reached: %s", type(error).__name__)
            raise ProviderUnavailable(_AWAY) from error
        try:
            said = json.loads(body)
        except ValueError:
            said = None
        if response.is_success and said is not None:
            return said
        reason = said.get("error") if isinstance(said, dict) else None
        if form is not None and reason == "invalid_grant":
            raise ProviderRefused("the sign-in provider does not take its code back: begin the sign-in again")
        _log.warning("the sign-in provider answered %d where an answer was needed", response.status_code)
        if form is not None and reason in ("invalid_client", "unauthorized_client"):
            raise ProviderUnavailable(
                "the sign-in provider does not know this service by its name and secret: tell whoever runs the service"
            )
        raise ProviderUnavailable(_AWAY)


def _bounded(response: httpx2.Response) -> bytes:
    body = b""
    for part in response.iter_bytes():
        body += part
        if len(body) > MOST_BYTES:
            raise ProviderUnavailable("the sign-in provider's answer is far too long")
    return body
