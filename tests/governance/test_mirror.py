"""A static copy: incremental, consistent, whole at every moment, readable by others."""

import shutil

import aics_tlog
import pytest

from governance import mirror
from governance.errors import BadNote, BadProof, LogDamaged, LogFull
from governance.fsck import check_folder
from governance.keys import PrivateKey
from governance.log import Log, log_signer
from governance.mirror import copy_log


@pytest.fixture
def copy(tmp_path):
    return tmp_path / "copy"


def tree(folder):
    return {file.relative_to(folder).as_posix(): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


def test_a_copy_is_the_log_up_to_its_checkpoint_and_has_no_more(log, path, copy, act):
    log.append(*map(act, range(600)))
    log.integrate()
    log.append(act(600))
    copied = copy_log(path, copy, log.verifier)
    assert copied.head == log.checkpoint.head
    assert tree(copy).items() <= tree(path).items()
    assert set(tree(path)) - set(tree(copy)) == {"lock", "pending"}
    result = check_folder(copy, log.verifier)
    assert (result.ok, result.size) == (True, 600)
    assert "this is a copy" in str(result.notes[0])
    assert aics_tlog.tree_root_from_tiles(aics_tlog.FileSystemTileReader(copy), 600) == copied.head.root


def test_anybody_may_read_a_copy(log, path, copy, act):
    log.append(act(0))
    log.integrate()
    copy_log(path, copy, log.verifier)
    assert {file.stat().st_mode & 0o444 for file in copy.rglob("*")} == {0o444}


def test_a_second_copy_takes_only_what_is_new(log, path, copy, act):
    log.append(*map(act, range(600)))
    log.integrate()
    assert copy_log(path, copy, log.verifier).tiles == 7
    kept = {file: file.stat().st_mtime_ns for file in copy.rglob("*") if file.name in ("000", "001")}
    log.append(*map(act, range(200)))
    log.integrate()
    assert copy_log(path, copy, log.verifier).tiles == 5
    assert copy_log(path, copy, log.verifier).tiles == 0
    assert {file: file.stat().st_mtime_ns for file in kept} == kept
    assert check_folder(copy, log.verifier).ok
    assert not list(copy.glob("tile/0/002.p"))


def test_a_copy_that_broke_off_still_ends_with_its_old_checkpoint(log, path, copy, act, monkeypatch):
    log.append(*map(act, range(300)))
    log.integrate()
    before = copy_log(path, copy, log.verifier).head
    log.append(*map(act, range(300)))
    log.integrate()

    def full(*_):
        raise LogFull("no room")

    with monkeypatch.context() as broken:
        broken.setattr(mirror, "replace", full)
        with pytest.raises(LogFull):
            copy_log(path, copy, log.verifier)
    result = check_folder(copy, log.verifier)
    assert (result.ok, result.head) == (True, before)
    assert copy_log(path, copy, log.verifier).head == log.checkpoint.head
    assert check_folder(copy, log.verifier).ok


@pytest.mark.parametrize("size", [5, 300, 700])
def test_a_log_that_is_not_the_one_copied_is_refused_and_the_copy_left(log, path, copy, act, clock, signer, size):
    log.append(*map(act, range(300)))
    log.integrate()
    copy_log(path, copy, log.verifier)
    before = tree(copy)
    shutil.rmtree(path)
    forged = Log.open(path, clock, signer)
    forged.append(*(act(9_000 + number) for number in range(size)))
    forged.integrate()
    with pytest.raises(BadProof):
        copy_log(path, copy, log.verifier)
    assert tree(copy) == before


def test_what_cannot_be_verified_is_not_copied(log, path, copy, act):
    log.append(act(0))
    log.integrate()
    with pytest.raises(BadNote):
        copy_log(path, copy, log_signer("met", PrivateKey.new()).verifier)
    (path / "tile/0/000.p/1").write_bytes(bytes(32))
    with pytest.raises(LogDamaged, match="do not give the root"):
        copy_log(path, copy, log.verifier)
    with pytest.raises(LogDamaged, match="not the folder of a log"):
        copy_log(path / "tile", copy, log.verifier)
    assert tree(copy) == {}
