"""The alerts that this car has shown and the answers given, kept for a restart and erased when their time is over."""

import logging
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final, Self
from uuid import UUID

from pydantic import ValidationError

from edge.counters import Counters
from edge.errors import NotStored
from edge.matching.match import Match
from edge.matching.matcher import Matched
from edge.passes import PassPicture
from edge.sqlite_file import SqliteFile
from hardware.clock import Clock
from ingest.contract.card import AlertView, AnswerView
from ingest.contract.messages import Answer, Hit, ImageRole, ListEntry, ListManifest

_log = logging.getLogger(__name__)

OFFICER_LONGEST: Final = 80
"""Characters of a name or number (ingest.contract.messages.Answer.answered_by)."""

_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS alerts (
    hit_id TEXT PRIMARY KEY, shown_ms INTEGER NOT NULL, device TEXT NOT NULL, hit TEXT NOT NULL,
    manifest TEXT NOT NULL, entry TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS alerts_shown ON alerts (shown_ms);
CREATE TABLE IF NOT EXISTS pictures (
    image_id TEXT NOT NULL, hit_id TEXT NOT NULL REFERENCES alerts ON DELETE CASCADE, role TEXT NOT NULL,
    data BLOB NOT NULL, PRIMARY KEY (hit_id, role));
CREATE TABLE IF NOT EXISTS answers (
    answer_id TEXT PRIMARY KEY, hit_id TEXT NOT NULL REFERENCES alerts ON DELETE CASCADE, answer TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS shift (one INTEGER PRIMARY KEY CHECK (one = 1), officer TEXT NOT NULL);
"""


@dataclass(frozen=True, slots=True)
class ShownAlert:
    """One alert as it was shown. pictures are JPEGs by role."""

    hit: Hit
    match: Match
    device: str
    shown_at: datetime
    pictures: dict[ImageRole, bytes]
    answers: tuple[Answer, ...] = field(default=())

    def view(self, officer: str | None) -> AlertView:
        """Give what the card shows; without an officer on shift it can be read but not answered."""
        hit_id, read, entry = self.hit.hit_id, self.hit.read, self.match.entry
        urls = {role: f"/alerts/{hit_id}/pictures/{role.value}" for role in self.pictures}
        return AlertView(
            alert_id=str(hit_id),
            entry_id=str(self.hit.entry_id),
            vrm=read.vrm,
            as_read=read.as_read,
            mark_kind=read.mark_kind,
            confidence=self.hit.probability,
            matched=self.hit.matched,
            listed=entry.vrm,
            characters=read.characters,
            frames_read=read.frames_read,
            captured_at=read.captured_at,
            clock_error_ms=read.clock_error_ms,
            position=read.position,
            device=self.device,
            camera=read.camera_id,
            risk_warnings=entry.risk_warnings,
            marker=entry.marker,
            reason=entry.reason,
            action=entry.action,
            list_name=self.match.manifest.name,
            list_version=self.match.manifest.version,
            owner=entry.owner,
            authority=entry.authority,
            expires_at=entry.expires_at,
            plate_patch_url=urls.get(ImageRole.PLATE_PATCH),
            overview_url=urls.get(ImageRole.OVERVIEW),
            answers=tuple(AnswerView(a.outcome, a.answered_at, a.answered_by) for a in self.answers),
            answer_url=f"/alerts/{hit_id}/answer" if officer else None,
        )


class ShownAlerts:
    """All alerts of the last hours, in memory and on disk. A disk that takes nothing keeps nothing off the screen."""

    def __init__(self, file: SqliteFile, device: str, keep: timedelta, clock: Clock, counters: Counters) -> None:
        self._file = file
        self._device = device
        self._keep = keep
        self._clock = clock
        self._counters = counters
        self._lock = threading.Lock()
        self._alerts: dict[UUID, ShownAlert] = {}
        self._officer: str | None = None

    @classmethod
    def open(cls, path: Path, device: str, keep: timedelta, clock: Clock, counters: Counters) -> Self:
        """Open what was shown before, without what is over. Raises DiskFull or DiskFault."""
        alerts = cls(SqliteFile.open(path, _SCHEMA, clock.now(), counters), device, keep, clock, counters)
        alerts.erase_old()
        alerts._load()
        return alerts

    @property
    def officer(self) -> str | None:
        """Who is on shift: a call sign, collar number or name; None until somebody said."""
        return self._officer

    def all(self) -> list[ShownAlert]:
        with self._lock:
            return list(self._alerts.values())

    def of_entry(self, entry_id: UUID) -> list[ShownAlert]:
        """Every alert on show that is a hit on this entry of a list."""
        return [alert for alert in self.all() if alert.hit.entry_id == entry_id]

    def get(self, hit_id: UUID) -> ShownAlert | None:
        with self._lock:
            return self._alerts.get(hit_id)

    def add(self, hit: Hit, match: Match, pictures: Sequence[PassPicture]) -> ShownAlert:
        """Keep a new alert."""
        by_role = {picture.header.role: picture.data for picture in pictures}
        alert = ShownAlert(hit, match, self._device, self._clock.now(), by_role)
        with self._lock:
            self._alerts[hit.hit_id] = alert
        return alert

    def store(self, alert: ShownAlert) -> None:
        """Put an alert on the disk, once it is on the screen."""
        hit_id = str(alert.hit.hit_id)
        images = {ref.role: str(ref.image_id) for ref in alert.hit.read.images}
        row = (
            hit_id,
            _ms(alert.shown_at),
            alert.device,
            alert.hit.model_dump_json(),
            alert.match.manifest.model_dump_json(),
            alert.match.entry.model_dump_json(),
        )
        pictures = [(images.get(role, ""), hit_id, role.value, data) for role, data in alert.pictures.items()]
        try:
            with self._file.transaction() as db:
                db.execute("INSERT INTO alerts VALUES (?, ?, ?, ?, ?, ?)", row)
                db.executemany("INSERT INTO pictures VALUES (?, ?, ?, ?)", pictures)
        except NotStored as error:
            self._not_stored(error)

    def answer(self, answer: Answer) -> ShownAlert | None:
        """Note an answer; None where the alert is not here any more."""
        with self._lock:
            alert = self._alerts.get(answer.hit_id)
            if alert is None:
                return None
            alert = self._alerts[answer.hit_id] = replace(alert, answers=(*alert.answers, answer))
        row = (str(answer.answer_id), str(answer.hit_id), answer.model_dump_json())
        try:
            with self._file.transaction() as db:
                # Where the disk would not take the alert, its answer has nothing to hang on.
                db.execute(
                    "INSERT INTO answers SELECT ?1, ?2, ?3 WHERE EXISTS (SELECT 1 FROM alerts WHERE hit_id = ?2)", row
                )
        except NotStored as error:
            self._not_stored(error)
        return alert

    def set_officer(self, officer: str) -> None:
        """Note who is on shift from now on."""
        self._officer = officer
        try:
            with self._file.transaction() as db:
                db.execute("INSERT OR REPLACE INTO shift VALUES (1, ?)", (officer,))
        except NotStored as error:
            self._not_stored(error)

    def erase_old(self) -> bool:
        """Erase what is older than it may be kept, pictures and answers with it; true where there was any on show."""
        oldest = self._clock.now() - self._keep
        with self._lock:
            over = [hit_id for hit_id, alert in self._alerts.items() if alert.shown_at <= oldest]
            for hit_id in over:
                del self._alerts[hit_id]
        try:
            with self._file.transaction() as db:
                erased = db.execute("DELETE FROM alerts WHERE shown_ms <= ?", (_ms(oldest),)).rowcount
        except NotStored as error:
            self._counters.count("alerts_not_erased", warn=f"alerts that are over could not be erased: {error}")
        else:
            self._counters.count("alerts_erased", erased)
        return bool(over)

    def close(self) -> None:
        self._file.close()

    def _not_stored(self, error: NotStored) -> None:
        self._counters.count("display_not_stored", warn=f"shown, but not kept for a restart: {error}")

    def _load(self) -> None:
        with self._file.reading() as db:
            officer = db.execute("SELECT officer FROM shift").fetchone()
            rows = db.execute("SELECT hit_id, shown_ms, device, hit, manifest, entry FROM alerts ORDER BY shown_ms")
            for hit_id, shown_ms, device, hit, manifest, entry in rows.fetchall():
                pictures = db.execute("SELECT role, data FROM pictures WHERE hit_id = ?", (hit_id,)).fetchall()
                answers = db.execute("SELECT answer FROM answers WHERE hit_id = ? ORDER BY rowid", (hit_id,)).fetchall()
                try:
                    shown = Hit.model_validate_json(hit)
                    alert = ShownAlert(
                        shown,
                        Match(
                            ListManifest.model_validate_json(manifest),
                            ListEntry.model_validate_json(entry),
                            shown.probability,
                            Matched(shown.matched),
                        ),
                        device,
                        datetime.fromtimestamp(shown_ms / 1000, self._clock.now().tzinfo),
                        {ImageRole(role): data for role, data in pictures},
                        tuple(Answer.model_validate_json(answer) for (answer,) in answers),
                    )
                except ValidationError:
                    self._counters.count("alerts_unreadable", warn=f"the stored alert {hit_id} cannot be read")
                    continue
                self._alerts[alert.hit.hit_id] = alert
        self._officer = officer[0] if officer else None


def _ms(at: datetime) -> int:
    return int(at.timestamp() * 1000)
