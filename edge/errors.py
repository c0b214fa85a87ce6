"""What can go wrong on the edge. Each message says what was wrong, with what, and what to do."""


class EdgeError(Exception):
    """Base of everything that this room raises on purpose."""


class PictureTooLarge(EdgeError):
    """A picture that could not be made to fit its limit by any size and quality allowed."""


class NotStored(EdgeError):
    """Something could not be written to the agent's own disk. Nothing of it was stored: hold on to it and try again."""


class DiskFull(NotStored):
    """The disk of the agent's state is full. The message names the file and the free bytes."""


class DiskFault(NotStored):
    """The disk of the agent's state refuses to work, or a file on it is damaged."""


class MessageTooLarge(EdgeError):
    """A message over the contract's largest payload. It gets no number; do not try again."""


class WrongState(EdgeError):
    """The state folder belongs to another device, or another agent is using it."""


class BadList(EdgeError):
    """A published list that cannot be taken; the message says why."""


class DisplayNotStarted(EdgeError):
    """The car's own display cannot listen at its address."""


class EnrolmentFailed(EdgeError):
    """The centre gave no certificate. The message is the centre's reason, or says that it did not answer."""


class BadBroker(EdgeError):
    """The broker's settings name something that cannot be used."""


class BadMisreads(EdgeError):
    """A file of measured misreads that cannot be used; the message says where and why."""
