"""The command line against a centre that really listens: the page's own example, from a key to an offline check."""

import re
import socket
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx2
import pytest
import uvicorn
from click.testing import Result
from pydantic import SecretStr
from typer.testing import CliRunner

from governance.roles import Role
from ingest.centre import Centre
from ingest.settings import BrokerSettings, CentreSettings, DatabaseSettings, StoreSettings
from ingest.web.app import create_app
from lanthorn.authority import _shortened, app, read_request
from lanthorn.centre_client import CentreClient
from lanthorn.errors import CentreRefused, LanthornError

PAGE = Path(__file__).resolve().parents[2] / "docs" / "authorities.md"
PASSWORD = "lamp oil shutter"
PASSPHRASE = "wick brass chimney"
PEOPLE = {
    "dc.wick": Role.LIST_MANAGER,
    "ps.flint": Role.LIST_MANAGER,
    "di.brand": Role.AUTHORISING_OFFICER,
    "clerk": Role.ADMIN,
    "overseer": Role.OVERSIGHT,
}
WHY = "Necessary for the reasons given"
Run = Callable[..., Result]


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder, secret = tmp_path_factory.mktemp("centre"), SecretStr("nobody")
    centre = Centre.open(
        CentreSettings(
            force="met",
            log_path=folder / "log",
            keys_dir=folder / "keys",
            database=DatabaseSettings(url=f"sqlite:///{folder / 'centre.db'}"),
            store=StoreSettings(url="http://127.0.0.1:9", access_key=secret, secret_key=secret),
            broker=BrokerSettings(url="mqtt://127.0.0.1:9"),
        )
    )
    for name, role in PEOPLE.items():
        centre.accounts.create(name, f"Drawn {name}", {role}, PASSWORD, "system:test")
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(create_app(centre), log_level="warning", lifespan="off"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()

    def sign_in(server: str, user: str, _password: str) -> CentreClient:
        """With a second factor, as officers and administrators need it; signing in itself is tested elsewhere."""
        token = centre.accounts.enter(centre.accounts.make_link(user, timedelta(minutes=5), second_factor=True))
        return CentreClient(server, token, httpx2.Client(base_url=server, timeout=20))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(CentreClient, "sign_in", sign_in)
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    server.should_exit = True
    thread.join()
    listener.close()
    centre.close()


@pytest.fixture(scope="module")
def run(address: str) -> Run:
    def call(*words: str, user: str = "", ends: int = 0, passphrase: str = PASSPHRASE) -> Result:
        signed_in = ["--user", user, "--server", address] if user else []
        environment = {"LANTHORN_PASSWORD": PASSWORD, "LANTHORN_PASSPHRASE": passphrase}
        result = CliRunner().invoke(app, [*words, *signed_in], env=environment)
        assert result.exit_code == ends, result.output or result.exception
        return result

    return call


def example(folder: Path) -> Path:
    """The page's request, with times that are now."""
    found = re.search(r"```toml\n(.*?)```", PAGE.read_text(), re.DOTALL)
    assert found is not None
    text, now = found[1], datetime.now(UTC).replace(microsecond=0)
    for name, days in (("starts_at", 0), ("ends_at", 21), ("review_at", 14)):
        text, count = re.subn(rf"{name} = \S+", f"{name} = {(now + timedelta(days=days)).isoformat()}", text)
        assert count == 1
    path = folder / "burglary.toml"
    path.write_text(text)
    return path


@pytest.fixture(scope="module")
def trusted(run: Run) -> str:
    """An officer whose key is trusted, by the two commands that the page begins with."""
    fingerprint = run("keys", "make", user="di.brand").stdout.strip().splitlines()[0]
    said = run("keys", "trust", fingerprint, "--rank", "inspector", user="clerk")
    assert "inspector, trusted from" in said.stdout
    return fingerprint


def reference_in(result: Result) -> str:
    found = re.search(r"AUTH-\d{4}-\d{4}", result.stdout)
    assert found is not None
    return found[0]


def test_the_page_works_from_a_key_to_an_offline_check(run: Run, trusted: str, tmp_path: Path) -> None:
    made = run("request", str(example(tmp_path)), user="dc.wick")
    reference = reference_in(made)
    assert "submitted" in made.stdout
    assert reference in run("queue", user="di.brand").stdout
    assert "legitimate aim: Prevention" in run("show", reference, user="di.brand").stdout
    assert "granted" in run("decide", reference, "--grant", "--reason", WHY, user="di.brand").stdout
    for step, state in (("suspend", "suspended"), ("resume", "granted"), ("review", "granted"), ("end", "ended")):
        assert state in run(step, reference, "--reason", WHY, user="di.brand").stdout
    key = run("keys", "trust-key", user="overseer").stdout.splitlines()[0]
    run("export", reference, str(tmp_path / "out"), user="overseer")
    case, trust = (str(tmp_path / "out" / name) for name in ("case.json", "trust.json"))
    held = run("check", case, "--trust", trust, "--trust-key", key)
    assert f"{reference} holds together; it is ended" in held.stdout
    spoilt = Path(case).read_text().replace('"devices":["car-1"', '"devices":["car-9"')
    Path(case).write_text(spoilt)
    assert "does not hold" in run("check", case, "--trust", trust, "--trust-key", key, ends=1).stdout


def test_a_draft_is_written_anew_and_withdrawn(run: Run, tmp_path: Path) -> None:
    file = example(tmp_path)
    reference = reference_in(run("request", str(file), "--draft", user="dc.wick"))
    file.write_text(file.read_text().replace("Vehicles used in burglary", "Vehicles used in theft"))
    assert "theft" in run("amend", reference, str(file), user="dc.wick").stdout
    assert "submitted" in run("submit", reference, user="dc.wick").stdout
    assert "ended" in run("withdraw", reference, user="dc.wick").stdout
    assert reference in run("list", "--state", "ended", user="overseer").stdout
    assert '"state": "ended"' in run("show", reference, "--json", user="overseer").stdout


def test_a_grant_by_word_of_mouth(run: Run, trusted: str, tmp_path: Path) -> None:
    reference = reference_in(run("request", str(example(tmp_path)), user="dc.wick"))
    words = ["verbal", reference, "--officer", "di.brand", "--reason", WHY, "--rank", "sergeant"]
    said = run(*words, "--at", datetime.now(UTC).isoformat(), user="ps.flint")
    assert "waits for confirmation" in said.stdout
    assert "lapses" not in run("confirm", reference, "--reason", WHY, user="di.brand").stdout


def test_what_is_refused_says_why(run: Run, trusted: str, tmp_path: Path) -> None:
    reference = reference_in(run("request", str(example(tmp_path)), user="dc.wick"))
    for words, user, said in (
        (["decide", reference, "--grant", "--reason", WHY], "dc.wick", "permission"),
        (["decide", reference, "--grant", "--reason", "ok"], "di.brand", "four|4 different words"),
        (["show", "AUTH-1999-0001"], "di.brand", "there is no authority"),
        (["keys", "retire", "0" * 16], "clerk", "there is no key"),
    ):
        refused = run(*words, user=user, ends=1).exception
        assert isinstance(refused, CentreRefused | LanthornError)
        assert re.search(said, str(refused))
    wrong = run(
        "decide", reference, "--refuse", "--reason", WHY, user="di.brand", ends=1, passphrase="not the one it is"
    )
    assert "passphrase does not open" in str(wrong.exception)
    assert trusted in run("keys", "list", user="overseer").stdout


@pytest.mark.parametrize(
    ("text", "said"), [("= 1", "is not TOML"), (None, "cannot be read"), ("title = 'x'", "your own rank")]
)
def test_a_file_that_is_no_request(run: Run, tmp_path: Path, text: str | None, said: str) -> None:
    path = tmp_path / "request.toml"
    if text is not None:
        path.write_text(text)
    assert said in str(run("request", str(path), user="dc.wick", ends=1).exception)


def test_times_are_read_as_text(tmp_path: Path) -> None:
    path = tmp_path / "request.toml"
    path.write_text("a = 2026-11-23T08:00:00Z\nb = [1.5, [2026-11-23]]\n")
    assert read_request(path) == {"a": "2026-11-23T08:00:00+00:00", "b": [1.5, ["2026-11-23"]]}


def test_a_long_border_is_not_printed_corner_by_corner() -> None:
    short = {"kind": "area", "outlines": [[[51.0, 0.0]] * 20]}
    assert _shortened(short) == short
    long = {"kind": "boroughs", "names": ["Camden"], "outlines": [[[51.0, 0.0]] * 20, [[51.0, 0.0]]]}
    assert _shortened(long)["outlines"] == "2 outlines of 20 corners, 1 corner: --json has them"
    assert _shortened({"kind": "force-wide"}) == {"kind": "force-wide"}
