"""Label files: both forms, and every row that cannot be right is refused with its line."""

from pathlib import Path, PurePosixPath

import pytest

from models.errors import BadLabels
from models.evaluation.labels import Label, read_labels

HEADER = "file,text,kind,box_xyxy,note\n"


def written(folder: Path, content: str, name: str = "labels.csv") -> Path:
    path = folder / name
    path.write_text(content, encoding="utf-8")
    return path


def test_csv(tmp_path: Path) -> None:
    path = written(tmp_path, HEADER + 'a/1.jpg,dx17 zwh,current,"10,20,110,50","a note, quoted"\n2.jpg,J1,jersey,,\n')
    assert read_labels(path) == [
        Label(PurePosixPath("a/1.jpg"), "DX17ZWH", "current", (10, 20, 110, 50), 2),
        Label(PurePosixPath("2.jpg"), "J1", "jersey", None, 3),
    ]


def test_csv_as_a_spreadsheet_saves_it(tmp_path: Path) -> None:
    path = written(tmp_path, "\ufeff" + (HEADER + "1.jpg,J1,jersey,,\n").replace("\n", "\r\n"))
    assert [label.text for label in read_labels(path)] == ["J1"]


def test_the_last_columns_may_be_left_out(tmp_path: Path) -> None:
    assert read_labels(written(tmp_path, "kind,text,file\njersey,J1,1.jpg\n"))[0].file == PurePosixPath("1.jpg")


def test_properties(tmp_path: Path) -> None:
    path = written(tmp_path, "# a comment\n! another\n\ntest_001.jpg=PP587AO\n b.jpg = x1 \n", "results.properties")
    assert read_labels(path) == [
        Label(PurePosixPath("test_001.jpg"), "PP587AO", "foreign", None, 4),
        Label(PurePosixPath("b.jpg"), "X1", "foreign", None, 5),
    ]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "line 1: lacks the columns file, text, kind; the header is file,text,kind,box_xyxy,note"),
        ("file;text;kind\n", "line 1: lacks"),
        (HEADER, "holds no labels"),
        (HEADER + "\n", "line 2: the row is blank"),
        (HEADER + "1.jpg,J1,jersey,,\n , , ,,\n", "line 3: the row is blank"),
        (HEADER + "1.jpg,J1,jersey\n", "line 2: has 3 columns, the header 5"),
        (HEADER + "1.jpg,J1,jersey,,,,\n", "line 2: has 7 columns"),
        (HEADER + ",J1,jersey,,\n", "line 2: file '' must be"),
        (HEADER + "/etc/1.jpg,J1,jersey,,\n", "must be a path inside"),
        (HEADER + "../1.jpg,J1,jersey,,\n", "must be a path inside"),
        (HEADER + "1.jpg,,jersey,,\n", "line 2: text '' must be a mark"),
        (HEADER + "1.jpg,J-1,jersey,,\n", "line 2: text 'J-1' must be a mark"),
        (HEADER + "1.jpg,J1,,,\n", "line 2: kind is empty"),
        (HEADER + "1.jpg,J1,jersey,1 2 3,\n", "line 2: box_xyxy '1 2 3' must be four numbers"),
        (HEADER + "1.jpg,J1,jersey,9 9 1 1,\n", "line 2: box_xyxy '9 9 1 1' is empty"),
        (HEADER + '1.jpg,"J1,jersey,,\n', "not CSV"),
    ],
)
def test_bad_csv(tmp_path: Path, content: str, message: str) -> None:
    with pytest.raises(BadLabels) as refused:
        read_labels(written(tmp_path, content))
    assert message in str(refused.value)


def test_bad_properties(tmp_path: Path) -> None:
    with pytest.raises(BadLabels, match="line 2: no '='"):
        read_labels(written(tmp_path, "a.jpg=J1\nb.jpg\n", "results.properties"))


def test_no_file_and_no_text(tmp_path: Path) -> None:
    with pytest.raises(BadLabels, match="cannot be read"):
        read_labels(tmp_path / "none.csv")
    (tmp_path / "bytes.csv").write_bytes(b"\xff\xfe\x00\x01")
    with pytest.raises(BadLabels, match="not UTF-8"):
        read_labels(tmp_path / "bytes.csv")
