"""The devices' chains, held against the log: every link signed and in its place, up to the heads that the log names, by
keys that the log knows.

Numbers at the end of a stream that nobody has seen are messages under way: a car in a tunnel has some. A number that is
missing before one that arrived is a problem until it comes: it may be under way, or it was taken away.
"""

import hashlib
from pathlib import Path

from governance.devices.export import LINKS_FILE, read_links, verify_export
from governance.devices.verification import Fault
from governance.errors import BadExport
from governance.export.device_keys import check_device_keys
from governance.export.logged import Logged
from governance.export.part import Part


def check_devices(folder: Path, authority_pem: str, logged: Logged) -> Part:
    """Check every link of every chain. authority_pem is the pinned certificate of the authority that enrols."""
    part = Part("links of the devices' chains")
    for name, digest in logged.chain_files.items():
        if _digest(folder / name) != digest:
            part.problem(f"{folder.name}/{name} is not the file that the log names")
    for entry in logged.alarms:
        device = entry.act.objects.get("device", "a device")
        part.note(f"entry {entry.index} of the log is an alarm about {device}: {entry.act.purpose}")
    try:
        report, keys = verify_export(folder, authority_pem, logged.heads)
        newest: dict[tuple[str, object], int] = {}
        for link in read_links(folder / LINKS_FILE):
            newest[link.device, link.stream] = max(link.seq, newest.get((link.device, link.stream), 0))
    except BadExport as error:
        part.problem(str(error))
        return part
    part.checked = report.links
    check_device_keys(keys, logged, part)
    heads = {(head.device, head.stream): head.seq for head in logged.heads}
    for each in report.breaks:
        stream = (each.device, each.stream)
        arrived = max(newest.get(stream, 0), heads.get(stream, 0))
        if each.fault is Fault.MISSING and each.first > arrived:
            part.note(f"{each}: it is under way, or the device has lost it")
        else:
            part.problem(str(each))
    return part


def _digest(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return ""
