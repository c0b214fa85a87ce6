"""For whole-system tests: sites in clean folders, and a real browser."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.journeys.driving import PASSWORD, Site, free_port

CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--autoplay-policy=no-user-gesture-required",
]


@pytest.fixture
def make_site(tmp_path: Path) -> Iterator[Callable[..., Site]]:
    """Make a site: its settings file in a clean folder, extra settings as TOML, extra environment."""
    sites: list[Site] = []

    def make(name: str = "site", extra: str = "", broker: str = "", **environment: str) -> Site:
        folder = tmp_path / name
        folder.mkdir()
        port = free_port()
        broker = broker or f"embedded_port = {free_port()}"
        (folder / "lanthorn.toml").write_text(
            f'force = "test"\nstate_dir = "state"\n[service]\nport = {port}\n[broker]\n{broker}\n'
            f'[edge]\ndevice = "car-1"\n[edge.camera]\nsource = "."\n[edge.display]\nport = 0\n{extra}\n'
        )
        kept = {key: value for key, value in os.environ.items() if not key.startswith("LANTHORN_")}
        site = Site(folder, kept | {"LANTHORN_PASSWORD": PASSWORD, "PYTHONUNBUFFERED": "1"} | environment, port)
        sites.append(site)
        return site

    yield make
    for site in sites:
        site.stop_all()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Headless Chromium, the system's own."""
    path = shutil.which("chromium")
    if path is None:
        pytest.skip("Chromium is not installed (apt-get install chromium)")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=CHROMIUM_FLAGS)
        yield browser
        browser.close()
