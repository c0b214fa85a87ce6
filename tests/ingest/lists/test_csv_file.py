"""Lists as people save them: which files are read, row by row, and which are refused as a whole."""

import io
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.errors import ImportRefused
from ingest.lists.csv_file import COLUMNS, OPTIONAL, Row, read_list

NOW = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
HEADER = "vrm,reason,marker,action,risk_warnings,owner,expires,authority\n"
GOOD = "AB12 CDE,Seen,ACT,Stop,Violent; Firearms,DC 2,2026-12-31,AO-7\n"


def rows(text: str | bytes, **given: Any) -> list[Row]:
    file = io.BytesIO(text if isinstance(text, bytes) else text.encode())
    return list(read_list(file, NOW, **given).rows)


@pytest.mark.parametrize(
    "text",
    [
        HEADER + GOOD,
        "\ufeff" + HEADER + GOOD,
        (HEADER + GOOD).replace("\n", "\r\n"),
        "\n,,\n" + HEADER + GOOD,
        (HEADER + GOOD).replace("vrm", " Mark ").replace("risk_warnings", "Risk Warnings").replace("expires", "EXPIRY"),
        HEADER.replace("\n", ",\n") + GOOD.replace("\n", ",\n"),
        HEADER + GOOD.replace("Seen", '"Seen"'),
        (HEADER + GOOD).rstrip("\n"),
    ],
    ids=["plain", "BOM", "CRLF", "blank first", "header's names", "an empty column more", "quoted", "no last newline"],
)
def test_a_list_is_read_however_it_was_saved(text: str) -> None:
    (row,) = [row for row in rows(text) if row.draft or row.fault]
    assert row.fault == ""
    assert row.draft is not None
    assert (row.draft.vrm, row.draft.risk_warnings) == ("AB12CDE", ("Violent", "Firearms"))


@pytest.mark.parametrize(
    ("column", "hint"),
    [
        ("risk_warning", "risk_warnings"),
        ("Risk-Warnigns", "risk_warnings"),
        ("autority", "authority"),
        ("markers", "marker"),
        ("registraton", "registration"),
        ("remarks", "mark"),
        ("x", ""),
    ],
)
def test_a_column_that_nobody_knows_refuses_the_file_by_its_name(column: str, hint: str) -> None:
    text = HEADER.replace("\n", f",{column}\n") + GOOD.replace("\n", ",VIOLENT\n")
    with pytest.raises(ImportRefused) as caught:
        rows(text)
    assert repr(column) in str(caught.value)
    assert (f"did you mean {hint}?" in str(caught.value)) == bool(hint)


def test_a_mistyped_column_of_warnings_is_never_taken_for_a_list_without_warnings() -> None:
    with pytest.raises(ImportRefused, match=r"'risk_warning' \(did you mean risk_warnings\?\)"):
        rows("vrm,reason,risk_warning,owner,expires,authority\nAB12CDE,Seen,VIOLENT,DC 2,2026-12-31,AO-7\n")


def test_a_further_column_is_left_out_where_somebody_says_so() -> None:
    text = HEADER.replace("\n", ",Own remarks\n") + GOOD.replace("\n", ",none\n")
    (row,) = rows(text, leave_out=["own remarks"])
    assert row.draft is not None
    with pytest.raises(ImportRefused, match="risk_warnings is a column of a list: it cannot be left out"):
        rows(text, leave_out=["Own remarks", "Risk warnings"])


def test_text_under_no_name_refuses_its_row() -> None:
    (row,) = rows(HEADER.replace("\n", ",\n") + GOOD.replace("\n", ",VIOLENT\n"))
    assert "field 9 has something in it" in row.fault


def test_columns_that_need_not_be_there() -> None:
    text = "mark,reason,owner,expires,authority\nAB12CDE,Seen,DC 2,2026-12-31,AO-7\n"
    assert read_list(io.BytesIO(text.encode()), NOW).absent == OPTIONAL == ("marker", "action", "risk_warnings")
    assert read_list(io.BytesIO(f"{','.join(COLUMNS)}\n".encode()), NOW).absent == ()
    (row,) = rows(text)
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
        ((HEADER + GOOD).encode("utf-16"), 'not UTF-8 text: it looks like UTF-16.*save it as "CSV UTF-8'),
        ((HEADER + GOOD).encode("utf-16-le"), "it looks like UTF-16"),
        (
            (HEADER + GOOD.replace("Seen", "Ren\xe9")).encode("latin-1"),
            "not UTF-8 text: see line 2. It looks like Latin-1 or Windows-1252.* the byte E9 is '\xe9': save it as",
        ),
        ((HEADER + 3 * GOOD + GOOD.replace("Seen", "\u20ac5")).encode("cp1252"), "see line 5.*the byte 80 is '\u20ac'"),
        (HEADER.replace("reason", "r\xe9ason").encode("latin-1"), "see line 1"),
        ((HEADER + GOOD).encode() + b"\x00\x01\xff\xfe\n", "the file is not text: line 3"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "a spreadsheet's own, not CSV"),
        ((HEADER + 'AB12,"not closed\n').encode(), "not CSV at line"),
        ((HEADER + 'AB12,"a"b,,\n').encode(), "not CSV at line 2"),
        (b"PK\x03\x04 a spreadsheet, not saved as CSV", "a spreadsheet's own, not CSV"),
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
