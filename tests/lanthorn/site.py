"""A centre that really listens, people of every role, and the command line beside it, for a module of tests."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest
from click.testing import Result
from sqlalchemy import insert
from typer.testing import CliRunner

from ingest.contract.base import new_id
from ingest.database import schema
from ingest.intake.rows import read_row
from lanthorn.centre_client import CentreClient
from lanthorn.errors import LanthornError
from lanthorn.main import app
from tests.ingest.cars import a_read
from tests.ingest.web.conftest import NO_STORE, House, Served


class Site:
    """One account a role, named like it; the house's clock is the centre's."""

    def __init__(self, house: House, served: Served) -> None:
        self.house, self.served = house, served

    def sign_in(self, server: str, user: str, _password: str) -> CentreClient:
        """With a second factor where one is needed; signing in itself is tested elsewhere."""
        return CentreClient(server, self.house.token(user), httpx2.Client(base_url=server, timeout=20))

    def run(self, *words: str, user: str, ends: int = 0, typed: str | None = None) -> Result:
        """Run a command as somebody. What the front door would print as one line is raised: LanthornError."""
        signed_in = ["--user", user, "--server", self.served.address]
        given = {"LANTHORN_PASSWORD": "lamp oil", "LANTHORN_PASSPHRASE": "wick brass chimney", "COLUMNS": "300"}
        result = CliRunner().invoke(app, [*words, *signed_in], input=typed, env=given)
        if isinstance(result.exception, LanthornError):
            raise result.exception
        assert result.exit_code == ends, result.output or result.exception
        return result

    def json(self, *words: str, user: str) -> Any:
        return json.loads(self.run(*words, "--json", user=user).stdout)

    def seen(self, vrm: str, ago: timedelta = timedelta(hours=1), device: str = "car-7") -> str:
        """A read that the centre took a second after it was captured."""
        at = self.house.clock() - ago
        made = a_read(vrm, captured_at=at)
        with self.house.centre.engine.begin() as connection:
            connection.execute(insert(schema.read), read_row(made, device, new_id(), at + timedelta(seconds=1)))
        return str(made.read_id)

    def acts(self, name: str) -> int:
        return len(self.house.acts(name))


@contextmanager
def opened(folder: Path) -> Iterator[Site]:
    """A site; the command line signs in at it for as long as it is open."""
    house = House(folder, NO_STORE)
    served = Served(house)
    served.start()
    site = Site(house, served)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(CentreClient, "sign_in", site.sign_in)
        yield site
    house.centre.hub.close()
    served.stop()
    house.centre.close()
