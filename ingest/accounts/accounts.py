"""The accounts of one centre: who has one, and every way in."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Final

from sqlalchemy import Engine, delete, select, update
from sqlalchemy.exc import IntegrityError

from governance.log import Act, Log
from governance.passwords import hash_password
from governance.roles import Role
from governance.sealing import Sealer
from governance.second_factor import Standing
from ingest.accounts.links import Links
from ingest.accounts.passwords import Passwords
from ingest.accounts.people import LONGEST_DISPLAY_NAME, NAME, Account, Person, open_account, roles_of
from ingest.accounts.provided import Identity, Provided
from ingest.accounts.second_factors import SecondFactors
from ingest.accounts.sessions import How, Session, Sessions
from ingest.clock import Clock
from ingest.contract.base import new_id
from ingest.database.engine import read_transaction
from ingest.database.recorded import recorded
from ingest.database.schema import account, account_identity, second_factor, session, sign_in_link
from ingest.database.statements import insert
from ingest.errors import BadInput, Conflict, NotFound, SignInRefused

SEALED_FOR: Final = "second factors"
"""What the sealer that Accounts takes is made for."""

SEALING_KEY_FILE: Final = "sealing.key"
"""The service's key to seal with, in its folder of keys."""

_NO_LOCAL: Final = "local accounts are switched off here: sign in with your force's account"


class Accounts:
    """The front of this package. by is always the name of the account that does it, or "system:PART".

    local: whether passwords and links are good here, or the sign-in provider alone lets people in.
    """

    def __init__(
        self,
        engine: Engine,
        log: Log,
        clock: Clock,
        sealer: Sealer,
        *,
        idle: timedelta = timedelta(hours=1),
        longest: timedelta = timedelta(hours=12),
        local: bool = True,
    ) -> None:
        self._engine = engine
        self._log = log
        self._clock = clock
        self._local = local
        self._sessions = Sessions(engine, log, clock, idle=idle, longest=longest)
        self._links = Links(engine, log, clock, self._sessions)
        self.second_factors = SecondFactors(engine, log, clock, sealer)
        self._passwords = Passwords(engine, log, clock, self._sessions, self.second_factors)
        self.provided = Provided(engine, log, clock, self._sessions)

    # ---- who has an account ----------------------------------------------------------------------------------------

    def create(self, name: str, display_name: str, roles: Iterable[Role], password: str | None, by: str) -> Account:
        """Make a local account; without a password it can be entered by link only.

        Raises BadInput, Conflict where the name is taken, or governance.errors.PasswordRefused.
        """
        held = frozenset(Role(role) for role in roles)
        shown = " ".join(display_name.split())
        if not NAME.fullmatch(name):
            raise BadInput(f"the account name {name!r} is not 1 to 63 of a-z, 0-9, dot, hyphen and underscore")
        if not 1 <= len(shown) <= LONGEST_DISPLAY_NAME or not shown.isprintable():
            raise BadInput("an account needs a display name of 1 to 80 characters that can be shown")
        if not held:
            raise BadInput(f"the account {name!r} needs a role: one of {', '.join(Role)}")
        hashed = None if password is None else hash_password(password)
        made = Account(new_id(), name, shown, held, hashed is not None, False, None, self._clock(), None)
        row = {
            "account_id": made.account_id,
            "name": name,
            "display_name": shown,
            "roles": sorted(held),
            "password_hash": hashed,
            "created_at": made.created_at,
        }
        try:
            with recorded(self._engine, self._log) as (connection, acts):
                connection.execute(insert(connection, account), row)
                details = {"roles": " ".join(sorted(held))}
                acts.add(Act(by, "account.create", "give an account", None, {"account": name}, details))
        except IntegrityError as error:
            raise Conflict(f"there is an account {name!r} already") from error
        return made

    def list(self) -> list[Account]:
        """Every account, by name."""
        with read_transaction(self._engine) as connection:
            rows = connection.execute(
                select(account, second_factor.c.set_up_at, account_identity.c.subject)
                .outerjoin(second_factor, second_factor.c.account_id == account.c.account_id)
                .outerjoin(account_identity, account_identity.c.account_id == account.c.account_id)
                .order_by(account.c.name)
            ).all()
        return [
            Account(
                account_id=row.account_id,
                name=row.name,
                display_name=row.display_name,
                roles=roles_of(row.roles),
                has_password=row.password_hash is not None,
                provided=row.subject is not None,
                second_factor_since=row.set_up_at,
                created_at=row.created_at,
                disabled_at=row.disabled_at,
            )
            for row in rows
        ]

    def disable(self, name: str, by: str) -> None:
        """Close an account and end its sessions and links at once. Raises NotFound where no such account is open."""
        with recorded(self._engine, self._log) as (connection, acts):
            row = open_account(connection, name)
            if row is None:
                raise NotFound(f"there is no open account {name!r}")
            connection.execute(
                update(account).where(account.c.account_id == row.account_id).values(disabled_at=self._clock())
            )
            for table in (session, sign_in_link):
                connection.execute(delete(table).where(table.c.account_id == row.account_id))
            acts.add(Act(by, "account.disable", "close an account", None, {"account": name}))

    # ---- ways in ---------------------------------------------------------------------------------------------------

    def sign_in(self, name: str, password: str) -> str:
        """Check a name and password and give a session's token. Raises SignInRefused or TooManyTries.

        Where the account has a second factor, or needs one, the session is not open yet: visit says so.
        """
        self._check_local()
        return self._passwords.sign_in(name, password)

    def sign_in_at_once(self, name: str, password: str, code: str = "") -> str:
        """The same for a program: an open session's token, or none. Raises SecondFactorNeeded as well."""
        self._check_local()
        return self._passwords.sign_in_at_once(name, password, code)

    def make_link(
        self,
        name: str,
        valid_for: timedelta,
        uses: int = 1,
        by: str = "system:accounts",
        *,
        second_factor: bool = False,
    ) -> str:
        """Make the token of a sign-in link. Raises NotFound, Conflict for a provider's account, or BadInput.

        second_factor: the link counts as second factor too. For the demo, which nobody else reaches; never otherwise.
        """
        return self._links.make(name, valid_for, uses, by, second_factor=second_factor)

    def enter(self, link_token: str) -> str:
        """Use a sign-in link once and give a session's token. Raises SignInRefused for one that is no longer good."""
        self._check_local()
        return self._links.enter(link_token)

    def enter_from_provider(self, identity: Identity) -> str:
        """Begin a session for somebody whom the sign-in provider vouches for; gives its token. Raises MayNotEnter."""
        return self.provided.enter(identity)

    # ---- who is in -------------------------------------------------------------------------------------------------

    def visit(self, token: str) -> Session | None:
        """The session of a token, open or still without its second factor; None where there is none, or none now."""
        return self._sessions.find(token)

    def person(self, token: str) -> Person | None:
        """Who is signed in with this token; None too for a session that is not open yet."""
        found = self._sessions.find(token)
        return found.person if found is not None and found.standing is Standing.OPEN else None

    def sign_out(self, token: str) -> How | None:
        """End a session, and say how it was begun. Nothing happens where there is none."""
        return self._sessions.end(token)

    def change_password(self, session: Session, current: str, new: str) -> None:
        """Set a person's own password and end their other sessions.

        Raises SignInRefused, TooManyTries, governance.errors.PasswordRefused, or Conflict for a provider's account.
        """
        self._passwords.change(session, current, new)

    def _check_local(self) -> None:
        if not self._local:
            raise SignInRefused(_NO_LOCAL)
