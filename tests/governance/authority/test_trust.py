from datetime import timedelta

import pytest

from governance.authority.trust import Trust, TrustBody, TrustedKey, sign_trust
from governance.errors import BadDocument
from governance.keys import PrivateKey
from governance.signed import Signed
from tests.governance.authority.drawn import BEFORE, FORCE, INSPECTOR, NOON, SUPERINTENDENT, Court

MS = timedelta(milliseconds=1)


def test_a_list_reads_back() -> None:
    court = Court.sitting()
    trust = Trust.read(court.trust_bytes(), court.anchor.public, FORCE)
    assert (trust.force, trust.number, len(trust.keys)) == (FORCE, 1, 2)
    key, entry = trust.keys[court.keys[INSPECTOR.account].public.id]
    assert (key, entry.officer) == (court.keys[INSPECTOR.account].public, INSPECTOR)


@pytest.mark.parametrize(
    ("moment", "trusted"),
    [(BEFORE - MS, False), (BEFORE, True), (NOON - MS, True), (NOON, False), (NOON + MS, False)],
)
def test_a_key_is_trusted_from_until(moment: object, trusted: bool) -> None:
    entry = TrustedKey(key="AA", officer=INSPECTOR, trusted_from=BEFORE, trusted_until=NOON)
    assert entry.at(moment) is trusted
    assert not entry.model_copy(update={"compromised": True}).at(moment)


def test_a_list_signed_by_anybody_else_is_refused() -> None:
    court = Court.sitting()
    with pytest.raises(BadDocument, match="not signed by the pinned key"):
        Trust.read(court.trust_bytes(), PrivateKey.new().public, FORCE)


def test_a_list_signed_by_somebody_else_as_well_is_refused() -> None:
    court = Court.sitting()
    signed = Signed.parse(court.trust_bytes(), "trust")
    both = Signed.make("trust", signed.body, court.anchor, PrivateKey.new())
    with pytest.raises(BadDocument, match="alone"):
        Trust.read(both.to_bytes(), court.anchor.public, FORCE)


def test_a_list_of_another_force_is_refused() -> None:
    court = Court.sitting()
    with pytest.raises(BadDocument, match="of essex, not of met"):
        Trust.read(court.trust_bytes(force="essex"), court.anchor.public, FORCE)


def test_a_list_with_what_is_no_key_is_refused() -> None:
    court = Court()
    entry = TrustedKey(key="AAAA", officer=SUPERINTENDENT, trusted_from=BEFORE)
    body = TrustBody(force=FORCE, number=1, issued_at=BEFORE, keys=(entry,))
    with pytest.raises(BadDocument, match="not a key"):
        Trust.read(sign_trust(body, court.anchor), court.anchor.public, FORCE)


def test_every_changed_byte_of_a_list_is_found() -> None:
    court = Court.sitting()
    whole = court.trust_bytes()
    for place in range(0, len(whole), 3):
        changed = bytearray(whole)
        changed[place] ^= 4
        with pytest.raises(BadDocument):
            Trust.read(bytes(changed), court.anchor.public, FORCE)
