"""What the log commits to of a row: its whole content, in one exact form, so that no field of it can change unseen.

The forms are canonical JSON (RFC 8785) of the columns named here. A column that comes later into a table is not part of
what was committed to before, so a form never changes: a new one gets a new name in its first field.
"""

from collections.abc import Mapping
from typing import Any, Final

from governance.signed import canonical
from ingest.contract.base import format_utc_ms

_ENTRY: Final = ("vrm", "reason", "marker", "action", "owner", "authority", "added_by")
_ALERT: Final = ("device", "list_version", "probability")


def content_of_entry(row: Mapping[str, Any]) -> str:
    """An entry of a list: row has the columns of voi_entry."""
    return _text(
        {
            "form": "entry v1",
            "list_id": str(row["list_id"]),
            "risk_warnings": list(row["risk_warnings"]),
            "expires_at": format_utc_ms(row["expires_at"]),
            "added_at": format_utc_ms(row["added_at"]),
            **{name: row[name] for name in _ENTRY},
        }
    )


def content_of_alert(row: Mapping[str, Any]) -> str:
    """An alert with its read: row has the columns of alert. One that does not say how it matched is of form v1."""
    how = {} if row["matched"] is None else {"matched": row["matched"], "listed": row["listed"]}
    return _text(
        {
            "form": "alert v2" if how else "alert v1",
            **how,
            "read_id": str(row["read_id"]),
            "list_id": str(row["list_id"]),
            "entry_id": str(row["entry_id"]),
            "made_at": format_utc_ms(row["made_at"]),
            "received_at": format_utc_ms(row["received_at"]),
            "read": row["read"],
            **{name: row[name] for name in _ALERT},
        }
    )


def answered(row: Mapping[str, Any]) -> dict[str, str]:
    """What an answer says, as the log has it: row has the columns of answer."""
    return {
        "outcome": str(row["outcome"]),
        "via": row["via"],
        "answered_by": row["answered_by"],
        "answered_at": format_utc_ms(row["answered_at"]),
    }


def _text(content: Mapping[str, Any]) -> str:
    return canonical(content).decode()
