"""Reads one line of text: PP-OCR's recogniser, its output folded onto what a mark can hold.

The network gives, for each step along the line, a probability for each of its 18,710 characters and for "none"
(CTC, Graves et al. 2006). A mark is written in A-Z and 0-9, so the probabilities of the forms of one letter (a lower
case "k", a full-width one) are added up, and everything else becomes one class, OTHER, which is counted and left out.
"""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from models.errors import ModelUnusable
from models.plates.reading import Character, Image
from models.registry import Weights
from models.sessions import CPU_ONLY, Session

ALPHABET: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"

LINE_HEIGHT_PX: Final = 48
MIN_LINE_WIDTH_PX: Final = 320
MAX_LINE_WIDTH_PX: Final = 3200
"""The sizes that PP-OCR's recogniser was trained with; narrower lines are padded, wider ones squeezed."""

_SPACING: Final = frozenset(" .\u00b7\u2022\u30fb:'\u2019,_|")
"""What may stand between the groups of a mark (spaces, bolts and seals read as dots): left out, not counted."""

_HYPHENS: Final = frozenset("-=~\u2013\u2014\u2015\u2212")
"""Hyphens of any width: left out, but where they stood is kept, for UK marks have none and many foreign ones do."""

OTHERS_MOST: Final = 6
OTHERS_LEAST: Final = 0.001
"""What else a character may be is kept where the recogniser gives it this probability; six of them at most."""

_CLASS_NONE: Final = 0
_CLASS_SPACING: Final = len(ALPHABET) + 1
_CLASS_HYPHEN: Final = len(ALPHABET) + 2
_CLASS_OTHER: Final = len(ALPHABET) + 3
_CLASSES: Final = len(ALPHABET) + 4

_GLYPH_OF: Final = {"l": "I", "\u0131": "I", "\u00df": "B"}
"""A mark has only capitals and figures, so a shape that the recogniser names otherwise is the capital it looks like."""


@dataclass(frozen=True, slots=True)
class LineText:
    """What one line says: its characters A-Z and 0-9, and what was left out.

    others counts the signs that no mark has; hyphens holds, for each hyphen within the text, how many characters stand
    before it.
    """

    characters: tuple[Character, ...]
    others: int
    hyphens: frozenset[int] = frozenset()

    @property
    def text(self) -> str:
        return "".join(c.char for c in self.characters)


class TextRecogniser:
    """Reads the cut-out of one line."""

    def __init__(self, weights: Weights, *, threads: int, providers: Sequence[str] = CPU_ONLY) -> None:
        self._session = Session(weights, threads=threads, providers=providers)
        listed = self._session.metadata.get("character")
        if not listed:
            raise ModelUnusable(f"{weights.entry.name}: its metadata has no list of characters; use the pinned file")
        self._folding = folding(listed.split("\n"))

    def read(self, line: Image) -> LineText:
        """Read an upright cut-out of one line."""
        steps = self._session.run(line_tensor(line))[0]
        if steps.shape[1] != len(self._folding):
            raise ModelUnusable(
                f"the recogniser gives {steps.shape[1]} classes, its metadata lists {len(self._folding)}"
            )
        return decode(fold(steps, self._folding))


def line_tensor(line: Image) -> NDArray[np.float32]:
    """Give float32 of shape (1, 3, 48, width), BGR, -1 to 1, the line at the left and mid-grey beside it."""
    height, width = line.shape[:2]
    columns = min(max(1, round(LINE_HEIGHT_PX * width / height)), MAX_LINE_WIDTH_PX)
    resized = cv2.resize(line, (columns, LINE_HEIGHT_PX), interpolation=cv2.INTER_LINEAR)
    tensor = np.zeros((1, 3, LINE_HEIGHT_PX, max(columns, MIN_LINE_WIDTH_PX)), dtype=np.float32)
    tensor[0, :, :, :columns] = resized.transpose(2, 0, 1).astype(np.float32) / 127.5 - 1
    return tensor


def folding(listed: Sequence[str]) -> NDArray[np.intp]:
    """Map each of the network's classes (none, the listed characters, space) to one of ours."""
    classes = [_CLASS_NONE, *(_class_of(character) for character in listed), _CLASS_SPACING]
    return np.array(classes, dtype=np.intp)


def fold(steps: NDArray[np.float32], classes: NDArray[np.intp]) -> NDArray[np.float32]:
    """Add up the probabilities of each of our classes: (steps, network's classes) to (steps, our classes)."""
    folded = np.zeros((_CLASSES, len(steps)), dtype=np.float32)
    np.add.at(folded, classes, steps.T)
    return folded.T


def decode(steps: NDArray[np.float32]) -> LineText:
    """Greedy CTC: a run of steps with the same best class is one character, with the best probability of the run."""
    best = steps.argmax(axis=1)
    characters: list[Character] = []
    hyphens: set[int] = set()
    others = 0
    start = 0
    for end in range(1, len(best) + 1):
        if end < len(best) and best[end] == best[start]:
            continue
        chosen = int(best[start])
        if chosen == _CLASS_OTHER:
            others += 1
        elif chosen == _CLASS_HYPHEN:
            hyphens.add(len(characters))
        elif chosen not in (_CLASS_NONE, _CLASS_SPACING):
            characters.append(_character(steps[start:end].max(axis=0), chosen))
        start = end
    return LineText(tuple(characters), others, frozenset(hyphens - {0, len(characters)}))


def _character(best: NDArray[np.float32], chosen: int) -> Character:
    """Give the character of a run; best has the best probability that each class has in it."""
    likely = sorted(range(1, len(ALPHABET) + 1), key=lambda each: -best[each])
    others = [each for each in likely[: OTHERS_MOST + 1] if each != chosen and best[each] >= OTHERS_LEAST]
    return Character(
        ALPHABET[chosen - 1],
        min(1.0, float(best[chosen])),
        tuple(Character(ALPHABET[each - 1], min(1.0, float(best[each]))) for each in others[:OTHERS_MOST]),
    )


def _class_of(character: str) -> int:
    plain = unicodedata.normalize("NFKC", _GLYPH_OF.get(character, character)).upper()
    if len(plain) == 1 and plain in ALPHABET:
        return ALPHABET.index(plain) + 1
    if plain in _HYPHENS:
        return _CLASS_HYPHEN
    return _CLASS_SPACING if plain in _SPACING or not plain.strip() else _CLASS_OTHER
