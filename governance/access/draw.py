"""A draw that nobody can steer and anybody can repeat. Pure.

The order is that of SHA-256("lanthorn draw v1" || 0x00 || seed || 0x00 || word || 0x00 || id), the lowest first. Two
people each give a part: the service commits itself to its seed in the log before the other gives a word, so neither
can try draws until one pleases. With seed and word published, whoever has the ids can draw again.
"""

import hashlib
from collections.abc import Iterable
from typing import Final

SEED_BYTES: Final = 32
_DOMAIN: Final = b"lanthorn draw v1\0"


def draw(seed: bytes, word: str, ids: Iterable[str], number: int) -> list[str]:
    """Up to number of the ids, each once, in the order of the draw."""
    prefix = _DOMAIN + seed + b"\0" + word.encode() + b"\0"
    ordered = sorted((hashlib.sha256(prefix + one.encode()).digest(), one) for one in set(ids))
    return [one for _, one in ordered[:number]]
