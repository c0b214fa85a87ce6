"""What the lists ask of the register of authorities: whether one covers a list, and that its use is written down."""

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Final, Protocol
from uuid import UUID

from sqlalchemy import Connection, select

from governance.authority.question import Authorised, Decision, Kind, Refusal, Where
from governance.authority.ranks import Rules
from ingest.database.recorded import Acts
from ingest.database.schema import authority
from ingest.errors import NotAuthorised

PUBLISH: Final = "list.publish"

_NONE: Final = Decision(
    False, "the list stands on no authority: it was made before a list needed one", None, Refusal.UNKNOWN
)
_ASK: Final = (
    "A list needs an authority of the kind anpr-list that names the list. Ask for one under Authorities, or with"
    " `lanthorn authority request`; an authorising officer, {rank} or above, grants it. Then put the list under it"
)
_REMEDIES: Final[Mapping[Refusal | None, str]] = MappingProxyType(
    {
        Refusal.SUSPENDED: "An authorising officer, {rank} or above, can resume it; then publish the list again",
        Refusal.NOT_GRANTED: "It has to be submitted, and granted by an authorising officer, {rank} or above, first",
        Refusal.TOO_EARLY: "Wait until it begins, or put the list under another that has begun",
    }
)


class Register(Authorised, Protocol):
    """An Authorised that knows the rules and keeps the uses: ingest.authorities.register.Authorities."""

    rules: Rules

    def use(
        self,
        connection: Connection,
        acts: Acts,
        *,
        act: str,
        on: str,
        under: str,
        by: str,
        where: Where | None = None,
        known_as: str = "",
    ) -> Decision:
        """Ask, and write the use down in the caller's own transaction. Raises NotAuthorised where the answer is no."""
        ...


class Standing:
    """Whether a list stands on an authority that is in force. A scope names a list by its id or by its name."""

    def __init__(self, register: Register) -> None:
        self._register = register

    def now(self, list_id: UUID, name: str, under: UUID | None, at: datetime) -> Decision:
        """Whether what is published of a list may stay with the cars."""
        if under is None:
            return _NONE
        decision = self._register.may(PUBLISH, str(list_id), str(under), at)
        if decision.refusal is Refusal.OUT_OF_SCOPE:
            decision = self._register.may(PUBLISH, name, str(under), at)
        return decision

    def demand(self, list_id: UUID, name: str, under: UUID | None, at: datetime) -> None:
        """Raise NotAuthorised where the answer is no."""
        decision = self.now(list_id, name, under, at)
        if not decision.allowed:
            raise NotAuthorised(decision, self._remedy(decision.refusal))

    def use(
        self, connection: Connection, acts: Acts, act: str, list_id: UUID, name: str, under: str | None, by: str
    ) -> tuple[UUID, str]:
        """Rely on an authority (its id or reference) for an act on a list, and give its id and its reference.

        Raises NotAuthorised, which says what is wrong with it and who can help.
        """
        try:
            if under is None:
                raise NotAuthorised(_NONE)
            decision = self._register.use(connection, acts, act=act, on=str(list_id), known_as=name, under=under, by=by)
        except NotAuthorised as error:
            raise NotAuthorised(error.decision, self._remedy(error.decision.refusal)) from error
        authority_id = UUID(decision.authority_id)
        query = select(authority.c.reference).where(authority.c.authority_id == authority_id)
        return authority_id, str(connection.execute(query).scalar_one())

    def _remedy(self, refusal: Refusal | None) -> str:
        rank = self._register.rules.kinds[Kind.ANPR_LIST].least_rank.replace("-", " ")
        article = "an" if rank[0] in "aeiou" else "a"
        return _REMEDIES.get(refusal, _ASK).format(rank=f"{article} {rank}")
