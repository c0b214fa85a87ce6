"""ID tokens: one that is right, and each way of being wrong."""

import hmac
import json
from base64 import urlsafe_b64encode
from datetime import UTC, datetime
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, RSAKey

from ingest.errors import ProviderRefused
from ingest.oidc.id_token import LEEWAY_S, UnknownKey, claims_of

NOW = datetime(2026, 11, 23, 3, 4, 5, tzinfo=UTC)
AT = int(NOW.timestamp())
ISSUER, CLIENT, NONCE = "https://force.example", "lanthorn", "drawn-nonce"

RSA = RSAKey.generate_key(2048, {"kid": "rsa", "use": "sig"}, auto_kid=False)
EC = ECKey.generate_key("P-256", {"kid": "ec", "use": "sig"}, auto_kid=False)
OTHER = RSAKey.generate_key(2048, {"kid": "rsa", "use": "sig"}, auto_kid=False)
KEYS = KeySet([RSAKey.import_key(RSA.as_dict(private=False)), ECKey.import_key(EC.as_dict(private=False))])


def token(key: Any = RSA, alg: str = "RS256", **changes: Any) -> str:
    """A token that is right but for the changes; None leaves a claim out."""
    claims = {"iss": ISSUER, "sub": "1", "aud": CLIENT, "exp": AT + 300, "iat": AT, "nonce": NONCE} | changes
    given = {name: value for name, value in claims.items() if value is not None}
    return jwt.encode({"alg": alg, "kid": key.kid}, given, key, algorithms=[alg])


def check(given: str) -> dict[str, Any]:
    return claims_of(given, KEYS, issuer=ISSUER, client_id=CLIENT, nonce=NONCE, now=NOW)


@pytest.mark.parametrize(
    "given",
    [
        token(),
        token(EC, "ES256"),
        token(RSA, "PS256"),
        token(aud=[CLIENT]),
        token(aud=[CLIENT, "other"], azp=CLIENT),
        token(azp=CLIENT),
        token(exp=AT - LEEWAY_S + 1),
        token(iat=AT + LEEWAY_S),
    ],
)
def test_one_that_is_right_is_read(given: str) -> None:
    assert check(given)["sub"] == "1"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"iss": "https://evil.example"}, "iss"),
        ({"iss": None}, "iss"),
        ({"aud": "other"}, "aud"),
        ({"aud": ["other"]}, "aud"),
        ({"aud": None}, "aud"),
        ({"aud": [CLIENT, "other"]}, "another client"),
        ({"aud": [CLIENT, "other"], "azp": "other"}, "another client"),
        ({"azp": "other"}, "another client"),
        ({"exp": AT - LEEWAY_S}, "expired"),
        ({"exp": None}, "exp"),
        ({"exp": "soon"}, "exp"),
        ({"iat": AT + LEEWAY_S + 1}, "iat"),
        ({"iat": None}, "iat"),
        ({"nonce": "another"}, "another sign-in"),
        ({"nonce": [NONCE]}, "another sign-in"),
        ({"nonce": None}, "nonce"),
        ({"sub": None}, "sub"),
        ({"sub": 7}, "sub"),
        ({"sub": "x" * 256}, "too long"),
    ],
    ids=json.dumps,
)
def test_a_claim_that_is_wrong_is_named(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(ProviderRefused, match=said):
        check(token(**changes))


def unsigned() -> str:
    return "eyJhbGciOiJub25lIn0." + token().split(".")[1] + "."


def signed_with_the_public_key() -> str:
    """The old trick: the public key's text as a shared secret."""
    header = urlsafe_b64encode(b'{"alg":"HS256","kid":"rsa"}').decode()
    body = f"{header}.{token().split('.')[1]}"
    mark = hmac.digest(RSA.as_pem(private=False), body.encode(), "sha256")
    return f"{body}.{urlsafe_b64encode(mark).decode().rstrip('=')}"


def test_a_signature_that_is_none_is_refused() -> None:
    for given in (token(OTHER), unsigned(), signed_with_the_public_key(), token()[:-4], "", "a.b", "a.b.c", "é.é.é"):
        with pytest.raises(ProviderRefused, match="its signature is not good"):
            check(given)


def test_a_key_that_is_not_shown_is_told_apart_so_that_the_keys_are_asked_for() -> None:
    new = RSAKey.generate_key(2048, {"kid": "new"}, auto_kid=False)
    with pytest.raises(UnknownKey):
        check(token(new))
