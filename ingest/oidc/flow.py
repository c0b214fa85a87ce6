"""One sign-in under way: what is kept of it in the browser, sealed, and the address that it begins at.

What it stands against:
- A page of another site cannot finish a sign-in in somebody's browser: the state must be the one that this browser
  keeps (RFC 9700, section 4.7).
- A code that is taken on its way is of no use without the verifier (RFC 7636), which only this browser's cookie holds,
  sealed.
- An ID token of another sign-in is refused: its nonce is another (OpenID Connect Core, section 15.5.2).
"""

import base64
import hashlib
import json
import secrets
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import urlencode, urlsplit

from governance.errors import BadSeal
from governance.sealing import Sealer
from ingest.errors import ProviderRefused

LIFE: Final = timedelta(minutes=10)
"""How long somebody may take at the provider: to find a phone and type a code."""

SEALED_FOR: Final = "sign-in flows"

_ABOUT: Final = "a browser's sign-in under way"
_RANDOM_BYTES: Final = 32
"""256 bits each; as a verifier that is the 43 characters that RFC 7636, section 4.1, recommends."""

_NOT_BEGUN: Final = "this sign-in was not begun in this browser, or too long ago: begin it again"


@dataclass(frozen=True, slots=True)
class Flow:
    """target is the path of ours that the person was headed for; ends, in seconds since 1970, when it is too old."""

    state: str
    nonce: str
    verifier: str
    target: str
    ends: float

    @property
    def challenge(self) -> str:
        """The verifier's S256 challenge (RFC 7636, section 4.2)."""
        digest = hashlib.sha256(self.verifier.encode()).digest()
        return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def begin(target: str, now: datetime) -> Flow:
    """A new sign-in, from the system's random numbers."""
    state, nonce, verifier = (secrets.token_urlsafe(_RANDOM_BYTES) for _ in range(3))
    return Flow(state, nonce, verifier, target, (now + LIFE).timestamp())


def seal(flow: Flow, sealer: Sealer) -> str:
    """The sign-in as a cookie holds it."""
    return base64.urlsafe_b64encode(sealer.seal(json.dumps(asdict(flow)).encode(), _ABOUT)).decode()


def open_sealed(sealed: str, sealer: Sealer, now: datetime) -> Flow:
    """The sign-in that a cookie holds. Raises ProviderRefused for what is none of ours, or too old."""
    try:
        flow = Flow(**json.loads(sealer.open(base64.urlsafe_b64decode(sealed), _ABOUT)))
    except (BadSeal, ValueError, TypeError) as error:
        raise ProviderRefused(_NOT_BEGUN) from error
    if now.timestamp() >= flow.ends:
        raise ProviderRefused(_NOT_BEGUN)
    return flow


def address(
    flow: Flow, endpoint: str, client_id: str, return_to: str, scopes: Sequence[str], acr: Sequence[str]
) -> str:
    """Where the browser goes to sign in (OpenID Connect Core, section 3.1.2.1)."""
    asked = {
        "response_type": "code",
        "client_id": client_id,
        "redirect_uri": return_to,
        "scope": " ".join(scopes),
        "state": flow.state,
        "nonce": flow.nonce,
        "code_challenge": flow.challenge,
        "code_challenge_method": "S256",
    }
    if acr:
        asked["acr_values"] = " ".join(acr)
    return f"{endpoint}{'&' if urlsplit(endpoint).query else '?'}{urlencode(asked)}"
