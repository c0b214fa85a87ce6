"""Writing so that a crash at any moment leaves the old or the new, and holding a folder against other processes.

A file is on disk once its bytes and the folder that names it are both flushed (fsync). A lock is an flock on a file of
its own: it excludes every other process and every other thread that locks, and ends with the process that held it.
"""

import errno
import fcntl
import os
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final

from governance.errors import LogFull, LogWriteFailed

FILE_MODE: Final = 0o600
FOLDER_MODE: Final = 0o700

_AT_ONCE: Final = 64
"""How many new files are flushed together: the later ones of a batch find most of their work done by the first."""

_NO_ROOM: Final = frozenset((errno.ENOSPC, errno.EDQUOT, errno.EFBIG))


@contextmanager
def as_ours(path: Path) -> Iterator[None]:
    """Turn what the system says into LogFull or LogWriteFailed."""
    try:
        yield
    except OSError as error:
        if error.errno in _NO_ROOM:
            raise LogFull(f"{path}: no room ({error.strerror}); make room, then try again") from error
        raise LogWriteFailed(f"{path}: {error.strerror or error}; nothing more was logged") from error


@contextmanager
def locked(path: Path, *, shared: bool = False) -> Iterator[None]:
    """Hold the lock, waiting for it. shared: only against those who write; then nothing is made where it is missing."""
    flags = os.O_RDONLY if shared else os.O_RDWR | os.O_CREAT
    descriptor = os.open(path, flags | os.O_CLOEXEC, FILE_MODE)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH if shared else fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def write_at(path: Path, data: bytes, offset: int) -> None:
    """Write into a file that is there, behind its first offset bytes, and flush it. On failure it is cut to those."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CLOEXEC)
    try:
        try:
            _write(descriptor, data, offset)
            os.fsync(descriptor)
        except OSError:
            os.ftruncate(descriptor, offset)
            raise
    finally:
        os.close(descriptor)


def write_new(folder: Path, files: Mapping[str, bytes], mode: int = FILE_MODE, folder_mode: int = FOLDER_MODE) -> None:
    """Write files by their paths in the folder, making the folders on the way, and flush them all. Not atomic."""
    names = list(files)
    folders: set[Path] = set()
    for start in range(0, len(names), _AT_ONCE):
        with ExitStack() as open_files:
            descriptors = []
            for name in names[start : start + _AT_ONCE]:
                path = folder / name
                _make_folder(path.parent, folder, folders, folder_mode)
                descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, mode)
                open_files.callback(os.close, descriptor)
                _write(descriptor, files[name], 0)
                descriptors.append(descriptor)
            for descriptor in descriptors:
                os.fsync(descriptor)
    for made in sorted(folders, reverse=True):
        sync_folder(made)


def replace(path: Path, data: bytes, mode: int = FILE_MODE) -> None:
    """Put a file in the place of another, or of none: whoever reads sees the one or the other, whole."""
    staged = path.with_name(path.name + ".new")
    descriptor = os.open(staged, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, mode)
    try:
        _write(descriptor, data, 0)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    os.replace(staged, path)
    sync_folder(path.parent)


def sync_folder(path: Path) -> None:
    """Flush a folder: the names in it are then on disk."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _make_folder(path: Path, top: Path, changed: set[Path], mode: int) -> None:
    if path not in changed:
        if path != top and not path.is_dir():
            _make_folder(path.parent, top, changed, mode)
            path.mkdir(mode, exist_ok=True)
        changed.add(path)


def _write(descriptor: int, data: bytes, offset: int) -> None:
    done = 0
    while done < len(data):
        done += os.pwrite(descriptor, memoryview(data)[done:], offset + done)
