"""The officers' keys: made by the officer, trusted by an administrator, opened with the passphrase alone."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from governance.authority.states import Step
from governance.authority.trust import Trust
from governance.errors import BadDocument, PasswordRefused, WrongPassphrase
from governance.keys import PrivateKey
from governance.roles import Role
from ingest.database.engine import read_transaction, write_transaction
from ingest.database.schema import officer_key, trust_list
from ingest.errors import BadInput, Conflict, NotFound, TooManyTries
from tests.governance.authority.drawn import FORCE
from tests.ingest.authorities.conftest import BRAND, CLERK, LUMEN, PASSPHRASE, Office, person

EMBER = person("ci.ember", Role.AUTHORISING_OFFICER)


def test_a_key_counts_only_when_an_administrator_trusts_it(office: Office) -> None:
    keys = office.authorities.keys
    made = keys.make(PASSPHRASE, EMBER)
    with pytest.raises(NotFound, match="no key that is trusted now"):
        keys.unlock(PASSPHRASE, EMBER)
    trusted = keys.trust(made.fingerprint.upper(), "chief-inspector", CLERK)
    assert (trusted.rank, trusted.trusted_from) == ("chief-inspector", office.clock())
    _, officer = keys.unlock(PASSPHRASE, EMBER)
    assert (officer.account, officer.rank) == ("ci.ember", "chief-inspector")
    assert keys.trusted().number == 4
    assert [act.act for act in office.acts("authority.key")][-2:] == ["authority.key-make", "authority.key-trust"]


def test_the_private_half_lies_encrypted(office: Office) -> None:
    with read_transaction(office.engine) as connection:
        rows = connection.execute(select(officer_key)).all()
    for row in rows:
        assert bytes(row.private).startswith(b"-----BEGIN ENCRYPTED PRIVATE KEY-----")
        assert PrivateKey.from_pem(bytes(row.private), PASSPHRASE).public.text == row.public


def test_the_list_is_signed_by_the_forces_own_key_and_rises(office: Office) -> None:
    keys = office.authorities.keys
    before = Trust.read(keys.trust_bytes(), office.anchor.public, FORCE)
    keys.retire(keys.all()[0].key_id, CLERK)
    assert Trust.read(keys.trust_bytes(), office.anchor.public, FORCE).number == before.number + 1


def test_a_trust_list_that_was_changed_in_the_database_is_refused(office: Office) -> None:
    with write_transaction(office.engine) as connection:
        document = bytes(connection.execute(select(trust_list.c.document).where(trust_list.c.number == 3)).scalar_one())
        spoilt = document.replace(b'"rank":"inspector"', b'"rank":"commander"')
        connection.execute(update(trust_list).where(trust_list.c.number == 3).values(document=spoilt))
    with pytest.raises(BadDocument):
        office.authorities.keys.trusted()
    decision = office.authorities.may("list.publish", "x", "AUTH-2026-0001", office.clock())
    assert not decision.allowed


@pytest.mark.parametrize("passphrase", ["", "short", " " * 11, "a" * 1_025, "line\nbreak and more", "\ud800" * 12])
def test_a_passphrase_that_is_too_weak_is_refused(small_office: Office, passphrase: str) -> None:
    with pytest.raises(PasswordRefused):
        small_office.authorities.keys.make(passphrase, EMBER)


def test_a_passphrase_is_the_same_however_it_was_typed(small_office: Office) -> None:
    keys = small_office.authorities.keys
    keys.trust(keys.make("cafe\u0301 lamp brass", EMBER).fingerprint, "inspector", CLERK)
    keys.unlock("caf\u00e9 lamp brass", EMBER)


def test_one_key_at_a_time(office: Office) -> None:
    keys = office.authorities.keys
    with pytest.raises(Conflict, match="has a key that counts already"):
        keys.make(PASSPHRASE, BRAND)
    keys.retire(next(key.key_id for key in keys.all() if key.account == "di.brand"), BRAND)
    office.clock.forward(seconds=1)
    again = keys.make(PASSPHRASE, BRAND)
    keys.trust(again.fingerprint, "inspector", CLERK)
    assert keys.unlock(PASSPHRASE, BRAND)[0].public.id == again.key_id


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"fingerprint": "00"}, NotFound),
        ({"rank": "wizard"}, BadInput),
        ({"by": EMBER}, BadInput),
        ({"until": timedelta(0)}, BadInput),
    ],
)
def test_what_is_not_put_on_the_list(small_office: Office, change: dict[str, Any], error: type[Exception]) -> None:
    keys = small_office.authorities.keys
    made = keys.make(PASSPHRASE, EMBER)
    given: dict[str, Any] = {"fingerprint": made.fingerprint, "rank": "inspector", "by": CLERK, **change}
    if "until" in given:
        given["until"] = small_office.clock() + given["until"]
    with pytest.raises(error):
        keys.trust(**given)
    assert keys.find(made.key_id).trusted_from is None


def test_a_retired_key_does_not_come_back(office: Office) -> None:
    keys = office.authorities.keys
    key = keys.all()[0]
    keys.retire(key.key_id, CLERK)
    with pytest.raises(Conflict, match="was on the trust list before"):
        keys.trust(key.fingerprint, "inspector", CLERK)
    with pytest.raises(Conflict, match="retired already"):
        keys.retire(key.key_id, CLERK)
    assert keys.retire(key.key_id, CLERK, compromised=True).compromised
    with pytest.raises(NotFound):
        keys.retire("0" * 16, CLERK)


def test_a_wrong_passphrase_is_logged_and_slows_down(small_office: Office) -> None:
    made = small_office.submitted()
    for _ in range(5):
        with pytest.raises(WrongPassphrase):
            small_office.step(made, Step.GRANT, passphrase="brass wick chimney")
    with pytest.raises(TooManyTries):
        small_office.step(made, Step.GRANT)
    assert [act.details["failures"] for act in small_office.acts("authority.key-refused")] == [1, 2, 3, 4, 5]
    small_office.step(made, Step.REFUSE, by=LUMEN)
    small_office.clock.forward(minutes=15)
    small_office.authorities.keys.unlock(PASSPHRASE, BRAND)


def test_without_any_key_the_list_is_empty_and_of_number_1(small_office: Office, tmp_path: Any) -> None:
    from ingest.authorities.register import Authorities
    from ingest.database.engine import open_engine

    engine = open_engine(f"sqlite:///{tmp_path / 'other.db'}")
    empty = Authorities(
        engine,
        small_office.log,
        small_office.clock,
        force=FORCE,
        anchor=small_office.anchor,
        rules=small_office.authorities.rules,
    )
    assert (empty.keys.trusted().number, empty.keys.trusted().keys) == (1, {})
    engine.dispose()
