"""The device's signed authorities: kept under its state folder, fed from the broker, asked with its clock and position.

The one thing that the device must have been given is the force's trust key. Without it, everything is refused.
"""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final, Self

from edge.counters import Counters
from edge.identity import Identity
from edge.settings import AuthoritySettings
from governance.authority.held import HeldAuthorities
from governance.authority.question import Decision, Refusal, Where
from governance.authority.ranks import Rules
from governance.authority.replay import NotGood
from governance.errors import BadDocument, BadKey
from governance.keys import PublicKey
from hardware.clock import Clock
from hardware.position import PositionSource
from ingest.contract import topics

KEPT_AFTER_END: Final = timedelta(days=1)
"""How long one that is over stays on the device, so that a clock put back finds it ended and not unknown."""

_NOT_PINNED: Final = "no trust key is pinned on this device: it is not enrolled"

_log = logging.getLogger(__name__)


def trust_key(settings: AuthoritySettings, identity: Identity | None) -> str | None:
    """The trust key to pin, in base64: the settings' own, or the one that came with the device's enrolment."""
    return settings.trust_key or (None if identity is None else identity.trust_key)


class DeviceAuthorities:
    """The authorities of one device: an Authorised that also fills in when and where it is. Any thread may ask."""

    def __init__(
        self,
        held: HeldAuthorities | None,
        force: str,
        device: str,
        clock: Clock,
        counters: Counters,
        position: PositionSource | None,
    ) -> None:
        self._held = held
        self._force = force
        self._device = device
        self._clock = clock
        self._counters = counters
        self._position = position

    @classmethod
    def open(
        cls,
        folder: Path,
        trust_key: str | None,
        *,
        force: str,
        device: str,
        clock: Clock,
        counters: Counters,
        position: PositionSource | None,
        clock_error_ms: Callable[[], float | None],
        unknown_error_s: float,
    ) -> Self:
        """Read what was kept. trust_key is in base64; unknown_error_s is how wrong a clock is taken to be that cannot
        say. Raises governance.errors.BadKey for a trust key that is none, or OSError.
        """

        def error() -> timedelta:
            known = clock_error_ms()
            return timedelta(seconds=unknown_error_s) if known is None else timedelta(milliseconds=known)

        held = None
        if trust_key is None:
            _log.warning("no trust key is pinned: whatever needs an authority is refused on this device")
        else:
            anchor = PublicKey.from_text(trust_key)
            held = HeldAuthorities.open(folder, anchor, force, Rules.read(), error)
        return cls(held, force, device, clock, counters, position)

    def filters(self) -> frozenset[str]:
        """The topics to subscribe to."""
        if self._held is None:
            return frozenset()
        return frozenset({topics.authority(self._force, "+"), topics.trust(self._force)})

    def is_mine(self, topic: str) -> bool:
        """Whether what comes on this topic is for take."""
        return topic == topics.trust(self._force) or topic.startswith(topics.authority(self._force, ""))

    def take(self, topic: str, payload: bytes) -> None:
        """Take a trust list or an authority as it came. One that is refused is counted and logged with the reason."""
        if not payload or self._held is None:
            return  # a retained message being cleared: what is held stops by itself at its end
        try:
            if topic == topics.trust(self._force):
                self._held.take_trust(payload)
            else:
                self._held.take(payload)
        except (BadDocument, BadKey, NotGood) as error:
            self._counters.count("authorities_refused", warn=f"an authority or trust list was refused: {error}")
        except OSError as error:
            self._counters.count("authorities_not_stored", warn=f"an authority could not be kept: {error}")
        else:
            self._counters.count("authorities_taken")

    @property
    def pinned(self) -> bool:
        """Whether there is a trust key to verify with. Without one every answer is no."""
        return self._held is not None

    def ask(self, act: str, on: str, under: str) -> Decision:
        """As may_now, and not counted: for who asks every few seconds, and counts what changes."""
        return self._answer(act, on, under, self._clock.now())

    def may_now(self, act: str, on: str, under: str) -> Decision:
        """Whether this device may do this now and here."""
        return self.may(act, on, under, self._clock.now())

    def may(self, act: str, on: str, under: str, at: datetime, where: Where | None = None) -> Decision:
        """Answer the one question. Without a place it is asked for where this device is; a no is counted."""
        decision = self._answer(act, on, under, at, where)
        if not decision.allowed:
            self._counters.count("acts_not_authorised", warn=f"{act} is not authorised: {decision.reason}")
        return decision

    def forget_old(self) -> None:
        """Erase what was over a day ago."""
        if self._held is None:
            return
        try:
            forgotten = self._held.forget(self._clock.now() - KEPT_AFTER_END)
        except OSError as error:
            self._counters.count("authorities_not_erased", warn=f"an authority that is over stays on disk: {error}")
            return
        if forgotten:
            self._counters.count("authorities_forgotten", forgotten)

    def _answer(self, act: str, on: str, under: str, at: datetime, where: Where | None = None) -> Decision:
        if self._held is None:
            return Decision(False, _NOT_PINNED, None, Refusal.NOT_TRUSTED)
        return self._held.may(act, on, under, at, where or self._where(at))

    def _where(self, at: datetime) -> Where:
        here = None if self._position is None else self._position.at(at)
        if here is None:
            return Where(device=self._device)
        return Where(here.latitude_deg, here.longitude_deg, self._device)
