"""`lanthorn device`: enrol a device, see and revoke devices, and what a broker and a verifier need of them."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any

import typer

from edge.counters import Counters
from edge.enrolment import enrol as enrol_device
from edge.identity import Identity
from edge.process import only_agent_of
from edge.settings import EdgeSettings
from edge.spool import Spool
from governance.devices.authority import Authority
from governance.log import Act, Log, service_signer
from hardware.clock import SystemClock
from ingest.broker_files import Listeners, write_broker_files
from ingest.clock import system_clock
from ingest.contract.card.words import counted
from ingest.database.engine import open_engine
from ingest.database.unfinished import settle
from ingest.device_chain import DeviceChain
from ingest.device_keys import DeviceKeys
from lanthorn.centre_session import AsJson, Server, User, signed_in
from lanthorn.console import err, operator, out
from lanthorn.errors import LanthornError
from lanthorn.settings import Settings, SettingsOption, database_url, edge_settings, read_settings

app = typer.Typer(
    help="Devices: a code to enrol with, enrolment, the list of their keys, revocation. What changes anything is done"
    " under your name and is in the log; your password is asked for, or taken from LANTHORN_PASSWORD.",
    no_args_is_help=True,
)

DeviceName = Annotated[str, typer.Argument(metavar="DEVICE", help="The device's name, such as car-7.")]
Folder = Annotated[Path, typer.Argument(metavar="DIR", help="The folder; made where it is not there.")]


@app.command("code")
def code(
    device: DeviceName, user: User, as_json: AsJson = False, server: Server = "", settings: SettingsOption = None
) -> None:
    """Make a code with which one device can enrol, once. It is shown this once."""
    with signed_in(user, server, settings) as centre:
        made = centre.call("POST", "/api/devices/codes", json={"device": device})
    if as_json:
        out.print_json(json.dumps(made))
        return
    out.print(f"{made['code']}", markup=False)
    err.print(f"for {device}, good once, until {made['ends_at']}. On the device:", markup=False)
    err.print(f"  lanthorn device enrol --device {device} --code {made['code']} --centre URL", markup=False)


@app.command("enrol")
def enrol(
    given_code: Annotated[str, typer.Option("--code", help="The code that an administrator made.")],
    centre: Annotated[str, typer.Option(metavar="URL", help="Where the centre's pages are: https://…")],
    device: Annotated[str, typer.Option(help="This device's name; without it, the settings' one, or car-1.")] = "",
    settings: SettingsOption = None,
) -> None:
    """Enrol this device: make its key, and get its certificate from the centre. The agent must not be running.

    From its next start on, the agent signs every message. What waits of the time before is still sent.
    """
    given: dict[str, Any] = {"device": device} if device else {}
    identity = enrol_agent(edge_settings(read_settings(settings), **given, camera={"source": "."}), centre, given_code)
    out.print(
        f"{identity.device}: enrolled; key {identity.key.public.id}, certificate until"
        f" {identity.certificate.ends_at:%Y-%m-%d}",
        markup=False,
    )


@app.command("list")
def list_all(user: User, as_json: AsJson = False, server: Server = "", settings: SettingsOption = None) -> None:
    """Show every key that a device was enrolled with."""
    with signed_in(user, server, settings) as centre:
        keys = centre.call("GET", "/api/devices")
    if as_json:
        out.print_json(json.dumps(keys))
        return
    for key in keys:
        why = f"  ({key['revoked_at'][:10]} by {key['revoked_by']}: {key['revoked_why']})" if key["revoked_at"] else ""
        out.print(
            f"{key['device']:<20} {key['key']}  {key['state']:<8} from {key['enrolled_at'][:10]}"
            f" until {key['ends_at'][:10]}{why}",
            markup=False,
        )


@app.command("revoke")
def revoke(
    device: DeviceName,
    why: Annotated[str, typer.Option(help="Why: lost, stolen, retired.")],
    user: User,
    server: Server = "",
    settings: SettingsOption = None,
) -> None:
    """Take nothing more from a device. Then make the broker's files anew, so that it is not let in either."""
    with signed_in(user, server, settings) as centre:
        revoked = centre.call("POST", f"/api/devices/{device}/revoke", json={"why": why})
    out.print(
        f"{device}: {counted(revoked['keys'], 'key')} revoked; the centre takes nothing more from it", markup=False
    )
    err.print("Now run `lanthorn device broker-files` on the centre's machine, and have the broker read them again.")


@app.command("broker-files")
def broker_files(
    folder: Folder,
    host: Annotated[list[str], typer.Option(help="Name or address that devices reach the broker by; may be repeated.")],
    port: Annotated[int, typer.Option(min=1, max=65_535, help="For devices.")] = 8883,
    centre_port: Annotated[int, typer.Option(min=1, max=65_535, help="For the centre.")] = 8884,
    centre_address: Annotated[str, typer.Option(help="Where the centre's port is: no device may reach it.")] = (
        "127.0.0.1"
    ),
    settings: SettingsOption = None,
) -> None:
    """Write what a mosquitto needs to let in enrolled devices only, each to its own topics. On the centre's machine.

    Run it after each revocation, and well before the list of revoked certificates ends (settings: [devices]).
    """
    values = read_settings(settings)
    with _records(values) as (authority, keys, _chain, log):
        life = timedelta(days=values.devices.revocation_list_days)
        revoked = keys.revoked_certificates()
        try:
            serials = write_broker_files(
                folder,
                force=values.force,
                hosts=host,
                listeners=Listeners(port, centre_port, centre_address),
                authority=authority,
                revoked=revoked,
                now=system_clock(),
                list_life=life,
            )
        except OSError as error:
            raise LanthornError(f"{folder} cannot be written: {error}") from error
        details: dict[str, Any] = {"revoked": len(revoked), "hosts": " ".join(host)}
        log.append(Act(operator(), "device.broker-files", "let the broker know the devices", None, serials, details))
    out.print(
        f"{folder}: written; revoked: {counted(len(revoked), 'certificate')}; the list is good for {life.days} days",
        markup=False,
    )


@app.command("export-chain")
def export_chain(folder: Folder, settings: SettingsOption = None) -> None:
    """Write the devices' keys and the chain of their signatures for a verifier. On the centre's machine.

    No message is in it, and no personal data. The hashes of the files are put into the log.
    """
    with _records(read_settings(settings)) as (_authority, _keys, chain, _log):
        try:
            count = chain.export(folder, operator())
        except OSError as error:
            raise LanthornError(f"{folder} cannot be written: {error}") from error
    out.print(f"{folder}: {counted(count, 'link')}", markup=False)


def enrol_agent(settings: EdgeSettings, centre: str, given_code: str) -> Identity:
    """Enrol the agent of these settings, which must not be running. Raises edge.errors.EdgeError."""
    state, device = settings.state_dir, settings.device
    with only_agent_of(state):
        unsigned, path = None, state / "spool.db"
        if path.exists():
            before = Identity.load(state, device, settings.force)
            spool = Spool.open(path, device, SystemClock(), Counters(), None if before is None else before.key)
            unsigned = spool.unsigned
            spool.close()
        return enrol_device(state, device, settings.force, centre, given_code, unsigned)


@contextmanager
def _records(settings: Settings) -> Iterator[tuple[Authority, DeviceKeys, DeviceChain, Log]]:
    """The centre's own records of its devices, whether the service runs or not."""
    engine = open_engine(database_url(settings))
    try:
        authority = Authority.load_or_make(settings.keys_dir, settings.force, system_clock())
        signer = service_signer(settings.keys_dir, settings.force)
        with Log.open(settings.log_path, system_clock, signer) as log:
            settle(engine, log)
            keys = DeviceKeys(engine, log, system_clock)
            yield authority, keys, DeviceChain(engine, log, keys, authority.pem), log
    finally:
        engine.dispose()
