"""The state folder: everything that a service keeps lies under it, so nobody else on the machine may look into it."""

from pathlib import Path
from typing import Final

MODE: Final = 0o700
_OTHERS: Final = 0o077


def make_private(folder: Path) -> None:
    """Make the folder, or take one that is there from all other accounts. Raises OSError."""
    folder.mkdir(mode=MODE, parents=True, exist_ok=True)
    if folder.stat().st_mode & _OTHERS:
        folder.chmod(MODE)
