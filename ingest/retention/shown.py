"""What retention says, as JSON: for the API, and so for the command line and the pages. No mark is in any of it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from governance.retention.holds import Hold
from governance.retention.rules import HoldRule, Rule, RuleSet
from ingest.contract.base import format_utc_ms
from ingest.retention.clock_guard import ClockState
from ingest.retention.disposal import Run
from ingest.retention.items import Found
from ingest.retention.marking import HoldRecord
from ingest.retention.overview import ClassRow, Late, ReceiptRow
from ingest.retention.rulesets import Version
from ingest.retention.story import ClassOf, Story


def clock(one: ClockState) -> dict[str, Any]:
    """The centre's clock, and why it is doubted (empty: it is not)."""
    known_at = None if one.known_at is None else format_utc_ms(one.known_at)
    return {"now": format_utc_ms(one.now), "known_at": known_at, "doubt": one.doubt}


def row(one: ClassRow) -> dict[str, Any]:
    """One place of the overview."""
    return {
        "place": one.place,
        "class": one.item_class,
        "rule": None if one.rule is None else rule(one.rule),
        "held": one.held,
        "due": one.due,
        "late": one.late,
        "on_hold": one.on_hold,
        "classed": one.classed,
        "gone": one.gone,
        "receipts": one.receipts,
        "counted_fully": one.counted_fully,
        "earliest": [_found(found) for found in one.earliest],
        "trouble": one.trouble,
    }


def late(one: Late) -> dict[str, Any]:
    """One thing that is late."""
    return {"place": one.place, "number": one.number, "since": format_utc_ms(one.since), "words": one.words}


def run(one: Run) -> dict[str, Any]:
    """What a run came to. left: whether it was stopped before it was through."""
    return {
        "disposed": [
            {"place": place, "class": name, "items": number} for (place, name), number in one.disposed.items()
        ],
        "receipts": [str(batch_id) for batch_id in one.receipts],
        "failed": one.failed,
        "left": one.left,
        "elsewhere": one.elsewhere,
    }


def story(one: Story) -> dict[str, Any]:
    """One item's story."""
    told: dict[str, Any] = {
        "kind": one.kind.value,
        "item": one.item_id,
        "place": one.place,
        "rules_sha256": one.rules_sha256,
        "state": "gone",
    }
    if one.gone is not None:
        return told | {
            "batch": str(one.gone.batch_id),
            "gone_at": _at(one.gone.done_at),
            "decided_by": one.gone.item_class,
        }
    if one.decision is None:
        return told
    decision = one.decision
    return told | {
        "state": decision.state.value,
        "keep_until": _at(decision.keep_until),
        "go_by": _at(decision.go_by),
        "review_at": _at(decision.review_at),
        "late_since": _at(decision.late_since),
        "decided_by": decision.decided_by,
        "reasons": list(decision.reasons),
        "clock_at": _at(one.clock_at),
        "classes": [_class(each) for each in one.classes],
        "holds": [_hold(each) for each in one.holds],
        "locked_until": _at(one.locked_until),
        "held_in_store_at": _at(one.held_at),
        "leaving": None if one.leaving is None else str(one.leaving),
    }


def hold(one: HoldRecord) -> dict[str, Any]:
    """One hold."""
    return _hold(one.hold) | {"items": one.items, "made_by": one.made_by, "ended_by": one.ended_by}


def rules(one: RuleSet) -> dict[str, Any]:
    """A set of rules."""
    return {
        "sha256": one.sha256,
        "rules": [rule(each) for each in one.rules.values()],
        "holds": [_hold_rule(each) for each in one.holds.values()],
    }


def rule(one: Rule) -> dict[str, Any]:
    """One rule, with the fields of the file."""
    return {
        "class": one.name,
        "keep_at_least": one.keep_at_least.text if one.keep_at_least else None,
        "delete_by": one.delete_by.text if one.delete_by else None,
        "clock": one.since.value,
        "ends_with": one.ends_with,
        "review_every": one.review_every.text if one.review_every else None,
        "disposal": one.disposal.value,
        "legal_basis": one.legal_basis,
        "standing": one.standing,
        "note": one.note,
    }


def version(one: Version) -> dict[str, Any]:
    """A set of rules as one of all there were."""
    preview: Mapping[str, Any] = one.preview
    return {
        "number": one.number,
        "sha256": one.sha256,
        "state": one.state,
        "proposed_at": format_utc_ms(one.proposed_at),
        "proposed_by": one.proposed_by,
        "why": one.why,
        "authority": one.authority,
        "starts_at": format_utc_ms(one.starts_at),
        "ended_at": _at(one.ended_at),
        "ended_why": one.ended_why,
        "preview": dict(preview),
    }


def receipt(one: ReceiptRow) -> dict[str, Any]:
    """A receipt. document is the signed document, exactly as it must be verified."""
    return {
        "batch": str(one.batch_id),
        "place": one.place,
        "class": one.item_class,
        "items": one.number,
        "done_at": format_utc_ms(one.done_at),
        "document": one.document.decode(),
    }


def _found(one: Found) -> dict[str, Any]:
    """An item by its id, unless that is the hash of a token or the key of an object."""
    return {
        "kind": one.kind.value,
        "item": one.item_id if _is_id(one.item_id) else None,
        "state": one.decision.state.value,
        "go_by": _at(one.decision.go_by),
    }


def _class(one: ClassOf) -> dict[str, Any]:
    return {
        "class": one.name,
        "rule": None if one.rule is None else rule(one.rule),
        "set_at": _at(one.set_at),
        "set_by": one.set_by,
        "why": one.why,
    }


def _hold(one: Hold) -> dict[str, Any]:
    return {
        "hold_id": one.hold_id,
        "kind": one.kind,
        "owner": one.owner,
        "reason": one.reason,
        "starts_at": format_utc_ms(one.starts_at),
        "ends_at": format_utc_ms(one.ends_at),
        "review_at": format_utc_ms(one.review_at),
        "renewals": one.renewals,
    }


def _hold_rule(one: HoldRule) -> dict[str, Any]:
    return {"kind": one.kind, "longest": one.longest.text, "renewable": one.renewable, "note": one.note}


def _at(at: datetime | None) -> str | None:
    return None if at is None else format_utc_ms(at)


def _is_id(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return "-" in text
