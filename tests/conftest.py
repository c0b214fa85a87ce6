"""For every room's tests: where the evaluation pictures are, a browser, and a run in which nothing may be left out."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest
from playwright.sync_api import Browser, sync_playwright

hypothesis.settings.register_profile("lanthorn", deadline=None)  # no timed assertion: the machine may be busy
hypothesis.settings.load_profile("lanthorn")

ROOT = Path(__file__).resolve().parents[1]
NOTHING_LEFT_OUT = "LANTHORN_NOTHING_LEFT_OUT"

CHROMIUM_FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
"""Without a sandbox, because it cannot have one where the tests run as root; and quiet, because there is no network."""


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of evaluation pictures, which is personal data and lies beside the repository, never in it."""
    path = ROOT.parent / "shared" / "data"
    if not path.is_dir():
        pytest.skip(f"the evaluation pictures are not here ({path.name}/ beside the repository)")
    return path


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Headless Chromium, the system's own. Ends with the module: while Playwright runs, no other test in this process
    can run an event loop.
    """
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if path is None:
        pytest.skip("Chromium is not installed (apt-get install chromium)")
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=path, args=CHROMIUM_FLAGS)
        yield opened
        opened.close()


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """In continuous integration a skipped test is a missing install step: fail, so that it is seen."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    skipped = reporter.stats.get("skipped", []) if reporter else []
    if os.environ.get(NOTHING_LEFT_OUT) and skipped and exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
        reporter.section("left out, and nothing may be")
        for report in skipped:
            reporter.write_line(f"{report.nodeid}: {report.longrepr[2]}")
