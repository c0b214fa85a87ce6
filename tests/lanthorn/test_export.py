"""`lanthorn export` and `lanthorn verify` on it, as a person at a terminal uses them."""

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import Result
from sqlalchemy import update
from typer.testing import CliRunner

from governance.keys import PrivateKey
from governance.log import log_signer
from ingest.clock import system_clock
from ingest.database.engine import write_transaction
from ingest.database.schema import voi_entry
from ingest.errors import BadInput
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
    assert (result["holds"], result["keys_pinned"], len(result["parts"])) == (True, True, 9)


def test_where_no_service_was_started_no_keys_are_made_up(run: Run) -> None:
    for words in (("export", "--keys", "pinned.json"), ("export", "away")):
        with pytest.raises(LanthornError, match="nothing was exported: there is no log at"):
            run(*words)
    assert list(Path().iterdir()) == []


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


def test_the_logs_key_alone_can_be_pinned(run: Run, used: None) -> None:
    key = run("log", "key").output.strip()
    run("export", "away")
    assert "Everything holds." in run("verify", "away", "--vkey", key).output
    other = log_signer("met", PrivateKey.new()).verifier.text
    assert "is another than the keys say" in run("verify", "away", "--vkey", other, code=1).output
    assert "is not a verifier key" in run("verify", "away", "--vkey", "junk", code=2).output


def test_what_would_be_passed_over_is_refused(run: Run, used: None) -> None:
    run("export", "--keys", "pinned.json")
    run("export", "away")
    assert "give no FOLDER with it" in run("verify", "away", "--database", code=2).output
    assert "are for an export" in run("verify", "--keys", "pinned.json", code=2).output
    assert "are for an export" in run("verify", "away/log", "--keys", "pinned.json", code=2).output
    Path("away/keys.json").unlink()
    assert "cannot be read" in run("verify", "away", code=2).output


def test_what_cannot_be_checked_is_said_to_a_program_too(run: Run, used: None) -> None:
    run("export", "away")
    Path("read.md").write_text("# Read")
    for words in (
        ("--keys", "nowhere.json"),
        ("--keys", "read.md"),
        ("--at-least", "3"),
        ("--access-rules", "nowhere"),
    ):
        said = json.loads(run("verify", "away", *words, "--json", code=2).stdout)
        assert said["checked"] is False
        assert words[1] in said["why"]
        assert "Error(" not in said["why"]


def test_an_export_goes_into_no_folder_of_something_else(run: Run, used: None) -> None:
    Path("docs").mkdir()
    Path("docs/read.md").write_text("# Read")
    with pytest.raises(BadInput, match="holds something that is no export"):
        run("export", "docs")
    with pytest.raises(LanthornError, match="is something else"):
        run("export", "--keys", "docs/read.md")
    run("export", "away")
    run("export", "away")
    Path("away/keys.json").write_bytes(Path("away/keys.json").read_bytes().replace(b"met", b"mot"))
    with pytest.raises(BadInput, match="is an export of another service"):
        run("export", "away")


def test_what_is_no_part_of_an_export_is_said(run: Run, used: None) -> None:
    run("export", "away")
    Path("away/extra.bin").write_bytes(b"x")
    Path("away/authorities/notes.txt").write_bytes(b"x")
    said = run("verify", "away").output
    for name in ("extra.bin", "authorities/notes.txt"):
        assert f"{name} is no part of an export" in said


def test_an_export_to_nowhere_is_refused(run: Run) -> None:
    with pytest.raises(LanthornError, match="say where to"):
        run("export")
