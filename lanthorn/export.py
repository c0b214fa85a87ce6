"""`lanthorn export`: everything that an overseer's program needs, written from the centre's own records."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from governance.authority.ranks import Rules
from governance.devices.authority import Authority
from governance.export.layout import Keys
from governance.keys import PrivateKey
from governance.log import Log, service_signer
from ingest.authorities.register import Authorities
from ingest.centre import TRUST_KEY_FILE
from ingest.clock import system_clock
from ingest.contract.card.words import counted
from ingest.database.engine import open_engine
from ingest.device_chain import DeviceChain
from ingest.device_keys import DeviceKeys
from ingest.export.writing import Sources, write_export
from ingest.retention.service import KEY_FILE as RECEIPTS_KEY_FILE
from lanthorn.console import operator, out
from lanthorn.errors import LanthornError
from lanthorn.settings import Settings, SettingsOption, database_url, read_settings


def export(
    folder: Annotated[
        Path | None,
        typer.Argument(metavar="FOLDER", help="Where to: a new folder, or an earlier export of this service."),
    ] = None,
    keys: Annotated[
        Path | None,
        typer.Option(
            "--keys",
            metavar="FILE",
            help="Write the public keys into a file: what the overseer pins, once and for all.",
        ),
    ] = None,
    settings: SettingsOption = None,
) -> None:
    """Write what an overseer needs to check this service without trusting it. On the centre's machine.

    In it: the transparency log, authorities with their signatures, the chains of the devices' signatures, receipts of
    disposal, and what the rows that the log commits to give. No mark, face or footage, and no salt. The service may
    run meanwhile. Check it anywhere with: lanthorn verify FOLDER --keys FILE
    """
    if folder is None and keys is None:
        raise LanthornError("say where to: lanthorn export FOLDER, or the public keys alone with --keys FILE")
    values = read_settings(settings)
    if not values.log_path.is_dir():
        raise LanthornError(
            f"nothing was exported: there is no log at {values.log_path}; run this where the service was"
            " started, or name its settings with --settings"
        )
    with sources(values) as found:
        try:
            if keys is not None:
                if keys.exists() and keys.read_bytes() != found.keys.to_bytes():
                    raise LanthornError(f"{keys} is there already, and is something else: choose another name")
                keys.write_bytes(found.keys.to_bytes())
                out.print(f"{keys}: the public keys of {found.keys.force}", markup=False)
            if folder is not None:
                made = write_export(found, folder, operator())
                out.print(
                    f"{folder}: {counted(made.entries, 'entry', 'entries')} of the log,"
                    f" {counted(made.authorities, 'authority', 'authorities')}, {counted(made.links, 'link')} of"
                    f" devices, {counted(made.receipts, 'receipt')}, {counted(made.rows, 'row')}",
                    markup=False,
                )
        except OSError as error:
            raise LanthornError(f"{error.filename or folder or keys} cannot be written: {error.strerror}") from error


@contextmanager
def sources(values: Settings) -> Iterator[Sources]:
    """What an export is written from, whether the service runs or not."""
    engine = open_engine(database_url(values))
    try:
        receipts = PrivateKey.load_or_make(values.keys_dir / RECEIPTS_KEY_FILE)
        anchor = PrivateKey.load_or_make(values.keys_dir / TRUST_KEY_FILE)
        authority = Authority.load_or_make(values.keys_dir, values.force, system_clock())
        signer = service_signer(values.keys_dir, values.force)
        with Log.open(values.log_path, system_clock, signer) as log:
            chain = DeviceChain(engine, log, DeviceKeys(engine, log, system_clock), authority.pem)
            register = Authorities(engine, log, system_clock, force=values.force, anchor=anchor, rules=Rules.read())
            keys = Keys(values.force, log.verifier, anchor.public, receipts.public, authority.pem)
            yield Sources(engine, log, system_clock, register, chain, keys, receipts)
    finally:
        engine.dispose()
