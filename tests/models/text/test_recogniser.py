"""From the network's probabilities to characters, by hand-made arrays; no model is loaded."""

import numpy as np
import pytest
from numpy.typing import NDArray

from models.plates.reading import Character
from models.text.recogniser import ALPHABET, MAX_LINE_WIDTH_PX, MIN_LINE_WIDTH_PX, decode, fold, folding, line_tensor

LISTED = ["A", "a", "\uff21", "1", "l", "-", ".", "&", "\u4e2d"]  # the third is a full-width A, the last a Chinese word
NONE, SPACE = 0, len(LISTED) + 1


def steps(*chosen: tuple[int, float]) -> NDArray[np.float32]:
    """One row a step: the class, its probability; the rest goes to "none" or, for "none" itself, to a space."""
    rows = np.zeros((len(chosen), len(LISTED) + 2), dtype=np.float32)
    for row, (index, probability) in zip(rows, chosen, strict=True):
        row[SPACE if index == NONE else NONE] = 1 - probability
        row[index] = probability
    return rows


def test_forms_of_one_letter_are_added_up() -> None:
    row = np.zeros((1, len(LISTED) + 2), dtype=np.float32)
    row[0, [1, 2, 3, NONE]] = 0.3, 0.2, 0.1, 0.4
    folded = fold(row, folding(LISTED))
    assert folded[0, ALPHABET.index("A") + 1] == pytest.approx(0.6)
    assert decode(folded).text == "A"
    assert folded.sum() == pytest.approx(1)


def test_a_run_is_one_character_with_its_best_probability() -> None:
    line = decode(fold(steps((1, 0.7), (1, 0.9), (1, 0.8)), folding(LISTED)))
    assert line.characters == (Character("A", pytest.approx(0.9)),)


def test_a_gap_makes_two_characters() -> None:
    assert decode(fold(steps((1, 0.9), (NONE, 0.9), (1, 0.9)), folding(LISTED))).text == "AA"


def test_a_lower_case_l_is_the_stroke_that_it_looks_like() -> None:
    assert decode(fold(steps((5, 0.9)), folding(LISTED))).text == "I"


def test_hyphens_and_dots_are_left_out_and_hyphens_remembered() -> None:
    line = decode(fold(steps((6, 0.9), (1, 0.9), (6, 0.9), (4, 0.9), (7, 0.9), (6, 0.9)), folding(LISTED)))
    assert line.text == "A1"
    assert line.hyphens == {1}
    assert line.others == 0


def test_other_signs_are_counted() -> None:
    line = decode(fold(steps((8, 0.9), (1, 0.9), (9, 0.9)), folding(LISTED)))
    assert (line.text, line.others) == ("A", 2)


def test_nothing() -> None:
    assert decode(fold(steps((NONE, 0.9)), folding(LISTED))).characters == ()
    assert decode(np.zeros((0, len(ALPHABET) + 4), dtype=np.float32)).characters == ()


@pytest.mark.parametrize(
    ("height", "width", "columns"),
    [(48, 100, MIN_LINE_WIDTH_PX), (24, 400, 800), (10, 9000, MAX_LINE_WIDTH_PX), (1, 1, MIN_LINE_WIDTH_PX)],
)
def test_a_line_is_scaled_to_its_height_and_padded(height: int, width: int, columns: int) -> None:
    tensor = line_tensor(np.full((height, width, 3), 255, dtype=np.uint8))
    assert tensor.shape == (1, 3, 48, columns)
    assert (tensor[0, :, :, 0] == 1).all()
    if width / height * 48 < MIN_LINE_WIDTH_PX:
        assert (tensor[0, :, :, -1] == 0).all()
