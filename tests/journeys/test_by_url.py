"""The main job once more, with broker, database and object store run apart and given by URL in the settings."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from lanthorn.embedded.store import Store
from tests.journeys.driving import MARK, Site
from tests.journeys.main_job import read_to_answer
from tests.journeys.servers import mosquitto, postgresql
from tests.journeys.stills import draw_still

BROKER_PASSWORD = "three other words"


@pytest.mark.browser
def test_the_main_job_with_every_server_by_url(
    make_site: Callable[..., Site], browser: Browser, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store = Store(tmp_path / "store")
    store.start()
    try:
        with mosquitto(tmp_path / "broker", "lanthorn", BROKER_PASSWORD) as broker_url, postgresql() as database_url:
            site = make_site(
                broker=f'url = "{broker_url}"\nshared_group = "centres"',
                extra=f'[store]\nurl = "http://{store.endpoint}"\nbucket = "media"\n[database]\nurl = "{database_url}"',
                LANTHORN_STORE_ACCESS_KEY=store.access_key,
                LANTHORN_STORE_SECRET_KEY=store.secret_key,
                LANTHORN_BROKER_USER="lanthorn",
                LANTHORN_BROKER_PASSWORD=BROKER_PASSWORD,
            )
            site.database_url = database_url
            figure = read_to_answer(site, browser, draw_still(tmp_path / "still.png", MARK))
            account = site.account()
            assert (account.missing, account.arrived, account.repeats) == ([], account.made, 0)
            assert {child.name for child in site.state.iterdir()} == {"log", "keys", "edge"}, (
                "nothing embedded was started"
            )
            site.stop_all()
    finally:
        store.stop()
    with capsys.disabled():
        print(f"\neverything by URL, one still: {figure}")  # noqa: T201 - the figure that the issue asks for
