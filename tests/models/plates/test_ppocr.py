"""The reader: whole pictures through the real models, and what it refuses."""

from datetime import date

import cv2
import numpy as np
import pytest

from models.errors import BadImage
from models.plates.appearance import Ink
from models.plates.lines import ReadLine
from models.plates.ppocr import CROP_SIDE_PX, MIN_SIDE_PX, choose, crop_margin_px
from models.plates.reading import Character, Image, MarkKind, PlateReader
from models.text.geometry import Quad, quad

TODAY = date(2026, 11, 23)


def plate(text: str, scale: float = 1.7) -> Image:
    """A cut-out of a plate in OpenCV's own font, black on white."""
    thickness = round(3 * scale)
    (width, height), _ = cv2.getTextSize(text, cv2.FONT_HERSHEY_SIMPLEX, scale, thickness)
    margin = round(0.35 * height)
    picture = np.full((height + 2 * margin, width + 2 * margin, 3), 245, dtype=np.uint8)
    cv2.putText(
        picture, text, (margin, margin + height), cv2.FONT_HERSHEY_SIMPLEX, scale, (10, 10, 10), thickness, cv2.LINE_AA
    )
    return picture


def street(*placed: tuple[Image, int, int], height: int = 480, width: int = 640) -> Image:
    picture = np.full((height, width, 3), 90, dtype=np.uint8)
    for part, left, top in placed:
        picture[top : top + part.shape[0], left : left + part.shape[1]] = part
    return picture


def test_two_plates_in_one_picture(plate_reader: PlateReader) -> None:
    readings = plate_reader.read(street((plate("AB12 CDE"), 60, 80), (plate("PP-587AX"), 250, 300)))
    assert {(r.text, r.kind) for r in readings} == {("AB12CDE", MarkKind.CURRENT), ("PP587AX", MarkKind.FOREIGN)}
    for reading in readings:
        assert "".join(c.char for c in reading.characters) == reading.text
        assert 0 < reading.confidence <= 1
        assert 0 < reading.detector_score <= 1
    assert [r.confidence for r in readings] == sorted((r.confidence for r in readings), reverse=True)


def test_corners_are_where_the_plate_is(plate_reader: PlateReader) -> None:
    part = plate("AB12 CDE")
    (reading,) = plate_reader.read(street((part, 60, 80)))
    assert reading.corners.dtype == np.float32
    middle = reading.corners.mean(axis=0)
    assert middle == pytest.approx([60 + part.shape[1] / 2, 80 + part.shape[0] / 2], abs=6)


def test_a_two_line_plate_is_one_reading(plate_reader: PlateReader) -> None:
    upper, lower = plate("AB12", 2), plate("CDE", 2)
    lower = np.pad(lower, ((0, 0), (0, upper.shape[1] - lower.shape[1]), (0, 0)), mode="edge")
    (reading,) = plate_reader.read(street((np.vstack([upper[:-12], lower]), 200, 150)))
    assert reading.text == "AB12CDE"


def test_a_cut_out_is_read_too(plate_reader: PlateReader) -> None:
    (reading,) = plate_reader.read(plate("AB12 CDE", 1.0))
    assert reading.text == "AB12CDE"


def test_a_picture_of_12_000_pixels_is_read(plate_reader: PlateReader) -> None:
    picture = street((plate("AB12 CDE", 30), 2000, 1000), height=4000, width=12_000)
    (reading,) = plate_reader.read(picture)
    assert reading.text == "AB12CDE"


def test_signs_and_buses_are_no_plates(plate_reader: PlateReader) -> None:
    bus = np.full((200, 500, 3), (30, 20, 150), dtype=np.uint8)
    cv2.putText(bus, "VH45201", (60, 120), cv2.FONT_HERSHEY_SIMPLEX, 2, (240, 240, 240), 5, cv2.LINE_AA)
    assert plate_reader.read(street((bus, 60, 20), (plate("TRAFFIC"), 60, 300))) == []


def test_an_empty_street_has_no_plates(plate_reader: PlateReader) -> None:
    assert plate_reader.read(street()) == []


@pytest.mark.parametrize("shape", [(MIN_SIDE_PX, MIN_SIDE_PX, 3), (MIN_SIDE_PX, 3000, 3), (3000, MIN_SIDE_PX, 3)])
def test_odd_shapes_are_read_without_a_fault(plate_reader: PlateReader, shape: tuple[int, int, int]) -> None:
    noise = np.random.default_rng(1).integers(0, 256, shape, dtype=np.uint8)
    assert plate_reader.read(noise) == []


@pytest.mark.parametrize(
    ("image", "message"),
    [
        (np.zeros((1, 1, 3), dtype=np.uint8), "1 x 1 pixels is too small"),
        (np.zeros((0, 10, 3), dtype=np.uint8), "too small"),
        (np.zeros((100, 100), dtype=np.uint8), r"shape \(height, width, 3\), not \(100, 100\)"),
        (np.zeros((100, 100, 4), dtype=np.uint8), "shape"),
        (np.zeros((100, 100, 3), dtype=np.float32), "uint8, not float32"),
        (np.zeros((100, 100, 3), dtype=np.uint16), "uint8, not uint16"),
    ],
)
def test_what_is_no_picture_is_refused(plate_reader: PlateReader, image: Image, message: str) -> None:
    with pytest.raises(BadImage, match=message):
        plate_reader.read(image)


def test_the_models_are_named_with_their_digests(plate_reader: PlateReader) -> None:
    assert set(plate_reader.digests) == {"ppocr-v6-small-det", "ppocr-v6-small-rec"}
    assert all(len(digest) == 64 for digest in plate_reader.digests.values())


def test_only_cut_outs_get_a_margin() -> None:
    assert crop_margin_px(np.zeros((50, 200, 3), dtype=np.uint8)) == 25
    assert crop_margin_px(np.zeros((CROP_SIDE_PX, 200, 3), dtype=np.uint8)) == 0


def box(left: float, top: float, width: float, height: float) -> Quad:
    return quad([[left, top], [left + width, top], [left + width, top + height], [left, top + height]])


def line(text: str, area: Quad, confidence: float = 0.99) -> ReadLine:
    characters = tuple(Character(char, confidence) for char in text)
    return ReadLine(characters, 0, frozenset(), (area,), area, 0.8, Ink.DARK, False)


@pytest.mark.parametrize(
    ("lines", "marks"),
    [
        ([], []),
        ([line("FH06", box(0, 0, 110, 40)), line("OGZ", box(5, 50, 100, 40))], ["FH06OGZ"]),
        ([line("BSL", box(0, 0, 100, 40)), line("554", box(0, 50, 100, 40))], ["BSL554"]),
        ([line("AB12CDE", box(0, 0, 200, 40)), line("554", box(0, 50, 100, 40))], ["AB12CDE"]),
        # the same plate found twice: the surer reading stays
        ([line("AB12CDE", box(0, 0, 200, 40), 0.9), line("AB12CDF", box(2, 2, 196, 36), 0.8)], ["AB12CDE"]),
        ([line("AB12CDE", box(0, 0, 200, 40)), line("AB12CDE", box(0, 200, 200, 40))], ["AB12CDE", "AB12CDE"]),
    ],
)
def test_each_plate_once(lines: list[ReadLine], marks: list[str]) -> None:
    assert [reading.text for reading in choose(lines, TODAY)] == marks


def test_what_was_read_is_kept_beside_what_was_mended() -> None:
    (reading,) = choose([line("DXI7ZWH", box(0, 0, 200, 40))], TODAY)
    assert (reading.text, reading.as_read) == ("DX17ZWH", "DXI7ZWH")
