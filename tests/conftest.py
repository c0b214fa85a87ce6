"""For every room's tests: where the evaluation pictures are, and a run in which nothing may be left out."""

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
NOTHING_LEFT_OUT = "LANTHORN_NOTHING_LEFT_OUT"


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of evaluation pictures, which is personal data and lies beside the repository, never in it."""
    path = ROOT.parent / "shared" / "data"
    if not path.is_dir():
        pytest.skip(f"the evaluation pictures are not here ({path.name}/ beside the repository)")
    return path


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """In continuous integration a skipped test is a missing install step: fail, so that it is seen."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    skipped = reporter.stats.get("skipped", []) if reporter else []
    if os.environ.get(NOTHING_LEFT_OUT) and skipped and exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
        reporter.section("left out, and nothing may be")
        for report in skipped:
            reporter.write_line(f"{report.nodeid}: {report.longrepr[2]}")
