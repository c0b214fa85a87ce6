"""An authority for lists, signed by a drawn court and put on the broker as the centre does."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from governance.authority.case import Case
from governance.authority.states import Step
from ingest.contract import topics
from tests.governance.authority.drawn import FORCE, ID, INSPECTOR, SUPERINTENDENT, Court, request

AUTHORITY_ID = UUID(ID)


class Granted:
    """Granted two hours ago for lists by name, by the machine's own clock: for an hour before and after now."""

    def __init__(self, *lists: str, **changes: Any) -> None:
        now = datetime.now(UTC)
        self.granted_at = now - timedelta(hours=2)
        self.court = Court.sitting()
        for officer in (INSPECTOR, SUPERINTENDENT):
            self.court.admit(officer, trusted_from=now - timedelta(days=1))
        asked: dict[str, Any] = {
            "starts_at": now - timedelta(hours=1),
            "ends_at": now + timedelta(hours=1),
            "review_at": now,
            "place": {"kind": "force-wide"},
            "devices": "all",
            "scope": {"kind": "anpr-list", "lists": lists},
        }
        self.case: Case = self.court.decided(request(**asked | changes), when=self.granted_at)

    @property
    def settings(self) -> dict[str, Any]:
        """What the device has been given."""
        return {"trust_key": self.court.anchor.public.text, "unknown_clock_error_s": 0}

    def publish(self, centre: Any) -> None:
        """Put the trust list and the authority on the broker."""
        centre.publish(topics.trust(FORCE), self.court.trust_bytes(self.granted_at), retain=True)
        self.tell(centre)

    def suspend(self, centre: Any) -> None:
        self.case = self.court.then(self.case, Step.SUSPEND, INSPECTOR, datetime.now(UTC))
        self.tell(centre)

    def tell(self, centre: Any) -> None:
        centre.publish(topics.authority(FORCE, ID), self.case.to_bytes(), retain=True)
