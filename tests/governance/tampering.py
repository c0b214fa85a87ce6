"""Tampering, one byte at a time: what is changed must be found, and the place named.

The caller says what may be changed (targets) and how to look (detect). Each change is undone before the next, so that
every one is found by itself.
"""

import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Target:
    """A file that may be changed. place is what a finding must say to have named it."""

    file: Path
    place: str


@dataclass(frozen=True, slots=True)
class Change:
    """One byte of one file, before and after."""

    target: Target
    offset: int
    before: int
    after: int


def files_of(folder: Path, *, but: Sequence[str] = ()) -> list[Target]:
    """Every file of a folder that is not empty, named by its path in it."""
    return [
        Target(file, file.relative_to(folder).as_posix())
        for file in sorted(folder.rglob("*"))
        if file.is_file() and file.stat().st_size and file.name not in but
    ]


def tamper(
    targets: Sequence[Target], count: int, chance: random.Random, detect: Callable[[], Iterable[str]]
) -> list[tuple[Change, list[str]]]:
    """Make count changes, each in a file taken at random, and give those that were not found with their place named."""
    missed = []
    for _ in range(count):
        target = chance.choice(targets)
        content = target.file.read_bytes()
        offset = chance.randrange(len(content))
        change = Change(target, offset, content[offset], content[offset] ^ chance.randrange(1, 256))
        target.file.write_bytes(content[:offset] + bytes([change.after]) + content[offset + 1 :])
        said = list(detect())
        target.file.write_bytes(content)
        if not any(target.place in one for one in said):
            missed.append((change, said))
    return missed
