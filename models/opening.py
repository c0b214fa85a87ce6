"""Opens the reader that is in use: the one place that says which model that is."""

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime

from models.plates.ppocr import DETECTION_SIDE_PX, PpOcrReader
from models.plates.reading import PlateReader
from models.registry import open_registry
from models.sessions import CPU_ONLY


def open_plate_reader(
    threads: int = 2,
    *,
    detection_side_px: int = DETECTION_SIDE_PX,
    providers: Sequence[str] = CPU_ONLY,
    today: Callable[[], date] = lambda: datetime.now(UTC).date(),
) -> PlateReader:
    """Open the plate reader that is in use.

    threads is the number of CPU threads. detection_side_px is the long side (pixels) at which a picture is searched:
    less is faster and misses more of the far plates. providers are ONNX Runtime's execution providers in order of
    preference. today gives the date against which age identifiers are judged.
    """
    return PpOcrReader(
        open_registry(), threads=threads, today=today, detection_side_px=detection_side_px, providers=providers
    )
