"""What can go wrong at the centre. Each message says what was wrong, with what, and what to do.

Each class is one HTTP status and one exit code; ingest.web has the table.
"""

from governance.authority.question import Decision
from governance.second_factor import Standing


class IngestError(Exception):
    """The base of this room's errors."""


class Unavailable(IngestError):
    """A server that the centre needs is not there now. Nothing was done; do it again later."""


class DatabaseUnavailable(Unavailable):
    """The database cannot be reached, or did not confirm a commit."""


class StoreUnavailable(Unavailable):
    """The object store cannot be reached, or its bucket is not fit to hold pictures."""


class ErasureRefused(StoreUnavailable):
    """The object store refuses to delete one object: a legal hold that we did not set, say. Others may go."""


class NotGone(Unavailable):
    """Something that was removed is still there. It is removed again; no receipt is signed before it is gone."""


class ClockDoubted(Unavailable):
    """The centre's clock is further from what was expected than can be right: nothing is disposed of by it."""


class NotFound(IngestError):
    """A list, entry, alert, picture or account of this id or name does not exist."""


class BadInput(IngestError):
    """What was asked for breaks a rule. The message may be shown to the person who asked."""


class EntryRefused(BadInput):
    """A list entry that may not be made. reasons has every fault, not only the first."""

    def __init__(self, *reasons: str) -> None:
        super().__init__("; ".join(reasons))
        self.reasons = reasons


class QuestionRefused(BadInput):
    """A search that cannot be understood: a place off the map, say. reasons has every fault. Nothing was searched."""

    def __init__(self, *reasons: str) -> None:
        super().__init__("; ".join(reasons))
        self.reasons = reasons


class SearchRefused(BadInput):
    """A search that may not be made as it was asked. rules has the names of the rules, reasons what to do about each.

    The refusal is in the log.
    """

    def __init__(self, rules: tuple[str, ...], reasons: tuple[str, ...]) -> None:
        super().__init__("; ".join(reasons))
        self.rules = rules
        self.reasons = reasons


class ImportRefused(BadInput):
    """A file that cannot be imported as a whole: not UTF-8, no header, too many rows. Nothing was changed."""


class Conflict(IngestError):
    """What was asked for is there already: a name that is taken, a mark that is on the list."""


class SignInRefused(IngestError):
    """The name and password, or the link, let nobody in. Says the same for an unknown name."""


class TooManyTries(SignInRefused):
    """Too many failures for this name. wait_s is how long until the next try counts."""

    def __init__(self, wait_s: int) -> None:
        super().__init__(f"too many failed sign-ins for this name: wait {wait_s} s and try again")
        self.wait_s = wait_s


class SecondFactorNeeded(SignInRefused):
    """The name and password are right, and not enough. standing says what is missing: the code, or setting one up."""

    def __init__(self, standing: Standing) -> None:
        super().__init__(
            "your roles need a second factor: sign in at the pages and set it up there first"
            if standing is Standing.SET_UP_NEEDED
            else "your second factor is needed: give the code that your authenticator app shows"
        )
        self.standing = standing


class MayNotEnter(SignInRefused):
    """The sign-in provider vouches for somebody who may not come in here: no role, or a closed account."""


class ProviderRefused(SignInRefused):
    """The sign-in provider let nobody in, or what came from there is not to be believed. Begin the sign-in anew."""


class ProviderUnavailable(Unavailable):
    """The sign-in provider cannot be reached, or its answers make no sense. Local accounts are not touched by it."""


class EnrolmentRefused(IngestError):
    """A device that may not have a certificate. The message says why, and may be shown to who asked."""


class TooManyPassphrases(TooManyTries):
    """Too many wrong passphrases for an officer's key. wait_s is how long until the next one counts."""

    def __init__(self, wait_s: int) -> None:
        IngestError.__init__(self, f"too many wrong passphrases for this key: wait {wait_s} s and try again")
        self.wait_s = wait_s


class TooManyCodes(TooManyTries):
    """Too many codes that were not good for this device's name. wait_s is how long until the next one counts."""

    def __init__(self, wait_s: int) -> None:
        IngestError.__init__(self, f"too many codes for this device were not good: wait {wait_s} s and try again")
        self.wait_s = wait_s


class PictureDamaged(IngestError):
    """The object store gave bytes that are not the ones it was given: their SHA-256 differs. Nothing is shown."""


class NotAuthorised(IngestError):
    """No authority allows what was to be done. decision has the reason, its name and the authority, if any; remedy is
    what the person can do about it, in a sentence.
    """

    def __init__(self, decision: Decision, remedy: str = "") -> None:
        super().__init__(f"this is not authorised: {decision.reason}" + (f". {remedy}" if remedy else ""))
        self.decision = decision


class StepRefused(Conflict):
    """A step with an authority that its state, its rules or a rank does not allow. Nothing was changed."""
