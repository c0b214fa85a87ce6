"""What is a plate and what is other text, by hand-made lines."""

from datetime import date

import pytest

from models.plates.appearance import Ink
from models.plates.evidence import MAX_OTHERS, mark_of
from models.plates.lines import ReadLine, join
from models.plates.reading import Character, MarkKind
from models.text.geometry import quad

TODAY = date(2026, 11, 23)


def line(
    text: str,
    ink: Ink = Ink.DARK,
    confidence: float = 0.99,
    *,
    proportion: float = 0.6,
    slope: float = 0.0,
    others: int = 0,
    red: bool = False,
    of_plate: bool = False,
) -> ReadLine:
    width = 40 * proportion * max(len(text), 1)
    area = quad([[0, 0], [width, slope * width], [width, slope * width + 40], [0, 40]])
    characters = tuple(Character(char, confidence) for char in text)
    return ReadLine(characters, others, frozenset(), (area,), area, 0.8, ink, red, of_plate)


def kind_of(one: ReadLine) -> MarkKind | None:
    mark = mark_of(one, TODAY)
    return mark.kind if mark else None


@pytest.mark.parametrize(
    ("text", "ink", "kind"),
    [
        ("DX17ZWH", Ink.DARK, MarkKind.CURRENT),
        ("DX17ZWH", Ink.UNCLEAR, MarkKind.CURRENT),
        ("DX17ZWH", Ink.LIGHT, None),  # by law dark on light
        ("B20DVW", Ink.LIGHT, None),
        ("OWV991G", Ink.LIGHT, MarkKind.SUFFIX),  # before 1973
        ("725EPB", Ink.LIGHT, MarkKind.DATELESS),
        ("PP587AO", Ink.DARK, MarkKind.FOREIGN),
        ("PP587AO", Ink.UNCLEAR, MarkKind.FOREIGN),
        ("VH45201", Ink.LIGHT, None),  # a bus's fleet number
        ("1MLT", Ink.DARK, MarkKind.DATELESS),
        ("1MLT", Ink.UNCLEAR, None),
        ("A4", Ink.LIGHT, None),  # a badge
        ("TDI", Ink.DARK, None),
        ("TD1", Ink.DARK, MarkKind.DATELESS),
        ("20TDI", Ink.LIGHT, MarkKind.NORTHERN_IRELAND),
        ("DIVERTED", Ink.DARK, None),
        ("TRAFFIC", Ink.DARK, None),
        ("CAMDEN", Ink.DARK, None),
        ("PRIDE", Ink.DARK, None),
        ("134", Ink.DARK, None),  # a bus route
        ("2019", Ink.UNCLEAR, None),
        ("12345", Ink.DARK, MarkKind.CROWN_DEPENDENCY),
        ("02078889999", Ink.DARK, None),  # a telephone number
        ("", Ink.DARK, None),
    ],
)
def test_by_layout_and_polarity(text: str, ink: Ink, kind: MarkKind | None) -> None:
    assert kind_of(line(text, ink)) is kind


@pytest.mark.parametrize(
    ("one", "kind"),
    [
        (line("DX17ZWH", confidence=0.51), MarkKind.CURRENT),
        (line("DX17ZWH", confidence=0.49), None),
        (line("725EPB", confidence=0.79), None),
        (line("725EPB", confidence=0.81), MarkKind.DATELESS),
        (line("PP587AO", confidence=0.79), None),
        (line("PP587AO", confidence=0.81), MarkKind.FOREIGN),
        (line("PP587AO", Ink.UNCLEAR, confidence=0.89), None),
        (line("DX17ZWH", proportion=0.2), None),
        (line("DX17ZWH", proportion=1.2), None),
        (line("DX17ZWH", slope=1.0), None),
        (line("DX17ZWH", slope=0.3), MarkKind.CURRENT),
        (line("DX17ZWH", others=MAX_OTHERS), MarkKind.CURRENT),
        (line("DX17ZWH", others=MAX_OTHERS + 1), None),
        (line("DX27ZWH"), MarkKind.FOREIGN),  # an age identifier of the future is kept as it is
        (line("123AB", red=True), MarkKind.TRADE),
        (line("123AB"), MarkKind.DATELESS),
        (line("12", red=True), None),
        (line("GIVWW"), None),
        (line("GIVWW", of_plate=True), MarkKind.PREFIX),
        (line("SCO", of_plate=True), None),  # the country beside the mark
    ],
)
def test_by_confidence_proportions_and_colour(one: ReadLine, kind: MarkKind | None) -> None:
    assert kind_of(one) is kind


def test_two_lines_are_judged_together() -> None:
    assert kind_of(join(line("FH06"), line("OGZ"))) is MarkKind.CURRENT
    assert kind_of(join(line("PP58"), line("7AO"))) is None  # a foreign mark of two lines would be any two signs


def test_the_mark_is_the_mended_one() -> None:
    mark = mark_of(line("DXI7ZWH"), TODAY)
    assert mark is not None
    assert mark.text == "DX17ZWH"
