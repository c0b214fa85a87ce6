"""The main job: a car on the list passes the camera; the officer sees it and answers; the centre can show its working.

Real parts throughout: the commands as a person runs them, broker, object store, database, and Chromium.
"""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from lanthorn.street.footage import draw_street
from tests.journeys.driving import STREET, Site
from tests.journeys.main_job import read_to_answer


@pytest.fixture(scope="module")
def street(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Drawn footage with one vehicle."""
    path = tmp_path_factory.mktemp("street") / "street.mp4"
    draw_street(path, STREET)
    return path


@pytest.mark.browser
def test_a_listed_car_passes_and_the_officer_answers(
    make_site: Callable[..., Site], browser: Browser, street: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    figure = read_to_answer(make_site(), browser, street)
    with capsys.disabled():
        print(f"\n{figure}")  # noqa: T201 - the figure that the issue asks for
