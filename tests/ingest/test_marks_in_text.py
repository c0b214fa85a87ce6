"""A mark of the current form is found in what somebody writes; what only looks like one is not."""

import pytest

from ingest.marks_in_text import mark_in


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("seen with AB12 CDE twice", "AB12 CDE"),
        ("keeper of ab12cde", "ab12cde"),
        ("(LD70XYZ)", "LD70XYZ"),
        ("CR/4411/26", ""),
        ("CAD 1234/23NOV26", ""),
        ("in SW12 and SE15", ""),
        ("DEMO/2026/001", ""),
        ("is 12 the number", ""),
        ("XAB12CDEX", ""),
        ("CR/1 AB12-CDE", "AB12-CDE"),
        ("of ab12.cde", "ab12.cde"),
        ("AB 12 CDE", "AB 12 CDE"),
        ("A B 1 2 C D E", "A B 1 2 C D E"),
        ("\uff21\uff22\uff11\uff12\uff23\uff24\uff25", "AB12CDE"),
        ("AB\u201112 \u2013 CDE", "AB\u201012 \u2013 CDE"),
        ("mark_AB12CDE_", "AB12CDE"),
        ("a group of 12 men, on 21 Nov", ""),
        ("A GROUP OF 12 MEN WITH PC 45 LEE", ""),
        ("OP-21-2026, SW12 7AB", ""),
    ],
)
def test_a_mark_is_found(text: str, found: str) -> None:
    assert mark_in(text) == found
