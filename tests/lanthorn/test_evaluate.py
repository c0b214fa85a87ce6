"""`lanthorn evaluate plates`: the figures of a run, and what it says of files and labels that cannot be used."""

import json
from pathlib import Path, PurePosixPath

import cv2
import numpy as np
import pytest
from typer.testing import CliRunner, Result

from lanthorn.evaluate import app, picture_path

HEADER = "file,text,kind,box_xyxy,note\n"


def evaluate(images: Path, labels: Path, *more: str) -> Result:
    return CliRunner().invoke(
        app, ["plates", "--images", str(images), "--labels", str(labels), "--on", "2026-11-23", *more]
    )


@pytest.fixture
def plate_folder(tmp_path: Path) -> Path:
    """A folder with one picture of a plate, drawn in OpenCV's own font."""
    picture = np.full((480, 640, 3), 90, dtype=np.uint8)
    cv2.rectangle(picture, (160, 200), (480, 270), (250, 250, 250), -1)
    cv2.putText(picture, "AB12 CDE", (175, 252), cv2.FONT_HERSHEY_SIMPLEX, 1.7, (10, 10, 10), 5, cv2.LINE_AA)
    cv2.imwrite(str(tmp_path / "car.png"), picture)
    return tmp_path


def labels_of(folder: Path, rows: str) -> Path:
    path = folder / "labels.csv"
    path.write_text(HEADER + rows)
    return path


def test_json_is_one_object_with_the_figures(plate_folder: Path) -> None:
    labels = labels_of(plate_folder, "car.png,AB12CDE,current,,\ncar.png,FUN1,novelty,,\n")

    result = evaluate(plate_folder, labels, "--json")

    assert result.exit_code == 0, result.stderr
    report = json.loads(result.stdout)
    assert {k: report[k] for k in ("exact", "misread", "missed", "total", "read_rate")} == {
        "exact": 1,
        "misread": 0,
        "missed": 0,
        "total": 1,
        "read_rate": 1.0,
    }
    assert report["interval"] == [pytest.approx(0.2065, abs=1e-4), 1.0]
    assert report["by_kind"]["novelty"]["missed"] == 1
    assert report["by_kind"]["current"]["exact"] == 1
    assert report["median_ms"] > 0
    assert report["p95_ms"] >= report["median_ms"]
    assert set(report["models"]) == {"ppocr-v6-small-det", "ppocr-v6-small-rec"}


def test_table_for_people(plate_folder: Path) -> None:
    labels = labels_of(plate_folder, "car.png,AB12CDE,current,,\ncar.png,FUN1,novelty,,\n")

    result = evaluate(plate_folder, labels)

    assert result.exit_code == 0, result.stderr
    assert "novelty (apart)" in result.stdout
    assert "100.0%" in result.stdout
    assert "ms a picture" in result.stdout


def test_unusable_pictures_are_named_counted_and_missed(plate_folder: Path) -> None:
    (plate_folder / "empty.jpg").write_bytes(b"")
    (plate_folder / "text.jpg").write_text("not a picture")
    (plate_folder / "cut.png").write_bytes((plate_folder / "car.png").read_bytes()[:200])
    cv2.imwrite(str(plate_folder / "dot.png"), np.zeros((1, 1, 3), dtype=np.uint8))
    bad = ["gone.jpg", "empty.jpg", "text.jpg", "cut.png", "dot.png"]
    labels = labels_of(plate_folder, "".join(f"{name},AB12CDE,current,,\n" for name in [*bad, "car.png"]))

    result = evaluate(plate_folder, labels, "--json")

    assert result.exit_code == 0, result.stderr
    report = json.loads(result.stdout)
    assert (report["exact"], report["missed"], report["total"]) == (1, 5, 6)
    assert [item["file"] for item in report["unreadable"]] == bad
    assert all(name in result.stderr for name in bad)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "line 1: lacks the columns file, text, kind"),
        ("file,text\ncar.png,AB12CDE\n", "line 1: lacks the columns kind"),
        (HEADER, "holds no labels"),
        (HEADER + "car.png,AB12CDE,current,,\n\n", "line 3: the row is blank"),
        (HEADER + "car.png,AB12CDE,current\n", "line 2: has 3 columns"),
        (HEADER + "other/car.png,AB12CDE,current,,\n", "no label of"),
    ],
)
def test_bad_labels_end_with_code_2(plate_folder: Path, content: str, message: str) -> None:
    labels = plate_folder / "labels.csv"
    labels.write_text(content)

    result = evaluate(plate_folder, labels, "--json")

    assert result.exit_code == 2
    assert message in result.stderr
    assert result.stdout == ""


@pytest.mark.parametrize(
    ("given", "file", "expected"),
    [
        ("plates", "stills/1.jpg", "plates/stills/1.jpg"),
        ("plates/stills", "stills/1.jpg", "plates/stills/1.jpg"),
        ("plates/stills", "1.jpg", "plates/stills/1.jpg"),
        ("plates/stills", "crops/1.jpg", None),
        ("plates", "video/1.mp4", None),
    ],
)
def test_where_a_picture_is(tmp_path: Path, given: str, file: str, expected: str | None) -> None:
    for folder in ("plates/stills", "plates/crops", "plates/video"):
        (tmp_path / folder).mkdir(parents=True)
    assert picture_path(tmp_path / given, PurePosixPath(file)) == (tmp_path / expected if expected else None)


def test_no_worse_than_its_library_on_the_stills(shared_data: Path) -> None:
    """The bar of issue 2: PP-OCR through its own library read 9 of 10."""
    result = evaluate(shared_data / "plates" / "uk_stills", shared_data / "plates" / "uk_labels.csv", "--json")

    assert result.exit_code == 0, result.stderr
    report = json.loads(result.stdout)
    assert report["total"] == 10
    assert report["exact"] >= 9
    assert report["extra_reads"] == []
    assert "left out" in result.stderr
