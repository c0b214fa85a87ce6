"""A case: one authority's signed document and the signed statements on it, as they are stored and sent.

{"document": SIGNED DOCUMENT, "statements": [SIGNED STATEMENT, ...]}     in canonical form (RFC 8785)
"""

import json
from dataclasses import dataclass
from typing import Any, Final, Self

from governance.authority.document import AUTHORITY
from governance.authority.statement import MOST_STATEMENTS, STATEMENT
from governance.errors import BadDocument
from governance.signed import MAX_DOCUMENT_BYTES, Signed, canonical
from governance.unreadable import why_unreadable

MAX_CASE_BYTES: Final = MAX_DOCUMENT_BYTES
"""Also the most that a message over the wire holds (ingest.contract.codec)."""


@dataclass(frozen=True, slots=True)
class Case:
    """Nothing in it is verified yet: governance.authority.replay does that."""

    document: Signed
    statements: tuple[Signed, ...]

    @classmethod
    def parse(cls, data: bytes) -> Self:
        """Read what to_bytes gives. Raises BadDocument for anything but its exact form."""
        if len(data) > MAX_CASE_BYTES:
            raise BadDocument(f"the case has {len(data)} bytes, over the limit of {MAX_CASE_BYTES}")
        try:
            fields: Any = json.loads(data)
            made = cls.of(canonical(fields["document"]), [canonical(each) for each in fields["statements"]])
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise BadDocument(f"this is not an authority's case: {why_unreadable(error)}") from error
        if made.to_bytes() != data:
            raise BadDocument("this is not an authority's case in canonical form: something in it was written anew")
        return made

    @classmethod
    def of(cls, document: bytes, statements: list[bytes]) -> Self:
        """Put a case together from its parts as they are stored. Raises BadDocument."""
        if len(statements) > MOST_STATEMENTS:
            raise BadDocument(f"there are {len(statements)} statements, over the limit of {MOST_STATEMENTS}")
        return cls(
            Signed.parse(document, AUTHORITY), tuple(Signed.parse(statement, STATEMENT) for statement in statements)
        )

    def to_bytes(self) -> bytes:
        """The case in its one exact form."""
        return canonical(
            {
                "document": json.loads(self.document.to_bytes()),
                "statements": [json.loads(statement.to_bytes()) for statement in self.statements],
            }
        )

    def continues(self, earlier: "Case") -> bool:
        """Whether this is the same authority with the same statements, and perhaps some more."""
        mine = [statement.digest for statement in self.statements]
        theirs = [statement.digest for statement in earlier.statements]
        return self.document.digest == earlier.document.digest and mine[: len(theirs)] == theirs
