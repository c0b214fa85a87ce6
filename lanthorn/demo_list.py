"""The demo's vehicle-of-interest list: marks that the drawn street shows. Everything in it is invented."""

import csv
import io
from datetime import datetime, timedelta
from typing import BinaryIO, Final

DEMO_LIST_OWNER: Final = "Demo Intelligence Unit"

_ENTRIES: Final = (
    ("LV21 KXD", "Used in two burglaries, Camden, 19 November", "ACT", "Stop and search the vehicle", ""),
    (
        "YS70 PLM",
        "Driver wanted for assault on an emergency worker",
        "WANTED",
        "Stop with support; arrest the driver",
        "VIOLENT; MAY CARRY A KNIFE",
    ),
    ("WJ24 FNA", "False plates seen: the real car is a red van", "CLONED", "Stop and check VIN", ""),
    (
        "MA65 GYB",
        "Missing person, 16, may be a passenger",
        "MISSING",
        "Stop; check on the passenger's welfare",
        "CHILD AT RISK",
    ),
)
"""Mark, reason, marker, action, risk warnings."""


def demo_list(now: datetime) -> BinaryIO:
    """The list as a CSV file, with entries that expire in a week."""
    text = io.StringIO()
    rows = csv.writer(text)
    rows.writerow(["mark", "reason", "marker", "action", "risk warnings", "owner", "expires", "authority"])
    expires = (now + timedelta(days=7)).date().isoformat()
    for mark, reason, marker, action, warnings in _ENTRIES:
        rows.writerow([mark, reason, marker, action, warnings, DEMO_LIST_OWNER, expires, "DEMO/2026/001"])
    return io.BytesIO(text.getvalue().encode())
