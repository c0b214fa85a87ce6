"""What can go wrong at the front door, and how every room's errors become one line and an exit code."""

from edge.errors import EdgeError
from governance.errors import GovernanceError
from hardware.errors import HardwareError
from ingest.errors import IngestError
from models.errors import ModelsError


class LanthornError(Exception):
    """Base of the front door's own errors: a message that says what was wrong, with what, and what to do."""


class BadSettings(LanthornError):
    """The settings file is missing, is not TOML, or holds a value that is not allowed."""


class NotStarted(LanthornError):
    """A part of the service did not come up in its time."""


class CentreRefused(LanthornError):
    """The centre answered a command with a refusal; the message is the centre's own.

    rules are the names of the rules that a refused search broke (governance.access.decision.Reason); else empty.
    """

    def __init__(self, said: str, rules: tuple[str, ...] = ()) -> None:
        super().__init__(said)
        self.rules = rules


EXPECTED = (LanthornError, EdgeError, GovernanceError, HardwareError, IngestError, ModelsError)
"""What a command may end with: shown as its message alone, exit code 1. Anything else is our fault: a traceback."""
