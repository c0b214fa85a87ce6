"""`lanthorn retention`, command by command, against a real centre whose time the test moves."""

import json
import socket
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest
import uvicorn
from click.testing import Result
from pydantic import SecretStr
from sqlalchemy import insert
from typer.testing import CliRunner

from governance.keys import PublicKey
from governance.retention.receipt import Receipt
from governance.retention.rules import FILE
from governance.roles import Role
from ingest.centre import Centre
from ingest.contract.base import new_id
from ingest.database import schema
from ingest.intake.rows import read_row
from ingest.settings import BrokerSettings, CentreSettings, DatabaseSettings, StoreSettings
from ingest.web import api_retention
from ingest.web.app import create_app
from lanthorn.centre_client import CentreClient
from lanthorn.errors import CentreRefused, LanthornError
from lanthorn.retention import app
from tests.ingest.cars import a_read

START = datetime(2026, 11, 23, 3, 4, 5, tzinfo=UTC)
PEOPLE = {"boss": Role.ADMIN, "dc": Role.INVESTIGATOR}


class Office:
    """A centre that really listens, and the command line beside it. No object store runs: nothing here needs one."""

    def __init__(self, folder: Path) -> None:
        self.now = START
        secret = SecretStr("secretsecret")
        self.centre = Centre.open(
            CentreSettings(
                force="met",
                log_path=folder / "log",
                keys_dir=folder / "keys",
                database=DatabaseSettings(url=f"sqlite:///{folder / 'centre.db'}"),
                store=StoreSettings(url="http://127.0.0.1:9", access_key=secret, secret_key=secret),
                broker=BrokerSettings(url="mqtt://127.0.0.1:9"),
            ),
            lambda: self.now,
        )
        for name, role in PEOPLE.items():
            self.centre.accounts.create(name, f"Drawn {name}", {role}, None, "system:test")
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._server = uvicorn.Server(uvicorn.Config(create_app(self.centre), log_level="warning", lifespan="off"))
        self._thread = threading.Thread(target=self._server.run, kwargs={"sockets": [self._listener]})
        self._thread.start()

    def close(self) -> None:
        self._server.should_exit = True
        self._thread.join()
        self._listener.close()
        self.centre.close()

    def sign_in(self, server: str, user: str, *_: str) -> CentreClient:
        """With a second factor, as administrators need it; signing in itself is tested elsewhere."""
        link = self.centre.accounts.make_link(user, timedelta(minutes=5), second_factor=True)
        return CentreClient(server, self.centre.accounts.enter(link), httpx2.Client(base_url=server, timeout=20))

    def run(self, *words: str, user: str = "boss", ends: int = 0) -> Result:
        result = CliRunner().invoke(
            app, [*words, "--user", user, "--server", self.address], env={"LANTHORN_PASSWORD": "x", "COLUMNS": "300"}
        )
        if isinstance(result.exception, LanthornError):
            raise result.exception
        assert result.exit_code == ends, result.output or result.exception
        return result

    def json(self, *words: str, user: str = "boss", ends: int = 0) -> Any:
        return json.loads(self.run(*words, "--json", user=user, ends=ends).stdout)

    def read(self, age: timedelta = timedelta(0)) -> str:
        made = a_read(captured_at=self.now - age)
        with self.centre.engine.begin() as connection:
            connection.execute(insert(schema.read), read_row(made, "car-7", new_id(), self.now))
        return str(made.read_id)


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    office = Office(tmp_path)
    monkeypatch.setattr(CentreClient, "sign_in", office.sign_in)
    yield office
    office.close()


def test_what_must_go_is_planned_disposed_of_and_receipted(office: Office, tmp_path: Path) -> None:
    office.read()
    office.now += timedelta(days=300)
    places = {one["place"]: one for one in office.json("plan", "--days", "90")["places"]}
    assert (places["reads"]["held"], places["reads"]["due"]) == (1, 1)
    assert "reads" in office.run("plan").stdout
    assert "nothing had to go" in office.run("run", ends=1).stdout, (
        "1: the strays of a store that is away are not known"
    )
    office.now += timedelta(days=66)
    assert "66 days ahead of what was expected" in office.run("plan").stdout
    with pytest.raises(CentreRefused, match="the centre's clock says 2027-11-24"):
        office.run("run")
    with pytest.raises(CentreRefused, match="and you say that it is 2026-11-23"):
        office.run("clock", "--today", "2026-11-23", "--why", "It was switched off")
    assert "disposal goes on" in office.run("clock", "--today", "2027-11-24", "--why", "It was switched off").stdout
    assert "1 item of reads should be gone" in office.run("late", ends=1).stdout
    assert "1 of reads (anpr-read) are gone, with a receipt" in office.run("run", ends=1).stdout
    assert "1 of reads (anpr-read)" in office.run("receipts", "--out", str(tmp_path / "out")).stdout
    key = PublicKey.from_text((tmp_path / "out" / "receipts.pub").read_text().strip())
    (file,) = [path for path in (tmp_path / "out").glob("*.receipt.json") if b'"reads"' in path.read_bytes()]
    assert Receipt.read(file.read_bytes(), key).items == 1


def test_every_receipt_is_written_out_however_many(
    office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api_retention, "MOST_RECEIPTS", 2)
    for _ in range(5):
        office.read(timedelta(days=400))
        office.centre.retention.run()
    office.run("receipts", "--out", str(tmp_path / "out"))
    assert len(list((tmp_path / "out").glob("*.receipt.json"))) == 5
    listed = [one["done_at"] for one in office.json("receipts")["receipts"]]
    assert len(listed) == 5
    assert listed == sorted(listed)


def test_an_item_is_explained_held_and_let_go(office: Office) -> None:
    read_id = office.read()
    said = office.run("explain", read_id, user="dc").stdout
    assert "must be gone by 2027-11-23T03:04:05.000Z" in said
    assert "anpr-read: firm; National ANPR Standards" in said
    hold = (
        "hold",
        "add",
        read_id,
        "--kind",
        "legal",
        "--owner",
        "DPS",
        "--why",
        "complaint 7",
        "--until",
        "2027-06-01",
    )
    hold_id = office.json(*hold, "--review", "2027-03-01", user="dc")["hold_id"]
    said = office.run("explain", read_id, user="dc").stdout
    assert "is held, and does not go" in said
    assert "a legal hold of DPS stands until 2027-06-02" in said
    assert "legal, 1 item, until 2027-06-02" in office.run("hold", "list", user="dc").stdout
    office.run("hold", "renew", hold_id, "--why", "still open", "--until", "2027-09-01", user="dc")
    office.run("hold", "end", hold_id, "--why", "closed", user="dc")
    assert office.json("hold", "list", user="dc") == []
    assert office.json("hold", "list", "--ended", user="dc")[0]["renewals"] == 1


def test_an_item_of_a_case_gets_its_class(office: Office) -> None:
    read_id = office.read()
    said = office.run("class", "add", read_id, "evidential-mopi-3", "--why", "CR/1", user="dc").stdout
    assert "given to 1 item that" in said
    assert "its clock (case-closed) has not started" in office.run("explain", read_id).stdout
    office.run("class", "add", read_id, "evidential-mopi-3", "--why", "closed", "--since", "2026-11-22", user="dc")
    assert "a person reviews it by 2032-11-23" in office.run("explain", read_id).stdout
    office.run("class", "remove", read_id, "evidential-mopi-3", "--why", "a mistake", user="dc")


def test_rules_are_shown_and_a_change_previewed_and_refused(office: Office, tmp_path: Path) -> None:
    said = office.run("rules").stdout
    assert "anpr-read                    deleted by 12 months from capture  [firm]" in said
    assert "set 1: in-force" in said
    office.read()
    file = tmp_path / "rules.toml"
    file.write_text(
        FILE.read_text().replace('class = "anpr-read"\ndelete_by = "P12M"', 'class = "anpr-read"\ndelete_by = "P3M"')
    )
    said = office.run("change", "preview", str(file)).stdout
    assert "anpr-read in reads (1 held)" in said
    assert "0 would go at once, 1 sooner, 0 would be kept longer" in said
    with pytest.raises(CentreRefused, match="there is no authority"):
        office.run("change", "propose", str(file), "--why", "shorter", "--authority", "AUTH-2026-0001")
    with pytest.raises(CentreRefused, match="no change 2"):
        office.run("change", "withdraw", "2", "--why", "x")
    assert office.json("change", "show", "1")["state"] == "in-force"
    with pytest.raises(LanthornError, match="cannot be read"):
        office.run("change", "preview", str(tmp_path / "none.toml"))


def test_what_is_wrong_is_said(office: Office) -> None:
    with pytest.raises(CentreRefused, match="nothing here has the id"):
        office.run("explain", str(new_id()))
    with pytest.raises(LanthornError, match="--until"):
        office.run("hold", "add", str(new_id()), "--kind", "legal", "--owner", "o", "--why", "w", "--until", "soon")
    with pytest.raises(CentreRefused, match="403"):
        office.run("run", user="dc")
