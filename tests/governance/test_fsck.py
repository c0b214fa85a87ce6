"""Everything that somebody may do to the log's folder, and that the check finds it and names the place."""

import random
import re
import shutil
from datetime import UTC, datetime, timedelta

import pytest

from governance.findings import MAX_FINDINGS
from governance.fsck import check_folder
from governance.keys import PrivateKey
from governance.log import Act, Log, log_signer
from governance.merkle.checkpoint import EMPTY, Checkpoint, Head, sign_checkpoint
from governance.merkle.growth import Edge, grow
from governance.merkle.tree import EMPTY_ROOT
from tests.governance.tampering import files_of, tamper

AT = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
COVERED, WAITING = 600, 5
CHANGES, SEED = 400, 20_261_123


@pytest.fixture(scope="module")
def made(tmp_path_factory, signer):
    """A log of 600 entries in tiles, of two checkpoints, and five in the journal. Copied before it is changed."""
    path = tmp_path_factory.mktemp("made") / "log"
    log = Log.open(path, lambda: AT, signer)
    for first, last in ((0, 530), (530, COVERED)):
        log.append(*(Act("pc.demo", "alert.answer", "Answered", objects={"n": str(n)}) for n in range(first, last)))
        log.integrate()
    for number in range(WAITING):
        log.append(Act("pc.demo", "alert.answer", "Answered", objects={"n": str(COVERED + number)}))
    return path


@pytest.fixture
def path(made, tmp_path):
    return shutil.copytree(made, tmp_path / "log")


def words(path, signer, at_least=None):
    result = check_folder(path, signer.verifier, at_least)
    assert not result.ok
    return "\n".join(map(str, result.problems))


def test_a_whole_log_gives_its_head_and_no_word(path, signer):
    result = check_folder(path, signer.verifier)
    assert (result.problems, result.notes, result.signed) == ((), (), True)
    assert (result.head.size, result.size) == (COVERED, COVERED + WAITING)
    assert f"\n{COVERED}\n" in (path / "checkpoint").read_text()


def test_random_single_byte_changes_are_each_found_with_the_place_named(path, signer):
    targets = files_of(path, but=("lock",))
    assert {target.place.split("/")[0] for target in targets} == {"checkpoint", "pending", "tile"}
    missed = tamper(
        targets,
        CHANGES,
        random.Random(SEED),
        lambda: map(str, check_folder(path, signer.verifier).problems),
    )
    assert not missed


def change(path, file, old, new):
    data = (path / file).read_bytes()
    assert old in data
    (path / file).write_bytes(data.replace(old, new, 1))


@pytest.mark.parametrize(
    ("do", "fault"),
    [
        (lambda path: change(path, "tile/entries/001", b'"n":"300"', b'"n":"399"'),
         r"^entry 300: in tile/entries/001: it does not give its hash in tile/0/001"),
        (lambda path: change(path, "tile/entries/002.p/88", b'"n":"590"', b'"n":"999"'),
         r"^entry 590: in tile/entries/002.p/88"),
        (lambda path: (path / "tile/0/001").write_bytes(bytes(32) + (path / "tile/0/001").read_bytes()[32:]),
         r"^tile/0/001: hash 0 was changed: its entries, and the tile above it, give another$"),
        (lambda path: (path / "tile/1/000.p/2").write_bytes((path / "tile/1/000.p/2").read_bytes()[:32] + bytes(32)),
         r"^tile/1/000.p/2: hash 1 is not what the tile below it, over entries 256 to 511, gives$"),
        (lambda path: (path / "tile/entries/001").unlink(), r"^tile/entries/001 is missing$"),
        (lambda path: (path / "tile/0/001").unlink(), r"^tile/0/001 is missing$"),
        (lambda path: (path / "tile/1/000.p/2").unlink(), r"^tile/1/000.p/2 is missing$"),
        (lambda path: (path / "checkpoint").unlink(), r"checkpoint is missing"),
        (lambda path: (path / "checkpoint").write_bytes(b"spoilt"), r"^checkpoint: this is not a signed note"),
        (lambda path: change(path, "tile/0/002.p/18", b"\x00" if b"\x00" in (path / "tile/0/002.p/18").read_bytes()
                             else (path / "tile/0/002.p/18").read_bytes()[:1], b"\xfe"),
         r"^tile/0/002.p/18 is not what tile/0/002.p/88 begins with: it was changed$"),
        (lambda path: (path / "tile/entries/001").write_bytes((path / "tile/entries/000").read_bytes()),
         r"^entry 256: in tile/entries/001"),
        (lambda path: (path / "tile/0/001").write_bytes(b""), r"^tile/0/001 has 0 bytes: not 256 hashes$"),
        (lambda path: (path / "tile/entries/001").write_bytes((path / "tile/entries/001").read_bytes() + b"x"),
         r"^tile/entries/001 is not a bundle of entries"),
        (lambda path: (path / "pending").write_bytes((path / "pending").read_bytes()[:-1] + b"x"),
         r"^pending, byte \d+: the record of entries 604 to 604 was changed$"),
        (lambda path: (path / "pending").write_bytes(b"junk" * 8), r"^pending, byte 0: the header of a record"),
    ],
    ids=["entry", "last entry", "leaf tile", "upper tile", "no bundle", "no leaf tile", "no upper tile",
         "no checkpoint", "spoilt checkpoint", "older partial tile", "bundle repeated", "empty tile", "long bundle",
         "journal", "junk in the journal"],
)  # fmt: skip
def test_what_was_done_is_found_at_its_place(path, signer, do, fault):
    do(path)
    assert re.search(fault, words(path, signer), re.MULTILINE), words(path, signer)


def rewritten(path, signer, entries):
    """A log that was written anew with other entries, all of it right, by who holds the key."""
    growth = grow(Edge(), entries)
    shutil.rmtree(path)
    for name, data in growth.files.items():
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_bytes(data)
    (path / "checkpoint").write_bytes(sign_checkpoint(Checkpoint("lanthorn/met", growth.edge.head), signer))


@pytest.mark.parametrize("kept", [COVERED + 10, COVERED])
def test_a_log_written_anew_is_found_by_a_checkpoint_written_down_before(path, signer, kept):
    before = check_folder(path, signer.verifier).head
    log = Log(path, lambda: AT, signer)
    entries = [log.prove(0).entry.replace(b'"n":"0"', b'"n":"7"') for _ in range(kept)]
    rewritten(path, signer, entries)
    assert check_folder(path, signer.verifier).ok
    assert f"the first {COVERED} entries do not give the head written down before" in words(path, signer, before)


def test_a_log_cut_off_is_found_by_a_checkpoint_written_down_before(path, signer):
    before = check_folder(path, signer.verifier).head
    log = Log(path, lambda: AT, signer)
    rewritten(path, signer, [log.prove(number).entry for number in range(300)])
    assert check_folder(path, signer.verifier).ok
    assert f"covers 300 entries, but the head written down before has {COVERED}" in words(path, signer, before)


@pytest.mark.parametrize("size", [0, 1, 255, 256, 257, 530, COVERED])
def test_every_earlier_head_is_accepted(path, signer, size):
    log = Log(path, lambda: AT, signer)
    head = grow(Edge(), [log.prove(number).entry for number in range(size)]).edge.head
    assert check_folder(path, signer.verifier, head).ok


def test_a_head_of_an_empty_log_has_the_empty_root(path, signer):
    assert check_folder(path, signer.verifier, EMPTY).ok
    assert "the first 0 entries do not give" in words(path, signer, Head(0, bytes(32)))
    assert EMPTY.root == EMPTY_ROOT


def test_a_checkpoint_by_another_key_is_found(path):
    other = log_signer("met", PrivateKey.new())
    assert "checkpoint: there is no signature by lanthorn/met" in words(path, other)


def test_without_the_key_all_but_the_signature_is_checked_and_it_says_so(path, signer):
    result = check_folder(path, None)
    assert (result.ok, result.signed) == (True, False)
    change(path, "tile/entries/000", b'"n":"7"', b'"n":"8"')
    assert not check_folder(path, None).ok


def test_a_folder_that_is_no_log_is_named(tmp_path, signer):
    assert "checkpoint is missing" in words(tmp_path / "nowhere", signer)
    (tmp_path / "file").touch()
    assert "cannot be read" in words(tmp_path / "file", signer)


def test_a_clock_that_went_back_is_a_note(log, clock, act, signer):
    log.append(act(0))
    clock.step = timedelta(hours=-1)
    log.append(act(1))
    log.integrate()
    result = log.verify()
    assert result.ok
    assert re.search(r"entry 606: its time, .*, is before that of the entry before it", str(result.notes[0]))


def test_what_a_crash_left_and_what_is_not_of_the_log_are_notes(path, signer):
    with (path / "pending").open("ab") as file:
        file.write(b"lanthorn")
    (path / "pending.torn-20261123T020000000000Z").write_bytes(b"torn")
    (path / "tile" / "readme").write_bytes(b"?")
    result = check_folder(path, signer.verifier)
    assert result.ok
    assert sorted(map(str, result.notes)) == [
        "pending.torn-20261123T020000000000Z holds 4 bytes of an append that broke off",
        "pending: the last 8 bytes are of an append that broke off",
        "tile/readme is not a file of the log",
    ]


def test_the_check_changes_nothing_and_needs_no_right_to_write(path, signer):
    with (path / "pending").open("ab") as file:
        file.write(b"torn")
    before = {file: file.read_bytes() for file in path.rglob("*") if file.is_file()}
    assert check_folder(path, signer.verifier).ok
    assert {file: file.read_bytes() for file in path.rglob("*") if file.is_file()} == before


def test_a_log_with_many_faults_is_counted_and_not_listed_for_ever(path, signer):
    data = (path / "tile/entries/000").read_bytes()
    (path / "tile/entries/000").write_bytes(data.replace(b"pc.demo", b"pc.dumb"))
    result = check_folder(path, signer.verifier)
    assert len(result.problems) == MAX_FINDINGS
    assert result.problems_left_out == 256 - MAX_FINDINGS
