"""What somebody brings to the demo is looked at before anything is started."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from hardware.errors import HardwareError
from lanthorn.demo_source import check_list, check_source
from lanthorn.errors import LanthornError


def test_a_picture_and_a_folder_with_one_pass(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "a.png"), np.zeros((32, 32, 3), np.uint8))
    check_source(str(tmp_path / "a.png"))
    check_source(str(tmp_path))


def test_a_camera_that_is_not_there_is_refused() -> None:
    with pytest.raises(HardwareError, match=r"^/dev/video250: no such camera device"):
        check_source("device:250")


def test_a_stream_is_not_opened(tmp_path: Path) -> None:
    check_source("rtsp://127.0.0.1:1/x")


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("nope.jpg", None, "no such file or folder"),
        ("zero.jpg", b"", "the file is empty"),
        ("text.jpg", b"not a picture", "not a JPEG"),
    ],
)
def test_what_holds_no_picture_is_refused_at_once(tmp_path: Path, name: str, content: bytes | None, said: str) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(HardwareError, match=said):
        check_source(str(tmp_path / name))


def test_a_folder_without_pictures_is_refused(tmp_path: Path) -> None:
    with pytest.raises(HardwareError, match="has no picture or video"):
        check_source(str(tmp_path))


def test_a_list_that_is_not_there_or_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(LanthornError, match=r"the list .*nope\.csv cannot be read: No such file"):
        check_list(tmp_path / "nope.csv")
    (tmp_path / "bad.csv").write_text("colour,shape\nred,round\n")
    with pytest.raises(LanthornError, match=r"the list .*bad\.csv: "):
        check_list(tmp_path / "bad.csv")
