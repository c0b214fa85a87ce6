"""The files that a page loads: the vendored ones are what their note says, and a page names only what is there."""

import hashlib
import re

from ingest.contract import card


def test_vendored_files_have_the_digest_in_their_note() -> None:
    folder = card.STATIC / "vendor"
    rows = re.findall(r"^\| `([\w.]+)` \|.*`([0-9a-f]{64})` \|$", (folder / "README.md").read_text(), re.MULTILINE)
    assert {name for name, _ in rows} == {path.name for path in folder.glob("*.js")}
    for name, digest in rows:
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == digest


def test_every_file_in_the_head_is_served() -> None:
    named = re.findall(r'(?:href|src)="/card/([^"]+)"', card.head("/card"))
    assert len(named) == 6
    assert all((card.STATIC / name).is_file() for name in named)


def test_nothing_is_loaded_from_elsewhere() -> None:
    for path in card.STATIC.glob("*.*s*"):
        assert not re.search(r"https?://|@import|url\(", path.read_text()), path.name


def test_the_script_waits_for_three_beats() -> None:
    silent = re.search(r"SILENT_MS = (\d+);", (card.STATIC / "live.js").read_text())
    assert silent is not None
    assert int(silent[1]) == 3 * card.BEAT_S * 1000
