"""`lanthorn edge run` in words: numbers, certainty, and what becomes of the only file that was given."""

import json
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from hardware.errors import BadPicture, BadSource
from ingest.contract.card.words import percent
from lanthorn.edge_run import _rounded, _say_in_words
from lanthorn.main import app

READ = {"captured_at": "2026-11-23T03:04:05.678Z", "mark": "AB12CDE", "kind": "current", "hits": []}


@pytest.mark.parametrize(
    ("confidence", "frames", "said"), [(0.998, 1, "99 %  over 1 frame\n"), (1.0, 2, "100 %  over 2 frames\n")]
)
def test_a_read_is_as_sure_as_on_the_page(
    confidence: float, frames: int, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    _say_in_words("read", **READ, confidence=confidence, frames_read=frames)
    assert capsys.readouterr().out.endswith(said)
    assert percent(confidence) in said


def test_no_number_for_a_program_is_rounded_up_to_certainty_either() -> None:
    assert [_rounded(each) for each in (0.99996, 0.12345, 1.0, 0.0)] == [0.9999, 0.1235, 1.0, 0.0]


def run(folder: Path, source: str, *words: str) -> Result:
    settings = folder / "lanthorn.toml"
    settings.write_text(
        f'state_dir = "{folder / "state"}"\n[broker]\nurl = "mqtt://127.0.0.1:9"\n[edge]\nlists_within_s = 0\n'
        "drain_within_s = 0\n[edge.display]\nport = 0\n"
    )
    return CliRunner().invoke(app, ["edge", "run", "--settings", str(settings), "--source", source, *words])


def test_the_only_picture_is_counted_where_it_is_refused(tmp_path: Path) -> None:
    bad = tmp_path / "bad.jpg"
    bad.write_bytes(b"not a picture")
    result = run(tmp_path, str(bad))
    assert isinstance(result.exception, BadPicture)
    assert "camera_files_refused 1\n" in result.stderr
    result = run(tmp_path, str(bad), "--json")
    last = json.loads(result.stdout.splitlines()[-1])
    assert (last["what"], last["counters"]["camera_files_refused"]) == ("failed", 1)


@pytest.mark.parametrize("source", ["/dev/video250", "device:250"])
def test_a_camera_that_is_not_there_is_refused_at_once_with_its_name(tmp_path: Path, source: str) -> None:
    result = run(tmp_path, source)
    assert isinstance(result.exception, BadSource)
    assert str(result.exception).startswith("/dev/video250: no such camera device; there are: ")
