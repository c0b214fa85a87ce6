"""What a mosquitto needs to let in devices by their certificates, each to its own topics only: files in one folder.

    devices-ca.crt   the authority that devices are trusted by
    devices.crl      the certificates that are good no longer; it ends, and then nobody is let in: make it anew before
    devices.acl      who may read and write which topics
    broker.crt/.key  what the broker shows to devices
    centre.crt/.key  what the centre shows to the broker
    mosquitto.conf   to be included in the broker's own (include_dir)

Devices and the centre have a listener each. On the devices' one a device's name in its certificate is its client id as
well, or any device could take over another's session by calling itself by its client id; the centre has several
sessions under one certificate. Keep the centre's listener where no device can reach it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from governance.devices.authority import Authority, Revoked
from governance.keys import PrivateKey
from ingest.contract import topics

CENTRE_NAME: Final = "lanthorn.centre"
"""The centre's name in its certificate. No device can have it: their names hold no dot."""

SERVER_LIFE: Final = timedelta(days=398)
"""How long the broker's and the centre's certificates are good. Every run makes them anew."""

AUTHORITY: Final = "devices-ca.crt"
REVOKED: Final = "devices.crl"
RULES: Final = "devices.acl"
CONFIGURATION: Final = "mosquitto.conf"
_CENTRE_TAKES: Final = (*topics.NUMBERED_KINDS, "status")


@dataclass(frozen=True, slots=True)
class Listeners:
    """Where the broker listens: for devices at every address, for the centre at one."""

    devices_port: int = 8883
    centre_port: int = 8884
    centre_address: str = "127.0.0.1"


def write_broker_files(
    folder: Path,
    *,
    force: str,
    hosts: Sequence[str],
    listeners: Listeners,
    authority: Authority,
    revoked: Sequence[Revoked],
    now: datetime,
    list_life: timedelta,
) -> dict[str, str]:
    """Write the files, and give the serials of the certificates that were issued, by whom they are for.

    hosts are the names and addresses that devices and the centre reach the broker by. Keys that are there stay as they
    are. Raises OSError, or governance.errors.BadKey.
    """
    folder.mkdir(parents=True, exist_ok=True)
    broker = authority.issue_for_broker(hosts, PrivateKey.load_or_make(folder / "broker.key").public, now, SERVER_LIFE)
    centre = authority.issue(CENTRE_NAME, PrivateKey.load_or_make(folder / "centre.key").public, now, SERVER_LIFE)
    for name, text in (
        ("broker.crt", broker.pem),
        ("centre.crt", centre.pem),
        (AUTHORITY, authority.pem),
        (REVOKED, authority.revoked(revoked, now, list_life)),
        (RULES, topic_rules(force)),
        (CONFIGURATION, configuration(folder.absolute(), listeners)),
    ):
        staged = folder / f"{name}.new"
        staged.write_text(text)
        staged.replace(folder / name)
    return {"broker": broker.serial, "centre": centre.serial}


def topic_rules(force: str) -> str:
    """The access rules, in mosquitto's form: what is not named here is refused. %u is the name in the certificate."""
    published = [f"{topics.ROOT}/{force}/{topics.LISTS}/#", topics.authority(force, "+"), topics.trust(force)]
    lines = ["# A device writes its own topics, and reads its own receipts, the lists and the authorities."]
    lines += [f"pattern write {topics.message(force, '%u', kind)}" for kind in _CENTRE_TAKES]
    lines += [f"pattern read {topic}" for topic in (topics.receipts(force, "%u"), *published)]
    lines += ["", f"user {CENTRE_NAME}"]
    lines += [f"topic read {topics.message(force, '+', kind)}" for kind in _CENTRE_TAKES]
    lines += [f"topic write {topics.receipts(force, '+')}", *(f"topic readwrite {topic}" for topic in published)]
    return "\n".join([*lines, ""])


def configuration(folder: Path, listeners: Listeners) -> str:
    """Both listeners, in mosquitto's form. folder is where the broker will find the files."""
    both = [
        f"cafile {folder / AUTHORITY}",
        f"crlfile {folder / REVOKED}",
        f"certfile {folder / 'broker.crt'}",
        f"keyfile {folder / 'broker.key'}",
        "tls_version tlsv1.3",
        "require_certificate true",
        "use_identity_as_username true",
    ]
    lines = [
        "allow_anonymous false",
        f"acl_file {folder / RULES}",
        "",
        f"listener {listeners.devices_port}",
        *both,
        "use_username_as_clientid true",
        "",
        f"listener {listeners.centre_port} {listeners.centre_address}",
        *both,
    ]
    return "\n".join([*lines, ""])
