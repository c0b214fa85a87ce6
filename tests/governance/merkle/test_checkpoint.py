"""C2SP tlog-checkpoint and tlog-cosignature, against an independent implementation, both ways."""

from datetime import UTC, datetime

import aics_tlog
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from governance.errors import BadNote
from governance.keys import PrivateKey
from governance.merkle.checkpoint import (
    EMPTY,
    Checkpoint,
    Head,
    cosign,
    cosigned_at,
    read_checkpoint,
    sign_checkpoint,
)
from governance.merkle.notes import Kind, Note, Signer, sign_text

AT = datetime(2026, 11, 23, 2, 14, 5, tzinfo=UTC)
LOG_KEY, WITNESS_KEY = (Ed25519PrivateKey.from_private_bytes(bytes([number]) * 32) for number in (1, 2))
LOG = Signer("lanthorn/met", PrivateKey(LOG_KEY))
WITNESS = Signer("mopac.example/witness", PrivateKey(WITNESS_KEY), Kind.COSIGNATURE)
# The example of c2sp.org/tlog-checkpoint, text alone.
EXAMPLE = "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"

heads = st.builds(Head, st.integers(1, 2**63 - 1), st.binary(min_size=32, max_size=32)) | st.just(EMPTY)
lines = st.text(st.characters(exclude_categories=["Cc", "Cs"]), min_size=1, max_size=30)


def test_the_example_of_the_specification_is_read():
    made = Checkpoint.parse(EXAMPLE)
    assert (made.origin, made.head.size) == ("example.com/behind-the-sofa", 20_852_163)
    assert made.text == EXAMPLE


@given(heads, st.lists(lines, max_size=2).map(tuple), st.integers(0, 4_000_000_000))
def test_an_independent_implementation_agrees_both_ways(head, extensions, seconds):
    checkpoint = Checkpoint("lanthorn/met", head, extensions)
    at = datetime.fromtimestamp(seconds, UTC)
    signed = sign_checkpoint(checkpoint, LOG)
    theirs = aics_tlog.Checkpoint("lanthorn/met", head.size, head.root, extensions)
    assert aics_tlog.sign_checkpoint(theirs, LOG_KEY, "lanthorn/met").to_bytes() == signed
    assert read_checkpoint(signed, LOG.verifier) == checkpoint

    cosigned = cosign(Note.parse(signed), WITNESS, at)
    log_key, witness_key = map(aics_tlog.parse_vkey, (LOG.verifier.text, WITNESS.verifier.text))
    result = aics_tlog.verify_checkpoint(
        aics_tlog.parse_note(cosigned.to_bytes().decode()), log_key, [witness_key], quorum=1
    )
    assert result.ok, result.error
    assert result.timestamps == {"mopac.example/witness": seconds}

    _, line = aics_tlog.sign_cosignature(
        WITNESS_KEY, "mopac.example/witness", seconds, "lanthorn/met", head.size, head.root, extensions
    )
    theirs_too = aics_tlog.Note(checkpoint.text, (line,)).to_bytes()
    assert cosigned_at(Note.parse(theirs_too), WITNESS.verifier) == at
    assert cosigned_at(cosigned, WITNESS.verifier) == at


def test_a_witness_that_cosigns_again_has_one_line():
    note = Note.parse(sign_checkpoint(Checkpoint("lanthorn/met", EMPTY), LOG))
    twice = cosign(cosign(note, WITNESS, AT), WITNESS, AT.replace(hour=3))
    assert len(twice.lines) == 2
    assert cosigned_at(twice, WITNESS.verifier) == AT.replace(hour=3)


def test_a_note_that_the_witness_did_not_cosign_says_so():
    assert cosigned_at(Note.parse(sign_checkpoint(Checkpoint("lanthorn/met", EMPTY), LOG)), WITNESS.verifier) is None


@given(st.data())
def test_any_byte_of_a_checkpoint_that_is_changed_is_found(data):
    made = bytearray(sign_checkpoint(Checkpoint("lanthorn/met", Head(1_234, bytes(range(32)))), LOG))
    made[data.draw(st.integers(0, len(made) - 1))] ^= data.draw(st.integers(1, 255))
    with pytest.raises(BadNote):
        read_checkpoint(bytes(made), LOG.verifier)


@given(st.data())
def test_any_bit_of_a_cosignature_that_is_changed_is_found(data):
    note = cosign(Note.parse(sign_checkpoint(Checkpoint("lanthorn/met", EMPTY), LOG)), WITNESS, AT)
    line = note.lines[-1]
    bad = bytearray(line.signature)
    bad[data.draw(st.integers(0, len(bad) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    changed = Note(note.text, (type(line)(line.name, line.id, bytes(bad)),))
    with pytest.raises(BadNote, match="not over this text"):
        cosigned_at(changed, WITNESS.verifier)


def test_a_date_that_there_is_not_is_refused():
    text, seconds = Checkpoint("lanthorn/met", EMPTY).text, 2**63
    signature = WITNESS.key.sign(f"cosignature/v1\ntime {seconds}\n{text}".encode())
    line = cosign(Note(text), WITNESS, AT).lines[0]
    with pytest.raises(BadNote, match="no date"):
        cosigned_at(
            Note(text, (type(line)(line.name, line.id, seconds.to_bytes(8, "big") + signature),)), WITNESS.verifier
        )


def test_a_plain_signature_is_no_cosignature():
    with pytest.raises(BadNote, match="not one for cosignatures"):
        cosigned_at(sign_text("text\n", LOG), LOG.verifier)


def test_a_checkpoint_of_another_log_is_refused():
    other = Signer("lanthorn/kent", LOG.key)
    with pytest.raises(BadNote, match="of 'lanthorn/kent', not of 'lanthorn/met'"):
        read_checkpoint(sign_checkpoint(Checkpoint("lanthorn/kent", EMPTY), other), LOG.verifier)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "lanthorn/met\n",
        "lanthorn/met\n1\n",
        EXAMPLE[:-1],
        EXAMPLE.replace("20852163", "020852163"),
        EXAMPLE.replace("20852163", "-1"),
        EXAMPLE.replace("20852163", "+1"),
        EXAMPLE.replace("20852163", "1_0"),
        EXAMPLE.replace("20852163", "\u0661"),
        EXAMPLE.replace("20852163", str(2**63)),
        EXAMPLE.replace("20852163", "0"),
        EXAMPLE.replace("CsUY", ""),
        EXAMPLE.replace("q2I=", "q2J="),
        EXAMPLE + "\n",
    ],
)
def test_what_is_not_a_checkpoint_is_refused(text):
    with pytest.raises(BadNote):
        Checkpoint.parse(text)


def test_a_head_reads_back_as_it_is_written():
    head = Head(7, bytes(range(32)))
    assert Head.parse(str(head)) == head


@pytest.mark.parametrize("text", ["", "7", "7:", "x:" + "0" * 64, "7:" + "0" * 63, "7:" + "A" * 64, "07:" + "0" * 64])
def test_what_is_not_a_head_is_refused(text):
    with pytest.raises(BadNote):
        Head.parse(text)
