"""Sign-in links: for a first sign-in, a forgotten password, and the demo. Good for a time and a number of uses.

A link stands in for the password, not for the second factor. The demo's do both: it asks for that by name when it makes
them (second_factor=True), and the log says so; nothing else does.
"""

import logging
from datetime import timedelta
from typing import Final

from sqlalchemy import Engine, delete, select, update

from governance.log import Act, Log
from ingest.accounts.people import digest, new_token, open_account
from ingest.accounts.sessions import Given, How, Sessions
from ingest.clock import Clock
from ingest.database.recorded import recorded
from ingest.database.schema import account, account_identity, sign_in_link
from ingest.database.statements import insert
from ingest.errors import BadInput, Conflict, NotFound, SignInRefused

MOST_LINK_USES: Final = 1_000

_REFUSED: Final = "this sign-in link is not good any more; ask for a new one, or use your password"

_log = logging.getLogger(__name__)


class Links:
    """The sign-in links of one centre."""

    def __init__(self, engine: Engine, log: Log, clock: Clock, sessions: Sessions) -> None:
        self._engine = engine
        self._log = log
        self._clock = clock
        self._sessions = sessions

    def make(self, name: str, valid_for: timedelta, uses: int, by: str, *, second_factor: bool) -> str:
        """Make a link's token. Raises NotFound where no such account is open, Conflict for a provider's, BadInput."""
        if valid_for <= timedelta(0) or not 1 <= uses <= MOST_LINK_USES:
            raise BadInput(f"a link is valid for some time and for 1 to {MOST_LINK_USES} uses")
        token, now = new_token(), self._clock()
        with recorded(self._engine, self._log) as (connection, acts):
            row = open_account(connection, name)
            if row is None:
                raise NotFound(f"there is no open account {name!r}")
            provided = select(account_identity.c.subject).where(account_identity.c.account_id == row.account_id)
            if connection.execute(provided).first() is not None:
                raise Conflict(f"the account {name!r} is the sign-in provider's: it is entered from there only")
            connection.execute(delete(sign_in_link).where(sign_in_link.c.ends_at <= now))
            link = {
                "token_hash": digest(token),
                "account_id": row.account_id,
                "created_at": now,
                "ends_at": now + valid_for,
                "uses_left": uses,
                "second_factor": second_factor,
            }
            connection.execute(insert(connection, sign_in_link), link)
            details = {
                "uses": uses,
                "valid_for_s": int(valid_for.total_seconds()),
                "second_factor": second_factor,
            }
            acts.add(Act(by, "account.link", "give a sign-in link", None, {"account": name}, details))
        return token

    def enter(self, token: str) -> str:
        """Use a link once and give a session's token. Raises SignInRefused for one that is no longer good."""
        now, link = self._clock(), sign_in_link.c
        with recorded(self._engine, self._log) as (connection, acts):
            used = connection.execute(
                update(sign_in_link)
                .where(link.token_hash == digest(token), link.uses_left > 0, link.ends_at > now)
                .values(uses_left=link.uses_left - 1)
                .returning(link.account_id, link.second_factor)
            ).one_or_none()
            if used is None:
                _log.warning("a sign-in link that is not good was refused")
                raise SignInRefused(_REFUSED)
            row = connection.execute(select(account).where(account.c.account_id == used.account_id)).one()
            given = Given.LINK if used.second_factor else None
            return self._sessions.begin(connection, acts, row, How.LINK, given)
