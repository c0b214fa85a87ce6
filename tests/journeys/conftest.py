"""For whole-system tests: sites in clean folders."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.journeys.driving import MARK, Site, new_site
from tests.journeys.stills import draw_still


@pytest.fixture
def make_site(tmp_path: Path) -> Iterator[Callable[..., Site]]:
    """Make a site in a clean folder; what may be given is in driving.new_site. Everything it started is stopped."""
    sites: list[Site] = []

    def make(name: str = "site", **given: str) -> Site:
        sites.append(new_site(tmp_path / name, **given))
        return sites[-1]

    yield make
    for site in sites:
        site.stop_all()


@pytest.fixture(scope="session")
def still(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A drawn still with one vehicle, whose mark is on the tests' lists."""
    return draw_still(tmp_path_factory.mktemp("still") / "still.png", MARK)


@pytest.fixture(scope="session")
def car(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A car without a centre, which waits for none."""
    site = new_site(tmp_path_factory.mktemp("car") / "site", edge="lists_within_s = 0\ndrain_within_s = 0")
    yield site
    site.stop_all()
