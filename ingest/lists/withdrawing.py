"""Takes lists off the cars: a person at any time, and the centre by itself where the authority does not hold any more.

A withdrawal is a version without entries, so that a car which comes back later learns of it like of any other. What is
on the list stays at the centre; a person publishes it again, under an authority that holds.
"""

import logging
from collections.abc import Callable
from typing import Final
from uuid import UUID

from sqlalchemy import Connection, Engine, select

from governance.acts import Detail
from governance.authority.question import Decision
from governance.log import Act, Log
from ingest.clock import Clock
from ingest.database.engine import read_transaction
from ingest.database.recorded import Acts, recorded
from ingest.database.schema import voi_list
from ingest.errors import NotFound
from ingest.lists.authority import Standing
from ingest.lists.drafts import LONGEST_TEXT
from ingest.lists.records import Newest, newest
from ingest.lists.snapshot import snapshot
from ingest.lists.versions import store
from ingest.logged_text import logged_text

SYSTEM: Final = "system:lists"

_log = logging.getLogger(__name__)


class Withdrawals:
    """The withdrawals of one centre's lists. on_published runs after each new version."""

    def __init__(
        self, engine: Engine, log: Log, clock: Clock, standing: Standing, on_published: Callable[[], None]
    ) -> None:
        self._engine = engine
        self._log = log
        self._clock = clock
        self._standing = standing
        self._on_published = on_published

    def withdraw(self, list_id: UUID, why: str, by: str) -> bool:
        """Take a list off the cars; false where they have nothing of it. Needs no authority: it stops something.

        Raises NotFound, or BadInput without a reason.
        """
        reason = logged_text("why", why, LONGEST_TEXT)
        with recorded(self._engine, self._log) as (connection, acts):
            held = self._locked(connection, list_id)
            if held is None or not held.entries:
                return False
            self._withdrawn(connection, acts, held, by, reason)
        self._on_published()
        return True

    def look(self) -> list[UUID]:
        """Withdraw each list whose newest version was published under what does not hold now, and give their ids.

        Runs every few seconds and whenever an authority changes.
        """
        with read_transaction(self._engine) as connection:
            published = [held for held in newest(connection) if held.entries]
        gone = []
        for held in published:
            decision = self._standing.now(held.list_id, held.name, held.authority_id, self._clock())
            if not decision.allowed and self._lapsed(held, decision):
                gone.append(held.list_id)
        if gone:
            self._on_published()
        return gone

    def _lapsed(self, asked: Newest, decision: Decision) -> bool:
        with recorded(self._engine, self._log) as (connection, acts):
            if self._locked(connection, asked.list_id) != asked:
                return False  # somebody has published or withdrawn it meanwhile
            refusal = "" if decision.refusal is None else decision.refusal.value
            self._withdrawn(connection, acts, asked, SYSTEM, "its authority does not hold", refusal=refusal)
        _log.warning("list %s is withdrawn from the cars: %s", asked.list_id, decision.reason)
        return True

    def _locked(self, connection: Connection, list_id: UUID) -> Newest | None:
        """The newest version, with nobody else changing the list until the commit. Raises NotFound."""
        query = select(voi_list.c.list_id).where(voi_list.c.list_id == list_id).with_for_update()
        if connection.execute(query).one_or_none() is None:
            raise NotFound(f"there is no list {list_id}")
        return next(iter(newest(connection, list_id)), None)

    def _withdrawn(self, connection: Connection, acts: Acts, held: Newest, by: str, why: str, **details: str) -> None:
        made = snapshot(held.list_id, held.name, held.version + 1, self._clock(), (), held.authority_id)
        store(connection, made, by, withdrawn=True)
        said: dict[str, Detail] = {"version": made.manifest.version, "entries": held.entries, **details}
        acts.add(Act(by, "list.withdraw", why, held.reference or None, {"list": str(held.list_id)}, said))
