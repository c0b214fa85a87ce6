"""For the display's tests: cars with a display."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.edge.display.screens import Car


@pytest.fixture
def make_car(tmp_path: Path, clock: Any) -> Iterator[Callable[..., Car]]:
    made: list[Car] = []

    def make(**given: Any) -> Car:
        made.append(Car(tmp_path, clock, **given))
        return made[-1]

    yield make
    for car in made:
        car.display.stop()


@pytest.fixture
def car(make_car: Callable[..., Car]) -> Car:
    return make_car()
