"""What can go wrong on the edge. Each message says what was wrong, with what, and what to do."""


class EdgeError(Exception):
    """Base of everything that this room raises on purpose."""


class PictureTooLarge(EdgeError):
    """A picture that could not be made to fit its limit by any size and quality allowed."""
