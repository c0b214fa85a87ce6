"""What a provider says about itself: OpenID Connect Discovery 1.0, section 4."""

from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

from ingest.errors import ProviderUnavailable

PATH: Final = "/.well-known/openid-configuration"

_BASIC: Final = "client_secret_basic"
_POST: Final = "client_secret_post"


@dataclass(frozen=True, slots=True)
class Metadata:
    """Where the provider's parts are. names_itself: whether it says who it is in its answers (RFC 9207)."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    end_session_endpoint: str | None
    secret_in_body: bool
    names_itself: bool


def address_of(issuer: str) -> str:
    """Where an issuer describes itself."""
    return issuer.rstrip("/") + PATH


def metadata_of(document: Any, issuer: str) -> Metadata:
    """Read a description. Raises ProviderUnavailable for one that is another's, or lacks what is needed.

    That it is this issuer's own, to the letter, is what ties everything else to the issuer (section 4.3).
    """
    if not isinstance(document, dict) or document.get("issuer") != issuer:
        raise ProviderUnavailable(f"what lies at {address_of(issuer)} is not the description of that issuer")
    known = document.get("token_endpoint_auth_methods_supported", [_BASIC])
    if _BASIC not in known and _POST not in known:
        raise ProviderUnavailable(f"the sign-in provider takes neither {_BASIC} nor {_POST}")
    end = document.get("end_session_endpoint")
    return Metadata(
        issuer=issuer,
        authorization_endpoint=_endpoint(document, "authorization_endpoint", issuer),
        token_endpoint=_endpoint(document, "token_endpoint", issuer),
        jwks_uri=_endpoint(document, "jwks_uri", issuer),
        end_session_endpoint=None if end is None else _endpoint(document, "end_session_endpoint", issuer),
        secret_in_body=_BASIC not in known,
        names_itself=document.get("authorization_response_iss_parameter_supported") is True,
    )


def _endpoint(document: dict[str, Any], name: str, issuer: str) -> str:
    """An endpoint's address: https, unless the issuer itself is a server on this machine."""
    url = document.get(name)
    allowed = {"https", urlsplit(issuer).scheme}
    if not isinstance(url, str) or urlsplit(url).scheme not in allowed or not urlsplit(url).hostname:
        raise ProviderUnavailable(f"the sign-in provider's description has no {name} that can be used")
    return url
