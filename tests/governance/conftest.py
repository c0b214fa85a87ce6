from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from governance.keys import PrivateKey
from governance.log import Act, Log, log_signer
from governance.merkle.notes import Signer


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
    return tmp_path / "log"


@pytest.fixture(scope="session")
def signer() -> Signer:
    return log_signer("met", PrivateKey.new())


@pytest.fixture
def log(path: Path, clock: Clock, signer: Signer) -> Log:
    return Log.open(path, clock, signer)


@pytest.fixture
def act() -> Callable[[int], Act]:
    def make(number: int) -> Act:
        return Act("pc.demo", "alert.answer", "Answered on patrol", objects={"alert": str(number)})

    return make
