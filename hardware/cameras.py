"""Opens any camera from one word that says what it is: the same frames come out of all of them."""

from pathlib import Path
from typing import Final

from hardware.camera import Camera
from hardware.camera_files import FileCamera, folder_files
from hardware.camera_live import STREAM_SCHEMES, LiveCamera, Reconnection, device_path
from hardware.clock import Clock
from hardware.errors import BadSource
from hardware.position import PositionSource

USUAL_RECONNECTION: Final = Reconnection()

_KINDS: Final = "a picture, a video, a folder, rtsp://..., http://..., /dev/video0 or device:0"


def open_camera(
    source: str,
    *,
    camera_id: str,
    paced: bool,
    position: PositionSource | None,
    clock: Clock,
    reconnection: Reconnection = USUAL_RECONNECTION,
) -> Camera:
    """Give the camera that source names: a picture or video file, a folder of them, a stream's URL or a V4L2 device.

    paced plays files as though they were happening now (see FileCamera); a live camera is always paced by the world.
    Raises BadSource where source names nothing. A file's content is looked at, and a stream opened, when frames()
    asks for the first frame.
    """
    if source.startswith(STREAM_SCHEMES) or device_path(source) is not None:
        return LiveCamera(source, camera_id=camera_id, position=position, clock=clock, reconnection=reconnection)
    if "://" in source:
        raise BadSource(f"{source}: not a kind of stream that can be opened; give {_KINDS}")
    path = Path(source)
    if not source or not path.exists():
        raise BadSource(f"{source or '(nothing)'}: no such file or folder; give {_KINDS}")
    files, ignored = folder_files(path) if path.is_dir() else ([path], 0)
    camera = FileCamera(
        files, camera_id=camera_id, paced=paced, position=position, clock=clock, in_folder=path.is_dir()
    )
    camera.counts.ignored = ignored
    return camera
