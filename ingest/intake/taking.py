"""Writes one batch into the database, in one transaction: every message once, and the account of every stream.

A number of a stream that is held already is a repeat where the message's id is known; it is counted and nothing else
is done. Where the id is not known, two messages were given one number, by a copied spool or a fault: the later one is
set aside, for neither of them may vanish.

A batch may hold a message that is of the contract and that the database refuses (text with a NUL on PostgreSQL, a
number over 63 bits). The batch is then halved until that one message is alone, and it is set aside with the reason.
"""

import logging
from collections.abc import Sequence
from typing import Final

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from governance.errors import BadAct
from governance.log import Log
from ingest.alerts import Alerts
from ingest.contract.messages import Message
from ingest.database.engine import read_transaction
from ingest.database.recorded import recorded
from ingest.errors import Unavailable
from ingest.intake.batch import Batch, Taken
from ingest.intake.judging import Aside, Judged, Numbered, set_aside
from ingest.intake.ledger import held_ranges, stream_of
from ingest.intake.ranges import holds

_REFUSED: Final = (SQLAlchemyError, ArithmeticError, ValueError, TypeError, LookupError, BadAct)
"""What a message that the database or the log cannot hold raises. That a server is away is none of these."""

_log = logging.getLogger(__name__)


class Taker:
    """Takes batches into one database."""

    def __init__(self, engine: Engine, log: Log, alerts: Alerts) -> None:
        self._engine = engine
        self._log = log
        self._alerts = alerts

    def take(self, batch: Sequence[Judged]) -> Taken:
        """Commit a batch, each message of it taken, known, or set aside.

        Raises DatabaseUnavailable or governance.errors.LogWriteFailed with nothing, or the first part, committed: take
        the whole batch again, then, and what was committed is found to be known.
        """
        try:
            with recorded(self._engine, self._log) as (connection, acts):
                taken = Batch(connection, acts, self._alerts, batch).take()
            return taken
        except Unavailable:
            raise
        except _REFUSED as error:
            if len(batch) == 1:
                if isinstance(batch[0].verdict, Aside):
                    raise
                # The error's text may hold what the message held; its type does not.
                _log.warning("a message on %s cannot be stored (%s)", batch[0].delivery.topic, type(error).__name__)
                return self.take([set_aside(batch[0], f"it cannot be stored: {_name(error)}")])
            half = len(batch) // 2
            taken = self.take(batch[:half])
            taken.add(self.take(batch[half:]))
            return taken

    def unknown(self, batch: Sequence[Judged]) -> list[Judged]:
        """Those of a batch whose numbers are not held yet: the ones whose pictures must be stored."""
        numbered = [judged for judged in batch if isinstance(judged.verdict, Numbered)]
        with read_transaction(self._engine) as connection:
            held = held_ranges(connection, {stream_of(_message(judged)) for judged in numbered})
        return [
            judged for judged in numbered if not holds(held.get(stream_of(_message(judged)), []), _message(judged).seq)
        ]


def _name(error: Exception) -> str:
    return type(getattr(error, "orig", None) or error).__name__


def _message(judged: Judged) -> Message:
    if not isinstance(judged.verdict, Numbered):
        raise TypeError(f"{judged.delivery.topic} brought no numbered message")
    return judged.verdict.message
