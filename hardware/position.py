"""Where the camera was: a fixed place, or a track from a file, asked for by time."""

import bisect
import csv
import math
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final, Protocol

from hardware.errors import BadTrack
from hardware.frames import Position

MAX_TRACK_POINTS: Final = 1_000_000
"""Longest track read, in points: eleven days at one a second."""

_COLUMNS: Final = "time (or offset_s), latitude_deg, longitude_deg"


class PositionSource(Protocol):
    """What knows where the device was."""

    def at(self, time: datetime) -> Position | None:
        """Give the place at a moment (aware), or None where it is not known."""
        ...


@dataclass(frozen=True, slots=True)
class FixedPosition:
    """A device that does not move."""

    position: Position

    def at(self, time: datetime) -> Position | None:  # noqa: ARG002  a fixed place is the same at every time
        """Give the place at a moment (aware)."""
        return self.position


def fixed_position(latitude_deg: float, longitude_deg: float, accuracy_m: float | None = None) -> FixedPosition:
    """Give the source of one place. Raises BadTrack for a place that is not on the Earth."""
    _check_place("fixed position", latitude_deg, longitude_deg)
    return FixedPosition(Position(latitude_deg, longitude_deg, accuracy_m, "fixed"))


@dataclass(frozen=True, slots=True)
class TrackPoint:
    """A place on a track at a moment (aware, UTC)."""

    time: datetime
    latitude_deg: float
    longitude_deg: float


@dataclass(frozen=True, slots=True)
class Track:
    """Where a device went. points has at least one, each later than the one before."""

    points: tuple[TrackPoint, ...]

    def at(self, time: datetime) -> Position | None:
        """Give the place at a moment, on the straight line between the points around it; None outside the track."""
        after = bisect.bisect_left(self.points, time, key=lambda point: point.time)
        if after == len(self.points):
            return None
        there = self.points[after]
        if there.time == time:
            return Position(there.latitude_deg, there.longitude_deg, None, "track")
        if after == 0:
            return None
        here = self.points[after - 1]
        share = (time - here.time) / (there.time - here.time)
        latitude_deg = here.latitude_deg + share * (there.latitude_deg - here.latitude_deg)
        # The shorter way round: a track may cross the date line.
        turn_deg = math.remainder(there.longitude_deg - here.longitude_deg, 360)
        longitude_deg = math.remainder(here.longitude_deg + share * turn_deg, 360)
        return Position(min(90.0, max(-90.0, latitude_deg)), longitude_deg, None, "track")


def read_track(path: Path, *, starts_at: datetime) -> Track:
    """Read a track from a CSV file with a header and the columns latitude_deg, longitude_deg and time or offset_s.

    time is ISO 8601 with its zone; offset_s is seconds after starts_at. Raises BadTrack, which names the row.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise BadTrack(f"{path}: cannot be read ({error}); give a CSV file with {_COLUMNS}") from error
    return parse_track(text, starts_at=starts_at, name=str(path))


def parse_track(text: str, *, starts_at: datetime, name: str) -> Track:
    """Do what read_track does, with the text of the file; name is what messages call it."""
    rows = csv.DictReader(text.splitlines(), skipinitialspace=True)
    points: list[TrackPoint] = []
    try:
        columns = set(rows.fieldnames or ())
        if not {"latitude_deg", "longitude_deg"} <= columns or not columns & {"time", "offset_s"}:
            raise BadTrack(f"{name}: its first line does not name the columns; give {_COLUMNS}")
        for row in rows:
            where = f"{name}, line {rows.line_num}"
            point = _point(row, starts_at, where)
            if points and point.time <= points[-1].time:
                raise BadTrack(f"{where}: not later than the line before; put the points in order of time")
            points.append(point)
            if len(points) > MAX_TRACK_POINTS:
                raise BadTrack(f"{where}: more than {MAX_TRACK_POINTS:,} points; split the track")
    except csv.Error as error:
        raise BadTrack(f"{name}, line {rows.line_num}: not CSV ({error}); give {_COLUMNS}") from error
    if not points:
        raise BadTrack(f"{name}: has no points; give at least one line below the header")
    return Track(tuple(points))


def _point(row: dict[str, str], starts_at: datetime, where: str) -> TrackPoint:
    try:
        time = _time(row, starts_at)
        latitude_deg, longitude_deg = float(row["latitude_deg"]), float(row["longitude_deg"])
    except (ValueError, TypeError, OverflowError) as error:
        raise BadTrack(f"{where}: {error}; give {_COLUMNS}") from error
    _check_place(where, latitude_deg, longitude_deg)
    return TrackPoint(time, latitude_deg, longitude_deg)


def _time(row: dict[str, str], starts_at: datetime) -> datetime:
    if not row.get("time"):
        return starts_at.astimezone(UTC) + timedelta(seconds=float(row["offset_s"] if row.get("offset_s") else "nan"))
    time = datetime.fromisoformat(row["time"])
    if time.tzinfo is None:
        raise ValueError(f"time {row['time']!r} has no zone (end it with Z or +01:00)")
    return time.astimezone(UTC)


def _check_place(where: str, latitude_deg: float, longitude_deg: float) -> None:
    if not (-90 <= latitude_deg <= 90 and -180 <= longitude_deg <= 180):
        place = f"latitude {latitude_deg}, longitude {longitude_deg}"
        raise BadTrack(f"{where}: {place} is not on the Earth; latitude is -90 to 90 and longitude -180 to 180 degrees")
