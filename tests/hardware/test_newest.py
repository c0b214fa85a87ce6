"""The slot of one: the newest item is given, the others are counted, and errors come through."""

from collections.abc import Iterator
from threading import Event

import pytest

from hardware.newest import NewestFirst


def test_a_slow_reader_gets_the_newest_and_the_last() -> None:
    dropped: list[None] = []
    taken, filled = Event(), Event()

    def produce(stop: Event) -> Iterator[int]:
        yield 0
        taken.wait(5)
        yield from range(1, 10)
        filled.set()

    items = iter(NewestFirst(produce, lambda: dropped.append(None)))
    assert next(items) == 0
    taken.set()
    assert filled.wait(5)

    assert list(items) == [9]
    assert len(dropped) == 8


def test_an_error_in_the_thread_comes_out_after_the_last_item() -> None:
    def produce(stop: Event) -> Iterator[int]:
        yield 1
        raise ValueError("the source broke")

    items = iter(NewestFirst(produce, lambda: None))

    assert next(items) == 1
    with pytest.raises(ValueError, match="the source broke"):
        next(items)


def test_leaving_the_loop_ends_the_thread() -> None:
    ended = Event()

    def produce(stop: Event) -> Iterator[int]:
        try:
            number = 0
            while not stop.wait(0.001):
                number += 1
                yield number
        finally:
            ended.set()

    items = iter(NewestFirst(produce, lambda: None))
    next(items)
    items.close()  # type: ignore[attr-defined]

    assert ended.wait(5)
