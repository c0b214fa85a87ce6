"""The pages that are made from the code are what the code makes now."""

from pathlib import Path

from ingest.contract import description
from lanthorn import settings_page

DOCS = Path(__file__).resolve().parents[1] / "docs"


def test_the_settings_page_is_true() -> None:
    assert (DOCS / "settings.md").read_text() == settings_page.page(), "run: python -m lanthorn.settings_page"


def test_the_asyncapi_description_is_true() -> None:
    assert (DOCS / "asyncapi.json").read_text() == description.as_text(), "run: python -m ingest.contract.description"


def test_every_kind_of_numbered_message_is_described() -> None:
    from ingest.contract.topics import NUMBERED_KINDS

    assert set(NUMBERED_KINDS) <= description.describe()["channels"].keys()
