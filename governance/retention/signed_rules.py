"""A set of retention rules as it was proposed and signed: a signed document of the kind "retention-rules"."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Self

from governance.errors import BadDocument, BadRules
from governance.keys import PublicKey
from governance.retention.rules import RuleSet
from governance.signed import Signed

KIND: Final = "retention-rules"


@dataclass(frozen=True, slots=True)
class SignedRules:
    """The rules, their number, and body: all that was signed (the file, who proposed it and why, from when on)."""

    number: int
    rules: RuleSet
    body: Mapping[str, Any]

    @classmethod
    def read(cls, document: bytes, key: PublicKey) -> Self:
        """Read the document and check its signature. Raises BadDocument, or BadRules where this program cannot read
        the rules in it.
        """
        signed = Signed.parse(document, KIND)
        if not signed.signed_by(key):
            raise BadDocument("this set of rules was not signed with the key of receipts, or was changed since")
        body = signed.body
        number, file = body.get("number"), body.get("file")
        if not isinstance(number, int) or not isinstance(file, str):
            raise BadDocument("this signed set of rules has no number or no file")
        rules = RuleSet.parse(file.encode())
        if rules.sha256 != body.get("sha256"):
            raise BadRules("the file of this set of rules is not the one that its SHA-256 names")
        return cls(number, rules, body)
