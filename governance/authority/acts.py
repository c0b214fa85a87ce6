"""The acts that need an authority: of which kind, and whether they are done at a place.

What is done at a place is refused where nobody can say where the device is, unless the authority holds force-wide.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from governance.authority.question import Kind


@dataclass(frozen=True, slots=True)
class ActRule:
    """The kind of authority that an act needs; at_place says that a device does it, out in the world."""

    kind: Kind
    at_place: bool = False


ACTS: Final[Mapping[str, ActRule]] = MappingProxyType(
    {
        "list.create": ActRule(Kind.ANPR_LIST),
        "list.authority": ActRule(Kind.ANPR_LIST),
        "list.publish": ActRule(Kind.ANPR_LIST),
        "list.entry.add": ActRule(Kind.ANPR_LIST),
        "list.import": ActRule(Kind.ANPR_LIST),
        "list.match": ActRule(Kind.ANPR_LIST, at_place=True),
        "reads.search": ActRule(Kind.ANPR_SEARCH),
        "retention.change": ActRule(Kind.RETENTION_CHANGE),
        "media.disclose": ActRule(Kind.DISCLOSURE),
        "face.watchlist": ActRule(Kind.FACE_WATCHLIST),
        "face.deploy": ActRule(Kind.FACE_DEPLOYMENT, at_place=True),
        "drone.fly": ActRule(Kind.DRONE_FLIGHT, at_place=True),
    }
)
"""By the act's name in the log. The object of each is what its kind's scope names (governance.authority.scope)."""

AT_PLACE: Final = frozenset(rule.kind for rule in ACTS.values() if rule.at_place)
"""Kinds with an act that a device does out in the world: their place must be one to hold a position against."""
