"""Reads picture files: the pixels as every room expects them, and what the file says of when and where.

A file is untrusted: it is measured from its header before a pixel is decoded, and one that is cut short is refused
rather than filled with grey, because half a picture can show half a mark.
"""

import struct
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np
import PIL.Image
import PIL.ImageOps

from hardware.errors import BadPicture, Refusal
from hardware.exif import exif_position, exif_time
from hardware.frames import Image, Position

MAX_PICTURE_PIXELS: Final = 150_000_000
"""Largest picture decoded, in pixels: 450 MB as BGR. Above the 108 million of a 12,000 x 9,000 photograph."""

PICTURE_SUFFIXES: Final = frozenset({".jpg", ".jpeg", ".png", ".webp", ".bmp", ".tif", ".tiff"})
"""The endings that a folder is searched for; a file that is named directly may have any."""

_FORMATS: Final = ("JPEG", "PNG", "WEBP", "BMP", "TIFF")
_COPY_AGAIN: Final = "copy it again from where it came"
_SIGNATURES: Final = (b"\xff\xd8", b"\x89PNG", b"RIFF", b"BM", b"II*\x00", b"MM\x00*")

# Pillow's own bomb check runs while it reads the header; it is process-wide, so we set it to our limit and no higher.
PIL.Image.MAX_IMAGE_PIXELS = MAX_PICTURE_PIXELS

_DECODER_ERRORS: Final = (
    OSError,
    SyntaxError,
    ValueError,
    EOFError,
    OverflowError,
    IndexError,
    KeyError,
    TypeError,
    AttributeError,
    struct.error,
    zlib.error,
)
"""What Pillow's decoders were seen to raise on damaged files; found by fuzzing (tests/hardware/test_pictures.py)."""


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture file: its pixels upright, and when (UTC) and where it says it was taken, if it says."""

    image: Image
    captured_at: datetime | None
    position: Position | None


def load_picture(path: Path) -> Image:
    """Give the picture's pixels, upright by its EXIF orientation: (height, width, 3) uint8, BGR.

    Grey, palette, CMYK and 16-bit pictures are converted; transparent parts become white. Raises BadPicture.
    """
    return read_picture(path).image


def picture_time(path: Path) -> datetime | None:
    """Give the capture time (UTC) from the file's EXIF, or None where it has none. Raises BadPicture.

    A camera that gives its zone is believed; next best is the satellite clock; a bare clock time is taken to be in this
    machine's zone, as cameras are set to local time.
    """
    with _opened(path) as opened:
        return exif_time(_exif(opened))


def picture_position(path: Path) -> Position | None:
    """Give the place of capture from the file's EXIF, or None where it has none. Raises BadPicture."""
    with _opened(path) as opened:
        return exif_position(_exif(opened))


def read_picture(path: Path) -> Picture:
    """Give the pixels and what the file says of itself in one reading. Raises BadPicture."""
    with _opened(path) as opened:
        exif = _exif(opened)
        image = _decode(path, opened)
    return Picture(image=image, captured_at=exif_time(exif), position=exif_position(exif))


@contextmanager
def _opened(path: Path) -> Iterator[PIL.Image.Image]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # Pillow warns of broken metadata, which is not the pixels' fault
        with _open(path) as picture:
            yield picture


def _open(path: Path) -> PIL.Image.Image:
    _check_file(path)
    try:
        opened = PIL.Image.open(path, formats=_FORMATS)
    except (PIL.Image.DecompressionBombError, PIL.Image.DecompressionBombWarning) as error:
        raise _too_large(path, str(error)) from error
    except PIL.UnidentifiedImageError as error:
        raise _unidentified(path) from error
    except PermissionError as error:
        raise BadPicture(path, Refusal.UNREADABLE, "may not be read by this user", "change its permissions") from error
    except _DECODER_ERRORS as error:
        raise _damaged(path, error, "its header") from error
    if opened.width * opened.height > MAX_PICTURE_PIXELS:
        opened.close()
        raise _too_large(path, f"{opened.width} x {opened.height} pixels")
    return opened


def _check_file(path: Path) -> None:
    if not path.exists():
        raise BadPicture(path, Refusal.MISSING, "no such file", "check the path")
    if not path.is_file():
        raise BadPicture(path, Refusal.NOT_A_FILE, "a folder or device, not a picture file", "name one picture file")
    if path.stat().st_size == 0:
        raise BadPicture(path, Refusal.EMPTY, "the file is empty (0 bytes)", _COPY_AGAIN)


def _unidentified(path: Path) -> BadPicture:
    with path.open("rb") as file:
        start = file.read(8)
    if start.startswith(_SIGNATURES):
        return BadPicture(path, Refusal.TRUNCATED, "its header is cut short", _COPY_AGAIN)
    known = "JPEG, PNG, WebP, BMP or TIFF"
    return BadPicture(path, Refusal.UNKNOWN_FORMAT, f"not a {known} picture, whatever its name", f"give a {known} file")


def _damaged(path: Path, error: Exception, part: str) -> BadPicture:
    if "truncated" in str(error).lower():
        return BadPicture(path, Refusal.TRUNCATED, f"{part} is cut short ({error})", _COPY_AGAIN)
    return BadPicture(path, Refusal.DAMAGED, f"{part} is damaged ({error})", _COPY_AGAIN)


def _too_large(path: Path, size: str) -> BadPicture:
    limit = f"the limit is {MAX_PICTURE_PIXELS:,} pixels"
    return BadPicture(path, Refusal.TOO_MANY_PIXELS, f"too large to decode: {size}", f"make it smaller; {limit}")


def _decode(path: Path, opened: PIL.Image.Image) -> Image:
    try:
        opened.load()
        upright = PIL.ImageOps.exif_transpose(opened)
        return _to_bgr(path, upright)
    except PIL.Image.DecompressionBombError as error:
        raise _too_large(path, str(error)) from error
    except _DECODER_ERRORS as error:
        raise _damaged(path, error, "the picture") from error


def _to_bgr(path: Path, upright: PIL.Image.Image) -> Image:
    if upright.mode.startswith("I;16"):
        high_byte = (np.asarray(upright).astype(np.uint16) >> 8).astype(np.uint8)
        return _bgr(cv2.cvtColor(high_byte, cv2.COLOR_GRAY2BGR))
    if upright.mode in ("I", "F"):
        what = f"has pixels of an unknown range (mode {upright.mode})"
        raise BadPicture(path, Refusal.UNSUPPORTED, what, "save it with 8 or 16 bits a channel")
    if upright.has_transparency_data:
        layer = upright.convert("RGBA")
        upright = PIL.Image.new("RGBA", layer.size, (255, 255, 255, 255))
        upright.alpha_composite(layer)
    return _bgr(cv2.cvtColor(np.asarray(upright.convert("RGB")), cv2.COLOR_RGB2BGR))


def _bgr(array: Any) -> Image:
    image: Image = np.ascontiguousarray(array, dtype=np.uint8)
    return image


def _exif(opened: PIL.Image.Image) -> PIL.Image.Exif:
    """Broken EXIF is common and harmless: the picture is then one that does not say when or where."""
    try:
        return opened.getexif()
    except _DECODER_ERRORS:
        return PIL.Image.Exif()
