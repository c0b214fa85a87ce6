"""For the models room's tests: the plate reader, opened once."""

from datetime import date

import pytest

from models.opening import open_plate_reader
from models.plates.reading import PlateReader

TODAY = date(2026, 11, 23)


@pytest.fixture(scope="session")
def plate_reader() -> PlateReader:
    return open_plate_reader(2, today=lambda: TODAY)
