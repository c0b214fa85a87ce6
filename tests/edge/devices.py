"""A device's uplink over its own spool, for the uplink's tests."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from edge.counters import Counters
from edge.settings import EdgeSettings
from edge.spool import Spool, Unsent
from edge.uplink import Uplink
from hardware.clock import SystemClock
from ingest.contract.messages import Status


class Device:
    """A spool with its uplink, as in a car."""

    def __init__(self, settings: EdgeSettings, folder: Path) -> None:
        self.counters = Counters()
        self.spool = Spool.open(folder / "spool.db", settings.device, SystemClock(), self.counters)
        self.lists: list[tuple[str, bytes]] = []
        self.uplink = Uplink(
            settings,
            self.spool,
            SystemClock(),
            self.counters,
            status=self.status,
            on_list=lambda topic, payload: self.lists.append((topic, payload)),
            spread=lambda: 0.0,
        )

    def status(self, online: bool) -> Status:
        return Status(
            device="car-1",
            online=online,
            at=SystemClock().now(),
            stream=self.spool.stream,
            made=self.spool.made,
            waiting=self.spool.waiting,
            counters=self.counters.snapshot(),
        )

    def put(self, *bodies: Any) -> None:
        self.spool.put_all([Unsent(body) for body in bodies])
        self.uplink.wake()

    def close(self) -> None:
        self.uplink.stop()
        self.spool.close()


@pytest.fixture
def device(edge_settings: Callable[..., EdgeSettings], tmp_path: Path) -> Iterator[Callable[..., Device]]:
    made: list[Device] = []

    def make(port: int, **given: Any) -> Device:
        made.append(Device(edge_settings(port, **given), tmp_path))
        return made[-1]

    yield make
    for one in made:
        one.close()
