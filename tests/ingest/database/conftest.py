"""Databases as a first start finds them: empty, without tables."""

from pathlib import Path

import pytest

from tests.ingest.servers import Postgres


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A fresh, empty database on each engine in turn."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'centre.db'}"
    server: Postgres = request.getfixturevalue("postgres")
    return server.fresh()
