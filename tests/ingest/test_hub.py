"""The hub: from any thread to any page, in order, and never waiting for a slow one."""

import asyncio
import threading

import pytest

from ingest.contract.base import new_id
from ingest.hub import AlertChanged, Hub, Resync


def changes(number: int) -> list[AlertChanged]:
    return [AlertChanged(new_id(), "raised") for _ in range(number)]


def test_every_subscriber_hears_every_change_in_order() -> None:
    hub, sent = Hub(), changes(50)

    async def listen() -> list[list[object]]:
        with hub.subscribe() as one, hub.subscribe() as other:
            thread = threading.Thread(target=lambda: [hub.publish(each) for each in sent])
            thread.start()
            return [[await page.next(20) for _ in sent] for page in (one, other)]

    assert asyncio.run(listen()) == [sent, sent]


def test_a_slow_subscriber_is_told_to_load_anew_and_holds_nobody_up() -> None:
    hub, sent = Hub(queue_max=3), changes(5)

    async def listen() -> list[object]:
        with hub.subscribe() as page:
            for each in sent:
                hub.publish(each)
            return [await page.next(20), await page.next(20)]

    assert asyncio.run(listen()) == [Resync(), sent[4]]
    assert hub.resyncs == 1


def test_silence_is_a_timeout_and_loses_nothing() -> None:
    hub, (sent,) = Hub(), changes(1)

    async def listen() -> object:
        with hub.subscribe() as page:
            with pytest.raises(TimeoutError):
                await page.next(0.01)
            hub.publish(sent)
            return await page.next(20)

    assert asyncio.run(listen()) == sent


@pytest.mark.parametrize("before", [True, False])
def test_closing_ends_every_loop_after_what_waits(before: bool) -> None:
    hub, sent = Hub(), changes(2)

    async def listen() -> list[object]:
        if before:
            hub.close()
        with hub.subscribe() as page:
            for each in sent:
                hub.publish(each)
            hub.close()
            return [each async for each in page]

    assert asyncio.run(listen()) == sent


def test_a_page_whose_event_loop_ended_harms_nobody() -> None:
    hub = Hub()

    async def leave_open() -> object:
        opened = hub.subscribe()
        opened.__enter__()
        return opened

    left = asyncio.run(leave_open())
    hub.publish(changes(1)[0])
    hub.close()
    assert left is not None
