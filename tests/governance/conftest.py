from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from governance.log import Act, Log


class Clock:
    """A clock that goes on by one second at each look."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
        self.step = timedelta(seconds=1)

    def __call__(self) -> datetime:
        self.now += self.step
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "acts.log"


@pytest.fixture
def log(path: Path, clock: Clock) -> Log:
    return Log.open(path, clock)


@pytest.fixture
def act() -> Callable[[int], Act]:
    def make(number: int) -> Act:
        return Act("pc.demo", "alert.answer", "Answered on patrol", objects={"alert": str(number)})

    return make
