"""A sign-in under way: what the browser keeps, and the address that it begins at."""

from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

import pytest

from governance.sealing import Sealer
from ingest.errors import ProviderRefused
from ingest.oidc import flow

NOW = datetime(2026, 11, 23, 3, 4, 5, tzinfo=UTC)
SEALER = Sealer(bytes(32), flow.SEALED_FOR)


def test_the_challenge_of_rfc_7636_appendix_b() -> None:
    begun = flow.Flow("", "", "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk", "/", 0)
    assert begun.challenge == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"


def test_a_browser_keeps_it_sealed_and_for_a_while() -> None:
    begun = flow.begin("/patrol", NOW)
    sealed = flow.seal(begun, SEALER)
    assert not any(secret in sealed for secret in (begun.state, begun.nonce, begun.verifier))
    assert flow.open_sealed(sealed, SEALER, NOW) == begun
    with pytest.raises(ProviderRefused, match="too long ago"):
        flow.open_sealed(sealed, SEALER, NOW + flow.LIFE)


@pytest.mark.parametrize("sealed", ["", "x", "AAAA", "é", "A" * 300])
def test_what_is_none_of_ours_is_refused(sealed: str) -> None:
    with pytest.raises(ProviderRefused, match="not begun in this browser"):
        flow.open_sealed(sealed, SEALER, NOW)


def test_each_is_another() -> None:
    one, other = flow.begin("/", NOW), flow.begin("/", NOW)
    assert len({one.state, one.nonce, one.verifier, other.state, other.nonce, other.verifier}) == 6


@pytest.mark.parametrize("endpoint", ["https://force.example/auth", "https://force.example/auth?realm=met"])
def test_the_address_asks_for_what_is_needed(endpoint: str) -> None:
    begun = flow.begin("/", NOW)
    asked = parse_qs(
        urlsplit(
            flow.address(begun, endpoint, "lanthorn", "https://l.example/r", ("openid", "profile"), ("mfa",))
        ).query
    )
    asked.pop("realm", None)
    assert asked == {
        "response_type": ["code"],
        "client_id": ["lanthorn"],
        "redirect_uri": ["https://l.example/r"],
        "scope": ["openid profile"],
        "state": [begun.state],
        "nonce": [begun.nonce],
        "code_challenge": [begun.challenge],
        "code_challenge_method": ["S256"],
        "acr_values": ["mfa"],
    }
