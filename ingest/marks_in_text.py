"""Registration marks in what somebody wrote for others to read: overseers and the log read reasons and references too.

Only marks of the form in use since September 2001 are found (two letters, two digits, three letters: DVLA, INF104):
in any case, as one word or with a hyphen, dot or low line in it, and in capitals with spaces too, in full-width
characters as well. Older and personal marks look like words and references, so a person still has to look.
"""

import re
import unicodedata
from typing import Final

_JOINT: Final = r"[-\u2010-\u2015\u00b7._]?"
_GAP: Final = r"[-\u2010-\u2015\u00b7._ ]{0,3}"
_WORDS: Final = r"(?!(?:AS|AT|BY|IN|IS|NO|OF|ON|OR|TO|DC|DI|DS|PC|PS) )"
"""What stands before a number in a text that is all in capitals: OF 12 MEN, PC 45 LEE."""

_MARK: Final = re.compile(
    r"(?<![A-Za-z0-9])(?:"
    rf"[A-Za-z]{{2}}{_JOINT}\d{{2}}{_JOINT}[A-Za-z]{{3}}"
    rf"|{_WORDS}[A-Z]{{2}}{_GAP}\d{{2}}{_GAP}[A-Z]{{3}}"
    r"|[A-Z] [A-Z] +\d \d +[A-Z] [A-Z] [A-Z]"
    r")(?![A-Za-z0-9])"
)


def names_mark(mark: str) -> str:
    """What is wrong with a text that names a mark, as a clause that follows what the text is called."""
    return f"names {mark}, which looks like a registration mark: say it without, for overseers read this"


def mark_in(text: str) -> str:
    """The first mark in a text, in plain characters; empty where there is none.

    >>> mark_in("seen with AB12 CDE twice"), mark_in("in SW12 and SE15"), mark_in("CAD 1234/23NOV26")
    ('AB12 CDE', '', '')
    """
    found = _MARK.search(unicodedata.normalize("NFKC", text))
    return found[0] if found else ""
