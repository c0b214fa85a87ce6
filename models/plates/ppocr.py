"""The first plate reader: PP-OCR finds and reads every line of text, and what is a mark is kept."""

import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Final

import numpy as np

from models.errors import BadImage
from models.plates.appearance import appearance
from models.plates.evidence import Mark, is_distinctive, mark_of
from models.plates.lines import ReadLine, joined_pairs, overlapping
from models.plates.reading import Image, PlateReader, PlateReading
from models.registry import Registry
from models.sessions import CPU_ONLY
from models.text.detector import TextDetector, TextLine
from models.text.geometry import Quad, quad, rectify
from models.text.recogniser import TextRecogniser

_log = logging.getLogger(__name__)

DETECTOR: Final = "ppocr-v6-small-det"
RECOGNISER: Final = "ppocr-v6-small-rec"

DETECTION_SIDE_PX: Final = 1280
"""Long side at which a picture is searched: of 640 to 1920, the one with the most plates of boxes_dashcam read."""

MAX_ENLARGEMENT: Final = 1.5
"""How much a smaller picture is enlarged for the search: of 1 to 4, the one with the most plates of boxes_web read."""

MIN_SIDE_PX: Final = 8
"""A picture with a shorter side holds no legible character (a stroke is a sixth of a character's height)."""

CROP_SIDE_PX: Final = 128
"""A picture with a shorter side than this is a cut-out of a plate. The detector was trained on text with surroundings,
so a cut-out gets a margin of repeated edge."""

CROP_MARGIN: Final = 0.5
"""That margin, as a share of the cut-out's height."""

MAX_LINES_READ: Final = 64
"""Lines read in one picture, likeliest first: a bound on the time that a picture full of text can take."""


class PpOcrReader(PlateReader):
    """Reads plates with PP-OCR's general text detector and recogniser.

    today gives the date for the grammar's age identifiers. A smaller detection_side_px is faster and finds fewer of the
    plates that are far away.
    """

    def __init__(
        self,
        registry: Registry,
        *,
        threads: int,
        today: Callable[[], date],
        detection_side_px: int = DETECTION_SIDE_PX,
        providers: Sequence[str] = CPU_ONLY,
    ) -> None:
        self._detector = TextDetector(registry.load(DETECTOR), threads=threads, providers=providers)
        self._recogniser = TextRecogniser(registry.load(RECOGNISER), threads=threads, providers=providers)
        self._digests = {name: registry.entry(name).sha256 for name in (DETECTOR, RECOGNISER)}
        self._today = today
        self._detection_side_px = detection_side_px

    @property
    def digests(self) -> Mapping[str, str]:
        return self._digests

    def read(self, image: Image) -> list[PlateReading]:
        check_image(image)
        margin = crop_margin_px(image)
        if not margin:
            return self._marks_in(
                image, self._detector.find(image, self._detection_side_px, MAX_ENLARGEMENT), of_plate=False
            )
        padded = np.pad(image, ((margin, margin), (margin, margin), (0, 0)), mode="edge")
        found = self._detector.find(padded, self._detection_side_px, MAX_ENLARGEMENT)
        readings = self._marks_in(image, [_moved(line, -margin) for line in found], of_plate=True)
        return readings or self._marks_in(image, [TextLine(_whole(image), 0.0)], of_plate=True)

    def _marks_in(self, image: Image, found: Sequence[TextLine], *, of_plate: bool) -> list[PlateReading]:
        likeliest = sorted(found, key=lambda line: -line.score)
        if len(likeliest) > MAX_LINES_READ:
            _log.warning("%d lines of text in one picture; only %d are read", len(likeliest), MAX_LINES_READ)
        lines = [self._read_line(image, line, of_plate) for line in likeliest[:MAX_LINES_READ]]
        return choose(lines, self._today())

    def _read_line(self, image: Image, line: TextLine, of_plate: bool) -> ReadLine:
        cut = rectify(image, line.corners)
        read = self._recogniser.read(cut)
        look = appearance(cut)
        return ReadLine(
            characters=read.characters,
            others=read.others,
            hyphens=read.hyphens,
            parts=(line.corners,),
            whole=line.corners,
            score=line.score,
            ink=look.ink,
            red=look.red,
            of_plate=of_plate,
        )


def choose(lines: Sequence[ReadLine], on: date) -> list[PlateReading]:
    """Give the marks among the lines of one picture, best first, each plate once.

    Two lines are taken as one plate where the grammar accepts them together and neither is a whole mark without doubt.
    """
    single = [(line, mark_of(line, on)) for line in lines]
    free = [i for i, (_, mark) in enumerate(single) if mark is None or not is_distinctive(mark)]
    candidates: list[tuple[ReadLine, Mark, frozenset[int]]] = [
        (line, mark, frozenset({i})) for i, (line, mark) in enumerate(single) if mark is not None
    ]
    for i, j, joined in joined_pairs([lines[i] for i in free]):
        mark = mark_of(joined, on)
        if mark is not None:
            candidates.append((joined, mark, frozenset({free[i], free[j]})))
    # A mark of two lines goes before its own parts; among the rest the surer goes first.
    candidates.sort(key=lambda c: (-len(c[2]), -_reading(c[0], c[1]).confidence))
    chosen: list[PlateReading] = []
    used: set[int] = set()
    for line, mark, parts in candidates:
        if not parts & used and not any(overlapping(line.whole, other.corners) for other in chosen):
            used |= parts
            chosen.append(_reading(line, mark))
    return sorted(chosen, key=lambda reading: -reading.confidence)


def check_image(image: Image) -> None:
    """Refuse what is no colour picture. Raises BadImage."""
    if image.dtype != np.dtype(np.uint8):
        raise BadImage(f"a picture must be an array of uint8, not {image.dtype}; convert it to 8 bits a colour")
    if image.ndim != 3 or image.shape[2] != 3:
        raise BadImage(f"a picture must have the shape (height, width, 3), not {image.shape}; convert it to BGR")
    if min(image.shape[:2]) < MIN_SIDE_PX:
        raise BadImage(
            f"a picture of {image.shape[1]} x {image.shape[0]} pixels is too small to read; give one of at least"
            f" {MIN_SIDE_PX} x {MIN_SIDE_PX}"
        )


def crop_margin_px(image: Image) -> int:
    """How much margin the picture needs on each side: none unless it is a cut-out of a plate."""
    height, width = image.shape[:2]
    return round(CROP_MARGIN * height) if min(height, width) < CROP_SIDE_PX else 0


def _reading(line: ReadLine, mark: Mark) -> PlateReading:
    return PlateReading(
        text=mark.text,
        as_read=line.text,
        kind=mark.kind,
        characters=mark.characters,
        corners=line.whole,
        detector_score=min(1.0, line.score),
    )


def _moved(line: TextLine, by_px: int) -> TextLine:
    return TextLine((line.corners + np.float32(by_px)).astype(np.float32), line.score)


def _whole(image: Image) -> Quad:
    height, width = image.shape[:2]
    return quad([[0, 0], [width, 0], [width, height], [0, height]])
