"""What has to be done at a desk before a list may go to a car: an officer's key, an authority, a device's enrolment.

People sign in with a second factor; signing in itself is tested elsewhere.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import httpx2

from governance.authority.question import Kind
from governance.log import Log, service_signer
from governance.roles import Role
from governance.sealing import Sealer
from ingest.accounts import SEALED_FOR, SEALING_KEY_FILE, Accounts
from ingest.clock import system_clock
from ingest.database.engine import make_engine
from lanthorn.centre_client import CentreClient
from tests.governance.authority.drawn import WHY, proposal
from tests.journeys.driving import Site

PASSPHRASE = "wick brass chimney"
OFFICE = {
    "dc.asks": Role.LIST_MANAGER,
    "di.grants": Role.AUTHORISING_OFFICER,
    "key.clerk": Role.ADMIN,
}
"""Who asks for an authority, who grants it, and who trusts the officer's key and makes codes for devices."""


@contextmanager
def accounts_of(site: Site) -> Iterator[Accounts]:
    """The accounts of a site, beside its running centre as `lanthorn account` has them."""
    engine = make_engine(site.database_url or f"sqlite:///{site.state / 'centre.sqlite'}")
    sealer = Sealer.load_or_make(site.state / "keys" / SEALING_KEY_FILE, SEALED_FOR)
    signer = service_signer(site.state / "keys", "test")
    try:
        with Log.open(site.state / "log", system_clock, signer) as log:
            yield Accounts(engine, log, system_clock, sealer)
    finally:
        engine.dispose()


def signed_in(site: Site, name: str) -> CentreClient:
    """Somebody at the centre; one of the office is given an account where there is none yet."""
    with accounts_of(site) as accounts:
        if name in OFFICE and name not in {account.name for account in accounts.list()}:
            accounts.create(name, f"Drawn {name}", {OFFICE[name]}, None, "system:test")
        token = accounts.enter(accounts.make_link(name, timedelta(minutes=5), second_factor=True))
    return CentreClient(site.address, token, httpx2.Client(base_url=site.address, timeout=20))


def grant_lists(site: Site, *names: str) -> str:
    """The reference of an authority for lists by name, from now on, everywhere and for every device."""
    now = datetime.now(UTC)
    ends = (now + timedelta(days=28)).isoformat()
    asked = proposal(
        Kind.ANPR_LIST,
        starts_at=now.isoformat(),
        ends_at=ends,
        review_at=ends,
        place={"kind": "force-wide"},
        devices="all",
        scope={"kind": Kind.ANPR_LIST, "lists": names},
    )
    with signed_in(site, "dc.asks") as asks:
        made = asks.call("POST", "/api/authorities", json={"proposal": asked, "rank": "constable"})["summary"]
        asks.call("POST", f"/api/authorities/{made['authority_id']}/submit")
    take(site, made["reference"], "grant")
    return str(made["reference"])


def take(site: Site, reference: str, step: str) -> None:
    """Take a step with the officer's signature."""
    with signed_in(site, "di.grants") as grants:
        if not any(key["account"] == "di.grants" for key in grants.call("GET", "/api/authorities/keys")):
            key = grants.call("POST", "/api/authorities/keys", json={"passphrase": PASSPHRASE})
            with signed_in(site, "key.clerk") as clerk:
                trusted = {"fingerprint": key["fingerprint"], "rank": "inspector"}
                clerk.call("POST", "/api/authorities/keys/trust", json=trusted)
        body = {"step": step, "reason": WHY, "passphrase": PASSPHRASE}
        known = {each["reference"]: each["authority_id"] for each in grants.call("GET", "/api/authorities")}
        grants.call("POST", f"/api/authorities/{known[reference]}/steps", json=body)


def enrol(site: Site, device: str = "car-1") -> None:
    """Give a device of this site its identity, with a code, over HTTP."""
    with signed_in(site, "key.clerk") as clerk:
        code = clerk.call("POST", "/api/devices/codes", json={"device": device})["code"]
    site.lanthorn("device", "enrol", "--device", device, "--code", code, "--centre", site.address)
