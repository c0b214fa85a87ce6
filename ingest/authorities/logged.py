"""How a step with an authority stands in the log: whose, what and with which digests, never a word of the reasons."""

from governance.authority.document import Request
from governance.log import Act


def act_of(what: str, by: str, about: Request, **details: str | int) -> Act:
    """The act "authority.WHAT". Digests go into details by the name of what they are of."""
    return Act(
        actor=by,
        act=f"authority.{what}",
        purpose=f"an authority of the kind {about.kind}",
        authority=about.id,
        objects={"authority": about.id},
        details={"reference": about.reference, **details},
    )
