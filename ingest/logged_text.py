"""What people write that goes into the log: it stays for ever, and overseers read it."""

from typing import Final

from ingest.errors import BadInput
from ingest.marks_in_text import mark_in, names_mark

LONGEST: Final = 500


def logged_text(field: str, value: str, longest: int = LONGEST, shortest: int = 1) -> str:
    """The text, on one line. field is what it is called where something is wrong with it.

    Raises BadInput for nothing, too little or too much, what cannot be shown (controls, and what turns the direction of
    writing round), or a mark.
    """
    text = " ".join(value.split())
    if not text:
        raise BadInput(f"{field} is empty: say it")
    if not shortest <= len(text) <= longest or not text.isprintable():
        raise BadInput(f"{field} needs {shortest} to {longest} characters, all of which can be shown")
    if mark := mark_in(text):
        raise BadInput(f"{field} {names_mark(mark)}")
    return text
