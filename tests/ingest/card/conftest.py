"""An alert as a card shows it. The mark is drawn by us: nobody's."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Protocol

import pytest

from ingest.contract.card import AlertView
from ingest.contract.messages import WireCharacter, WirePosition

SEEN = datetime(2026, 11, 23, 3, 4, 5, 678_000, tzinfo=UTC)


class ViewMaker(Protocol):
    def __call__(self, **changes: Any) -> AlertView: ...


VIEW = AlertView(
    alert_id="0193a5d2-0000-7000-8000-000000000001",
    entry_id="0193a5d2-0000-7000-8000-00000000000e",
    vrm="AB12CDE",
    as_read="ABI2CDE",
    mark_kind="current",
    confidence=0.804,
    matched="exact",
    listed="AB12CDE",
    characters=tuple(WireCharacter(char=c, confidence=0.82 if c == "1" else 0.99) for c in "AB12CDE"),
    frames_read=7,
    captured_at=SEEN,
    clock_error_ms=12.0,
    position=WirePosition(latitude_deg=51.50735, longitude_deg=-0.12776, accuracy_m=5, source="gps"),
    device="car-7",
    camera="front",
    risk_warnings=("Firearms", "Violent"),
    marker="ACT: stop vehicle",
    reason="Used in a burglary on 21 November",
    action="Stop, detain the driver, inform control",
    list_name="Burglary vehicles",
    list_version=14,
    owner="DC 4411",
    authority="AO-2026-118",
    expires_at=datetime(2026, 12, 20, tzinfo=UTC),
    plate_patch_url="/pictures/patch",
    overview_url="/pictures/overview",
    answer_url="/patrol/alerts/1/answers",
)


@pytest.fixture
def make_view() -> ViewMaker:
    def make(**changes: Any) -> AlertView:
        return replace(VIEW, **changes)

    return make
