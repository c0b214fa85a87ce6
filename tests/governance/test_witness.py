"""The witness: it cosigns a log that only grows, and raises the alarm, with evidence, on any other."""

import json
import shutil
from datetime import UTC, datetime

import aics_tlog
import pytest

from governance.errors import BadKey, BadNote
from governance.keys import PrivateKey
from governance.log import Log, log_signer
from governance.merkle.checkpoint import EMPTY, cosigned_at, read_checkpoint
from governance.merkle.notes import Note
from governance.witness import Alarm, LogAway, Witness

AT = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)


@pytest.fixture
def state(tmp_path):
    return tmp_path / "overseer"


@pytest.fixture
def witness(state, log):
    return Witness.open(state, "mopac.example/witness", log.verifier.text, lambda: AT)


@pytest.fixture
def read(path):
    return lambda name: (path / name).read_bytes()


def grow(log, act, count, start=0):
    log.append(*map(act, range(start, start + count)))
    log.integrate()


def test_a_log_that_grows_is_cosigned_each_time(log, act, witness, read, state):
    for count in (0, 3, 400, 300):
        grow(log, act, count)
        before = witness.look(read)
        assert before.head == log.checkpoint.head
        again = witness.look(read)
        assert again.before == again.head == before.head
    note = Note.parse((state / "checkpoint").read_bytes())
    assert cosigned_at(note, witness.verifier) == AT
    assert read_checkpoint((state / "checkpoint").read_bytes(), log.verifier) == log.checkpoint
    kept = [json.loads(line)["checkpoint"] for line in (state / "cosigned.jsonl").read_text().splitlines()]
    assert [int(one.split("\n")[1]) for one in kept] == [0, 3, 403, 703]


def test_an_independent_implementation_counts_the_cosignature(log, act, witness, read, state):
    grow(log, act, 5)
    witness.look(read)
    policy = aics_tlog.WitnessPolicy(1, (aics_tlog.parse_vkey((state / "witness.vkey").read_text().strip()),))
    note = aics_tlog.parse_note((state / "checkpoint").read_bytes())
    assert aics_tlog.verify_checkpoint(note, aics_tlog.parse_vkey(log.verifier.text), policy=policy).ok


def test_a_witness_that_is_opened_again_goes_on(log, act, witness, read, state):
    grow(log, act, 5)
    witness.look(read)
    grow(log, act, 5, 5)
    again = Witness.open(state, "mopac.example/witness", None, lambda: AT)
    assert (again.look(read).before.size, again.verifier) == (5, witness.verifier)


def rewrite(path, clock, signer, act, count):
    """The log written anew by who holds its key, from entry 0 on."""
    shutil.rmtree(path)
    forged = Log.open(path, clock, signer)
    grow(forged, act, count, 9_000)


@pytest.mark.parametrize(("count", "why"), [(300, "FORK: the log signed two different trees of 300"),
                                            (700, "FORK: the tree of 700 entries does not begin with the 300"),
                                            (299, "ROLLBACK: the log has 299 entries and had 300")])  # fmt: skip
def test_a_log_written_anew_raises_the_alarm_with_both_checkpoints(
    log, path, clock, signer, act, witness, read, state, count, why
):
    grow(log, act, 300)
    witness.look(read)
    before = (state / "checkpoint").read_bytes()
    rewrite(path, clock, signer, act, count)
    with pytest.raises(Alarm, match=why) as raised:
        witness.look(read)
    evidence = json.loads(raised.value.evidence.read_text())
    assert evidence["why"] == str(raised.value)
    for kept in ("held", "seen"):
        read_checkpoint(evidence[kept].encode(), log.verifier)
    assert int(evidence["seen"].split("\n")[1]) == count
    assert (state / "checkpoint").read_bytes() == before


def test_an_alarm_stands_until_its_file_is_moved_though_the_log_is_put_back(
    log, path, clock, signer, act, witness, read, state
):
    grow(log, act, 30)
    witness.look(read)
    shutil.copytree(path, path.with_name("kept"))
    rewrite(path, clock, signer, act, 30)
    with pytest.raises(Alarm):
        witness.look(read)
    shutil.rmtree(path)
    shutil.move(path.with_name("kept"), path)
    with pytest.raises(Alarm, match="an alarm stands") as raised:
        witness.look(read)
    raised.value.evidence.unlink()
    assert witness.look(read).head.size == 30


@pytest.mark.parametrize(
    ("file", "data", "why"),
    [
        ("checkpoint", b"spoilt", "is not one"),
        ("tile/0/000", None, "cannot be verified: tile/0/000 is missing"),
        ("tile/0/001.p/44", bytes(44 * 32), "cannot be verified: its tiles do not give the root"),
        ("tile/0/001.p/44", b"", "cannot be verified: tile/0/001.p/44 has 0 bytes"),
    ],
)
def test_a_log_that_cannot_be_verified_raises_the_alarm(log, path, act, witness, read, file, data, why):
    grow(log, act, 200)
    witness.look(read)
    grow(log, act, 100, 200)
    (path / file).unlink() if data is None else (path / file).write_bytes(data)
    with pytest.raises(Alarm, match=why):
        witness.look(read)


def test_a_checkpoint_by_another_key_raises_the_alarm(tmp_path, clock, act, witness, log):
    other = Log.open(tmp_path / "other", clock, log_signer("met", PrivateKey.new()))
    grow(other, act, 3)
    with pytest.raises(Alarm, match="no signature by lanthorn/met"):
        witness.look(lambda name: (tmp_path / "other" / name).read_bytes())


def test_a_log_that_is_away_is_no_alarm(log, act, witness, read, state):
    grow(log, act, 3)
    with pytest.raises(LogAway, match="checkpoint cannot be read"):
        witness.look(lambda name: (state / "nowhere" / name).read_bytes())
    with pytest.raises(LogAway, match="tiles cannot be read: gone"):
        witness.look(only_its_checkpoint(read))
    assert witness.look(read).before == EMPTY


@pytest.mark.parametrize(
    ("count", "why"),
    [(300, "FORK: the log signed two different trees of 300"), (200, "ROLLBACK: .* had signed a tree")],
)
def test_what_was_signed_binds_though_its_tiles_never_came(
    log, path, clock, signer, act, witness, read, state, count, why
):
    grow(log, act, 100)
    witness.look(read)
    grow(log, act, 200, 100)
    for _ in range(2):
        with pytest.raises(LogAway):
            witness.look(only_its_checkpoint(read))
    shutil.copytree(path, path.with_name("kept"))
    rewrite(path, clock, signer, act, count)
    shown = (path / "checkpoint").read_bytes()
    with pytest.raises(Alarm, match=why) as raised:
        witness.look(read)
    evidence = json.loads(raised.value.evidence.read_text())
    assert evidence["seen"].encode() == shown
    assert evidence["held"].encode() == (path.with_name("kept") / "checkpoint").read_bytes()


def test_what_is_proven_later_is_remembered_no_more(log, act, witness, read, state):
    grow(log, act, 3)
    with pytest.raises(LogAway):
        witness.look(only_its_checkpoint(read))
    assert (state / "unproven.json").exists()
    grow(log, act, 3, 3)
    assert witness.look(read).head == log.checkpoint.head
    assert not (state / "unproven.json").exists()


def only_its_checkpoint(read):
    def tiles_away(name):
        if name != "checkpoint":
            raise ConnectionResetError("gone")
        return read(name)

    return tiles_away


def test_the_first_time_the_logs_key_must_be_given(state, log):
    with pytest.raises(BadKey, match="lanthorn log key"):
        Witness.open(state, "w", None, lambda: AT)


def test_a_witness_keeps_to_its_log_and_its_name(state, log, witness):
    with pytest.raises(BadKey, match="use another state folder"):
        Witness.open(state, "mopac.example/witness", log_signer("kent", PrivateKey.new()).verifier.text, lambda: AT)
    with pytest.raises(BadKey, match="another name or key"):
        Witness.open(state, "somebody", None, lambda: AT)


@pytest.mark.parametrize("change", [lambda data: data.replace(b"\n3\n", b"\n2\n"), lambda data: data[:-120] + b"\n"])
def test_what_the_witness_itself_keeps_is_checked(log, act, witness, read, state, change):
    grow(log, act, 3)
    witness.look(read)
    (state / "checkpoint").write_bytes(change((state / "checkpoint").read_bytes()))
    with pytest.raises(BadNote):
        witness.look(read)


def test_only_the_witness_reads_its_key(witness, state):
    assert (state / "witness.pem").stat().st_mode & 0o077 == 0
    assert state.stat().st_mode & 0o077 == 0
