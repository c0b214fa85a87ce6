"""What an account is, and who is signed in with it."""

import hashlib
import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection, select

from governance.roles import Role
from ingest.database.schema import account

NAME: Final = re.compile(r"[a-z0-9][a-z0-9._-]{0,62}")
LONGEST_NAME: Final = 63
LONGEST_DISPLAY_NAME: Final = 80

TOKEN_BYTES: Final = 32


@dataclass(frozen=True, slots=True)
class Person:
    """Who is signed in, with everything given that their roles ask for."""

    account_id: UUID
    name: str
    display_name: str
    roles: frozenset[Role]


@dataclass(frozen=True, slots=True)
class Account:
    """An account as an administrator sees it. provided: it is a sign-in provider's, not a local one."""

    account_id: UUID
    name: str
    display_name: str
    roles: frozenset[Role]
    has_password: bool
    provided: bool
    second_factor_since: datetime | None
    created_at: datetime
    disabled_at: datetime | None


def open_account(connection: Connection, name: str) -> Any:
    """The row of an account that is not closed, or None."""
    if not NAME.fullmatch(name):
        return None
    return connection.execute(
        select(account).where(account.c.name == name, account.c.disabled_at.is_(None))
    ).one_or_none()


def roles_of(names: Iterable[str]) -> frozenset[Role]:
    """The roles as the database has them."""
    return frozenset(Role(name) for name in names)


def new_token() -> str:
    """A token that nobody can guess: 256 random bits."""
    return secrets.token_urlsafe(TOKEN_BYTES)


def digest(text: str) -> str:
    """What the database keeps of a token, or of what somebody typed."""
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()
