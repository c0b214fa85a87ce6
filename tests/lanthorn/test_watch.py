import threading

import pytest

from ingest.counters import Counters
from lanthorn import watch
from lanthorn.errors import NotStarted
from lanthorn.watch import Watch


class FaltersAtFirst:
    """A server that ended, and comes up only at its third start."""

    def __init__(self, fault: Exception) -> None:
        self.starts = 0
        self.up = threading.Event()
        self._fault = fault

    @property
    def running(self) -> bool:
        return self.up.is_set()

    def start(self) -> None:
        self.starts += 1
        if self.starts < 3:
            raise self._fault
        self.up.set()


@pytest.mark.parametrize("fault", [NotStarted("its port is taken"), OSError(28, "No space left on device")])
def test_a_server_that_ended_is_started_until_it_is_up(
    fault: Exception, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(watch, "LOOK_EVERY_S", 0.001)
    counters, server = Counters(), FaltersAtFirst(fault)
    watched = Watch("store", server, counters)
    watched.start()
    try:
        assert server.up.wait(10)
    finally:
        watched.stop()
    assert counters.snapshot() == {"embedded_store_restarts": 3}
    assert caplog.text.count(f"the embedded store did not start, trying again: {fault}") == 2
    assert "the embedded store runs again" in caplog.text


def test_a_server_that_runs_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch, "LOOK_EVERY_S", 0.001)
    looked = threading.Event()

    class Runs:
        @property
        def running(self) -> bool:
            looked.set()
            return True

        def start(self) -> None:
            raise AssertionError("it was started though it runs")

    counters = Counters()
    watched = Watch("broker", Runs(), counters)
    watched.start()
    assert looked.wait(10)
    watched.stop()
    assert counters.snapshot() == {}
