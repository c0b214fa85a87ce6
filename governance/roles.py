"""Who may do what: the table of permissions. A page or a call names the permission that it needs, never a role.

Four separations hold, and tests/governance/test_roles.py keeps them: the overseer sees figures and the log but no
alert, picture or list, unless a sample is formally opened; the administrator runs accounts and machines but sees none
of those either; who answers alerts cannot change the list that made them; who searches reads does not audit searches.
"""

from collections.abc import Collection, Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final


class Role(StrEnum):
    PATROL = "patrol"
    FOOTAGE = "footage"
    OVERSIGHT = "oversight"
    LIST_MANAGER = "list-manager"
    AUTHORISING_OFFICER = "authorising-officer"
    INVESTIGATOR = "investigator"
    AUDITOR = "auditor"
    ADMIN = "admin"


class Permission(StrEnum):
    SEE_ALERTS = "see-alerts"
    ANSWER_ALERTS = "answer-alerts"
    SEE_PICTURES = "see-pictures"
    SEE_LISTS = "see-lists"
    CHANGE_LISTS = "change-lists"
    PUBLISH_LISTS = "publish-lists"
    SEARCH_READS = "search-reads"
    SEE_RESULT_PICTURES = "see-result-pictures"
    EXPORT_READS = "export-reads"
    SHARE_READS = "share-reads"
    AUDIT_SEARCHES = "audit-searches"
    OPEN_SAMPLES = "open-samples"
    DISCLOSE_LOG = "disclose-log"
    REQUEST_AUTHORITIES = "request-authorities"
    RECORD_VERBAL_GRANTS = "record-verbal-grants"
    DECIDE_AUTHORITIES = "decide-authorities"
    SEE_AUTHORITIES = "see-authorities"
    TRUST_KEYS = "trust-keys"
    SEE_RETENTION = "see-retention"
    HOLD_ITEMS = "hold-items"
    RUN_RETENTION = "run-retention"
    CHANGE_RETENTION = "change-retention"
    SEE_OVERSIGHT_FIGURES = "see-oversight-figures"
    READ_LOG = "read-log"
    VERIFY_LOG = "verify-log"
    SEE_DEVICES = "see-devices"
    MANAGE_DEVICES = "manage-devices"
    SEE_QUARANTINE = "see-quarantine"
    SEE_HEALTH = "see-health"
    SEE_ACCOUNTS = "see-accounts"
    MANAGE_ACCOUNTS = "manage-accounts"
    OWN_ACCOUNT = "own-account"

    @property
    def description(self) -> str:
        """One line, for pages and messages of refusal."""
        return DESCRIPTIONS[self]


DESCRIPTIONS: Final[Mapping[Permission, str]] = MappingProxyType(
    {
        Permission.SEE_ALERTS: "See alerts as they come, with the mark, the reason and the risk warnings",
        Permission.ANSWER_ALERTS: "Answer an alert: en route, stopped, no further action, misread, wrong vehicle",
        Permission.SEE_PICTURES: "See an alert's plate patch and overview picture",
        Permission.SEE_LISTS: "See the lists of vehicles of interest and their entries",
        Permission.CHANGE_LISTS: "Add, change, remove and import entries of a list",
        Permission.PUBLISH_LISTS: "Publish a list's new version to the cars",
        Permission.SEARCH_READS: "Search reads for a purpose and a reference, as far back as the tier allows",
        Permission.SEE_RESULT_PICTURES: "See the pictures of the reads that an own or shared search found",
        Permission.EXPORT_READS: "Take a search's results away as a file, for named recipients",
        Permission.SHARE_READS: "Show a search's results to another person who may search",
        Permission.AUDIT_SEARCHES: "Draw, assign and audit searches that others made, and see what they asked for",
        Permission.OPEN_SAMPLES: "Open a sample of searches or alerts, drawn by lot, with their marks; no picture",
        Permission.DISCLOSE_LOG: "Hand the log over as one file, to the Information Commissioner or a court",
        Permission.REQUEST_AUTHORITIES: "Write a request for an authority, submit it, and take it back",
        Permission.RECORD_VERBAL_GRANTS: "Write down that an officer granted another's request by word of mouth",
        Permission.DECIDE_AUTHORITIES: "Keep an own signing key; grant, refuse, suspend, resume, end and review",
        Permission.SEE_AUTHORITIES: "See authorities, their reasons and decisions, and what each was used for",
        Permission.TRUST_KEYS: "Put an officer's key on the trust list with their rank, and retire it",
        Permission.SEE_RETENTION: "See what is held, due, late and gone, why an item is here, rules, holds, receipts",
        Permission.HOLD_ITEMS: "Hold items against disposal for a time, and give an item a class of its own",
        Permission.RUN_RETENTION: "Dispose now of what the rules say must go, instead of at the next round",
        Permission.CHANGE_RETENTION: "Propose other retention rules under an authority for that, and take them back",
        Permission.SEE_OVERSIGHT_FIGURES: "See the figures of use: reads, hits, answers, misreads, times; no marks",
        Permission.READ_LOG: "Read the log's entries, which hold commitments in place of personal data",
        Permission.VERIFY_LOG: "Verify that the log is whole and take away its head",
        Permission.SEE_DEVICES: "See each device's health, and its messages made, arrived and missing",
        Permission.MANAGE_DEVICES: "Make the codes that devices enrol with, and revoke a device",
        Permission.SEE_QUARANTINE: "See how many messages were set aside, from where and why; not what they held",
        Permission.SEE_HEALTH: "See whether the service's own parts are up",
        Permission.SEE_ACCOUNTS: "See who has an account and with which roles",
        Permission.MANAGE_ACCOUNTS: "Make and close accounts, give and take roles, set a new first password",
        Permission.OWN_ACCOUNT: "See the own account, change its password and sign out",
    }
)

ROLES_WITH: Final[Mapping[Permission, frozenset[Role]]] = MappingProxyType(
    {
        Permission.SEE_ALERTS: frozenset({Role.PATROL}),
        Permission.ANSWER_ALERTS: frozenset({Role.PATROL}),
        Permission.SEE_PICTURES: frozenset({Role.PATROL}),
        Permission.SEE_LISTS: frozenset({Role.LIST_MANAGER, Role.AUTHORISING_OFFICER}),
        Permission.CHANGE_LISTS: frozenset({Role.LIST_MANAGER}),
        # An urgent entry at night must not wait for an authorising officer; its authority is checked apart.
        Permission.PUBLISH_LISTS: frozenset({Role.LIST_MANAGER, Role.AUTHORISING_OFFICER}),
        Permission.SEARCH_READS: frozenset({Role.INVESTIGATOR}),
        Permission.SEE_RESULT_PICTURES: frozenset({Role.INVESTIGATOR}),
        Permission.EXPORT_READS: frozenset({Role.INVESTIGATOR}),
        Permission.SHARE_READS: frozenset({Role.INVESTIGATOR}),
        Permission.AUDIT_SEARCHES: frozenset({Role.AUDITOR}),
        Permission.OPEN_SAMPLES: frozenset({Role.OVERSIGHT}),
        Permission.DISCLOSE_LOG: frozenset({Role.AUDITOR}),
        Permission.REQUEST_AUTHORITIES: frozenset(
            {Role.LIST_MANAGER, Role.INVESTIGATOR, Role.FOOTAGE, Role.AUTHORISING_OFFICER, Role.ADMIN}
        ),
        Permission.RECORD_VERBAL_GRANTS: frozenset({Role.LIST_MANAGER, Role.INVESTIGATOR, Role.AUTHORISING_OFFICER}),
        Permission.DECIDE_AUTHORITIES: frozenset({Role.AUTHORISING_OFFICER}),
        Permission.SEE_AUTHORITIES: frozenset(
            {
                Role.LIST_MANAGER,
                Role.INVESTIGATOR,
                Role.FOOTAGE,
                Role.AUTHORISING_OFFICER,
                Role.OVERSIGHT,
                Role.AUDITOR,
                Role.ADMIN,
            }
        ),
        # Neither alone: the officer makes the key, and somebody else says that it counts.
        Permission.TRUST_KEYS: frozenset({Role.ADMIN}),
        Permission.SEE_RETENTION: frozenset(
            {Role.OVERSIGHT, Role.AUTHORISING_OFFICER, Role.AUDITOR, Role.INVESTIGATOR, Role.ADMIN}
        ),
        # Oversight as well: a scrutiny panel's hold is against the force's own disposal.
        Permission.HOLD_ITEMS: frozenset({Role.INVESTIGATOR, Role.AUTHORISING_OFFICER, Role.OVERSIGHT}),
        Permission.RUN_RETENTION: frozenset({Role.ADMIN}),
        Permission.CHANGE_RETENTION: frozenset({Role.ADMIN}),
        Permission.SEE_OVERSIGHT_FIGURES: frozenset({Role.OVERSIGHT, Role.AUTHORISING_OFFICER, Role.AUDITOR}),
        Permission.READ_LOG: frozenset({Role.OVERSIGHT, Role.AUTHORISING_OFFICER, Role.AUDITOR}),
        Permission.VERIFY_LOG: frozenset({Role.OVERSIGHT, Role.AUTHORISING_OFFICER, Role.ADMIN, Role.AUDITOR}),
        Permission.SEE_DEVICES: frozenset({Role.OVERSIGHT, Role.ADMIN}),
        Permission.MANAGE_DEVICES: frozenset({Role.ADMIN}),
        Permission.SEE_QUARANTINE: frozenset({Role.OVERSIGHT, Role.ADMIN}),
        Permission.SEE_HEALTH: frozenset({Role.OVERSIGHT, Role.ADMIN}),
        Permission.SEE_ACCOUNTS: frozenset({Role.OVERSIGHT, Role.ADMIN}),
        Permission.MANAGE_ACCOUNTS: frozenset({Role.ADMIN}),
        Permission.OWN_ACCOUNT: frozenset(Role),
    }
)


def may(roles: Collection[Role], permission: Permission) -> bool:
    """Whether a person with these roles may do this."""
    return not ROLES_WITH[permission].isdisjoint(roles)


def permissions(roles: Collection[Role]) -> frozenset[Permission]:
    """All that a person with these roles may do."""
    return frozenset(permission for permission in Permission if may(roles, permission))
