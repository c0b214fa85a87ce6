"""What the pages of authorities call things, and what they ask an applicant and an authorising officer to think about.

The questions are those of the test in Bank Mellat v HM Treasury (No 2) [2013] UKSC 39 for an interference with a right
under Article 8 of the European Convention, after the one whether it is in accordance with the law at all: is the aim
important enough, does the means further it, would a less intrusive one do, and is the balance fair.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, Literal

from governance.authority.question import Kind
from governance.authority.states import State, Step


@dataclass(frozen=True, slots=True)
class Words:
    """A name, and one sentence that says what it means."""

    name: str
    means: str


@dataclass(frozen=True, slots=True)
class Asked:
    """A text that a request must give. guidance is for who writes it, question for who decides on it."""

    field: str
    label: str
    guidance: str
    question: str


@dataclass(frozen=True, slots=True)
class ScopeField:
    """A part of a kind's scope: many lines, one line, a whole number, or a fraction."""

    field: str
    label: str
    guidance: str
    form: Literal["lines", "line", "number", "fraction"]


KINDS: Final[Mapping[Kind, Words]] = {
    Kind.ANPR_LIST: Words(
        "List of vehicles of interest", "Make a list, publish it to the cars, and look reads up in it."
    ),
    Kind.ANPR_SEARCH: Words("Search of reads", "Search stored reads for an investigation, as far back as it says."),
    Kind.FACE_WATCHLIST: Words("Watchlist of faces", "Build a watchlist of faces for one deployment."),
    Kind.FACE_DEPLOYMENT: Words("Deployment of face matching", "Match faces in one place, for one deployment."),
    Kind.DRONE_FLIGHT: Words("Drone flight", "Fly for an incident, and record."),
    Kind.DISCLOSURE: Words("Disclosure", "Give items of media to somebody outside."),
    Kind.RETENTION_CHANGE: Words("Change of retention", "Put another set of retention rules in force."),
}

STATES: Final[Mapping[State, Words]] = {
    State.DRAFT: Words("Draft", "Written, and not put before an officer yet."),
    State.SUBMITTED: Words("Waits for a decision", "An authorising officer has to decide."),
    State.GRANTED: Words("Granted", "It may be used within its time, place and scope."),
    State.REFUSED: Words("Refused", "It may not be used."),
    State.SUSPENDED: Words("Suspended", "It may not be used until an officer resumes it."),
    State.EXPIRED: Words("Expired", "Its time is over, or nobody confirmed it in time."),
    State.ENDED: Words("Ended", "Somebody ended it or took it back."),
    State.REVIEWED: Words("Over and reviewed", "It is over, and an officer looked at how it was used."),
}

STEPS: Final[Mapping[Step, Words]] = {
    Step.GRANT: Words("Grant it", "It may be used from its start to its end, as it is written here."),
    Step.REFUSE: Words("Refuse it", "It may not be used. The applicant can copy it into a new request."),
    Step.CONFIRM: Words("Confirm the verbal grant", "It stands until its end instead of lapsing."),
    Step.SUSPEND: Words("Suspend it", "It may not be used from now on, until an officer resumes it."),
    Step.RESUME: Words("Resume it", "It may be used again until its end."),
    Step.END: Words("End it for good", "It may not be used from now on, and cannot be brought back."),
    Step.REVIEW: Words("Write down a review", "Say what you looked at and found. One in force goes on."),
}
"""The steps that an officer signs."""

VERBS: Final[Mapping[Step, str]] = {
    Step.GRANT: "grant it",
    Step.REFUSE: "refuse it",
    Step.CONFIRM: "confirm it",
    Step.SUSPEND: "suspend it",
    Step.RESUME: "resume it",
    Step.END: "end it",
    Step.REVIEW: "review it",
}

DONE: Final[Mapping[Step, str]] = {
    Step.GRANT: "granted it",
    Step.GRANT_VERBALLY: "wrote down a grant by word of mouth",
    Step.REFUSE: "refused it",
    Step.CONFIRM: "confirmed the verbal grant",
    Step.SUSPEND: "suspended it",
    Step.RESUME: "resumed it",
    Step.END: "ended it",
    Step.REVIEW: "reviewed it",
}

AIM: Final = (
    Asked(
        "legitimate_aim",
        "Aim",
        "What this is to achieve, in one or two sentences: whom it protects, or which crime it prevents or detects.",
        "Is the aim important enough to justify limiting a right?",
    ),
    Asked(
        "legal_basis",
        "Legal basis",
        "The power or duty that allows it: an Act and section, or the common law power, and the policy that applies.",
        "Is it in accordance with the law, so that somebody outside could have foreseen it?",
    ),
    Asked(
        "necessity",
        "Necessity",
        "Why this is needed to reach the aim, now and here. Name the facts: what happened, how often, what is known."
        " Useful is not enough.",
        "Does it really further the aim, and is it needed?",
    ),
    Asked(
        "less_intrusive_means",
        "Less intrusive means",
        "What else was tried or considered that touches fewer people or touches them less, and why it will not do.",
        "Would a less intrusive means do without giving up too much of the aim?",
    ),
    Asked(
        "proportionality",
        "Proportionality",
        "What it costs those whom it touches, weighed against what it is to gain. Say how many people, for how long,"
        " and how the scope was kept small.",
        "Is the balance fair between those whom it touches and what it gains?",
    ),
    Asked(
        "collateral_intrusion",
        "Collateral intrusion",
        "Who else comes into it without being looked for: passers-by, neighbours, families, people at worship or at a"
        " protest.",
        "Who else is touched, and is all of it foreseen here?",
    ),
    Asked(
        "collateral_limits",
        "How collateral intrusion is limited",
        "What keeps it small: where, when, how fast what is not needed is deleted, and who sees it at all.",
        "Are the limits real, and can somebody check them?",
    ),
)
"""In the order in which a decision is made."""

_LISTS = ScopeField(
    "lists", "Lists", "Names of the lists, one to a line. A list that is there can be given by id.", "lines"
)
_WATCHLISTS = ScopeField("watchlists", "Watchlists", "Their ids, one to a line.", "lines")
_MOST_FACES = ScopeField("most_faces", "Most faces", "The most faces that the watchlists may hold together.", "number")

SCOPES: Final[Mapping[Kind, tuple[ScopeField, ...]]] = {
    Kind.ANPR_LIST: (_LISTS,),
    Kind.ANPR_SEARCH: (
        ScopeField("investigations", "Investigations", "Their references, one to a line.", "lines"),
        ScopeField("oldest_days", "Oldest reads, in days", "How far back the search may go: 366 at most.", "number"),
    ),
    Kind.FACE_WATCHLIST: (
        _WATCHLISTS,
        ScopeField("categories", "Who may be on it", "One category to a line, such as: wanted by the courts.", "lines"),
        _MOST_FACES,
    ),
    Kind.FACE_DEPLOYMENT: (
        _WATCHLISTS,
        ScopeField("algorithm", "Algorithm", "Name and version. A threshold means nothing without it.", "line"),
        ScopeField("least_threshold", "Least threshold", "Between 0 and 1, such as 0.64.", "fraction"),
        _MOST_FACES,
    ),
    Kind.DRONE_FLIGHT: (
        ScopeField("incidents", "Incidents", "Their CAD references, one to a line.", "lines"),
        ScopeField("highest_m", "Greatest height, in metres", "Above the place of take-off.", "number"),
    ),
    Kind.DISCLOSURE: (
        ScopeField("items", "Items", "Their ids, one to a line.", "lines"),
        ScopeField(
            "recipients",
            "Recipients",
            "The offices or bodies that are given them, one to a line. Name no private person.",
            "lines",
        ),
    ),
    Kind.RETENTION_CHANGE: (
        ScopeField("rules_sha256", "SHA-256 of the rules", "64 digits. The preview of the change prints it.", "line"),
    ),
}

DOCUMENTS: Final[Mapping[str, str]] = {
    "dpia": "Data protection impact assessment",
    "equality-impact": "Equality impact assessment",
    "community-impact": "Community impact assessment",
    "other": "Other document",
}

STANDINGS: Final[Mapping[str, str]] = {
    "firm": "a published rule",
    "reported": "reported in the press or by a vendor, not seen in a published rule",
    "assumed": "common practice, not seen in print: the force confirms it before it relies on it",
}

ACTS: Final[Mapping[str, str]] = {
    "list.create": "make a list",
    "list.authority": "put a list under it",
    "list.publish": "publish a list",
    "list.entry.add": "add a vehicle",
    "list.import": "import vehicles",
    "reads.search": "search reads",
    "retention.change": "change retention",
    "media.disclose": "disclose media",
    "face.watchlist": "build a watchlist",
}
"""What an authority was used to do; an act that is not here is shown by its name."""


def rank_text(rank: str) -> str:
    """A rank as it is read: "chief-inspector" is chief inspector."""
    return rank.replace("-", " ")


def fault_text(kind: Kind, fault: str) -> str:
    """What a request lacks, on the page of that request: without the kind, which the page has named."""
    return fault.removeprefix(f"for {kind} ")


def span_text(span: timedelta) -> str:
    """A length of time in its largest whole unit, for a queue.

    >>> span_text(timedelta(minutes=59)), span_text(timedelta(hours=26)), span_text(timedelta(days=9))
    ('59 minutes', '26 hours', '9 days')
    """
    minutes = int(span.total_seconds() // 60)
    for unit, count, from_minutes in (
        ("day", minutes // (24 * 60), 48 * 60),
        ("hour", minutes // 60, 60),
        ("minute", minutes, 1),
    ):
        if minutes >= from_minutes:
            return f"{count} {unit}{'' if count == 1 else 's'}"
    return "less than a minute"
