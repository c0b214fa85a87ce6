"""What a plate reader says of one plate in one picture, and the one method a reader must have."""

import math
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]
"""A picture: shape (height, width, 3), dtype uint8, colour order BGR, range 0-255."""


class MarkKind(StrEnum):
    """The layouts of vehicle registration mark that the grammar knows (shared standards: anpr.md, "Marks")."""

    CURRENT = "current"
    PREFIX = "prefix"
    SUFFIX = "suffix"
    DATELESS = "dateless"
    NORTHERN_IRELAND = "northern_ireland"
    Q = "q"
    TRADE = "trade"
    MILITARY = "military"
    DIPLOMATIC = "diplomatic"
    CROWN_DEPENDENCY = "crown_dependency"
    FOREIGN = "foreign"


@dataclass(frozen=True, slots=True)
class Character:
    """One character of a mark: "A"-"Z" or "0"-"9", and the reader's probability (0-1) that it is right.

    others are the few next likeliest, likeliest first, with the reader's probability for each; they have no others.
    """

    char: str
    confidence: float
    others: "tuple[Character, ...]" = ()


@dataclass(frozen=True, slots=True)
class PlateReading:
    """One plate in one picture.

    text is the mark in capitals without spaces, after the grammar; as_read is what the reader gave before it, so that
    nothing is mended silently. characters has one item for each character of text. corners is float32 of shape (4, 2),
    (x, y) in pixels of the picture, clockwise from the plate's top left. detector_score is 0-1.
    """

    text: str
    as_read: str
    kind: MarkKind
    characters: tuple[Character, ...]
    corners: NDArray[np.float32]
    detector_score: float

    @property
    def confidence(self) -> float:
        """The reader's probability (0-1) that the whole mark is right: the product over its characters."""
        return math.prod(c.confidence for c in self.characters)


class PlateReader(ABC):
    """Finds and reads every plate in a picture."""

    @property
    @abstractmethod
    def digests(self) -> Mapping[str, str]:
        """The models in use: registry name to SHA-256 in hexadecimal."""

    @abstractmethod
    def read(self, image: Image) -> list[PlateReading]:
        """Give every plate found, best first; an empty list where there is none.

        image has shape (height, width, 3), dtype uint8, colour order BGR. Raises models.errors.BadImage for any
        other shape or dtype.
        """
