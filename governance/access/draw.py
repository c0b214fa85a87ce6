"""A draw that nobody can steer and anybody can repeat. Pure.

The order is that of SHA-256("lanthorn draw v1" || 0x00 || seed || 0x00 || word || 0x00 || id), the lowest first. Two
people each give a part: the service commits itself to its seed in the log before the other gives a word, so neither
can try draws until one pleases. With seed and word published, whoever has the ids can draw again.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

SEED_BYTES: Final = 32
_DRAWN: Final = "drawn-"
_DOMAIN: Final = b"lanthorn draw v1\0"


def lot(seed: bytes, word: str, one: str) -> bytes:
    """Where one id stands in the order of the draw."""
    return hashlib.sha256(_DOMAIN + seed + b"\0" + word.encode() + b"\0" + one.encode()).digest()


def draw(seed: bytes, word: str, ids: Iterable[str], number: int) -> list[str]:
    """Up to number of the ids, each once, in the order of the draw."""
    ordered = sorted((lot(seed, word, one), one) for one in set(ids))
    return [one for _, one in ordered[:number]]


def as_objects(drawn: Sequence[str]) -> dict[str, str]:
    """The objects by which an act names what was drawn, in the order of the draw."""
    return {f"{_DRAWN}{place}": one for place, one in enumerate(drawn, 1)}


def of_objects(objects: Mapping[str, str]) -> list[str]:
    """What the objects of an act name as drawn. Raises ValueError for anything that as_objects does not give."""
    drawn = [one for name, one in objects.items() if name.startswith(_DRAWN)]
    if named := as_objects(drawn).keys() - objects.keys():
        raise ValueError(f"{len(drawn)} are named as drawn, and none as {min(named)}")
    return [objects[f"{_DRAWN}{place}"] for place in range(1, len(drawn) + 1)]
