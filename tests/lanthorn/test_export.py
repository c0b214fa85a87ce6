"""`lanthorn export` and `lanthorn verify` on it, as a person at a terminal uses them."""

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import Result
from sqlalchemy import update
from typer.testing import CliRunner

from ingest.clock import system_clock
from ingest.database.engine import write_transaction
from ingest.database.schema import voi_entry
from ingest.lists.drafts import EntryDraft
from ingest.lists.register import Lists
from lanthorn.errors import LanthornError
from lanthorn.export import sources
from lanthorn.main import app
from lanthorn.settings import read_settings
from tests.ingest.granting import Grants

Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.chdir(tmp_path)

    def run(*words: str, code: int = 0) -> Result:
        result = CliRunner().invoke(app, words)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        assert result.exit_code == code, result.output
        return result

    return run


@pytest.fixture
def used(run: Run) -> None:
    """A service that has been used: a list with an entry."""
    with sources(read_settings(None)) as found:
        authority = Grants(found.authorities, system_clock).lists("Burglary")
        lists = Lists(found.engine, found.log, system_clock, found.authorities)
        made = lists.create("Burglary", "find vehicles", "DI Brand", authority, "manager")
        draft = EntryDraft("AB12CDE", "Burglary", "", "Stop", (), "DC 1", system_clock() + timedelta(days=28), "CR-1")
        lists.add(made.list_id, draft, "manager")


def test_what_is_exported_holds_with_the_keys_that_were_pinned(run: Run, used: None) -> None:
    run("export", "--keys", "pinned.json")
    assert "1 row" in run("export", "away").output
    said = run("verify", "away", "--keys", "pinned.json").output
    assert "Everything holds." in said
    assert "the export's own word" not in said
    result = json.loads(run("verify", "away", "--keys", "pinned.json", "--json").output)
    assert (result["holds"], result["keys_pinned"], len(result["parts"])) == (True, True, 8)


def test_without_pinned_keys_it_says_so(run: Run, used: None) -> None:
    run("export", "away")
    assert "the keys are the export's own word" in run("verify", "away").output


def test_a_row_that_was_changed_is_found_in_the_export_and_on_the_database(run: Run, used: None) -> None:
    with sources(read_settings(None)) as found, write_transaction(found.engine) as connection:
        connection.execute(update(voi_entry).values(action="Do nothing"))
    run("export", "away")
    assert "it was changed" in run("verify", "away", code=1).output
    said = run("verify", "--database", code=1).output
    assert "The log is whole." in said
    assert "The rows are NOT what was logged." in said


def test_where_there_is_no_log_nobody_is_accused(run: Run) -> None:
    assert "there is no log at" in run("verify", "nowhere", code=2).output


def test_an_export_to_nowhere_is_refused(run: Run) -> None:
    with pytest.raises(LanthornError, match="say where to"):
        run("export")
