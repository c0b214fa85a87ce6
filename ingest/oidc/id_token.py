"""Checks an ID token: OpenID Connect Core 1.0, section 3.1.3.7."""

from datetime import datetime
from typing import Any, Final

from joserfc import jwt
from joserfc.errors import ExpiredTokenError, InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet

from ingest.errors import ProviderRefused

ALGORITHMS: Final = ("RS256", "PS256", "ES256", "Ed25519", "EdDSA")
"""Signatures by a key pair only. Without this list a token could name "none", or the public key as a shared secret."""

LEEWAY_S: Final = 30
"""How far the provider's clock and ours may differ."""

MOST_SUBJECT_LETTERS: Final = 255
"""OpenID Connect Core 1.0, section 2."""


class UnknownKey(ProviderRefused):
    """The token names a key that is not in the set: fetch the set again, the provider may have changed its keys."""


def claims_of(token: str, keys: KeySet, *, issuer: str, client_id: str, nonce: str, now: datetime) -> dict[str, Any]:
    """The claims of a token that is this issuer's, for this client, of this sign-in, and in date.

    Raises UnknownKey, or ProviderRefused, which names what was wrong and nothing of the token.
    """
    try:
        claims = jwt.decode(token, keys, algorithms=ALGORITHMS).claims
    except InvalidKeyIdError as error:
        raise UnknownKey(_refusal("it is signed with a key that the provider does not show")) from error
    except (JoseError, ValueError) as error:
        raise ProviderRefused(_refusal("its signature is not good")) from error
    registry = jwt.JWTClaimsRegistry(
        now=int(now.timestamp()),
        leeway=LEEWAY_S,
        iss={"essential": True, "value": issuer},
        aud={"essential": True, "value": client_id},
        sub={"essential": True},
        exp={"essential": True},
        iat={"essential": True},
        nonce={"essential": True},
    )
    try:
        registry.validate(claims)
    except ExpiredTokenError as error:
        raise ProviderRefused(_refusal("it has expired: check both clocks")) from error
    except JoseError as error:
        raise ProviderRefused(_refusal(f"a claim is missing or wrong ({_claim_of(error)})")) from error
    if claims["nonce"] != nonce:
        raise ProviderRefused(_refusal("it belongs to another sign-in"))
    several = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
    if claims.get("azp", None if several else client_id) != client_id:
        raise ProviderRefused(_refusal("it was given to another client"))
    if len(claims["sub"]) > MOST_SUBJECT_LETTERS:
        raise ProviderRefused(_refusal("its subject is too long"))
    return claims


def _refusal(why: str) -> str:
    return f"what the sign-in provider sent is not to be believed: {why}"


def _claim_of(error: JoseError) -> str:
    """Which claim: one of the few that were asked for, so nothing of the token gets out."""
    return str(getattr(error, "claim", "")) or "unnamed"
