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
    ],
)
def test_a_mark_is_found(text: str, found: str) -> None:
    assert mark_in(text) == found
