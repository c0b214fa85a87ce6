"""A stored authority held to what was signed: what is shown of it, and why it cannot be relied on where it cannot."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection

from governance.authority.case import Case
from governance.authority.document import Request
from governance.authority.question import Refusal
from governance.authority.ranks import Rules
from governance.authority.replay import History, Moment, NotGood, replay
from governance.authority.states import State
from governance.authority.trust import Trust
from governance.errors import BadDocument
from ingest.authorities import rows

_UNSIGNED: Final = frozenset({State.DRAFT, State.SUBMITTED, State.ENDED, State.EXPIRED})
"""Where a request can be without a decision: it may have been taken back, and its time may have passed."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Checked:
    """What can be read of an authority. trouble says why it cannot be relied on, or is empty."""

    request: Request | None
    case: Case | None
    trouble: str


def check(connection: Connection, row: Any, trust: Callable[[], Trust], rules: Rules, now: datetime) -> Checked:
    """Verify a row anew. trust gives the trust list that is in force, and may raise BadDocument."""
    request: Request | None = None
    case: Case | None = None
    try:
        request = rows.request_of(row)
        if row.document is None:
            _check_undecided(row)
        else:
            case = rows.case_of(connection, row)
            _check_decided(row, request, replay(case, trust(), rules), now)
    except (NotGood, BadDocument) as error:
        _log.error("authority %s cannot be relied on: %s", row.reference, error)
        return Checked(request, case, str(error))
    return Checked(request, case, "")


def _check_undecided(row: Any) -> None:
    """Raises NotGood where a row that nobody signed says that somebody decided."""
    if row.state not in _UNSIGNED:
        raise NotGood(Refusal.NOT_GRANTED, f"{row.reference} is stored as {row.state}, but nobody signed anything")


def _check_decided(row: Any, request: Request, history: History, now: datetime) -> None:
    """Hold what is shown to what was signed. Raises NotGood where the row was changed by other means."""
    if request != history.authority.request:
        raise NotGood(Refusal.CHANGED, f"{row.reference}: the stored request is not the one that was signed")
    if any(getattr(row, name) != value for name, value in rows.request_columns(request).items() if name != "request"):
        raise NotGood(Refusal.CHANGED, f"{row.reference}: its stored kind or times are not those that were signed")
    if now < history.statements[-1].at:
        return  # by a clock that was put back nothing can be said of the state
    signed, stored = history.state(Moment.around(now)), rows.state_of(row, now)
    if signed is not stored:
        raise NotGood(Refusal.CHANGED, f"{row.reference}: it is stored as {stored}, and was signed to be {signed}")
