"""Bad pictures and videos at the command line: said what is wrong and what to do, counted, and the good ones read."""

import re
import shutil
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import pytest

from lanthorn.street.footage import draw_street
from tests.journeys.driving import STREET, EdgeRun, Site, one_line

HUGE_PX = 12_000


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Drawn footage with one vehicle."""
    whole = tmp_path_factory.mktemp("film") / "whole.mp4"
    draw_street(whole, STREET)
    return whole


@dataclass(frozen=True)
class Bad:
    """A source that cannot be used: its name, how many bytes of which good file it holds, and what is said of it."""

    name: str
    content: bytes | int | None
    said: str


BAD_PICTURES = (
    Bad("missing.png", None, "no such file"),
    Bad("empty.png", b"", "0 bytes"),
    Bad("cut.png", 60_000, "cut short|truncated|ends early"),
    Bad("letter.jpg", b"Dear Sir or Madam,\n" * 50, "not a JPEG, PNG, WebP, BMP or TIFF picture"),
)
BAD_FILMS = (
    Bad("empty.mp4", b"", "0 bytes"),
    Bad("letter.mp4", b"Dear Sir or Madam,\n" * 50, "not a video"),
    Bad("no-index.mp4", 200_000, "index"),
)


def lay(folder: Path, bad: Bad, good: Path) -> Path:
    path = folder / bad.name
    if isinstance(bad.content, int):
        path.write_bytes(good.read_bytes()[: bad.content])
    elif bad.content is not None:
        path.write_bytes(bad.content)
    return path


@pytest.mark.parametrize("bad", [*BAD_PICTURES, *BAD_FILMS], ids=lambda bad: bad.name)
def test_a_source_that_cannot_be_used_at_all(car: Site, tmp_path: Path, still: Path, film: Path, bad: Bad) -> None:
    source = lay(tmp_path, bad, film if bad.name.endswith(".mp4") else still)
    done = car.lanthorn("edge", "run", "--source", str(source), check=False)
    assert done.returncode == 1
    said = one_line(done.stderr)
    assert str(source) in said
    assert re.search(bad.said, said), said
    assert ";" in said or ":" in said.removeprefix("lanthorn: "), "what to do follows what is wrong"


def test_a_folder_with_bad_files_between_good_ones(car: Site, tmp_path: Path, still: Path, film: Path) -> None:
    for bad in (*BAD_PICTURES, *BAD_FILMS):
        lay(tmp_path, bad, film if bad.name.endswith(".mp4") else still)
    for name in ("a.png", "m.png", "z.png"):
        shutil.copy(still, tmp_path / name)
    (tmp_path / "notes.txt").write_text("not looked at")
    edge = EdgeRun(car, tmp_path, "--device", "folder")
    ended = edge.end()
    assert [read["mark"] for read in edge.reads] == ["YS70PLM"] * 3
    there = [bad for bad in (*BAD_PICTURES, *BAD_FILMS) if bad.content is not None]
    assert ended["counters"]["camera_files_refused"] == len(there)
    assert ended["counters"]["camera_files_ignored"] == 1
    said = car.said("edge.err")
    for bad in there:
        assert f"passed over: {tmp_path / bad.name}" in said
    assert "Traceback" not in said


def test_a_photo_twelve_thousand_pixels_wide(car: Site, tmp_path: Path, still: Path) -> None:
    drawn = cv2.imread(str(still))
    assert drawn is not None
    photo = np.full((HUGE_PX * 2 // 3, HUGE_PX, 3), 90, np.uint8)
    photo[4_000 : 4_000 + drawn.shape[0] * 4, 5_000 : 5_000 + drawn.shape[1] * 4] = cv2.resize(
        drawn, None, fx=4, fy=4, interpolation=cv2.INTER_CUBIC
    )
    path = tmp_path / "huge.jpg"
    assert cv2.imwrite(str(path), photo)
    edge = EdgeRun(car, path, "--device", "huge")
    ended = edge.end()
    assert ended["looked_at"] == 1
    assert [read["mark"] for read in edge.reads] == ["YS70PLM"]


def test_a_photo_too_large_to_decode(car: Site, tmp_path: Path) -> None:
    path = tmp_path / "monster.png"
    assert cv2.imwrite(str(path), np.zeros((HUGE_PX + 1_000, HUGE_PX), np.uint8))
    done = car.lanthorn("edge", "run", "--source", str(path), check=False)
    assert done.returncode == 1
    assert str(path) in one_line(done.stderr)
    assert "pixels" in one_line(done.stderr)


def test_a_film_that_ends_in_the_middle_of_a_frame(car: Site, tmp_path: Path, film: Path) -> None:
    path = with_index_first(film, tmp_path / "cut.mp4")
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * 0.6)])
    edge = EdgeRun(car, path, "--device", "cut", "--paced")
    ended = edge.end()
    assert [read["mark"] for read in edge.reads] == ["YS70PLM"]
    assert ended["counters"]["camera_frames_missing"] > 0
    said = car.said("edge.err")
    assert f"{path}: ends early" in said
    assert "copy it again" in said
    assert "Traceback" not in said


def with_index_first(film: Path, path: Path) -> Path:
    """The film with its index (moov) before its frames (mdat), so that cutting its end off leaves the index whole."""
    boxes: dict[bytes, bytes] = {}
    data, at = film.read_bytes(), 0
    while at < len(data):
        size = int.from_bytes(data[at : at + 4], "big")
        boxes[data[at + 4 : at + 8]] = data[at : at + size]
        at += size
    moov = bytearray(boxes[b"moov"])
    place = moov.index(b"stco")
    count = int.from_bytes(moov[place + 8 : place + 12], "big")
    for entry in range(place + 12, place + 12 + 4 * count, 4):
        moved = int.from_bytes(moov[entry : entry + 4], "big") + len(moov)
        moov[entry : entry + 4] = moved.to_bytes(4, "big")
    order = [kind for kind in boxes if kind != b"moov"]
    path.write_bytes(boxes[order[0]] + moov + b"".join(boxes[kind] for kind in order[1:]))
    return path
