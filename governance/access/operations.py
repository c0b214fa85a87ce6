"""Which operation of DPA 2018 s.62 each act is: one table for the whole product, by the act's name in the log.

Section 62(1) asks for logs of collection, alteration, consultation, disclosure (transfers included), combination and
erasure of personal data in automated processing. An act that touches no personal data of people outside the force is
none of them, and the table says so too: a test fails for an act that is not in it. The log fills the operation in from
here when an act is written (marked), so no caller repeats it; a disclosure must say who its recipients are (s.62(3)).

Reads that come from devices are not acts. Each is logged where it arrives: its row says which device, when it was
captured and when it was taken, and the device's signed chain says that none is missing (docs/access.md).
"""

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Final

from governance.acts import Act, Operation
from governance.errors import BadAct

NOT_DONE: Final = ".not-done"
"""What the name of an act ends with that was written down and then did not happen: no operation took place."""

_NONE: Final = (
    "access.refused",
    "account.create",
    "account.disable",
    "account.link",
    "account.password",
    "account.recovery-codes",
    "account.roles",
    "account.second-factor",
    "account.second-factor-refused",
    "account.second-factor-reset",
    "account.second-factor-set-up",
    "account.sign-in",
    "account.sign-in-refused",
    "account.sign-out",
    "audit.assign",
    "audit.draw",
    "audit.find",
    "authority.amend",
    "authority.confirm",
    "authority.draft",
    "authority.end",
    "authority.expire",
    "authority.grant",
    "authority.grant-verbally",
    "authority.key-make",
    "authority.key-refused",
    "authority.key-retire",
    "authority.key-trust",
    "authority.refuse",
    "authority.resume",
    "authority.review",
    "authority.submit",
    "authority.suspend",
    "authority.use",
    "authority.withdraw",
    "device.broker-files",
    "device.chain.alarm",
    "device.chain.export",
    "device.chain.head",
    "device.code",
    "device.enrol",
    "device.enrol-refused",
    "device.renew",
    "device.revoke",
    "list.authority",
    "list.create",
    "list.withdraw",
    "log.export",
    "reads.search-refused",
    "retention.change",
    "retention.classify",
    "retention.confirm-clock",
    "retention.declassify",
    "retention.end-hold",
    "retention.hold",
    "retention.propose",
    "retention.renew-hold",
    "retention.start",
    "retention.stop-change",
    "retention.withdraw",
    "sample.announce",
)

OPERATIONS: Final[Mapping[str, Operation | None]] = MappingProxyType(
    {
        **dict.fromkeys(_NONE),
        "alert.answer": Operation.ALTERATION,
        "alert.raise": Operation.COMBINATION,
        "audit.view": Operation.CONSULTATION,
        "list.entry.add": Operation.COLLECTION,
        "list.entry.expire": Operation.ALTERATION,
        "list.entry.remove": Operation.ALTERATION,
        "list.import": Operation.COLLECTION,
        "list.publish": Operation.DISCLOSURE,
        "list.shorten": Operation.ERASURE,
        "log.disclose": Operation.DISCLOSURE,
        # Not every page shows personal data; that one was opened is written down for all alike.
        "page.view": Operation.CONSULTATION,
        "reads.export": Operation.DISCLOSURE,
        "reads.search": Operation.CONSULTATION,
        "reads.search-forget": Operation.ERASURE,
        "reads.share": Operation.DISCLOSURE,
        "reads.view-picture": Operation.CONSULTATION,
        "reads.view-results": Operation.CONSULTATION,
        "retention.dispose": Operation.ERASURE,
        "sample.open": Operation.CONSULTATION,
        "sample.view": Operation.CONSULTATION,
    }
)

RECIPIENTS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType({"list.publish": ("every device of the force",)})
"""Who an act always discloses to, where no caller chooses it."""


def marked(act: Act) -> Act:
    """The act with its operation and recipients filled in. Raises BadAct for a disclosure to nobody."""
    if act.operation is None and (operation := OPERATIONS.get(act.act)) is not None:
        act = replace(act, operation=operation)
    if not act.recipients and act.act in RECIPIENTS:
        act = replace(act, recipients=RECIPIENTS[act.act])
    if act.operation is Operation.DISCLOSURE and not act.recipients:
        raise BadAct(f"{act.act} is a disclosure: say who its recipients are")
    return act
