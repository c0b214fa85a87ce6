"""The display as the agent knows it: show a hit, hear an answer."""

import logging
from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Final, Self
from uuid import UUID

from edge.counters import Counters
from edge.display.alerts import ShownAlerts
from edge.display.app import Strip, make_app
from edge.display.guard import ENTER, Entry, Guard
from edge.display.server import Server
from edge.display.stream import Stream
from edge.errors import DisplayNotStarted
from edge.matching.match import Match
from edge.passes import PassPicture
from edge.settings import DisplaySettings
from hardware.clock import Clock
from ingest.contract import card
from ingest.contract.base import new_id
from ingest.contract.messages import Answer, Hit, Outcome

_log = logging.getLogger(__name__)

_SECRET_FILE: Final = "display-secret"  # noqa: S105  a file's name


class Display:
    """The car's own screen. Any thread may show; tell is called with each answer, in a thread of the server."""

    def __init__(
        self,
        alerts: ShownAlerts,
        settings: DisplaySettings,
        device: str,
        entry: Entry,
        clock: Clock,
        counters: Counters,
        strip: Callable[[], Strip],
        tell: Callable[[Answer], None],
    ) -> None:
        self._alerts = alerts
        self._clock = clock
        self._counters = counters
        self._tell = tell
        self._stream = Stream(counters)
        self._entry = entry
        app = make_app(device, alerts, self._stream, entry, strip, self._answer, self._send_all)
        guard = Guard(app, entry=entry, loopback=settings.host.is_loopback, counters=counters)
        self._server = Server(guard, str(settings.host), settings.port)
        if not settings.host.is_loopback:
            _log.warning("the display listens on %s in plain HTTP: others on that network can listen in", settings.host)

    @classmethod
    def open(
        cls,
        settings: DisplaySettings,
        state_dir: Path,
        device: str,
        clock: Clock,
        counters: Counters,
        *,
        strip: Callable[[], Strip],
        tell: Callable[[Answer], None],
    ) -> Self:
        """Open the alerts kept from before and take the address. Raises DisplayNotStarted, DiskFull or DiskFault."""
        keep = timedelta(hours=settings.keep_h)
        alerts = ShownAlerts.open(state_dir / "display.db", device, keep, clock, counters)
        try:
            entry = Entry.of(state_dir / _SECRET_FILE)
            return cls(alerts, settings, device, entry, clock, counters, strip, tell)
        except OSError as error:
            alerts.close()
            raise DisplayNotStarted(f"the display's secret in {state_dir} cannot be kept: {error}") from error
        except DisplayNotStarted:
            alerts.close()
            raise

    @property
    def link(self) -> str:
        """What the officer's screen opens. Whoever has it can see and answer alerts."""
        return f"{self._server.origin}{ENTER}?token={self._entry.token}"

    def start(self) -> None:
        self._server.start()

    def stop(self) -> None:
        """End the streams and the server, and close the alerts. May be called twice."""
        self._stream.close()
        self._server.stop()
        self._alerts.close()

    def show(self, hit: Hit, match: Match, pictures: Sequence[PassPicture]) -> None:
        """Put a hit on every screen, then keep it for a restart."""
        alert = self._alerts.add(hit, match, pictures)
        self._stream.send(card.alert_event(str(hit.hit_id), self._views_of(hit.entry_id)))
        self._counters.count("alerts_shown")
        self._alerts.store(alert)

    def erase_old(self) -> None:
        """Erase alerts that may not be kept any longer, from the screens too."""
        if self._alerts.erase_old():
            self._send_all()

    def _answer(self, hit_ids: Sequence[UUID], outcome: Outcome, officer: str) -> bool:
        """Give one answer for the sightings of a card: each has its own, all of one time."""
        alerts = [self._alerts.get(hit_id) for hit_id in hit_ids]
        if None in alerts or len({alert.hit.entry_id for alert in alerts if alert}) != 1:
            return False
        at = self._clock.now()
        for hit_id in hit_ids:
            answer = Answer(answer_id=new_id(), hit_id=hit_id, outcome=outcome, answered_at=at, answered_by=officer)
            self._tell(answer)
            self._counters.count("answers_given")
            self._alerts.answer(answer)
        first = self._alerts.get(hit_ids[0])
        if first is not None:
            self._stream.send(card.changed_event(str(hit_ids[0]), self._views_of(first.hit.entry_id)))
        return first is not None

    def _views_of(self, entry_id: UUID) -> list[card.AlertView]:
        return [alert.view(self._alerts.officer) for alert in self._alerts.of_entry(entry_id)]

    def _send_all(self) -> None:
        officer = self._alerts.officer
        self._stream.send(card.sync_event([alert.view(officer) for alert in self._alerts.all()]))
