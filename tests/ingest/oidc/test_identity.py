"""From claims to roles: only what the settings name, whatever the provider sends."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from governance.roles import Role
from ingest.oidc.identity import gave_second_factor, identity_of, roles_of
from ingest.settings import OidcSettings, SignInSettings

SETTINGS: dict[str, Any] = {
    "issuer": "https://force.example",
    "client_id": "lanthorn",
    "pages": "https://lanthorn.example",
    "roles": {"met-patrol": ["patrol"], "met-both": ["patrol", "list-manager"]},
}


def settings(**changes: Any) -> OidcSettings:
    return OidcSettings.model_validate(SETTINGS | changes)


@pytest.mark.parametrize(
    ("claim", "roles"),
    [
        (["met-patrol"], {Role.PATROL}),
        ("met-patrol", {Role.PATROL}),
        (["met-both", "x"], {Role.PATROL, Role.LIST_MANAGER}),
        (["patrol"], set()),
        (["admin"], set()),
        ([], set()),
        (None, set()),
        (7, set()),
        ({"met-patrol": True}, set()),
        ([["met-patrol"]], set()),
    ],
)
def test_the_table_gives_the_roles(claim: Any, roles: set[Role]) -> None:
    assert roles_of({"roles": claim}, settings()) == roles


def test_a_claim_may_lie_within_another() -> None:
    within = settings(role_claim=["realm_access", "roles"])
    assert roles_of({"realm_access": {"roles": ["met-patrol"]}}, within) == {Role.PATROL}
    for claims in ({}, {"realm_access": None}, {"realm_access": ["met-patrol"]}, {"roles": ["met-patrol"]}):
        assert roles_of(claims, within) == set()


WORDS = st.sampled_from(["", "patrol", "admin", "MET-PATROL", "met-patrol ", "mfa", "OTP", "é\x00"])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from(["roles", "name", "acr", "amr", "preferred_username"]), JSON))
def test_no_form_of_claims_gives_what_the_table_does_not(claims: dict[str, Any]) -> None:
    found = identity_of({"iss": "i", "sub": "s", **claims}, settings(second_factor_amr=["otp"]))
    assert found.roles == set()
    assert not found.second_factor


@pytest.mark.parametrize(
    ("named", "claims", "given"),
    [
        ({}, {"acr": "mfa", "amr": ["mfa", "otp"]}, False),
        ({}, {"acr": "", "amr": []}, False),
        ({"second_factor_acr": ["mfa"]}, {"acr": "mfa"}, True),
        ({"second_factor_acr": ["mfa"]}, {"acr": "pwd"}, False),
        ({"second_factor_acr": ["mfa"]}, {"amr": ["mfa"]}, False),
        ({"second_factor_amr": ["otp", "hwk"]}, {"amr": ["pwd", "hwk"]}, True),
        ({"second_factor_amr": ["otp"]}, {"amr": ["pwd"]}, False),
        ({"second_factor_amr": ["otp"]}, {}, False),
    ],
)
def test_the_providers_second_factor_counts_where_the_settings_name_it(named: Any, claims: Any, given: bool) -> None:
    assert gave_second_factor(claims, settings(**named)) is given


@pytest.mark.parametrize(
    "change",
    [
        {"issuer": "http://force.example"},
        {"issuer": "force.example"},
        {"issuer": "https://user@force.example"},
        {"issuer": "https://force.example?x=1"},
        {"pages": "http://lanthorn.example"},
        {"roles": {}},
        {"roles": {"x": ["king"]}},
        {"scopes": ["profile"]},
        {"role_claim": []},
        {"client_secret": "in the file"},
    ],
)
def test_settings_that_are_not_safe_are_refused(change: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        settings(**change)


def test_there_is_always_a_way_in() -> None:
    with pytest.raises(ValidationError, match="nobody can sign in"):
        SignInSettings(local_accounts=False)
