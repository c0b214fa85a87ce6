"""Statements: the signed steps of an authority after its submission, each chained to the one before.

A signed document of the kind "authority-state" has a Statement as its body. The first names the digest of the
authority's own document as its previous, so that none can be moved to another, left out in the middle or put in order
anew. That the newest were left out shows only to who has seen them: a device keeps what it saw, the log has them all.
"""

from typing import Final, Literal

from pydantic import Field

from governance.authority.document import Officer
from governance.authority.fields import Id, Reason, Record, Sha256, UtcTime
from governance.authority.states import Step

STATEMENT: Final = "authority-state"
"""The kind of signed document that a statement is."""

MOST_STATEMENTS: Final = 500
"""Of one authority. One that is suspended, resumed and reviewed daily for a year has a thousand; it should be new."""

SignedStep = Literal[
    Step.GRANT,
    Step.GRANT_VERBALLY,
    Step.CONFIRM,
    Step.REFUSE,
    Step.SUSPEND,
    Step.RESUME,
    Step.END,
    Step.REVIEW,
]


class Statement(Record):
    """One step: its number from 1, what it follows, who takes it, when and why."""

    authority: Id
    number: int = Field(ge=1, le=MOST_STATEMENTS)
    previous: Sha256
    step: SignedStep
    by: Officer
    at: UtcTime
    reason: Reason
