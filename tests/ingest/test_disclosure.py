"""The log handed over as one file, and what somebody who gets it can check with it."""

import io
import json
import zipfile
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from governance.acts import Act, Operation
from governance.log import Log
from governance.merkle.checkpoint import read_checkpoint
from governance.merkle.notes import Verifier
from governance.merkle.tree import leaf_hash, verify_inclusion
from governance.signed import canonical
from ingest.disclosure import Disclosures, Request, Use
from ingest.errors import BadInput

ICO = "Information Commissioner's Office"


@pytest.fixture
def disclosures(log: Log, clock: Any) -> Disclosures:
    for number in range(5):
        log.append(Act("pc.drawn", "page.view", "patrol duty", objects={"n": str(number)}))
        clock.forward(hours=1)
    return Disclosures(log, clock, "met")


def opened(data: bytes) -> zipfile.ZipFile:
    return zipfile.ZipFile(io.BytesIO(data))


def test_every_entry_is_proven_by_the_files_alone(disclosures: Disclosures) -> None:
    made = disclosures.disclose(Request(ICO, Use.LAWFULNESS, "their request IC-7"), "auditor.drawn")
    with opened(made.data) as archive:
        verifier = Verifier.parse(archive.read("log.vkey").decode().strip())
        head = read_checkpoint(archive.read("checkpoint"), verifier).head
        lines = [json.loads(line) for line in archive.read("entries.jsonl").splitlines()]
    assert [line["entry"]["objects"]["n"] for line in lines] == ["0", "1", "2", "3", "4"]
    assert made.entries == 5
    for line in lines:
        path = [bytes.fromhex(each) for each in line["proof"]]
        verify_inclusion(leaf_hash(canonical(line["entry"])), line["index"], head.size, path, head.root)


def test_the_cover_says_to_whom_for_which_use_and_why(disclosures: Disclosures) -> None:
    made = disclosures.disclose(Request(ICO, Use.PROCEEDINGS, "their request IC-7"), "auditor.drawn")
    with opened(made.data) as archive:
        cover = archive.read("cover.txt").decode()
    for said in (ICO, "proceedings", "their request IC-7", "auditor.drawn", "commitments"):
        assert said in cover


def test_handing_over_is_in_the_log_with_its_recipient(disclosures: Disclosures, log: Log) -> None:
    disclosures.disclose(Request(ICO, Use.INTEGRITY, "their request IC-7"), "auditor.drawn")
    act = list(log.read())[-1].act
    assert (act.act, act.actor, act.operation) == ("log.disclose", "auditor.drawn", Operation.DISCLOSURE)
    assert act.recipients == (ICO,)
    assert act.details["entries"] == 5


def test_a_span_of_time_is_half_open(disclosures: Disclosures, log: Log) -> None:
    times = [entry.at for entry in log.read()]
    made = disclosures.disclose(Request(ICO, Use.LAWFULNESS, "IC-7", times[1], times[3]), "auditor.drawn")
    assert made.entries == 2


@pytest.mark.parametrize(
    ("recipient", "why", "start", "said"),
    [
        (" ", "IC-7", None, "recipient is empty"),
        (ICO, "", None, "why is empty"),
        ("ICO AB12CDE", "IC-7", None, "names AB12CDE"),
        (ICO, "about AB12-CDE", None, "names AB12-CDE"),
        (ICO, "IC-7", "2030-01-01T00:00:00+00:00", "no entry was logged in that time"),
    ],
)
def test_a_hand_over_without_its_grounds_is_refused(
    disclosures: Disclosures, log: Log, recipient: str, why: str, start: str | None, said: str
) -> None:
    before = log.size
    moment = None if start is None else datetime.fromisoformat(start)
    with pytest.raises(BadInput, match=said):
        disclosures.disclose(Request(recipient, Use.LAWFULNESS, why, moment), "auditor.drawn")
    assert log.size == before


def test_on_the_command_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from typer.testing import CliRunner

    from lanthorn.export import sources
    from lanthorn.main import app
    from lanthorn.settings import read_settings

    monkeypatch.chdir(tmp_path)
    runner = CliRunner()
    with sources(read_settings(None)):
        pass  # the service's log and keys are made
    assert runner.invoke(app, ["export", "--keys", "keys.json"]).exit_code == 0
    assert runner.invoke(app, ["export", "away"]).exit_code == 0
    words = ["log", "disclose", "log.zip", "--to", ICO, "--use", "lawfulness", "--why", "IC-7"]
    done = runner.invoke(app, words)
    assert done.exit_code == 0, done.output
    assert zipfile.is_zipfile(tmp_path / "log.zip")
