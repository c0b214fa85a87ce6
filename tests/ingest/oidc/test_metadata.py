"""What a provider says about itself: what is used of it, and what is refused."""

from typing import Any

import pytest

from ingest.errors import ProviderUnavailable
from ingest.oidc.metadata import address_of, metadata_of

ISSUER = "https://force.example/realm"
WHOLE = {
    "issuer": ISSUER,
    "authorization_endpoint": "https://force.example/auth",
    "token_endpoint": "https://force.example/token",
    "jwks_uri": "https://force.example/keys",
}


def test_the_least_is_enough() -> None:
    found = metadata_of(WHOLE, ISSUER)
    assert (found.end_session_endpoint, found.secret_in_body, found.names_itself) == (None, False, False)


@pytest.mark.parametrize(
    ("methods", "in_body"),
    [(["client_secret_post"], True), (["client_secret_basic", "client_secret_post"], False)],
)
def test_how_the_secret_is_given(methods: list[str], in_body: bool) -> None:
    assert metadata_of(WHOLE | {"token_endpoint_auth_methods_supported": methods}, ISSUER).secret_in_body is in_body


@pytest.mark.parametrize(
    "document",
    [
        None,
        [],
        {},
        WHOLE | {"issuer": "https://evil.example"},
        WHOLE | {"issuer": ISSUER + "/"},
        WHOLE | {"token_endpoint": None},
        WHOLE | {"token_endpoint": "http://force.example/token"},
        WHOLE | {"authorization_endpoint": "javascript:alert(1)"},
        WHOLE | {"jwks_uri": "https://"},
        WHOLE | {"end_session_endpoint": "http://force.example/end"},
        WHOLE | {"token_endpoint_auth_methods_supported": ["private_key_jwt"]},
    ],
)
def test_what_cannot_be_used_is_refused(document: Any) -> None:
    with pytest.raises(ProviderUnavailable):
        metadata_of(document, ISSUER)


@pytest.mark.parametrize("issuer", ["https://force.example/realm", "https://force.example/realm/"])
def test_where_an_issuer_describes_itself(issuer: str) -> None:
    assert address_of(issuer) == "https://force.example/realm/.well-known/openid-configuration"
