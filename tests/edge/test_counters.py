"""Counts are whole under many threads, and a drop that is counted is also said."""

import logging
import threading

import pytest

from edge.counters import Counters


def test_counts_by_name() -> None:
    counters = Counters()

    assert counters.count("frames_read") == 1
    assert counters.count("frames_read", 3) == 4
    counters.count("a_first")

    assert counters.snapshot() == {"a_first": 1, "frames_read": 4}
    assert list(counters.snapshot()) == ["a_first", "frames_read"]
    assert counters.value("never") == 0


def test_a_snapshot_does_not_change_afterwards() -> None:
    counters = Counters()
    before = counters.snapshot()

    counters.count("frames_read")

    assert before == {}


def test_many_threads_lose_nothing() -> None:
    counters = Counters()

    def count() -> None:
        for _ in range(500):
            counters.count("messages_resent")

    threads = [threading.Thread(target=count) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert counters.value("messages_resent") == 4000


@pytest.mark.parametrize(
    ("warn", "said"),
    [
        ("the broker refused it", "the broker refused it (messages_refused: 2 so far)"),
        (True, "messages_refused (messages_refused: 2 so far)"),
    ],
)
def test_a_drop_is_logged_at_warning(warn: str | bool, said: str, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG, logger="edge.counters"):
        Counters().count("messages_refused", 2, warn=warn)

    assert [(record.levelno, record.getMessage()) for record in caplog.records] == [(logging.WARNING, said)]


def test_plain_counting_is_silent(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG, logger="edge.counters"):
        Counters().count("frames_read")

    assert caplog.records == []


def test_a_count_does_not_go_down() -> None:
    with pytest.raises(ValueError, match="only go up"):
        Counters().count("frames_read", -1)
