"""Picture files as they come: every usual kind is read alike, and every bad one is refused by name."""

import io
import struct
import zlib
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import PIL.Image
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL.ExifTags import GPS, IFD, Base

from hardware.errors import BadPicture, Refusal
from hardware.pictures import MAX_PICTURE_PIXELS, load_picture, picture_position, picture_time, read_picture

RED_RGB = (200, 30, 10)
RED_BGR = (10, 30, 200)


def noise(width: int = 64, height: int = 48) -> PIL.Image.Image:
    """Pixels that do not compress, so that half the file is half the picture."""
    values = np.random.default_rng(1).integers(0, 256, (height, width, 3), dtype=np.uint8)
    return PIL.Image.fromarray(values)


def encoded(picture: PIL.Image.Image, kind: str) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, kind)
    return buffer.getvalue()


def huge_png_header(width: int, height: int) -> bytes:
    """A PNG of 60 bytes that says it is huge: what a decompression bomb looks like before it is decoded."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")


@pytest.mark.parametrize("suffix", ["jpg", "png", "webp", "bmp", "tif"])
def test_every_format_gives_bgr_bytes(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"red.{suffix}"
    PIL.Image.new("RGB", (40, 30), RED_RGB).save(path)

    image = load_picture(path)

    assert image.shape == (30, 40, 3)
    assert image.dtype == np.uint8
    assert image.flags.c_contiguous
    assert np.abs(image[15, 20].astype(int) - RED_BGR).max() <= 4


@pytest.mark.parametrize(
    ("mode", "colour", "suffix", "expected_bgr"),
    [
        ("L", 90, "png", (90, 90, 90)),
        ("1", 1, "png", (255, 255, 255)),
        ("RGBA", (*RED_RGB, 255), "png", RED_BGR),
        ("RGBA", (*RED_RGB, 0), "png", (255, 255, 255)),
        ("LA", (90, 255), "png", (90, 90, 90)),
        ("I;16", 0x5A80, "png", (0x5A, 0x5A, 0x5A)),
        ("I;16", 0x5A80, "tif", (0x5A, 0x5A, 0x5A)),
        ("CMYK", (0, 255, 255, 0), "jpg", (0, 0, 255)),
    ],
)
def test_every_pixel_kind_becomes_bgr(
    tmp_path: Path, mode: str, colour: int | tuple[int, ...], suffix: str, expected_bgr: tuple[int, int, int]
) -> None:
    path = tmp_path / f"picture.{suffix}"
    PIL.Image.new(mode, (16, 16), colour).save(path)

    assert np.abs(load_picture(path)[8, 8].astype(int) - expected_bgr).max() <= 4


def test_palette_picture(tmp_path: Path) -> None:
    path = tmp_path / "palette.png"
    PIL.Image.new("RGB", (16, 16), RED_RGB).convert("P", palette=PIL.Image.Palette.ADAPTIVE).save(path)

    assert tuple(load_picture(path)[8, 8]) == RED_BGR


def test_exif_orientation_is_applied(tmp_path: Path) -> None:
    sideways = PIL.Image.new("RGB", (40, 20))
    sideways.paste(RED_RGB, (0, 0, 20, 20))
    exif = PIL.Image.Exif()
    exif[Base.Orientation] = 6  # turn a quarter clockwise to view
    path = tmp_path / "sideways.png"
    sideways.save(path, exif=exif)

    image = load_picture(path)

    assert image.shape == (40, 20, 3)
    assert tuple(image[5, 10]) == RED_BGR
    assert tuple(image[35, 10]) == (0, 0, 0)


def test_a_12000_pixel_wide_photograph_is_read(tmp_path: Path) -> None:
    path = tmp_path / "wide.png"
    PIL.Image.new("L", (12_000, 9_000), 90).save(path, compress_level=1)

    assert load_picture(path).shape == (9_000, 12_000, 3)


@pytest.mark.parametrize(
    ("name", "content", "refusal", "message"),
    [
        ("empty.jpg", b"", Refusal.EMPTY, "empty .0 bytes.*copy it again"),
        ("page.jpg", b"<html><body>Not found</body></html>", Refusal.UNKNOWN_FORMAT, "not a JPEG, PNG"),
        ("notes.png", b"AB12 CDE seen at 10:04\n" * 50, Refusal.UNKNOWN_FORMAT, "whatever its name"),
        ("half.jpg", encoded(noise(), "JPEG")[:2000], Refusal.TRUNCATED, "cut short.*copy it again"),
        ("half.png", encoded(noise(), "PNG")[:4000], Refusal.TRUNCATED, "cut short"),
        ("half.bmp", encoded(noise(), "BMP")[:4000], Refusal.TRUNCATED, "cut short"),
        ("start.jpg", encoded(noise(), "JPEG")[:10], Refusal.TRUNCATED, "header is cut short"),
        ("start.png", encoded(noise(), "PNG")[:12], Refusal.TRUNCATED, "header is cut short"),
        ("bomb.png", huge_png_header(60_000, 60_000), Refusal.TOO_MANY_PIXELS, "too large.*limit is 150,000,000"),
        ("over.png", huge_png_header(MAX_PICTURE_PIXELS // 10 + 1, 10), Refusal.TOO_MANY_PIXELS, "too large"),
    ],
)
def test_refused_with_its_reason(tmp_path: Path, name: str, content: bytes, refusal: Refusal, message: str) -> None:
    path = tmp_path / name
    path.write_bytes(content)

    with pytest.raises(BadPicture, match=message) as caught:
        load_picture(path)

    assert caught.value.refusal is refusal
    assert str(path) in str(caught.value)


def test_missing_file_and_folder_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BadPicture, match="no such file") as missing:
        load_picture(tmp_path / "gone.jpg")
    with pytest.raises(BadPicture, match="folder") as folder:
        load_picture(tmp_path)

    assert (missing.value.refusal, folder.value.refusal) == (Refusal.MISSING, Refusal.NOT_A_FILE)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "BMP", "TIFF"])
def test_a_file_cut_anywhere_is_refused(tmp_path: Path, kind: str) -> None:
    whole = encoded(noise(), kind)
    path = tmp_path / "cut"
    for length in range(1, len(whole) * 9 // 10, max(1, len(whole) // 40)):
        path.write_bytes(whole[:length])
        with pytest.raises(BadPicture):
            load_picture(path)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    kind=st.sampled_from(["JPEG", "PNG", "WEBP", "BMP", "TIFF"]),
    changes=st.lists(st.tuples(st.integers(0, 100_000), st.binary(min_size=1, max_size=4)), min_size=1, max_size=6),
)
def test_damage_is_refused_or_read_but_never_anything_else(
    tmp_path: Path, kind: str, changes: list[tuple[int, bytes]]
) -> None:
    content = bytearray(encoded(noise(24, 16), kind))
    for place, patch in changes:
        start = place % len(content)
        content[start : start + len(patch)] = patch
    path = tmp_path / "damaged"
    path.write_bytes(content)

    try:
        image = load_picture(path)
    except BadPicture:
        return
    assert image.dtype == np.uint8
    assert image.shape[2] == 3


def picture_with(tmp_path: Path, exif: PIL.Image.Exif) -> Path:
    path = tmp_path / "taken.jpg"
    noise().save(path, exif=exif)
    return path


def test_capture_time_with_its_zone(tmp_path: Path) -> None:
    exif = PIL.Image.Exif()
    exif.get_ifd(IFD.Exif)[Base.DateTimeOriginal] = "2026:06:01 14:30:05"
    exif.get_ifd(IFD.Exif)[Base.OffsetTimeOriginal] = "+01:00"

    assert picture_time(picture_with(tmp_path, exif)) == datetime(2026, 6, 1, 13, 30, 5, tzinfo=UTC)


def test_capture_time_without_a_zone_is_the_satellites_if_there_is_one(tmp_path: Path) -> None:
    exif = PIL.Image.Exif()
    exif.get_ifd(IFD.Exif)[Base.DateTimeOriginal] = "2026:06:01 14:30:05"
    exif.get_ifd(IFD.GPSInfo)[GPS.GPSDateStamp] = "2026:06:01"
    exif.get_ifd(IFD.GPSInfo)[GPS.GPSTimeStamp] = (13.0, 30.0, 4.0)

    assert picture_time(picture_with(tmp_path, exif)) == datetime(2026, 6, 1, 13, 30, 4, tzinfo=UTC)


def test_bare_capture_time_is_in_the_machines_zone(tmp_path: Path) -> None:
    exif = PIL.Image.Exif()
    exif.get_ifd(IFD.Exif)[Base.DateTimeOriginal] = "2026:06:01 14:30:05"
    local = datetime(2026, 6, 1, 14, 30, 5).astimezone(UTC)

    assert picture_time(picture_with(tmp_path, exif)) == local


@pytest.mark.parametrize("taken", ["", "0000:00:00 00:00:00", "yesterday", "2026:13:40 99:00:00"])
def test_nonsense_capture_time_is_none(tmp_path: Path, taken: str) -> None:
    exif = PIL.Image.Exif()
    exif.get_ifd(IFD.Exif)[Base.DateTimeOriginal] = taken

    assert picture_time(picture_with(tmp_path, exif)) is None


def test_position_west_of_greenwich(tmp_path: Path) -> None:
    exif = PIL.Image.Exif()
    block = exif.get_ifd(IFD.GPSInfo)
    block[GPS.GPSLatitudeRef], block[GPS.GPSLatitude] = "N", (51.0, 30.0, 0.0)
    block[GPS.GPSLongitudeRef], block[GPS.GPSLongitude] = "W", (0.0, 7.0, 30.0)

    position = picture_position(picture_with(tmp_path, exif))

    assert position is not None
    assert (position.latitude_deg, position.longitude_deg) == (51.5, -0.125)
    assert (position.accuracy_m, position.source) == (None, "exif")


@pytest.mark.parametrize("latitude", [(151.0, 0.0, 0.0), (51.0,)])
def test_position_off_the_earth_is_none(tmp_path: Path, latitude: tuple[float, ...]) -> None:
    exif = PIL.Image.Exif()
    block = exif.get_ifd(IFD.GPSInfo)
    block[GPS.GPSLatitudeRef], block[GPS.GPSLatitude] = "N", latitude
    block[GPS.GPSLongitudeRef], block[GPS.GPSLongitude] = "W", (0.0, 7.0, 30.0)

    assert picture_position(picture_with(tmp_path, exif)) is None


def test_a_picture_that_says_nothing(tmp_path: Path) -> None:
    path = tmp_path / "plain.png"
    noise().save(path)

    picture = read_picture(path)

    assert (picture.captured_at, picture.position) == (None, None)
