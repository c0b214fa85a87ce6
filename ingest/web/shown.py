"""What the log says of alerts that a page shows, and how their pictures then load without an act of their own.

DPA 2018 s.62 asks for a log of every consultation: who, when, of what, and why. An officer who opens the patrol page
consults each alert on it with its pictures, in one act; the browser then fetches the pictures by itself, which nobody
decided. So the act of the page names its alerts and says that their pictures are shown with them, and the addresses
that the page gives the pictures carry a mark of this session. A picture that is fetched for such a page with the mark
is not logged again. Any other way of opening one is an act of its own: a copied address, another person's session, a
picture in a window of its own, a page of before this process started.
"""

import hashlib
import hmac
import secrets
from collections.abc import Collection, Sequence
from typing import Final
from uuid import UUID

from fastapi import Request

from governance.log import Act
from governance.roles import Permission
from ingest.centre import Centre
from ingest.web.session import PURPOSES, Visit

ALERTS_AN_ACT: Final = 400
"""About 60 bytes each in the log, whose line has at most 65,536 (governance.entry)."""

WITH_ALERTS: Final = "shown with the alerts"
NOT_SHOWN: Final = "not shown"

_KEY: Final = secrets.token_bytes(32)
"""Of this process alone. The session's token would not do: whoever holds it could make marks for any picture."""


def record_shown(
    centre: Centre, visit: Visit, page: str, alert_ids: Collection[UUID], *, pictures: bool = True
) -> None:
    """Write down that this person is shown these alerts, before they are. pictures: whether the page has pictures.

    page is the pattern of the page's path. Raises governance.errors.LogWriteFailed: then nothing may be shown.
    """
    shown = WITH_ALERTS if pictures and visit.may(Permission.SEE_PICTURES) else NOT_SHOWN
    ids = list(dict.fromkeys(alert_ids))
    parts = [ids[start : start + ALERTS_AN_ACT] for start in range(0, len(ids), ALERTS_AN_ACT)] or [[]]
    centre.log.append(*(_act(visit.person.name, page, part, shown) for part in parts))


def picture_url(visit: Visit, image_id: UUID) -> str:
    """The address of a picture for a page that shows it with its alert."""
    return f"/pictures/{image_id}?shown={_mark(visit.token, image_id)}"


def loads_with_a_page(request: Request, visit: Visit, image_id: UUID, mark: str) -> bool:
    """Whether a browser fetches this picture for a page that showed it to this session, which is logged already."""
    by_itself = request.headers.get("sec-fetch-dest") == "image"
    return by_itself and hmac.compare_digest(mark.encode(), _mark(visit.token, image_id).encode())


def _act(actor: str, page: str, ids: Sequence[UUID], pictures: str) -> Act:
    if len(ids) == 1:
        objects = {"alert": str(ids[0])}
    else:
        objects = {f"alert {number}": str(alert_id) for number, alert_id in enumerate(ids, start=1)}
    details: dict[str, str | int] = {"page": page, "alerts": len(ids), "pictures": pictures}
    return Act(actor, "page.view", PURPOSES[Permission.SEE_ALERTS], objects=objects, details=details)


def _mark(token: str, image_id: UUID) -> str:
    return hmac.new(_KEY, f"{token} {image_id}".encode(), hashlib.sha256).hexdigest()
