"""The devices' keys, held against the log: each enrolled by an entry, none left out, and each revoked when it says so.

What an export says of a key decides which signatures count. So a key that no entry enrolled is somebody's own, and one
whose revocation the export forgets would go on signing.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from governance.devices.enrolled import EnrolledKey
from governance.entry import Entry
from governance.export.logged import Logged
from governance.export.part import Part

TOGETHER: Final = timedelta(minutes=10)
"""How far the time of a key's change may be from that of its entry in the log: both are made in one request."""


def check_device_keys(keys: Mapping[str, EnrolledKey], logged: Logged, part: Part) -> None:
    """Check every key of an export, by its id, and that all of the log's are there."""
    for name, key in keys.items():
        enrolled = logged.device_keys.get(name)
        if enrolled is None or enrolled.act.objects.get("device") != key.device:
            part.problem(f"the key {name} of device {key.device}: no entry of the log enrolled it")
        elif abs(enrolled.at - key.enrolled_at) > TOGETHER:
            part.problem(f"the key {name} of device {key.device} was not enrolled when entry {enrolled.index} says so")
        _check_revoked(name, key, logged.revoked_keys.get(name), logged, part)
    for name, entry in logged.device_keys.items():
        if name not in keys and logged.must_be_there(entry.index):
            device = entry.act.objects.get("device", "a device")
            part.problem(f"the key {name} of device {device}, of entry {entry.index} of the log, is not there")


def _check_revoked(name: str, key: EnrolledKey, said: Entry | None, logged: Logged, part: Part) -> None:
    if said is None:
        if key.revoked_at is not None:
            part.problem(f"the key {name} of device {key.device} is revoked, and no entry of the log revoked it")
    elif key.revoked_at is None:
        if logged.must_be_there(said.index):
            part.problem(
                f"the key {name} of device {key.device} was revoked by entry {said.index} of the log, not here"
            )
    elif abs(said.at - key.revoked_at) > TOGETHER:
        part.problem(
            f"the key {name} of device {key.device} was not revoked when entry {said.index} of the log says so"
        )
