"""The demo's authority: asked for by the list manager and granted by the authorising officer, by the real services.

Each start makes the officer a new key, so that its passphrase can be shown; what the key before has signed stands.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from governance.authority.question import Kind, Where
from governance.authority.states import Step
from ingest.accounts import Person
from ingest.centre import Centre

RANK: Final = "inspector"
HOLDS_FOR: Final = timedelta(days=7)
"""As long as the demo's vehicles stay on their list."""

_CAR: Final = (51.50735, -0.12776)
"""Where the demo's car stands, as its settings say: latitude and longitude in degrees."""

_PLACE: Final = {
    "kind": "area",
    "outlines": [[[51.47, -0.19], [51.47, -0.06], [51.54, -0.06], [51.54, -0.19]]],
}
"""Inner London: the demo's car stands in the middle of it. Corners, latitude first."""


@dataclass(frozen=True, slots=True)
class DemoAuthority:
    """The reference of what the list stands on, and what opens the officer's key."""

    reference: str
    passphrase: str


def demo_authority(
    centre: Centre, list_name: str, device: str, under: str = "", *, anywhere: bool = False
) -> DemoAuthority:
    """An authority for a list on one device. under is the reference of the one before, which may still hold; anywhere:
    for footage of your own, of which nobody says where it was taken.
    """
    passphrase = secrets.token_urlsafe(12)
    officer, manager = _person(centre, "authorising"), _person(centre, "lists")
    _new_key(centre, officer, passphrase)
    # Asked as the car will ask: the one before may hold for a place where this footage cannot be said to be.
    where = Where(device=device) if anywhere else Where(*_CAR, device)
    if not (under and centre.authorities.may("list.match", list_name, under, centre.clock(), where).allowed):
        made = _ask(centre, manager, "Vehicles of the demo", list_name, device, centre.clock(), anywhere=anywhere)
        why = "The demo shows how an alert reaches an officer, with drawn vehicles only"
        centre.authorities.steps.take(made, Step.GRANT, why, passphrase, officer)
        under = centre.authorities.show(made).summary.reference
    if not centre.authorities.queue():
        # One that waits, for whoever tries the officer's pages.
        later = centre.clock() + HOLDS_FOR
        _ask(centre, manager, "Vehicles of the demo, a week later", list_name, device, later, anywhere=anywhere)
    return DemoAuthority(under, passphrase)


def _ask(
    centre: Centre, person: Person, title: str, list_name: str, device: str, starts_at: datetime, *, anywhere: bool
) -> UUID:
    """Put a request before the authorising officer."""
    requests = centre.authorities.requests
    made = requests.draft(_proposal(title, list_name, device, starts_at, anywhere=anywhere), "constable", person)
    requests.submit(made, person)
    return made


def _new_key(centre: Centre, officer: Person, passphrase: str) -> None:
    keys, now = centre.authorities.keys, centre.clock()
    for key in keys.all():
        if key.account == officer.name and (key.trusted_until is None or now < key.trusted_until):
            keys.retire(key.key_id, officer)
    made = keys.make(passphrase, officer)
    keys.trust(made.fingerprint, RANK, _person(centre, "admin"))


def _person(centre: Centre, name: str) -> Person:
    account = next(account for account in centre.accounts.list() if account.name == name)
    return Person(account.account_id, account.name, account.display_name, account.roles)


def _proposal(title: str, list_name: str, device: str, starts_at: datetime, *, anywhere: bool) -> dict[str, Any]:
    return {
        "title": title,
        "kind": Kind.ANPR_LIST,
        "legal_basis": "None is needed: every vehicle of the demo is drawn",
        "legitimate_aim": "To show how an alert reaches an officer",
        "necessity": "Without a list there would be no alert to show",
        "less_intrusive_means": "Drawn vehicles on a drawn street stand for real ones",
        "proportionality": "A handful of drawn marks are looked for by one car",
        "collateral_intrusion": "None from the drawn street; your own footage may show real vehicles",
        "collateral_limits": "Reads that are on no list are kept for one day at most",
        "place": {"kind": "force-wide"} if anywhere else _PLACE,
        "starts_at": starts_at.isoformat(),
        "ends_at": (starts_at + HOLDS_FOR).isoformat(),
        "review_at": (starts_at + HOLDS_FOR).isoformat(),
        "devices": [device],
        "scope": {"kind": Kind.ANPR_LIST, "lists": [list_name]},
    }
