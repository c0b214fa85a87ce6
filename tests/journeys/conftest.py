"""For whole-system tests: sites in clean folders."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.journeys.driving import Site, new_site


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
