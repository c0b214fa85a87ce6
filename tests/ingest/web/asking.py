"""What somebody types on the pages of authorities, and the pages as they are read."""

import re
from datetime import timedelta
from typing import Any

from governance.authority.question import Kind
from ingest.contract.base import format_utc_ms
from ingest.web.authority_form import typed_of
from tests.governance.authority.drawn import WHY, proposal

PASSPHRASE = "copper wick chimney"
WRONG = "brass wick chimney"


def form(house: Any, kind: Kind = Kind.ANPR_LIST, *, days: float = 20, **changes: str) -> dict[str, str]:
    """What somebody types who asks for an authority from now on."""
    now = house.clock().replace(second=0, microsecond=0)
    times = {"starts_at": now, "ends_at": now + timedelta(days=days), "review_at": now + timedelta(days=days)}
    body = proposal(kind, **{name: format_utc_ms(at) for name, at in times.items()})
    return {"kind": kind, "rank": "constable", **typed_of(body), **changes}


def trusted_officer(house: Any) -> Any:
    """The browser of the authorising officer, whose key is trusted."""
    keys = house.centre.authorities.keys
    made = keys.make(PASSPHRASE, house.person("authorising-officer"))
    keys.trust(made.fingerprint, "inspector", house.person("admin"))
    return house.browser("authorising-officer")


def asked(house: Any, client: Any, **changes: Any) -> str:
    """The path of a request that waits for its decision."""
    made = client.post("/authorities/new", data=form(house, **changes))
    assert made.status_code == 303, made.text
    path = str(made.headers["location"])
    assert client.post(f"{path}/submit").status_code == 303
    return path


def sign(client: Any, path: str, step: str = "grant", **changes: str) -> Any:
    return client.post(f"{path}/steps", data={"step": step, "reason": WHY, "passphrase": PASSPHRASE, **changes})


def text_of(answer: Any) -> str:
    """The page as it is read: without marks, in single spaces."""
    plain = re.sub(r"<[^>]+>", " ", answer.text.split("<main", 1)[1])
    return " ".join(plain.replace("&#39;", "'").split()).replace(" ,", ",").replace(" .", ".")
