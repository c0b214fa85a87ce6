"""`lanthorn log`, `lanthorn verify` and `lanthorn witness`, as a person at a terminal uses them."""

import json
import shutil
import threading
from collections.abc import Callable, Iterator
from functools import partial
from http import HTTPStatus
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from governance.errors import BadKey, BadProof
from governance.log import Act, Log, service_signer
from governance.witness import LogAway
from ingest.clock import system_clock
from lanthorn.errors import LanthornError
from lanthorn.main import app

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
def log(tmp_path: Path) -> Log:
    state = tmp_path / "var" / "lanthorn"
    return Log.open(state / "log", system_clock, service_signer(state / "keys", "met"))


def grow(log: Log, count: int) -> None:
    log.append(*(Act("pc.demo", "account.sign-in", "on duty", objects={"n": str(n)}) for n in range(count)))
    log.close()


@pytest.mark.parametrize("command", [("verify",), ("log", "fsck")])
def test_a_whole_log_is_said_in_words_and_as_json(run: Run, log: Log, command: tuple[str, ...]) -> None:
    grow(log, 300)
    said = run(*command).output
    assert "300 entries" in said
    assert "The log is whole." in said
    assert str(log.checkpoint.head) in said
    result = json.loads(run(*command, "--json").output)
    assert (result["whole"], result["size"], result["signature_checked"]) == (True, 300, True)
    assert result["checkpoint"] == str(log.checkpoint.head)


@pytest.mark.parametrize("command", [("verify",), ("log", "fsck")])
def test_a_changed_log_ends_with_the_place_and_exit_code_1(run: Run, log: Log, command: tuple[str, ...]) -> None:
    grow(log, 300)
    file = log.path / "tile/entries/000"
    file.write_bytes(file.read_bytes().replace(b'"n":"7"', b'"n":"8"'))
    said = run(*command, code=1).output
    assert "PROBLEM: entry 7: in tile/entries/000" in said
    assert "NOT whole" in said


def test_a_checkpoint_written_down_holds_the_log_to_it(run: Run, log: Log) -> None:
    grow(log, 3)
    head = str(log.checkpoint.head)
    grow(log, 3)
    run("verify", "--at-least", head)
    assert "the head written down before" in run("verify", "--at-least", f"3:{'0' * 64}", code=1).output
    assert "is not SIZE:ROOT" in run("verify", "--at-least", "3", code=2).output


def test_a_copy_is_made_verified_and_brought_up_to_date(run: Run, log: Log) -> None:
    grow(log, 300)
    assert "300 entries, 5 new tiles" in run("log", "copy", "copy").output
    key = run("log", "key").output.strip()
    assert key == log.verifier.text
    assert "signature was not checked" in run("verify", "copy").output
    assert "signature was not checked" not in run("verify", "copy", "--vkey", key).output
    grow(log, 1)
    assert "301 entries" in run("log", "copy", "copy").output


def test_a_copy_goes_into_no_folder_of_something_else(run: Run, log: Log, tmp_path: Path) -> None:
    grow(log, 3)
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "read.md").write_text("not a log")
    with pytest.raises(LanthornError, match=r"docs holds read\.md, which is no part of a log"):
        run("log", "copy", "docs")


@pytest.mark.parametrize("command", [("verify",), ("log", "fsck")])
def test_a_folder_without_a_log_accuses_nobody(run: Run, tmp_path: Path, command: tuple[str, ...]) -> None:
    assert "there is no log at" in run(*command, str(tmp_path), code=2).output
    assert json.loads(run(*command, str(tmp_path), "--json", code=2).stdout)["checked"] is False


def test_what_was_handed_over_is_not_written_over(run: Run, log: Log, tmp_path: Path) -> None:
    grow(log, 3)
    (tmp_path / "handed.zip").write_bytes(b"over")
    words = ("log", "disclose", "handed.zip", "--to", "ICO", "--use", "lawfulness", "--why", "IC-7")
    with pytest.raises(LanthornError, match="may be what was handed over before"):
        run(*words)
    assert log.size == 3


def test_a_witness_keeps_its_name(run: Run, log: Log) -> None:
    grow(log, 3)
    where = ("witness", "--log", str(log.path), "--state", "overseer", "--once")
    run(*where, "--vkey", log.verifier.text, "--name", "mopac.example")
    assert "nothing new" in run(*where).output
    with pytest.raises(BadKey, match="leave --name out"):
        run(*where, "--name", "another.example")
    with pytest.raises(BadKey, match="'x' is not a verifier key"):
        run(*where, "--vkey", "x")


def test_a_log_that_begins_anew_is_not_copied_over_the_old(run: Run, log: Log) -> None:
    grow(log, 3)
    run("log", "copy", "copy")
    shutil.rmtree(log.path)
    grow(Log.open(log.path, system_clock, service_signer(log.path.parent / "keys", "met")), 2)
    with pytest.raises(BadProof, match="its end was cut off since"):
        run("log", "copy", "copy")


def test_without_the_services_key_it_says_so(run: Run) -> None:
    for command in (("log", "key"), ("log", "copy", "copy")):
        with pytest.raises(LanthornError, match="start the service once"):
            run(*command)


def test_a_witness_cosigns_and_raises_the_alarm(run: Run, log: Log) -> None:
    grow(log, 3)
    where = ("witness", "--log", str(log.path), "--state", "overseer", "--once")
    assert "3 entries, 3 new: in order, cosigned" in run(*where, "--vkey", log.verifier.text).output
    assert "3 entries, nothing new" in run(*where).output
    with pytest.raises(LogAway):
        run("witness", "--log", "nowhere", "--state", "overseer", "--once")
    (log.path / "checkpoint").write_bytes(b"spoilt")
    said = run(*where, code=2).output
    assert "ALARM" in said
    assert "overseer/alarm-" in said


@pytest.fixture
def mirror(run: Run, log: Log, tmp_path: Path) -> Iterator[str]:
    """A copy of the log, served by a plain web server that asks for the token."""

    class Handler(SimpleHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.headers.get("Authorization") == "Bearer good":
                super().do_GET()
            else:
                self.send_error(HTTPStatus.UNAUTHORIZED)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    grow(log, 300)
    run("log", "copy", "copy")
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=str(tmp_path / "copy")))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


def test_a_witness_watches_a_log_over_http(run: Run, log: Log, mirror: str, monkeypatch: pytest.MonkeyPatch) -> None:
    where = ("witness", "--log", mirror, "--state", "overseer", "--once", "--vkey", log.verifier.text)
    with pytest.raises(LogAway, match=r"answered 401 \(set LANTHORN_TOKEN\)"):
        run(*where)
    monkeypatch.setenv("LANTHORN_TOKEN", "good")
    assert "300 entries, 300 new: in order, cosigned" in run(*where).output
    grow(log, 300)
    run("log", "copy", "copy")
    assert "600 entries, 300 new" in run(*where).output
    (Path("copy") / "tile/0/001").unlink()
    grow(log, 1)
    shutil.copy(log.path / "checkpoint", "copy/checkpoint")
    assert "cannot be verified" in run(*where, code=2).output


def test_a_witness_that_gets_no_answer_says_from_where(run: Run, log: Log) -> None:
    with pytest.raises(LogAway, match=r"no answer from http://127\.0\.0\.1:9/checkpoint"):
        run("witness", "--log", "http://127.0.0.1:9", "--state", "w", "--once", "--vkey", log.verifier.text)
