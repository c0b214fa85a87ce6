"""The inbox: order, bounds, and what is let go when the broker will deliver it again."""

import threading
from datetime import UTC, datetime

import pytest

from ingest.counters import Counters
from ingest.intake.inbox import Delivery, Inbox

AT = datetime(2026, 11, 23, tzinfo=UTC)


def delivery(number: int) -> Delivery:
    return Delivery("topic", b"", number, 1, 1, AT)


@pytest.fixture
def counters() -> Counters:
    return Counters()


def numbers(inbox: Inbox, most: int = 100) -> list[int]:
    return [each.packet_id for each in inbox.take(most, 0, 0)]


def test_deliveries_come_out_in_order_and_at_most_so_many(counters: Counters) -> None:
    inbox = Inbox(10, counters)
    for number in range(5):
        inbox.put(delivery(number))
    assert numbers(inbox, most=3) == [0, 1, 2]
    assert numbers(inbox) == [3, 4]
    assert numbers(inbox) == []


def test_what_the_broker_delivers_again_is_let_go(counters: Counters) -> None:
    inbox = Inbox(10, counters)
    inbox.put(delivery(1))
    inbox.reconnected(session_present=True)
    assert numbers(inbox) == []
    assert counters.snapshot() == {"to_be_delivered_again": 1}


def test_what_the_broker_forgot_is_kept(counters: Counters) -> None:
    inbox = Inbox(10, counters)
    inbox.put(delivery(1))
    inbox.reconnected(session_present=False)
    assert numbers(inbox) == [1]


def test_an_overfull_inbox_lets_its_oldest_go_and_counts_it(counters: Counters) -> None:
    inbox = Inbox(2, counters)
    for number in range(5):
        inbox.put(delivery(number))
    assert numbers(inbox) == [3, 4]
    assert counters.snapshot() == {"let_go_inbox_full": 3}


def test_take_wakes_for_a_delivery_and_for_the_end(counters: Counters) -> None:
    inbox = Inbox(10, counters)
    found: list[list[Delivery]] = []
    waiting = threading.Thread(target=lambda: found.append(inbox.take(1, 20, 0)))
    waiting.start()
    inbox.put(delivery(1))
    waiting.join(20)
    assert [each.packet_id for each in found[0]] == [1]
    waiting = threading.Thread(target=lambda: found.append(inbox.take(1, 20, 0)))
    waiting.start()
    inbox.close()
    waiting.join(20)
    assert found[1] == []
