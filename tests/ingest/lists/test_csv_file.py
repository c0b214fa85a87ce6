"""Lists as people save them: which files are read, row by row, and which are refused as a whole."""

import io
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.errors import ImportRefused
from ingest.lists.csv_file import Row, rows_of

NOW = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
HEADER = "vrm,reason,marker,action,risk_warnings,owner,expires,authority\n"
GOOD = "AB12 CDE,Seen,ACT,Stop,Violent; Firearms,DC 2,2026-12-31,AO-7\n"


def rows(text: str | bytes) -> list[Row]:
    return list(rows_of(io.BytesIO(text if isinstance(text, bytes) else text.encode()), NOW))


@pytest.mark.parametrize(
    "text",
    [
        HEADER + GOOD,
        "\ufeff" + HEADER + GOOD,
        (HEADER + GOOD).replace("\n", "\r\n"),
        "\n,,\n" + HEADER + GOOD,
        (HEADER + GOOD).replace("vrm", " Mark ").replace("risk_warnings", "Risk Warnings").replace("expires", "EXPIRY"),
        HEADER.replace("\n", ",remarks\n") + GOOD.replace("\n", ",none\n"),
        HEADER + GOOD.replace("Seen", '"Seen"'),
        (HEADER + GOOD).rstrip("\n"),
    ],
    ids=["plain", "BOM", "CRLF", "blank first", "header's names", "a column more", "quoted", "no last newline"],
)
def test_a_list_is_read_however_it_was_saved(text: str) -> None:
    (row,) = [row for row in rows(text) if row.draft or row.fault]
    assert row.fault == ""
    assert row.draft is not None
    assert (row.draft.vrm, row.draft.risk_warnings) == ("AB12CDE", ("Violent", "Firearms"))


def test_columns_that_may_be_left_out() -> None:
    (row,) = rows("mark,reason,owner,expires,authority\nAB12CDE,Seen,DC 2,2026-12-31,AO-7\n")
    assert row.draft is not None
    assert (row.draft.marker, row.draft.action, row.draft.risk_warnings) == ("", "", ())


def test_each_row_says_where_it_begins_and_what_is_wrong() -> None:
    two_lines = GOOD.replace("Seen", '"Seen\ntwice"').replace("AB12 CDE", "B1")
    found = rows(HEADER + GOOD + two_lines + "\n" + " , ,,,,,,\n" + "C1,,,,,,,\n" + "C1,x\n" + GOOD)
    assert [row.line for row in found] == [2, 3, 5, 6, 7, 8, 9]
    assert [row.draft is not None for row in found] == [True, True, False, False, False, False, True]
    assert [row.fault for row in found[2:4]] == ["", ""], "blank rows"
    assert all(f"{name} is empty" in found[4].fault for name in ("reason", "owner", "authority", "expires"))
    assert found[5].fault == "2 fields, but the first line names 8"
    assert found[1].draft is not None
    assert found[1].draft.reason == "Seen twice"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (b"", "the file is empty"),
        (b"\n\n", "the file is empty"),
        (b"vrm,reason\n", "does not name owner, expires, authority"),
        (HEADER.replace("marker", "vrm").encode(), "names vrm twice"),
        ((HEADER + GOOD).encode("utf-16"), "not UTF-8"),
        ((HEADER + GOOD.replace("Seen", "Ren\xe9")).encode("latin-1"), "not UTF-8"),
        ((HEADER + 'AB12,"not closed\n').encode(), "not CSV at line"),
        ((HEADER + 'AB12,"a"b,,\n').encode(), "not CSV at line 2"),
        (b"PK\x03\x04 a spreadsheet, not saved as CSV", "does not name"),
    ],
)
def test_a_file_that_is_not_a_list_is_refused(text: bytes, says: str) -> None:
    with pytest.raises(ImportRefused, match=says):
        rows(text)


@given(st.binary(max_size=400))
def test_any_bytes_after_the_header_are_rows_or_a_refusal(tail: bytes) -> None:
    try:
        found = rows(HEADER.encode() + tail)
    except ImportRefused:
        return
    assert all(row.draft is None or not row.fault for row in found)
