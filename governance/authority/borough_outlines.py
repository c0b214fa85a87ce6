"""The borders of boroughs, as a force gives them: a GeoJSON file (RFC 7946), read whole and checked before it is used.

A request that names boroughs gets their borders from here, and the officer signs them with it. So a device needs no
file: what it decides by is in the document that it verified, and a newer file changes no authority granted before.

    {"type": "FeatureCollection", "features": [
        {"type": "Feature", "properties": {"name": "Camden"},
         "geometry": {"type": "Polygon", "coordinates": [[[LONGITUDE, LATITUDE], ...]]}}]}
"""

import difflib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, Self

from pydantic import TypeAdapter, ValidationError

from governance.authority.fields import in_words
from governance.authority.place import MOST_CORNERS, Outline, crosses_itself
from governance.errors import BadOutlines

MOST_BYTES: Final = 20_000_000
"""The longest file that is read: 33 boroughs of some thousand corners have about 2 MB."""

_NEAR: Final = 0.6
"""How much of a name must agree for it to be offered (difflib's ratio, and its own default)."""

_OUTLINE: Final = TypeAdapter(Outline)


@dataclass(frozen=True, slots=True)
class BoroughOutlines:
    """The outlines of each borough, by its name without regard to capitals and spaces."""

    names: tuple[str, ...]
    outlines: Mapping[str, tuple[Outline, ...]]

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read a file. Raises BadOutlines, which names the file, the borough and the fault."""
        try:
            return cls.parse(path.read_bytes())
        except OSError as error:
            raise BadOutlines(f"the borough outlines {path} cannot be read: {error.strerror}") from error
        except BadOutlines as error:
            raise BadOutlines(f"the borough outlines {path}: {error}") from error

    @classmethod
    def parse(cls, data: bytes) -> Self:
        """Read a file's bytes. Raises BadOutlines."""
        if len(data) > MOST_BYTES:
            raise BadOutlines(f"it has {len(data)} bytes, over the limit of {MOST_BYTES}")
        try:
            features = json.loads(data)["features"]
            found = [(_name(each), each["geometry"]) for each in features]
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise BadOutlines(f"it is not a GeoJSON FeatureCollection of named features: {error!r}") from error
        outlines: dict[str, tuple[Outline, ...]] = {}
        for name, geometry in found:
            if _plain(name) in outlines:
                raise BadOutlines(f"{name} is there twice: one feature a borough, a MultiPolygon where it has parts")
            outlines[_plain(name)] = tuple(_outlines(name, geometry))
        if not outlines:
            raise BadOutlines("it has no feature")
        return cls(tuple(name for name, _ in found), MappingProxyType(outlines))

    def of(self, names: Sequence[str]) -> tuple[Outline, ...]:
        """The outlines of these boroughs. Raises BadOutlines for a name that is not in the file."""
        for name in names:
            if _plain(name) not in self.outlines:
                near = difflib.get_close_matches(_plain(name), list(self.outlines), n=1, cutoff=_NEAR)
                known = {_plain(each): each for each in self.names}
                meant = f"; did you mean {known[near[0]]}?" if near else f": one of {', '.join(self.names)}"
                raise BadOutlines(f"there is no borough {name!r}{meant}")
        plain = dict.fromkeys(map(_plain, names))
        return tuple(outline for name in plain for outline in self.outlines[name])


def _outlines(name: str, geometry: Any) -> Iterator[Outline]:
    try:
        polygons = {"Polygon": lambda found: [found], "MultiPolygon": list}[geometry["type"]](geometry["coordinates"])
        rings = [ring for polygon in polygons for ring in polygon]
        if any(len(polygon) != 1 for polygon in polygons):
            raise BadOutlines(f"{name} has a hole, which a place cannot have: cut it in two that have none")
        corners = [[(latitude, longitude) for longitude, latitude, *_ in ring] for ring in rings]
    except (KeyError, TypeError, ValueError) as error:
        raise BadOutlines(f"{name} has no Polygon or MultiPolygon of positions [longitude, latitude]") from error
    for ring in corners:
        if len(ring) < 4 or ring[0] != ring[-1]:
            raise BadOutlines(f"{name} has a ring that does not end where it begins (RFC 7946, section 3.1.6)")
        if len(ring) - 1 > MOST_CORNERS:
            raise BadOutlines(
                f"{name} has a ring of {len(ring) - 1} corners, and a place takes {MOST_CORNERS}: simplify it"
            )
        try:
            outline = _OUTLINE.validate_python(tuple(ring[:-1]))
        except ValidationError as error:
            raise BadOutlines(f"{name}: {in_words(error)}") from error
        if crosses_itself(outline):
            raise BadOutlines(f"{name} has a ring that crosses itself")
        yield outline


def _name(feature: Mapping[str, Any]) -> str:
    """A feature's own name: its property "name", in capitals or not."""
    names = {key.lower(): value for key, value in feature["properties"].items()}
    if not isinstance(names["name"], str) or not names["name"].strip():
        raise TypeError("a feature has no name")
    return " ".join(names["name"].split())


def _plain(name: str) -> str:
    return " ".join(name.split()).casefold()
