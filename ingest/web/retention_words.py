"""What the pages call the parts of retention: how firm a rule is, what its period counts from, the state of a set."""

from typing import Final

from governance.retention.decision import State
from governance.retention.rules import Disposal, Rule, Since
from ingest.retention.items import Kind

STANDINGS: Final = {
    "firm": "Firm: a published rule",
    "reported": "Reported: press or vendor text",
    "assumed": "Assumed: common practice, not confirmed",
}

CLOCKS: Final = {
    Since.CAPTURE: "its capture",
    Since.RECEIVED: "its arrival",
    Since.RECORDED: "its recording",
    Since.MADE: "its making",
    Since.BUILT: "its building",
    Since.ALERT: "the alert",
    Since.REMOVED: "its removal from the list",
    Since.ENDED: "its end",
    Since.CASE_CLOSED: "the close of the case",
}

STATES: Final = {
    "waiting": "Waits",
    "in-force": "In force",
    "past": "Past",
    "withdrawn": "Withdrawn",
    "stopped": "Stopped",
}


KINDS: Final = {
    Kind.READ: "read",
    Kind.ALERT: "alert",
    Kind.ANSWER: "answer to an alert",
    Kind.IMAGE: "picture",
    Kind.OBJECT: "object in the store",
    Kind.ENTRY: "list entry",
    Kind.QUARANTINE: "message set aside",
    Kind.SEARCH: "search",
    Kind.SEARCH_TARGET: "digest of a searched mark",
    Kind.SESSION: "session",
    Kind.LINK: "sign-in link",
    Kind.FAILURE: "failed sign-in",
}

ITEM_STATES: Final = {
    State.HELD: "Held",
    State.KEPT: "Kept",
    State.MAY_GO: "May go",
    State.OVERDUE: "Overdue",
}


def place_name(place: str) -> str:
    """A place's name as a heading: list-entries is List entries, sign-in-links Sign-in links."""
    name = place.replace("-", " ").replace("sign in", "sign-in")
    return f"{name[:1].upper()}{name[1:]}"


def bounds_of(rule: Rule) -> str:
    """A rule in one sentence: how long at least, by when it must be gone, and from when both count."""
    if rule.disposal is Disposal.NEVER_STORED:
        return "Never stored: erased in the process that made it."
    parts = []
    if rule.keep_at_least is not None:
        parts.append(f"kept {rule.keep_at_least.words} at least")
    if rule.delete_by is not None:
        parts.append(f"gone {rule.delete_by.words} at the latest")
    if rule.review_every is not None:
        parts.append(f"reviewed every {rule.review_every.words}")
    sooner = f", or with the end of {rule.ends_with}" if rule.ends_with else ""
    said = " and ".join(parts)
    return f"{said[:1].upper()}{said[1:]}, from {CLOCKS[rule.since]}{sooner}."
