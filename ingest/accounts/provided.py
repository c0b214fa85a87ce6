"""People whom a sign-in provider vouches for. Their accounts are made at the first sign-in and follow the provider.

An account belongs to an issuer and a subject, for ever. Names and e-mail addresses link nothing: they change hands, and
in some providers people choose their own.
"""

import hashlib
import logging
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, Engine, select, update
from sqlalchemy.exc import IntegrityError

from governance.log import Act, Log
from governance.roles import Role
from ingest.accounts.people import LONGEST_DISPLAY_NAME, LONGEST_NAME, NAME
from ingest.accounts.sessions import Given, How, Sessions, end_others
from ingest.clock import Clock
from ingest.contract.base import new_id
from ingest.database.recorded import Acts, recorded
from ingest.database.schema import account, account_identity
from ingest.database.statements import insert
from ingest.errors import MayNotEnter

ACTOR: Final = "system:sign-in-provider"

_TELLS_APART: Final = 8
"""Hexadecimal digits of the identity's SHA-256 after a name that is taken."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Identity:
    """What a provider says of a person. name is a wish; second_factor: whether the provider asked for one."""

    issuer: str
    subject: str
    name: str
    display_name: str
    roles: frozenset[Role]
    second_factor: bool


class Provided:
    """The accounts of sign-in providers' people at one centre."""

    def __init__(self, engine: Engine, log: Log, clock: Clock, sessions: Sessions) -> None:
        self._engine = engine
        self._log = log
        self._clock = clock
        self._sessions = sessions

    def enter(self, identity: Identity) -> str:
        """Begin a session for this person, with the roles that the provider gives them now; gives its token.

        Raises MayNotEnter for one without a role here, or whose account is closed. Sessions that they have end then.
        """
        try:
            return self._enter(identity)
        except IntegrityError:
            # Somebody else took the name, or the same person came in by two windows at once: now it is there.
            return self._enter(identity)

    def note_refusal(self, why: str) -> None:
        """Write down that a sign-in at the provider let nobody in. why is one of ours, never what somebody sent."""
        _log.warning("a sign-in by the provider was refused: %s", why)
        with recorded(self._engine, self._log) as (_, acts):
            acts.add(_refusal(why, {}))

    def _enter(self, identity: Identity) -> str:
        token, why = None, ""
        with recorded(self._engine, self._log) as (connection, acts):
            row = self._row(connection, identity)
            if row is not None and row.disabled_at is not None:
                why = "your account here is closed: ask an administrator"
            elif not identity.roles:
                why = (
                    "you are known to the sign-in provider, but it gives you no role in Lanthorn: ask whoever keeps its"
                    " groups"
                )
            if why:
                self._refuse(connection, acts, row)
            else:
                row = (
                    self._make(connection, acts, identity)
                    if row is None
                    else self._follow(connection, acts, row, identity)
                )
                given = Given.PROVIDER if identity.second_factor else None
                token = self._sessions.begin(connection, acts, row, How.PROVIDER, given)
        if token is None:
            raise MayNotEnter(why)
        return token

    def _row(self, connection: Connection, identity: Identity) -> Any:
        return connection.execute(
            select(account)
            .join(account_identity, account_identity.c.account_id == account.c.account_id)
            .where(account_identity.c.issuer == identity.issuer, account_identity.c.subject == identity.subject)
        ).one_or_none()

    def _refuse(self, connection: Connection, acts: Acts, row: Any) -> None:
        _log.warning("a sign-in by the provider was refused: no role, or a closed account")
        objects = {}
        if row is not None:
            objects["account"] = row.name
            end_others(connection, row.account_id)
        closed = row is not None and row.disabled_at is not None
        acts.add(_refusal("a closed account" if closed else "no role", objects))

    def _make(self, connection: Connection, acts: Acts, identity: Identity) -> Any:
        name = self._free_name(connection, identity)
        now, roles = self._clock(), sorted(role.value for role in identity.roles)
        row = {
            "account_id": new_id(),
            "name": name,
            "display_name": _shown(identity, name),
            "roles": roles,
            "created_at": now,
        }
        connection.execute(insert(connection, account), row)
        link = {
            "issuer": identity.issuer,
            "subject": identity.subject,
            "account_id": row["account_id"],
            "made_at": now,
        }
        connection.execute(insert(connection, account_identity), link)
        details = {"roles": " ".join(roles), "how": How.PROVIDER.value}
        acts.add(Act(ACTOR, "account.create", "give an account", None, {"account": name}, details))
        return self._row(connection, identity)

    def _follow(self, connection: Connection, acts: Acts, row: Any, identity: Identity) -> Any:
        """Take over what the provider says now: the display name, and the roles, which are written down."""
        roles = sorted(role.value for role in identity.roles)
        shown = _shown(identity, row.name)
        if (roles, shown) != (sorted(row.roles), row.display_name):
            connection.execute(
                update(account).where(account.c.account_id == row.account_id).values(roles=roles, display_name=shown)
            )
        if roles != sorted(row.roles):
            details = {"roles": " ".join(roles), "before": " ".join(sorted(row.roles))}
            acts.add(Act(ACTOR, "account.roles", "as the provider says", None, {"account": row.name}, details))
        return row

    def _free_name(self, connection: Connection, identity: Identity) -> str:
        """The name that the provider gives, where it can be one and is free; otherwise one that tells them apart."""
        wanted = identity.name.strip().lower()
        told_apart = hashlib.sha256(f"{identity.issuer} {identity.subject}".encode()).hexdigest()[:_TELLS_APART]
        if not NAME.fullmatch(wanted):
            return f"person-{told_apart}"
        taken = connection.execute(select(account.c.name).where(account.c.name == wanted)).first() is not None
        return f"{wanted[: LONGEST_NAME - _TELLS_APART - 1]}-{told_apart}" if taken else wanted


def _shown(identity: Identity, name: str) -> str:
    shown = " ".join(identity.display_name.split())[:LONGEST_DISPLAY_NAME]
    return shown if shown and shown.isprintable() else name


def _refusal(why: str, objects: dict[str, str]) -> Act:
    return Act(ACTOR, "account.sign-in-refused", why, None, objects, {"how": How.PROVIDER.value})
