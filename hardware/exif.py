"""When and where a picture says it was taken. EXIF is often broken; what cannot be read counts as not said."""

import math
import struct
from datetime import UTC, datetime
from typing import Any, Final

import PIL.Image
from PIL.ExifTags import GPS, IFD, Base

from hardware.frames import Position

_BROKEN_BLOCK: Final = (OSError, SyntaxError, ValueError, KeyError, TypeError, AttributeError, struct.error)
_BROKEN_VALUE: Final = (KeyError, ValueError, TypeError, OverflowError, ZeroDivisionError)


def exif_time(exif: PIL.Image.Exif) -> datetime | None:
    """Give the capture time in UTC, or None.

    A clock time with its zone is believed first, then the satellite's time; a bare clock time is taken to be in this
    machine's zone, because cameras are set to local time and do not say which.
    """
    block = _block(exif, IFD.Exif)
    taken = _text(block.get(Base.DateTimeOriginal))
    return (
        _parse(f"{taken} {_text(block.get(Base.OffsetTimeOriginal))}", "%Y:%m:%d %H:%M:%S %z")
        or _satellite_time(_block(exif, IFD.GPSInfo))
        or _parse(taken, "%Y:%m:%d %H:%M:%S")
    )


def exif_position(exif: PIL.Image.Exif) -> Position | None:
    """Give the place of capture, or None where the file has none that can be a place on the Earth."""
    block = _block(exif, IFD.GPSInfo)
    try:
        latitude = _degrees(block[GPS.GPSLatitude], south_or_west=_text(block[GPS.GPSLatitudeRef]) == "S")
        longitude = _degrees(block[GPS.GPSLongitude], south_or_west=_text(block[GPS.GPSLongitudeRef]) == "W")
        accuracy_m = float(block.get(GPS.GPSHPositioningError, math.nan))
    except _BROKEN_VALUE:
        return None
    if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
        return None
    return Position(latitude, longitude, accuracy_m if math.isfinite(accuracy_m) else None, "exif")


def _block(exif: PIL.Image.Exif, block: IFD) -> dict[int, Any]:
    try:
        return dict(exif.get_ifd(block))
    except _BROKEN_BLOCK:
        return {}


def _text(value: object) -> str:
    return "" if value is None else str(value).strip("\0 ")


def _parse(text: str, layout: str) -> datetime | None:
    try:
        return datetime.strptime(text, layout).astimezone(UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _satellite_time(block: dict[int, Any]) -> datetime | None:
    try:
        hour, minute, second = (float(part) for part in block[GPS.GPSTimeStamp])
        day = datetime.strptime(_text(block[GPS.GPSDateStamp]), "%Y:%m:%d").replace(tzinfo=UTC)
        whole, part = divmod(second, 1)
        return day.replace(hour=int(hour), minute=int(minute), second=int(whole), microsecond=int(part * 1_000_000))
    except _BROKEN_VALUE:
        return None


def _degrees(parts: Any, *, south_or_west: bool) -> float:
    degrees, minutes, seconds = (float(part) for part in parts)
    size = degrees + minutes / 60 + seconds / 3600
    return -size if south_or_west else size
