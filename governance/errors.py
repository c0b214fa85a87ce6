"""What can go wrong in governance. Each message says what was wrong, with what, and what to do."""


class GovernanceError(Exception):
    """The base of this room's errors."""


class BadAct(GovernanceError):
    """An act that cannot be written down: an empty actor, a number that is not finite. Nothing was written."""


class LogDamaged(GovernanceError):
    """The log is not what was written. Nothing is appended to it; `lanthorn verify` names the places."""


class LogWriteFailed(GovernanceError):
    """The log could not be written and is as it was before. The act that was to be logged must not go ahead."""


class LogFull(LogWriteFailed):
    """There is no room on the log's disk. Make room, then do the act again."""


class LogBusy(LogWriteFailed):
    """More acts wait to be written than the log's disk keeps up with; this one was not queued.

    The caller must undo what it was about to do, wait a few seconds, each time longer, and do it again from the start.
    To try again at once, or to go ahead without the entry, is wrong. A web request is answered 503 with Retry-After.
    """


class OldLog(GovernanceError):
    """The folder holds a log in a form that this version does not write. It is left as it is."""


class BadNote(GovernanceError):
    """Not a signed note, checkpoint or cosignature in its exact form, or not signed by the key that it should be."""


class BadProof(GovernanceError):
    """A proof does not show what it should: the entry is not in the tree, or the tree is not a continuation."""


class PasswordRefused(GovernanceError):
    """A new password that may not be used. The message may be shown to the person who chose it."""


class BadKey(GovernanceError):
    """Not a key, or not of the kind that is used here."""


class WrongPassphrase(GovernanceError):
    """A key is held under a passphrase, and this is not it."""


class BadDocument(GovernanceError):
    """Not a signed document of the kind that was asked for. It is refused whole; nothing in it is to be believed."""


class BadRules(GovernanceError):
    """A table of rules (who may authorise what, who may search what) cannot be read, or contradicts itself."""


class BadOutlines(GovernanceError):
    """A file of borough outlines cannot be used, or does not have the borough that is asked for."""


class OlderThanHeld(BadDocument):
    """A signed document with a lower number, or fewer statements, than the one held: a rollback. It is refused."""


class BadCertificateRequest(GovernanceError):
    """A request for a device's certificate that cannot be met. The message says why, and may be shown to who asked."""


class BadCertificate(GovernanceError):
    """Not a certificate, or not one that the service's own authority issued."""


class BadExport(GovernanceError):
    """Not an export of the devices' chains; the message names the file and the line."""


class BadSeal(GovernanceError):
    """Sealed bytes that were not sealed with this key, for this purpose and about this. Nothing in them is known."""
