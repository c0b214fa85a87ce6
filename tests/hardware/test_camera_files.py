"""Pictures, videos and folders as cameras, whole and broken."""

import logging
import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import cv2
import numpy as np
import PIL.Image
import pytest
from PIL.ExifTags import IFD, Base

from hardware.camera_files import FileCamera
from hardware.cameras import open_camera
from hardware.errors import BadPicture, BadVideo, Refusal
from hardware.position import fixed_position

DrawVideo = Callable[..., Path]
NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)


class NoonClock:
    def now(self) -> datetime:
        return NOON


def opened(source: Path, *, paced: bool = False) -> FileCamera:
    camera = open_camera(str(source), camera_id="front", paced=paced, position=None, clock=NoonClock())
    assert isinstance(camera, FileCamera)
    return camera


def draw_picture(path: Path) -> Path:
    cv2.imwrite(str(path), np.full((24, 32, 3), 90, np.uint8))
    return path


def test_a_picture_is_one_still_frame(tmp_path: Path) -> None:
    path = draw_picture(tmp_path / "one.png")
    changed = datetime(2026, 5, 1, 9, 30, tzinfo=UTC)
    os.utime(path, (changed.timestamp(), changed.timestamp()))

    with opened(path) as camera:
        (frame,) = camera.frames()

    assert (frame.still, frame.index, frame.name, frame.camera_id) == (True, 0, "one.png", "front")
    assert frame.captured_at == changed
    assert camera.counts.given == 1


def test_a_pictures_own_time_is_believed_unless_it_is_played_as_live(tmp_path: Path) -> None:
    exif = PIL.Image.Exif()
    exif.get_ifd(IFD.Exif)[Base.DateTimeOriginal] = "2024:01:02 03:04:05"
    exif.get_ifd(IFD.Exif)[Base.OffsetTimeOriginal] = "+00:00"
    path = tmp_path / "taken.jpg"
    PIL.Image.new("RGB", (32, 24)).save(path, exif=exif)

    (from_file,) = opened(path).frames()
    (as_live,) = opened(path, paced=True).frames()

    assert from_file.captured_at == datetime(2024, 1, 2, 3, 4, 5, tzinfo=UTC)
    assert as_live.captured_at == NOON


def test_a_video_gives_every_frame_with_its_time(tmp_path: Path, draw_video: DrawVideo) -> None:
    with opened(draw_video(tmp_path / "street.mp4", frames=30)) as camera:
        frames = list(camera.frames())

    assert [frame.index for frame in frames] == list(range(30))
    assert frames[0].captured_at == NOON - timedelta(seconds=1.2)
    assert frames[10].captured_at - frames[0].captured_at == timedelta(seconds=0.4)
    assert not frames[0].still
    assert abs(float(frames[20].image.mean()) - float(frames[0].image.mean()) - 80) < 4
    assert (camera.counts.given, camera.counts.dropped, camera.counts.missing) == (30, 0, 0)


def test_a_paced_video_runs_at_its_own_speed_and_drops_what_a_slow_reader_misses(
    tmp_path: Path, draw_video: DrawVideo
) -> None:
    """The reader holds the first frame until the whole video has gone by: it then gets the last one, and no other."""
    with opened(draw_video(tmp_path / "street.mp4", frames=20, rate=50.0), paced=True) as camera:
        frames = camera.frames()
        first = next(frames)
        while camera.counts.dropped < 18:
            os.sched_yield()
        (last,) = frames

    assert (first.index, last.index) == (0, 19)
    assert first.captured_at == NOON
    assert last.captured_at == NOON + timedelta(seconds=0.38)
    assert (camera.counts.given, camera.counts.dropped) == (2, 18)


def test_a_paced_video_can_be_closed_in_the_middle(tmp_path: Path, draw_video: DrawVideo) -> None:
    camera = opened(draw_video(tmp_path / "street.mp4", frames=200, rate=1.0), paced=True)
    frames = camera.frames()
    next(frames)

    camera.close()

    assert list(frames) == []
    assert camera.counts.missing == 0


def test_a_video_cut_in_the_middle_of_a_frame_gives_what_came_before(
    tmp_path: Path,
    draw_video: DrawVideo,
    index_first: Callable[[Path], bytes],
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    whole = index_first(draw_video(tmp_path / "street.mp4", frames=30))
    path = tmp_path / "cut.mp4"
    path.write_bytes(whole[: len(whole) * 2 // 3])

    with opened(path) as camera, caplog.at_level(logging.WARNING):
        frames = list(camera.frames())

    assert 15 <= len(frames) <= 25
    assert camera.counts.missing == 30 - len(frames)
    assert f"ends early: {len(frames)} of 30 frames" in caplog.text
    for frame in frames:
        assert abs(float(frame.image.mean()) - (frame.index * 4 + 9.5)) < 4, "no frame is partly grey"
    assert capfd.readouterr().err == "", "FFmpeg is kept quiet"


@pytest.mark.parametrize("paced", [False, True])
@pytest.mark.parametrize(
    ("content", "refusal"),
    [(b"", Refusal.EMPTY), (b"not a video\n" * 100, Refusal.UNKNOWN_FORMAT), (b"\0" * 5000, Refusal.UNKNOWN_FORMAT)],
)
def test_what_is_no_video_is_refused(tmp_path: Path, content: bytes, refusal: Refusal, paced: bool) -> None:
    path = tmp_path / "street.mp4"
    path.write_bytes(content)

    with opened(path, paced=paced) as camera, pytest.raises(BadVideo) as caught:
        list(camera.frames())

    assert caught.value.refusal is refusal
    assert camera.counts.refused == {refusal: 1}


def test_a_video_without_its_index_is_refused(tmp_path: Path, draw_video: DrawVideo) -> None:
    whole = draw_video(tmp_path / "street.mp4").read_bytes()
    path = tmp_path / "cut.mp4"
    path.write_bytes(whole[: len(whole) // 2])

    with opened(path) as camera, pytest.raises(BadVideo, match="index is cut off; copy it again"):
        list(camera.frames())


@pytest.mark.parametrize("paced", [False, True])
def test_a_video_with_an_index_and_no_frames_is_refused(
    tmp_path: Path, draw_video: DrawVideo, index_first: Callable[[Path], bytes], paced: bool
) -> None:
    whole = index_first(draw_video(tmp_path / "street.mp4", frames=5))
    path = tmp_path / "cut.mp4"
    path.write_bytes(whole[: whole.index(b"mdat") + 40])

    with opened(path, paced=paced) as camera, pytest.raises(BadVideo):
        list(camera.frames())

    assert sum(camera.counts.refused.values()) == 1


def test_a_bad_picture_that_is_the_only_source_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "page.jpg"
    path.write_text("<html></html>")

    with opened(path) as camera, pytest.raises(BadPicture):
        list(camera.frames())


def test_a_folder_gives_the_good_files_and_counts_the_bad(
    tmp_path: Path, draw_video: DrawVideo, caplog: pytest.LogCaptureFixture
) -> None:
    draw_picture(tmp_path / "10.jpg")
    draw_picture(tmp_path / "2.jpg")
    draw_video(tmp_path / "3.mp4", frames=5)
    (tmp_path / "1.jpg").touch()
    (tmp_path / "4.jpg").write_text("<html></html>")
    (tmp_path / "5.jpg").write_bytes((tmp_path / "2.jpg").read_bytes()[:300])
    (tmp_path / "6.mp4").write_bytes(b"no video")
    (tmp_path / "labels.csv").write_text("file,text\n")
    (tmp_path / ".hidden.jpg").touch()

    with opened(tmp_path) as camera, caplog.at_level(logging.WARNING):
        frames = list(camera.frames())

    assert [frame.name for frame in frames] == ["2.jpg", *["3.mp4"] * 5, "10.jpg"]
    assert [frame.index for frame in frames] == list(range(7))
    assert [frame.still for frame in frames] == [True, *[False] * 5, True]
    assert camera.counts.refused == {Refusal.EMPTY: 1, Refusal.UNKNOWN_FORMAT: 2, Refusal.TRUNCATED: 1}
    assert camera.counts.ignored == 1
    assert caplog.text.count("passed over") == 4


def test_frames_carry_the_position(tmp_path: Path) -> None:
    path = draw_picture(tmp_path / "one.png")
    place = fixed_position(51.5, -0.12)

    with open_camera(str(path), camera_id="front", paced=False, position=place, clock=NoonClock()) as camera:
        (frame,) = camera.frames()

    assert frame.position == place.position


def test_the_shared_h265_video_decodes_whole() -> None:
    path = Path(__file__).resolve().parents[2] / ".." / "shared" / "data" / "plates" / "uk_video" / "sample-5s_h265.mp4"
    if not path.exists():
        pytest.skip("the shared UK video is not on this machine")

    with opened(path) as camera:
        frames = sum(1 for _ in camera.frames())

    assert (frames, camera.counts.missing) == (146, 0)
