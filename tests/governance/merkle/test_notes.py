"""C2SP signed-note: the specification's own example, and an independent implementation, both ways."""

import aics_tlog
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from governance.errors import BadKey, BadNote
from governance.keys import PrivateKey
from governance.merkle.notes import Kind, Note, Signer, Verifier, check_signature, sign_text

# The example of golang.org/x/mod/sumdb/note, from which the specification comes.
VKEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
NOTE = """If you think cryptography is the answer to your problem,
then you don't know what your problem is.

— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=
""".encode()
SEED = bytes(range(32))
RAW = Ed25519PrivateKey.from_private_bytes(SEED)
SIGNER = Signer("lanthorn/met", PrivateKey(RAW))


def test_the_example_of_the_specification_verifies():
    note, verifier = Note.parse(NOTE), Verifier.parse(VKEY)
    check_signature(note, verifier)
    assert note.to_bytes() == NOTE
    assert verifier.text == VKEY
    assert (verifier.name, verifier.id.hex(), verifier.kind) == ("PeterNeumann", "c74f20a3", Kind.ED25519)


names = st.from_regex(r"[^\s+\x00-\x1f]{1,40}", fullmatch=True).filter(
    lambda name: name.isprintable() and len(name.encode()) < 256
)
texts = st.text(st.characters(exclude_categories=["Cc", "Cs"]) | st.just("\n"), min_size=1, max_size=80).map(
    lambda text: text + "\n"
)


@given(names, texts, st.binary(min_size=32, max_size=32))
def test_what_we_sign_an_independent_implementation_verifies_and_the_other_way(name, text, seed):
    raw = Ed25519PrivateKey.from_private_bytes(seed)
    signer = Signer(name, PrivateKey(raw))
    theirs = aics_tlog.vkey_from_ed25519(name, signer.key.public.raw)
    assert aics_tlog.format_vkey(theirs) == signer.verifier.text
    assert Verifier.parse(signer.verifier.text) == signer.verifier

    note = sign_text(text, signer)
    read = aics_tlog.parse_note(note.to_bytes().decode())
    assert read.text == text
    assert aics_tlog.verify_note(read, [theirs])

    signed = aics_tlog.Note(text, (aics_tlog.sign_note(text, raw, name),)).to_bytes()
    assert signed == note.to_bytes()
    check_signature(Note.parse(signed), signer.verifier)


@given(st.data())
def test_any_byte_that_is_changed_is_found(data):
    made = bytearray(sign_text("lanthorn/met\n7\n", SIGNER).to_bytes())
    made[data.draw(st.integers(0, len(made) - 1))] ^= data.draw(st.integers(1, 255))
    with pytest.raises(BadNote):
        check_signature(Note.parse(bytes(made)), SIGNER.verifier)


@given(st.binary(max_size=200))
def test_any_bytes_are_a_note_or_refused(data):
    try:
        note = Note.parse(data)
    except BadNote:
        return
    assert note.to_bytes() == data


def test_signatures_by_others_are_left_alone():
    other = Signer("lanthorn/met", PrivateKey.new())
    note = sign_text("text\n", SIGNER)
    both = Note(note.text, (*sign_text("another\n", other).lines, *note.lines))
    check_signature(Note.parse(both.to_bytes()), SIGNER.verifier)
    with pytest.raises(BadNote, match="not over this text"):
        check_signature(both, other.verifier)


def test_a_note_without_this_keys_signature_is_refused():
    with pytest.raises(BadNote, match="there is no signature by PeterNeumann"):
        check_signature(sign_text("text\n", SIGNER), Verifier.parse(VKEY))


def test_two_signatures_by_one_key_are_refused():
    note = sign_text("text\n", SIGNER)
    with pytest.raises(BadNote, match="2 signatures by lanthorn/met"):
        check_signature(Note(note.text, note.lines * 2), SIGNER.verifier)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"text\n",
        b"text\n\n",
        b"text\n\n\n",
        NOTE[:-1],
        NOTE.replace(b"\n\n", b"\n"),
        NOTE.replace("—".encode(), b"-"),
        NOTE.replace(b"PeterNeumann ", b"Peter Neumann "),
        NOTE.replace(b"PeterNeumann ", b"Peter+Neumann "),
        NOTE.replace(b"nAM=", b"nAN="),
        NOTE.replace(b"nAM=", b"nAM"),
        NOTE.replace(b"problem,", b"problem\r"),
        NOTE.replace(b"problem,", b"\xff"),
        "text\n\n— name AAAAAA==\n".encode(),
        b"text\n\n" + "— name AAAAAAAA\n".encode() * 101,
        bytes(1_000_001),
    ],
)
def test_what_is_not_a_note_is_refused(data):
    with pytest.raises(BadNote):
        Note.parse(data)


@pytest.mark.parametrize("text", ["", "no newline", "a\tb\n", "\0\n"])
def test_a_text_that_no_note_can_hold_is_not_signed(text):
    with pytest.raises(BadNote):
        sign_text(text, SIGNER)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "name",
        "name+00000000",
        VKEY.replace("c74f20a3", "c74f20a4"),
        VKEY.replace("Peter", "Petra"),
        VKEY[:-4],
        VKEY.replace("+ARpc", "+BRpc"),
        VKEY.replace("+ARpc", "+/xpc"),
        VKEY.replace("PeterNeumann", "Peter Neumann"),
        "x+00000000+AA==",
    ],
)
def test_what_is_not_a_verifier_key_is_refused(text):
    with pytest.raises(BadKey):
        Verifier.parse(text)
