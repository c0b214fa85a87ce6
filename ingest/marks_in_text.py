"""Registration marks in what somebody wrote for others to read: overseers and the log read reasons and references too.

Only marks of the form in use since September 2001 are found (two letters, two digits, three letters: DVLA, INF104),
in capitals with or without the space, or in any case without it. Older and personal marks look like words and
references, so a person still has to look.
"""

import re
from typing import Final

_MARK: Final = re.compile(r"\b(?:[A-Z]{2}\d{2} ?[A-Z]{3}|[A-Za-z]{2}\d{2}[A-Za-z]{3})\b")


def names_mark(mark: str) -> str:
    """What is wrong with a text that names a mark, as a clause that follows what the text is called."""
    return f"names {mark}, which looks like a registration mark: say it without, for overseers read this"


def mark_in(text: str) -> str:
    """The first mark in a text, as it stands there; empty where there is none.

    >>> mark_in("seen with AB12 CDE twice"), mark_in("in SW12 and SE15"), mark_in("CAD 1234/23NOV26")
    ('AB12 CDE', '', '')
    """
    found = _MARK.search(text)
    return found[0] if found else ""
