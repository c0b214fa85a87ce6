"""The published measures of UK number plates, and where each character of a mark stands.

Source: Road Vehicles (Display of Registration Marks) Regulations 2001 and BS AU 145d/e, as tabled in
shared/standards/anpr.md and anpr-sources.md section 4.4. All lengths are millimetres.
"""

import re
from dataclasses import dataclass
from typing import Final

from models.drawing.glyphs import GLYPHS


class BadMark(ValueError):
    """A mark that cannot be drawn: the message names it."""


@dataclass(frozen=True, slots=True)
class Lettering:
    """One prescribed size of characters and their spacing; 1 and I are one stroke wide."""

    height_mm: float
    width_mm: float
    stroke_mm: float
    gap_mm: float
    group_gap_mm: float
    line_gap_mm: float
    margin_mm: float

    def advance_mm(self, char: str) -> float:
        """Give a character's width."""
        return self.stroke_mm if GLYPHS[char].narrow else self.width_mm


CAR: Final = Lettering(79, 50, 14, 11, 33, 19, 11)
MOTORCYCLE: Final = Lettering(64, 44, 10, 10, 30, 13, 11)
BEFORE_2001: Final = Lettering(79, 57, 14, 11, 33, 19, 11)

BAND_WIDTH_MM: Final = 45.0
"""A side band: 40 to 50 mm is allowed for the green one, 50 mm at most for a flag."""

USUAL_ONE_LINE_MM: Final = (520.0, 111.0)
USUAL_TWO_LINES_MM: Final = (285.0, 203.0)
USUAL_MOTORCYCLE_MM: Final = (228.0, 178.0)


@dataclass(frozen=True, slots=True)
class Placed:
    """A character and the top left corner of its outline on the plate."""

    char: str
    x_mm: float
    y_mm: float


@dataclass(frozen=True, slots=True)
class PlateLayout:
    """A plate's size and where its characters and band are; band_mm is 0 where it has none."""

    width_mm: float
    height_mm: float
    band_mm: float
    lettering: Lettering
    characters: tuple[Placed, ...]


_GROUPS: Final = (
    re.compile(r"([A-Z]{2}[0-9]{2})([A-Z]{3})"),  # current
    re.compile(r"([A-Z][0-9]{1,3})([A-Z]{3})"),  # prefix and Q
    re.compile(r"([A-Z]{3})([0-9]{1,3}[A-Z])"),  # suffix
    re.compile(r"([A-Z]{1,3})([0-9]{1,4})"),  # dateless and Northern Ireland, letters first
    re.compile(r"([0-9]{1,4})([A-Z]{1,3})"),  # and digits first; trade
)


def mark_groups(mark: str) -> tuple[str, ...]:
    """Give the groups that a mark is written in: as spaced, else by its layout, else all in one.

    Raises BadMark for a mark that is empty, longer than seven characters or has others than A-Z, 0-9 and spaces.
    """
    plain = mark.replace(" ", "")
    if not plain or len(plain) > 7 or any(char not in GLYPHS for char in plain):
        raise BadMark(f"{mark!r} cannot be drawn as a mark; give one to seven of A-Z and 0-9")
    if " " in mark.strip():
        return tuple(mark.split())
    for layout in _GROUPS:
        found = layout.fullmatch(plain)
        if found:
            return found.groups()
    return (plain,)


def lay_out(groups: tuple[str, ...], *, two_lines: bool, lettering: Lettering, band_mm: float) -> PlateLayout:
    """Give the layout of a plate of the usual size, or larger where the mark needs it, with the mark centred."""
    lines = [groups] if not two_lines else [(group,) for group in groups]
    widths = [_line_width_mm(line, lettering) for line in lines]
    text_height = len(lines) * lettering.height_mm + (len(lines) - 1) * lettering.line_gap_mm
    usual = USUAL_ONE_LINE_MM
    if two_lines:
        usual = USUAL_MOTORCYCLE_MM if lettering is MOTORCYCLE else USUAL_TWO_LINES_MM
    width = max(usual[0], max(widths) + 2 * lettering.margin_mm + band_mm)
    height = max(usual[1], text_height + 2 * lettering.margin_mm)
    placed: list[Placed] = []
    y = (height - text_height) / 2
    for line, line_width in zip(lines, widths, strict=True):
        x = band_mm + (width - band_mm - line_width) / 2
        for group in line:
            for char in group:
                placed.append(Placed(char, x, y))
                x += lettering.advance_mm(char) + lettering.gap_mm
            x += lettering.group_gap_mm - lettering.gap_mm
        y += lettering.height_mm + lettering.line_gap_mm
    return PlateLayout(width, height, band_mm, lettering, tuple(placed))


def _line_width_mm(groups: tuple[str, ...], lettering: Lettering) -> float:
    inside = sum(sum(map(lettering.advance_mm, group)) + (len(group) - 1) * lettering.gap_mm for group in groups)
    return inside + (len(groups) - 1) * lettering.group_gap_mm
