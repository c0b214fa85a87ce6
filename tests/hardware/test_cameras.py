"""One word opens any camera; a word that names nothing is refused."""

from pathlib import Path

import pytest

from hardware.camera_files import FileCamera, natural_order
from hardware.camera_live import LiveCamera, device_path, refuse_missing_device, without_password
from hardware.cameras import open_camera
from hardware.clock import SystemClock
from hardware.errors import BadSource


@pytest.mark.parametrize(
    "source",
    ["rtsp://camera.local/1", "http://10.0.0.2/video.mjpg", "/dev/video0", "/dev/v4l/by-id/usb-cam", "device:2"],
)
def test_live_sources(source: str) -> None:
    with open_camera(source, camera_id="front", paced=True, position=None, clock=SystemClock()) as camera:
        assert isinstance(camera, LiveCamera)


def test_a_file_is_a_camera(tmp_path: Path) -> None:
    path = tmp_path / "street.mp4"
    path.touch()
    with open_camera(str(path), camera_id="front", paced=True, position=None, clock=SystemClock()) as camera:
        assert isinstance(camera, FileCamera)
        assert camera.camera_id == "front"


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("", "nothing.*give a picture"),
        ("no/such/file.mp4", "no such file or folder"),
        ("ftp://host/video.mp4", "not a kind of stream"),
        ("device:front", "not a device number; give device:0"),
    ],
)
def test_refused_sources(source: str, message: str) -> None:
    with pytest.raises(BadSource, match=message):
        open_camera(source, camera_id="front", paced=True, position=None, clock=SystemClock())


def test_a_folder_with_nothing_to_play_is_refused(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("nothing")
    with pytest.raises(BadSource, match="no picture or video"):
        open_camera(str(tmp_path), camera_id="front", paced=True, position=None, clock=SystemClock())


@pytest.mark.parametrize(
    ("source", "device"),
    [("device:0", "/dev/video0"), ("/dev/video12", "/dev/video12"), ("/dev/sda", None), ("video0", None)],
)
def test_device_names(source: str, device: str | None) -> None:
    assert device_path(source) == device


@pytest.mark.parametrize(
    ("source", "shown"),
    [
        ("rtsp://user:secret@10.0.0.2:554/1", "rtsp://10.0.0.2:554/1"),
        ("rtsp://user:p@ss@10.0.0.2/1", "rtsp://10.0.0.2/1"),
        ("rtsp://10.0.0.2/a@b", "rtsp://10.0.0.2/a@b"),
    ],
)
def test_passwords_are_not_shown(source: str, shown: str) -> None:
    assert without_password(source) == shown


def test_natural_name_order() -> None:
    names = ["frame10.jpg", "frame2.jpg", "Frame1.jpg", "a.jpg", "frame02.jpg"]

    assert sorted(names, key=natural_order) == ["a.jpg", "Frame1.jpg", "frame02.jpg", "frame2.jpg", "frame10.jpg"]


@pytest.mark.parametrize("source", ["rtsp://camera.local/1", "a.jpg", "/dev/null"])
def test_what_is_there_or_is_no_device_is_not_refused(source: str) -> None:
    refuse_missing_device(source)


@pytest.mark.parametrize("source", ["/dev/video250", "device:250", "/dev/v4l/by-id/none"])
def test_a_device_that_is_not_there_is_refused_by_name(source: str) -> None:
    with pytest.raises(BadSource, match=f"^{device_path(source)}: no such camera device; there are: "):
        refuse_missing_device(source)
