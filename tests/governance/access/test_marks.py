import stat

import pytest

from governance.access.marks import KEY_BYTES, digest, load_or_make
from governance.errors import BadKey


def test_a_digest_depends_on_the_mark_and_on_the_key():
    one, other = bytes(KEY_BYTES), bytes([1] * KEY_BYTES)
    assert digest("AB12CDE", one) == digest("AB12CDE", one)
    assert len({digest("AB12CDE", one), digest("AB12CDF", one), digest("AB12CDE", other)}) == 3


def test_the_key_is_made_once_and_only_its_owner_may_read_it(tmp_path):
    path = tmp_path / "keys" / "marks.key"
    key = load_or_make(path)
    assert load_or_make(path) == key
    assert len(key) == KEY_BYTES
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(path.parent.iterdir()) == [path]


def test_another_file_in_its_place_is_refused(tmp_path):
    path = tmp_path / "marks.key"
    path.write_bytes(b"short")
    with pytest.raises(BadKey, match="has 5 bytes, not 32"):
        load_or_make(path)
    with pytest.raises(BadKey):
        digest("AB12CDE", b"short")
