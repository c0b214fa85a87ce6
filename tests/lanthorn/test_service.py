"""A port that is taken is said before anything is started, with where to choose another."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from lanthorn.errors import NotStarted
from lanthorn.main import app
from lanthorn.service import Service
from lanthorn.settings import ServiceSection, Settings


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield int(listener.getsockname()[1])


def test_the_service_starts_no_server_where_its_port_is_taken(taken: int, tmp_path: Path) -> None:
    state = tmp_path / "state"
    settings = Settings(state_dir=state, service=ServiceSection(port=taken))
    with pytest.raises(NotStarted, match=rf"127\.0\.0\.1:{taken}: Address already in use; choose another port in \[s"):
        Service(settings).__enter__()
    assert list(state.iterdir()) == []


def test_the_demo_names_its_option_before_it_does_anything(taken: int, tmp_path: Path) -> None:
    state = tmp_path / "state"
    result = CliRunner().invoke(app, ["demo", "--port", str(taken), "--state", str(state)])
    assert isinstance(result.exception, NotStarted)
    assert str(result.exception).endswith("choose another with --port, or --port 0 for any that is free")
    assert not state.exists()
    assert "Starting" not in result.output


@pytest.mark.parametrize("port", ["-1", "65536", "http"])
def test_what_is_no_port_is_refused(port: str) -> None:
    assert CliRunner().invoke(app, ["demo", "--port", port]).exit_code == 2
