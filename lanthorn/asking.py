"""What only a person can say, asked at the terminal, or taken from the environment where a program runs the command."""

import os
from typing import Final

import typer

from lanthorn.errors import LanthornError

PASSWORD_VARIABLE: Final = "LANTHORN_PASSWORD"  # noqa: S105 - the name of a variable
USER_VARIABLE: Final = "LANTHORN_USER"
CODE_VARIABLE: Final = "LANTHORN_CODE"
PASSPHRASE_VARIABLE: Final = "LANTHORN_PASSPHRASE"  # noqa: S105 - the name of a variable


class NobodyToAsk(LanthornError):
    """The answer is not in the environment, and what the command reads from ended before it was given."""


def ask_user() -> str:
    """Ask for the account's name, which neither `--user` nor LANTHORN_USER gave. Raises NobodyToAsk."""
    return _asked("Account", USER_VARIABLE, hidden=False)


def ask_password(name: str, *, new: bool = False) -> str:
    """Give the account's password from LANTHORN_PASSWORD, or ask, twice for a new one. Raises NobodyToAsk."""
    return _given_or_asked(PASSWORD_VARIABLE, f"Password for {name}" if new else f"Password of {name}", new=new)


def ask_passphrase(*, new: bool = False) -> str:
    """Give the signing key's passphrase from LANTHORN_PASSPHRASE, or ask, twice for a new one. Raises NobodyToAsk."""
    words = "Passphrase for your new signing key" if new else "Passphrase of your signing key"
    return _given_or_asked(PASSPHRASE_VARIABLE, words, new=new)


def ask_code() -> str:
    """Ask for the second factor's code; LANTHORN_CODE was tried before. Raises NobodyToAsk."""
    return _asked("Code of your second factor", CODE_VARIABLE, hidden=False)


def _given_or_asked(variable: str, words: str, *, new: bool) -> str:
    return os.environ.get(variable) or _asked(words, variable, hidden=True, new=new)


def _asked(words: str, variable: str, *, hidden: bool, new: bool = False) -> str:
    try:
        answer: str = typer.prompt(words, hide_input=hidden, confirmation_prompt=new, err=True)
    except typer.Abort as abort:
        if isinstance(abort.__context__, KeyboardInterrupt):
            raise
        raise NobodyToAsk(
            f"no answer to “{words}”: type it at a terminal, or set {variable} where there is none"
        ) from None
    return answer
