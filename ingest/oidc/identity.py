"""From what the provider says of somebody to who they are here."""

from collections.abc import Mapping
from typing import Any

from governance.roles import Role
from ingest.accounts import Identity
from ingest.settings import OidcSettings


def identity_of(claims: Mapping[str, Any], settings: OidcSettings) -> Identity:
    """Who this is, with the roles that the settings' table gives for the claim's values. May be none at all."""
    return Identity(
        issuer=claims["iss"],
        subject=claims["sub"],
        name=_text(claims.get(settings.name_claim)),
        display_name=_text(claims.get("name")),
        roles=roles_of(claims, settings),
        second_factor=gave_second_factor(claims, settings),
    )


def roles_of(claims: Mapping[str, Any], settings: OidcSettings) -> frozenset[Role]:
    """The roles here. A value that the table does not name, and a claim of another form, give none."""
    found: Any = claims
    for name in settings.role_claim:
        found = found.get(name) if isinstance(found, Mapping) else None
    return frozenset(role for value in _words(found) for role in settings.roles.get(value, ()))


def gave_second_factor(claims: Mapping[str, Any], settings: OidcSettings) -> bool:
    """Whether the provider says, in words that the settings name, that it asked for a second factor."""
    by_class = _text(claims.get("acr")) in settings.second_factor_acr
    return by_class or not set(settings.second_factor_amr).isdisjoint(_words(claims.get("amr")))


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _words(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    return [word for word in value if isinstance(word, str)] if isinstance(value, list) else []
