"""What a request can be refused for before any other part of the centre is asked."""

from collections.abc import Sequence

from governance.roles import Permission
from ingest.errors import IngestError


class RequestRefused(IngestError):
    """The base of this folder's errors: nothing was done."""


class NotSignedIn(RequestRefused):
    """There is no session, or it has ended."""


class MayNot(RequestRefused):
    """The person is known, and their roles do not allow this."""

    def __init__(self, missing: Sequence[Permission]) -> None:
        self.missing = tuple(missing)
        needed = "; ".join(f"{each.description[0].lower()}{each.description[1:]}" for each in self.missing)
        super().__init__(f"your account does not have the permission that this needs: {needed}. Ask an administrator")


class FromElsewhere(RequestRefused):
    """A page of another site made this request, or nothing says which page did."""


class TooLarge(RequestRefused):
    """The body has more bytes than this call takes."""
