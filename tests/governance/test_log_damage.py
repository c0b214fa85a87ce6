"""A log that somebody changed takes no more; a disk without room refuses the act and keeps all that was written."""

import os
import subprocess

import pytest

from governance.errors import LogDamaged, LogFull, LogWriteFailed, OldLog
from governance.keys import PrivateKey
from governance.log import Log, log_signer, service_signer

# ---- what was changed ----------------------------------------------------------------------------------------------


def test_a_log_whose_checkpoint_was_taken_away_takes_no_more(log, path, clock, signer, act):
    log.append(act(0))
    (path / "checkpoint").unlink()
    again = Log.open(path, clock, signer)
    for use in (lambda: again.append(act(1)), lambda: again.checkpoint, lambda: next(again.read())):
        with pytest.raises(LogDamaged, match="checkpoint is missing"):
            use()


def test_a_log_whose_journal_was_taken_away_takes_no_more(log, path, clock, signer, act):
    log.append(act(0))
    (path / "pending").unlink()
    for one in (log, Log.open(path, clock, signer)):
        with pytest.raises(LogDamaged, match="pending is missing"):
            one.append(act(1))


def test_a_journal_that_was_cut_off_while_the_log_is_open_is_damage(log, path, act):
    log.append(act(0))
    os.truncate(path / "pending", 0)
    for _ in range(2):
        with pytest.raises(LogDamaged, match="it was cut off"):
            log.append(act(1))


@pytest.mark.parametrize("file", ["tile/0/000.p/3", "tile/entries/000.p/3"])
def test_a_log_whose_last_tiles_were_changed_takes_no_more(log, path, clock, signer, act, caplog, file):
    log.append(*map(act, range(3)))
    log.close()
    data = (path / file).read_bytes()
    (path / file).write_bytes(data[:-1] + b"x")
    again = Log.open(path, clock, signer)
    assert "the log is damaged" in caplog.text
    with pytest.raises(LogDamaged):
        again.append(act(3))
    with pytest.raises(LogDamaged):
        list(again.read())
    (path / file).write_bytes(data)
    again.close()
    assert again.append(act(3))[0].index == 3


def test_a_checkpoint_by_another_key_is_damage(log, path, clock, act):
    log.append(act(0))
    other = Log.open(path, clock, log_signer("met", PrivateKey.new()))
    with pytest.raises(LogDamaged, match="no signature by lanthorn/met"):
        other.append(act(1))


def test_reading_stops_at_a_changed_entry(log, path, act):
    log.append(*map(act, range(3)))
    log.integrate()
    file = path / "tile/entries/000.p/3"
    file.write_bytes(file.read_bytes().replace(b'"alert":"1"', b'"alert":"7"'))
    with pytest.raises(LogDamaged, match=r"entry 1 does not give its hash in tile/0/000.p/3"):
        list(log.read())


@pytest.mark.parametrize("name", ["log", "log/acts"])
def test_a_log_of_an_earlier_version_is_refused_with_what_to_do(tmp_path, clock, signer, name):
    old = tmp_path / name
    old.parent.mkdir(exist_ok=True)
    old.write_bytes(b'{"act":"x"}\n')
    with pytest.raises(OldLog, match=r"keep it .*then start again"):
        Log.open(tmp_path / "log", clock, signer)
    assert old.read_bytes() == b'{"act":"x"}\n'


def test_the_services_key_is_kept_and_names_the_force(tmp_path):
    first, second = (service_signer(tmp_path / "keys", "met") for _ in range(2))
    assert first.verifier == second.verifier
    assert first.verifier.text.startswith("lanthorn/met+")


# ---- a disk without room -------------------------------------------------------------------------------------------


def test_a_folder_that_cannot_be_made_is_refused(tmp_path, clock, signer):
    (tmp_path / "file").touch()
    with pytest.raises(LogWriteFailed, match="Not a directory; nothing more was logged"):
        Log.open(tmp_path / "file" / "log", clock, signer)


@pytest.fixture
def small_disk(tmp_path):
    """A disk of 256 KiB."""
    if os.geteuid() != 0:
        pytest.skip("only root can mount the small disk that this test fills")
    folder = tmp_path / "small"
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", folder], check=True)
    yield folder
    subprocess.run(["umount", folder], check=True)


def write_until_refused(log, act):
    for number in range(10_000):
        log.append(act(number))


@pytest.mark.parametrize("integrate_at", [16, 100_000])
def test_a_full_disk_refuses_the_act_and_leaves_the_log_whole(small_disk, clock, signer, act, integrate_at):
    log = Log.open(small_disk / "log", clock, signer, integrate_at=integrate_at)
    with pytest.raises(LogFull, match="make room"):
        write_until_refused(log, act)
    size = log.size
    assert 10 < size < 10_000
    with pytest.raises(LogFull):
        log.append(*map(act, range(3_000)))
    assert log.size == size
    assert log.verify().ok, log.verify().problems
    assert not log.verify().notes
    assert Log.open(small_disk / "log", clock, signer).size == size


def test_a_full_disk_that_has_room_again_goes_on(small_disk, clock, signer, act, caplog):
    log = Log.open(small_disk / "log", clock, signer)
    log.append(*map(act, range(40)))
    with pytest.raises(OSError, match="No space"):
        (small_disk / "ballast").write_bytes(bytes(1_000_000))
    with pytest.raises(LogFull):
        log.append(*map(act, range(200)))
    log.close()
    assert "waits for its checkpoint" in caplog.text
    (small_disk / "ballast").unlink()
    assert len(log.append(*map(act, range(200)))) == 200
    log.close()
    assert (log.checkpoint.head.size, log.verify().ok) == (240, True)
