"""Drawn plates measured in pixels against the published table (shared/standards/anpr.md, "Plates")."""

import string

import numpy as np
import pytest

from models.drawing.layout import BEFORE_2001, CAR, MOTORCYCLE, Lettering, PlateLayout, lay_out
from models.drawing.plates import Mask, PlateStyle, draw_plate, mark_mask

PX_PER_MM = 4.0
EVERY_CHARACTER = string.ascii_uppercase + string.digits
TOLERANCE_MM = 0.6


def ink(text: str, lettering: Lettering = CAR, px_per_mm: float = PX_PER_MM) -> tuple[Mask, PlateLayout]:
    layout = lay_out((text,), two_lines=False, lettering=lettering, band_mm=0)
    return mark_mask(layout, px_per_mm), layout


def runs_mm(row: np.ndarray, px_per_mm: float = PX_PER_MM) -> list[tuple[float, float]]:
    """Where the ink of one row of pixels starts and ends, in millimetres, to a fraction of a pixel."""
    cover = row.astype(float) / 255
    dark = np.flatnonzero(np.diff(np.concatenate([[0], (cover > 0.02).astype(int), [0]])))
    found = []
    for start, end in dark.reshape(-1, 2):
        middle = (start + end) / 2 / px_per_mm
        width = cover[start:end].sum() / px_per_mm
        found.append((middle - width / 2, middle + width / 2))
    return found


@pytest.mark.parametrize("lettering", [CAR, MOTORCYCLE, BEFORE_2001], ids=["car", "motorcycle", "before 2001"])
@pytest.mark.parametrize("char", EVERY_CHARACTER)
def test_every_character_fills_its_box(char: str, lettering: Lettering) -> None:
    mask, layout = ink(char, lettering)
    placed = layout.characters[0]
    rows, columns = np.flatnonzero(mask.max(axis=1) > 64), np.flatnonzero(mask.max(axis=0) > 64)

    assert rows[0] / PX_PER_MM == pytest.approx(placed.y_mm, abs=TOLERANCE_MM)
    assert (rows[-1] - rows[0] + 1) / PX_PER_MM == pytest.approx(lettering.height_mm, abs=TOLERANCE_MM)
    assert columns[0] >= (placed.x_mm - TOLERANCE_MM) * PX_PER_MM
    width = lettering.stroke_mm if char in "1I" else lettering.width_mm
    assert (columns[-1] - columns[0] + 1) / PX_PER_MM == pytest.approx(width, abs=1.2)


@pytest.mark.parametrize(
    ("lettering", "height", "width", "stroke", "gap"),
    [(CAR, 79, 50, 14, 11), (MOTORCYCLE, 64, 44, 10, 10), (BEFORE_2001, 79, 57, 14, 11)],
    ids=["car", "motorcycle", "before 2001"],
)
def test_published_measures(lettering: Lettering, height: float, width: float, stroke: float, gap: float) -> None:
    """HH measured a quarter of the way down: two uprights, each character's width, and the gap between them."""
    mask, layout = ink("HH", lettering)
    quarter = round((layout.characters[0].y_mm + lettering.height_mm / 4) * PX_PER_MM)
    left, left_end, right, right_end = runs_mm(mask[quarter])

    assert lettering.height_mm == height
    for start, end in (left, left_end, right, right_end):
        assert end - start == pytest.approx(stroke, abs=0.2)
    assert left_end[1] - left[0] == pytest.approx(width, abs=0.2)
    assert right[0] - left_end[1] == pytest.approx(gap, abs=0.2)


@pytest.mark.parametrize("char", "BCDEFGLOPU05689S23")
def test_level_strokes(char: str) -> None:
    """Down the middle of the glyph, no level stroke is thinner than one stroke, and the thinnest is hardly more."""
    mask, _ = ink(char)
    column = mask[:, mask.shape[1] // 2]
    thinnest = min(end - start for start, end in runs_mm(column))

    assert 13.5 <= thinnest <= 17


def test_groups_are_33_mm_apart() -> None:
    layout = lay_out(("AB12", "CDE"), two_lines=False, lettering=CAR, band_mm=0)
    mask = mark_mask(layout, PX_PER_MM)
    foot = runs_mm(mask[round((layout.characters[0].y_mm + 78) * PX_PER_MM)])
    digits_end = layout.characters[3].x_mm + CAR.width_mm

    assert layout.characters[4].x_mm - digits_end == pytest.approx(33)
    assert max(end for _, end in foot if end < digits_end + 5) == pytest.approx(digits_end, abs=0.3)


@pytest.mark.parametrize(
    ("groups", "two_lines", "lettering", "size"),
    [
        (("AB23", "CDE"), False, CAR, (520, 111)),
        (("AB23", "CDE"), True, CAR, (285, 203)),
        (("AB23", "CDE"), True, MOTORCYCLE, (228, 178)),
        (("A1",), False, CAR, (520, 111)),
    ],
)
def test_usual_plate_sizes(
    groups: tuple[str, ...], two_lines: bool, lettering: Lettering, size: tuple[float, float]
) -> None:
    layout = lay_out(groups, two_lines=two_lines, lettering=lettering, band_mm=0)

    assert (layout.width_mm, layout.height_mm) == size


def test_text_is_centred_and_clear_of_the_margins() -> None:
    for band_mm in (0.0, 45.0):
        layout = lay_out(("BD63", "KMS"), two_lines=False, lettering=CAR, band_mm=band_mm)
        first, last = layout.characters[0], layout.characters[-1]
        left = first.x_mm - band_mm
        right = layout.width_mm - last.x_mm - CAR.width_mm
        assert left == pytest.approx(right)
        assert left >= CAR.margin_mm
        assert first.y_mm >= CAR.margin_mm


@pytest.mark.parametrize(("one", "other"), ["0O", "1I"])
def test_characters_that_share_one_glyph(one: str, other: str) -> None:
    assert np.array_equal(ink(one)[0], ink(other)[0])


def test_all_other_characters_differ() -> None:
    """Even at 20 pixels high no two glyphs look the same: the least share of ink that differs is of Q and O."""
    masks = {char: ink(char, px_per_mm=0.25)[0].astype(int) for char in EVERY_CHARACTER if char not in "OI"}
    for one, mask in masks.items():
        for other, against in masks.items():
            if one < other:
                assert np.abs(mask - against).sum() > 0.05 * mask.sum(), (one, other)


def test_six_turned_is_nine() -> None:
    assert np.abs(np.rot90(ink("6")[0], 2).astype(int) - ink("9")[0]).mean() < 1


def test_the_same_mark_is_the_same_picture() -> None:
    first = draw_plate("BD63 KMS", style=PlateStyle.REAR, px_per_mm=1.3, badge=True)

    assert np.array_equal(first, draw_plate("BD63KMS", style=PlateStyle.REAR, px_per_mm=1.3, badge=True))


@pytest.mark.parametrize("px_per_mm", [0.2, 0.25, 0.5, 1.0, 3.3])
def test_scale_changes_the_size_and_not_the_picture(px_per_mm: float) -> None:
    plate = draw_plate("BD63 KMS", style=PlateStyle.FRONT, px_per_mm=px_per_mm)
    large = draw_plate("BD63 KMS", style=PlateStyle.FRONT, px_per_mm=2.0)

    assert plate.shape == (round(111 * px_per_mm), round(520 * px_per_mm), 3)
    assert plate.dtype == np.uint8
    assert plate.mean() == pytest.approx(large.mean(), rel=0.02)


@pytest.mark.parametrize(
    ("style", "background", "stroke"),
    [
        (PlateStyle.FRONT, (242, 244, 244), (18, 18, 18)),
        (PlateStyle.REAR, (38, 196, 250), (18, 18, 18)),
        (PlateStyle.BLACK_AND_SILVER, (18, 18, 18), (205, 202, 200)),
    ],
)
def test_colours(style: PlateStyle, background: tuple[int, int, int], stroke: tuple[int, int, int]) -> None:
    plate = draw_plate("H1", style=style, px_per_mm=1)
    layout = lay_out(("H", "1"), two_lines=False, lettering=CAR, band_mm=0)
    upright = layout.characters[0]

    assert tuple(plate[55, 20]) == background
    assert tuple(plate[round(upright.y_mm) + 20, round(upright.x_mm) + 7]) == stroke
    assert plate[0, 0].max() < 60, "the corner outside the rounded edge is dark"


def test_bands() -> None:
    green = draw_plate("BD63 KMS", style=PlateStyle.FRONT, px_per_mm=1, green_flash=True)
    blue = draw_plate("BD63 KMS", style=PlateStyle.FRONT, px_per_mm=1, badge=True)

    assert tuple(green[30, 20]) == (68, 132, 0)
    assert tuple(blue[30, 20]) == (153, 51, 0)
    assert blue[60:, :45].max() > 240, "UK in white"
    assert green[60:100, 5:40].max() < 140, "no letters without the badge"


def test_two_lines_have_a_group_each() -> None:
    layout = lay_out(("AB23", "CDE"), two_lines=True, lettering=CAR, band_mm=0)
    tops = {placed.y_mm for placed in layout.characters}

    assert max(tops) - min(tops) == 79 + 19


def test_border_is_drawn_inside_the_edge() -> None:
    plain = draw_plate("H1", style=PlateStyle.FRONT, px_per_mm=2)
    bordered = draw_plate("H1", style=PlateStyle.FRONT, px_per_mm=2, border=True)

    assert plain[7, 500].min() > 200
    assert bordered[7, 500].max() < 60
