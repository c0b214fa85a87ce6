"""What the command says of itself: its version, and help that says what it should."""

from importlib import metadata

import pytest
from typer.testing import CliRunner

from ingest.lists.csv_file import COLUMNS, NEEDED
from lanthorn.main import app


def said(*words: str) -> str:
    result = CliRunner().invoke(app, words, env={"COLUMNS": "160"})
    assert result.exit_code == 0, result.output
    return result.stdout


def test_it_says_its_version() -> None:
    assert said("--version") == f"lanthorn {metadata.version('lanthorn')}\n"


def test_help_names_every_column_of_a_list_and_its_form() -> None:
    text = said("list", "import", "--help")
    for column in COLUMNS:
        (line,) = [each.strip() for each in text.splitlines() if each.strip().startswith(f"- {column}")]
        assert line.endswith("Needed.") == (column in NEEDED)
    for form in ("UTF-8", "2026-12-31 or 31/12/2026", "2026-12-31T18:00Z", "separated by ;"):
        assert form in text


def test_help_says_what_holds_where_no_day_is_given() -> None:
    assert "without it, today" in said("evaluate", "plates", "--help")


@pytest.mark.parametrize("words", [("search",), ("audit",), ("audit", "sample")])
def test_a_command_alone_shows_its_help(words: tuple[str, ...]) -> None:
    assert "Commands" in CliRunner().invoke(app, words).output
