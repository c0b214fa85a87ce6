"""What somebody brings to the demo, looked at before anything starts: a typing error is said at once."""

from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

from hardware.camera_live import STREAM_SCHEMES, device_path, refuse_missing_device
from hardware.cameras import open_camera
from hardware.clock import SystemClock
from ingest.errors import IngestError
from ingest.lists.csv_file import read_list
from lanthorn.errors import LanthornError


def check_source(source: str) -> None:
    """See that a source names something, and that a file, or one of a folder's, has a picture in it.

    Raises hardware.errors.HardwareError or LanthornError. A stream is only opened when it is played.
    """
    refuse_missing_device(source)
    camera = open_camera(source, camera_id="check", paced=False, position=None, clock=SystemClock())
    try:
        live = source.startswith(STREAM_SCHEMES) or device_path(source) is not None
        if not live and not list(islice(camera.frames(), 1)):
            raise LanthornError(f"{source}: no picture in it can be read")
    finally:
        camera.close()


def check_list(path: Path) -> None:
    """See that a list can be read and is one. Raises LanthornError. Its rows are judged when they are imported."""
    try:
        with path.open("rb") as file:
            read_list(file, datetime.now(UTC))
    except OSError as error:
        raise LanthornError(f"the list {path} cannot be read: {error.strerror or error}") from error
    except IngestError as error:
        raise LanthornError(f"the list {path}: {error}") from error
