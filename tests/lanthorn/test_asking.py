"""A command that wants a secret and has nobody to ask says what would give it: real processes, no terminal."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from lanthorn.asking import PASSPHRASE_VARIABLE, PASSWORD_VARIABLE, USER_VARIABLE

NOWHERE = ("--user", "boss", "--server", "http://127.0.0.1:9")


def ended(words: tuple[str, ...], typed: str, folder: Path) -> "subprocess.CompletedProcess[str]":
    """Run `lanthorn` in folder as a timer would: no terminal; typed on its standard input, and then its end."""
    bare = {name: value for name, value in os.environ.items() if not name.startswith("LANTHORN_")}
    return subprocess.run(
        (sys.executable, "-m", "lanthorn", *words),
        input=typed,
        capture_output=True,
        text=True,
        cwd=folder,
        env=bare,
        start_new_session=True,
        check=False,
    )


@pytest.mark.parametrize(
    ("words", "typed", "variable"),
    [
        (("account", "add", "super", "--role", "oversight"), "", PASSWORD_VARIABLE),
        (("account", "add", "super", "--role", "oversight"), "given once\n", PASSWORD_VARIABLE),
        (("authority", "list", *NOWHERE), "", PASSWORD_VARIABLE),
        (("authority", "list", *NOWHERE[2:]), "", USER_VARIABLE),
        (("authority", "keys", "make", *NOWHERE), "", PASSPHRASE_VARIABLE),
    ],
)
def test_nobody_to_ask(words: tuple[str, ...], typed: str, variable: str, tmp_path: Path) -> None:
    end = ended(words, typed, tmp_path)
    assert end.returncode == 1
    assert f"type it at a terminal, or set {variable} where there is none" in " ".join(end.stderr.split())
    assert "Traceback" not in end.stderr


def test_what_is_piped_in_is_read(tmp_path: Path) -> None:
    end = ended(("authority", "list", *NOWHERE), "a long enough password\n", tmp_path)
    assert end.returncode == 1
    assert "no answer from the centre" in end.stderr
