"""Sealed secrets: they open with the same key, purpose and subject, and with nothing else."""

import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from governance.errors import BadKey, BadSeal
from governance.sealing import KEY_BYTES, Sealer

KEY = bytes(range(KEY_BYTES))
SEALER = Sealer(KEY, "tests")


@given(st.binary(max_size=200), st.text(max_size=20))
def test_what_is_sealed_opens(secret: bytes, about: str) -> None:
    sealed = SEALER.seal(secret, about)
    assert Sealer(KEY, "tests").open(sealed, about) == secret
    assert SEALER.seal(secret, about) != sealed


@given(st.data())
def test_any_changed_byte_is_found(data: st.DataObject) -> None:
    sealed = bytearray(SEALER.seal(b"secret", "alice"))
    place = data.draw(st.integers(0, len(sealed) - 1))
    sealed[place] ^= data.draw(st.integers(1, 255))
    with pytest.raises(BadSeal):
        SEALER.open(bytes(sealed), "alice")


@pytest.mark.parametrize(
    ("opener", "about"),
    [
        (Sealer(KEY, "tests"), "bob"),
        (Sealer(KEY, "something else"), "alice"),
        (Sealer(bytes(KEY_BYTES), "tests"), "alice"),
    ],
    ids=["another's row", "another purpose", "another key"],
)
def test_it_opens_for_nothing_else(opener: Sealer, about: str) -> None:
    with pytest.raises(BadSeal):
        opener.open(SEALER.seal(b"secret", "alice"), about)


@pytest.mark.parametrize("length", [0, 1, 12, 27])
def test_what_is_too_short_is_refused(length: int) -> None:
    with pytest.raises(BadSeal):
        SEALER.open(SEALER.seal(b"", "alice")[:length], "alice")


def test_the_key_is_made_once_and_only_its_owner_may_read_it(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "sealing.key"
    found: list[bytes] = []

    def one() -> None:
        found.append(Sealer.load_or_make(path, "tests").seal(b"secret", "alice"))

    threads = [threading.Thread(target=one) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {Sealer.load_or_make(path, "tests").open(sealed, "alice") for sealed in found} == {b"secret"}
    assert path.stat().st_mode & 0o777 == 0o600
    assert [each.name for each in path.parent.iterdir()] == ["sealing.key"]


def test_a_key_of_another_length_is_refused(tmp_path: Path) -> None:
    (tmp_path / "sealing.key").write_bytes(b"short")
    with pytest.raises(BadKey, match="32 bytes, this one 5"):
        Sealer.load_or_make(tmp_path / "sealing.key", "tests")


def test_a_sealer_shows_nothing_of_its_key() -> None:
    assert repr(SEALER) == "Sealer(purpose='tests')"
