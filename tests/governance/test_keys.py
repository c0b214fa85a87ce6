"""Keys: the published vectors, files, passphrases, and what is refused."""

import threading
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from governance.errors import BadKey, WrongPassphrase
from governance.keys import PrivateKey, PublicKey

VECTORS = [  # RFC 8032 section 7.1: secret, public, message, signature
    (
        "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
    ),
    (
        "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
    ),
]


@pytest.mark.parametrize(("secret", "public", "message", "signature"), VECTORS)
def test_the_vectors_of_rfc_8032(secret: str, public: str, message: str, signature: str) -> None:
    key = PrivateKey(Ed25519PrivateKey.from_private_bytes(bytes.fromhex(secret)))
    assert key.public.raw.hex() == public
    assert key.sign(bytes.fromhex(message)).hex() == signature
    assert key.public.verifies(bytes.fromhex(signature), bytes.fromhex(message))
    assert not key.public.verifies(bytes.fromhex(signature), bytes.fromhex(message) + b"x")


def test_a_key_is_kept_under_a_passphrase() -> None:
    key = PrivateKey.new()
    pem = key.pem("lamp oil shutter")
    assert pem.startswith(b"-----BEGIN ENCRYPTED PRIVATE KEY-----")
    assert PrivateKey.from_pem(pem, "lamp oil shutter").public == key.public
    for wrong in ("lamp oil shutteR", None, ""):
        with pytest.raises(WrongPassphrase):
            PrivateKey.from_pem(pem, wrong)


def test_a_key_shows_nothing_of_itself() -> None:
    key = PrivateKey.new()
    assert repr(key) == f"PrivateKey(id={key.public.id})"


def test_what_is_no_key_is_refused() -> None:
    other = X25519PrivateKey.generate().private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    for pem in (b"", b"nonsense", other):
        with pytest.raises(BadKey):
            PrivateKey.from_pem(pem)


@pytest.mark.parametrize("text", ["", "AAAA", "not base64!", "é"])
def test_what_is_no_public_key_is_refused(text: str) -> None:
    with pytest.raises(BadKey):
        PublicKey.from_text(text)


def test_a_public_key_reads_back() -> None:
    public = PrivateKey.new().public
    assert PublicKey.from_text(public.text) == public
    assert len(public.id) == 16


def test_a_signature_of_another_length_is_none(tmp_path: Path) -> None:
    assert not PrivateKey.new().public.verifies(b"short", b"message")


def test_a_key_is_made_once_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "trust.pem"
    made = PrivateKey.load_or_make(path)
    assert PrivateKey.load_or_make(path).public == made.public
    assert path.stat().st_mode & 0o777 == 0o600
    assert [file.name for file in path.parent.iterdir()] == ["trust.pem"]


def test_who_comes_at_once_gets_one_key(tmp_path: Path) -> None:
    path = tmp_path / "trust.pem"
    found: list[PublicKey] = []
    threads = [threading.Thread(target=lambda: found.append(PrivateKey.load_or_make(path).public)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert len(set(found)) == 1


def test_a_key_file_that_is_spoilt_is_refused_and_left(tmp_path: Path) -> None:
    path = tmp_path / "trust.pem"
    path.write_bytes(b"spoilt")
    with pytest.raises(BadKey):
        PrivateKey.load_or_make(path)
    assert path.read_bytes() == b"spoilt"
