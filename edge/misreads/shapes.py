"""The shapes that a mark is written in, as numbers.

On a UK plate O and 0 are one shape and I and 1 another (edge.marks), so there are 34.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

SHAPES: Final = "0123456789ABCDEFGHJKLMNPQRSTUVWXYZ"
COUNT: Final = len(SHAPES)
NUMBER: Final[Mapping[str, int]] = MappingProxyType({shape: number for number, shape in enumerate(SHAPES)})
