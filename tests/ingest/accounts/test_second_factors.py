"""The second factor on both engines: what each session may do, drift, replay, guessing, recovery and reset."""

import threading
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, select

from governance import totp
from governance.log import Log
from governance.roles import Role
from governance.sealing import Sealer
from governance.second_factor import Standing
from ingest.accounts import FIRST_WAIT, FREE_TRIES, SEALED_FOR, Accounts, Session
from ingest.accounts.second_factors import OFFER_LIFE
from ingest.accounts.sessions import UNFINISHED_LIMIT
from ingest.database import schema
from ingest.database.engine import read_transaction
from ingest.errors import BadInput, Conflict, NotFound, SecondFactorNeeded, SignInRefused, TooManyTries

PASSWORD = "three random words"
STEP = timedelta(seconds=totp.STEP_S)


class Phone:
    """An authenticator app with one secret. off: how many steps its clock is off."""

    def __init__(self, secret: bytes, clock: Any) -> None:
        self.secret = secret
        self._clock = clock

    def code(self, off: int = 0) -> str:
        return totp.code_at(self.secret, totp.step_at(self._clock()) + off)


@pytest.fixture
def accounts(engine: Engine, log: Log, clock: Any) -> Accounts:
    """Accounts without passwords, which take a while to hash: people come in by links."""
    accounts = Accounts(engine, log, clock, Sealer(bytes(32), SEALED_FOR))
    accounts.create("alice", "Alice Archer", [Role.PATROL], None, "system:setup")
    return accounts


@pytest.fixture
def boss(accounts: Accounts) -> str:
    accounts.create("boss", "The Administrator", [Role.ADMIN], None, "system:setup")
    return "boss"


@pytest.fixture
def phone(accounts: Accounts, boss: str, clock: Any) -> Phone:
    """boss's, set up a minute ago."""
    phone, _ = set_up(accounts, visit(accounts, enter(accounts, boss)), clock)
    clock.forward(seconds=60)
    return phone


def set_up(accounts: Accounts, session: Session, clock: Any, proof: str = "") -> tuple[Phone, Any]:
    offer = accounts.second_factors.offer(session.person)
    phone = Phone(offer.secret, clock)
    return phone, accounts.second_factors.set_up(session, offer, phone.code(), proof)


def enter(accounts: Accounts, name: str) -> str:
    return accounts.enter(accounts.make_link(name, timedelta(hours=1)))


def visit(accounts: Accounts, token: str) -> Session:
    session = accounts.visit(token)
    assert session is not None
    return session


def acts(log: Log, act: str) -> list[dict[str, Any]]:
    return [dict(entry.act.details) for entry in log.read() if entry.act.act == act]


def test_what_a_password_alone_reaches(accounts: Accounts, clock: Any) -> None:
    for name, role in (("pc", Role.PATROL), ("super", Role.AUTHORISING_OFFICER)):
        accounts.create(name, name, [role], PASSWORD, "system:setup")
    assert visit(accounts, accounts.sign_in("pc", PASSWORD)).standing is Standing.OPEN
    waiting = accounts.sign_in("super", PASSWORD)
    assert visit(accounts, waiting).standing is Standing.SET_UP_NEEDED
    assert accounts.person(waiting) is None
    set_up(accounts, visit(accounts, waiting), clock)
    again = accounts.sign_in("super", PASSWORD)
    assert visit(accounts, again).standing is Standing.CODE_NEEDED
    assert accounts.person(again) is None


def test_a_link_stands_for_the_password_only_unless_the_demo_made_it(accounts: Accounts, boss: str, log: Log) -> None:
    plain = accounts.enter(accounts.make_link(boss, timedelta(hours=1)))
    assert visit(accounts, plain).standing is Standing.SET_UP_NEEDED
    demo = accounts.enter(accounts.make_link(boss, timedelta(hours=1), second_factor=True))
    assert visit(accounts, demo).standing is Standing.OPEN
    assert [each["second_factor"] for each in acts(log, "account.link")] == [False, True]
    assert [each["second_factor"] for each in acts(log, "account.sign-in")] == ["none", "link"]


def test_the_code_opens_the_session_under_a_new_token(accounts: Accounts, boss: str, phone: Phone, log: Log) -> None:
    waiting = enter(accounts, boss)
    opened = accounts.second_factors.give(visit(accounts, waiting), phone.code())
    assert accounts.person(opened) is not None
    assert accounts.visit(waiting) is None, "the token from before the code is worth nothing"
    assert acts(log, "account.second-factor")[-1] == {"how": "code"}


@pytest.mark.parametrize(("off", "taken"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_a_phone_may_be_a_step_off(accounts: Accounts, boss: str, phone: Phone, off: int, taken: bool) -> None:
    session = visit(accounts, enter(accounts, boss))
    if taken:
        assert accounts.second_factors.give(session, phone.code(off))
    else:
        with pytest.raises(SignInRefused, match="the code is not good"):
            accounts.second_factors.give(session, phone.code(off))


def test_a_code_counts_once_and_none_before_it_afterwards(
    accounts: Accounts, boss: str, phone: Phone, clock: Any
) -> None:
    used = phone.code()
    accounts.second_factors.give(visit(accounts, enter(accounts, boss)), used)
    for code in (used, phone.code(-1)):
        with pytest.raises(SignInRefused):
            accounts.second_factors.give(visit(accounts, enter(accounts, boss)), code)
    clock.now += STEP
    assert accounts.second_factors.give(visit(accounts, enter(accounts, boss)), phone.code())


def test_the_code_that_set_it_up_is_used_up_too(accounts: Accounts, boss: str, clock: Any) -> None:
    phone, _ = set_up(accounts, visit(accounts, enter(accounts, boss)), clock)
    with pytest.raises(SignInRefused):
        accounts.second_factors.give(visit(accounts, enter(accounts, boss)), phone.code())


def test_of_many_tries_at_once_with_one_code_one_gets_in(accounts: Accounts, boss: str, phone: Phone) -> None:
    sessions = [visit(accounts, accounts.enter(accounts.make_link(boss, timedelta(hours=1)))) for _ in range(6)]
    inside: list[str] = []

    def give(session: Session) -> None:
        with suppress(SignInRefused):
            inside.append(accounts.second_factors.give(session, phone.code()))

    threads = [threading.Thread(target=give, args=[session]) for session in sessions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(inside) == 1


def test_guessing_is_slow_and_signing_in_again_gives_no_new_tries(
    accounts: Accounts, boss: str, phone: Phone, clock: Any, log: Log
) -> None:
    for number in range(FREE_TRIES):
        with pytest.raises(SignInRefused, match="not good"):
            accounts.second_factors.give(visit(accounts, enter(accounts, boss)), f"{number:06}")
    waiting = visit(accounts, enter(accounts, boss))
    with pytest.raises(TooManyTries):
        accounts.second_factors.give(waiting, phone.code())
    assert [each["failures"] for each in acts(log, "account.second-factor-refused")] == [1, 2, 3, 4, 5]
    clock.now += FIRST_WAIT
    assert accounts.second_factors.give(waiting, phone.code())


def test_the_right_password_gives_no_new_tries_with_codes(accounts: Accounts, clock: Any) -> None:
    accounts.create("super", "Superintendent", [Role.AUTHORISING_OFFICER], PASSWORD, "system:setup")
    set_up(accounts, visit(accounts, enter(accounts, "super")), clock)
    for _ in range(FREE_TRIES):
        with pytest.raises(SignInRefused):
            accounts.second_factors.give(visit(accounts, enter(accounts, "super")), "000000")
    with pytest.raises(TooManyTries):
        accounts.sign_in_at_once("super", PASSWORD, "000000")
    with pytest.raises(TooManyTries):
        accounts.sign_in_at_once("super", PASSWORD, "000000")


@pytest.mark.parametrize(
    "typed", ["", " ", "12345", "1234567", "abcdef", "\uff11\uff12\uff13\uff14\uff15\uff16", "\ud800", "x" * 100]
)
def test_what_is_no_code_is_refused(accounts: Accounts, boss: str, phone: Phone, typed: str) -> None:
    with pytest.raises(SignInRefused):
        accounts.second_factors.give(visit(accounts, enter(accounts, boss)), typed)


def test_a_recovery_code_is_good_once(accounts: Accounts, boss: str, clock: Any, log: Log) -> None:
    _, done = set_up(accounts, visit(accounts, enter(accounts, boss)), clock)
    first = visit(accounts, enter(accounts, boss))
    opened = accounts.second_factors.give(first, done.codes[3].upper())
    held = accounts.second_factors.held(first.person.account_id)
    assert held is not None
    assert held.codes_left == 9
    with pytest.raises(SignInRefused):
        accounts.second_factors.give(visit(accounts, enter(accounts, boss)), done.codes[3])
    assert acts(log, "account.second-factor")[-1] == {"how": "recovery-code"}
    fresh = accounts.second_factors.renew_codes(visit(accounts, opened), done.codes[4])
    assert not set(fresh) & set(done.codes)
    with pytest.raises(SignInRefused):
        accounts.second_factors.give(visit(accounts, enter(accounts, boss)), done.codes[0])


def test_setting_up_wants_the_code_of_the_secret_that_was_shown(accounts: Accounts, boss: str, clock: Any) -> None:
    session = visit(accounts, enter(accounts, boss))
    offer = accounts.second_factors.offer(session.person)
    with pytest.raises(BadInput, match="not the one that the app shows"):
        accounts.second_factors.set_up(session, offer, Phone(totp.new_secret(), clock).code())
    assert accounts.second_factors.held(session.person.account_id) is None
    assert accounts.second_factors.offered(session.person, offer.sealed) == offer


def test_an_offer_is_one_persons_and_for_a_while(accounts: Accounts, boss: str, clock: Any) -> None:
    mine = visit(accounts, enter(accounts, boss))
    other = visit(accounts, enter(accounts, "alice"))
    sealed = accounts.second_factors.offer(mine.person).sealed
    for person, given in ((other.person, sealed), (mine.person, "00" * 40), (mine.person, "no hex")):
        with pytest.raises(BadInput, match="not one that was made for you"):
            accounts.second_factors.offered(person, given)
    clock.now += OFFER_LIFE
    with pytest.raises(BadInput, match="too old"):
        accounts.second_factors.offered(mine.person, sealed)


def test_who_waits_for_a_code_cannot_set_up_another_instead(
    accounts: Accounts, boss: str, phone: Phone, clock: Any
) -> None:
    with pytest.raises(SignInRefused, match="first"):
        set_up(accounts, visit(accounts, enter(accounts, boss)), clock)


def test_replacing_wants_the_old_one_and_ends_other_sessions(
    accounts: Accounts, boss: str, phone: Phone, clock: Any
) -> None:
    here = accounts.second_factors.give(visit(accounts, enter(accounts, boss)), phone.code())
    clock.now += 2 * STEP
    there = accounts.second_factors.give(visit(accounts, enter(accounts, boss)), phone.code())
    clock.now += 2 * STEP
    for proof in ("", "000000"):
        with pytest.raises(SignInRefused):
            set_up(accounts, visit(accounts, here), clock, proof)
    newer, done = set_up(accounts, visit(accounts, here), clock, phone.code())
    assert accounts.person(done.token) is not None
    assert accounts.visit(here) is None
    assert accounts.visit(there) is None
    clock.now += 2 * STEP
    waiting = visit(accounts, enter(accounts, boss))
    with pytest.raises(SignInRefused):
        accounts.second_factors.give(waiting, phone.code())
    assert accounts.second_factors.give(waiting, newer.code())


def test_who_needs_none_may_have_one_and_is_asked_for_it_everywhere_from_then_on(
    accounts: Accounts, clock: Any
) -> None:
    here, there = enter(accounts, "alice"), enter(accounts, "alice")
    _, done = set_up(accounts, visit(accounts, here), clock)
    assert accounts.person(done.token) is not None
    assert accounts.visit(there) is None
    assert visit(accounts, enter(accounts, "alice")).standing is Standing.CODE_NEEDED


def test_a_session_does_not_wait_for_its_second_factor_for_ever(accounts: Accounts, boss: str, clock: Any) -> None:
    waiting = enter(accounts, boss)
    clock.now += UNFINISHED_LIMIT - STEP
    assert accounts.visit(waiting) is not None
    clock.now += STEP
    assert accounts.visit(waiting) is None


def test_a_program_gives_all_at_once_or_gets_nothing(accounts: Accounts, clock: Any, engine: Engine) -> None:
    accounts.create("super", "Superintendent", [Role.AUTHORISING_OFFICER], PASSWORD, "system:setup")
    with pytest.raises(SecondFactorNeeded) as caught:
        accounts.sign_in_at_once("super", PASSWORD)
    assert caught.value.standing is Standing.SET_UP_NEEDED
    phone, done = set_up(accounts, visit(accounts, enter(accounts, "super")), clock)
    accounts.sign_out(done.token)
    clock.now += 2 * STEP
    with pytest.raises(SecondFactorNeeded) as caught:
        accounts.sign_in_at_once("super", PASSWORD)
    assert caught.value.standing is Standing.CODE_NEEDED
    with pytest.raises(SignInRefused, match="code is not good"):
        accounts.sign_in_at_once("super", PASSWORD, "000000")
    with read_transaction(engine) as connection:
        assert connection.execute(select(schema.session)).all() == []
    assert accounts.person(accounts.sign_in_at_once("super", PASSWORD, phone.code())) is not None


def test_a_reset_is_by_somebody_else_and_ends_everything(accounts: Accounts, boss: str, phone: Phone, log: Log) -> None:
    token = accounts.second_factors.give(visit(accounts, enter(accounts, boss)), phone.code())
    with pytest.raises(Conflict, match="nobody resets their own"):
        accounts.second_factors.reset(boss, boss)
    accounts.second_factors.reset(boss, "other.admin")
    assert accounts.visit(token) is None
    assert visit(accounts, enter(accounts, boss)).standing is Standing.SET_UP_NEEDED
    (act,) = [entry.act for entry in log.read() if entry.act.act == "account.second-factor-reset"]
    assert (act.actor, act.objects) == ("other.admin", {"account": boss})
    for name in (boss, "alice", "nobody"):
        with pytest.raises(NotFound):
            accounts.second_factors.reset(name, "other.admin")


def test_no_secret_and_no_code_is_in_the_database_or_the_log(
    accounts: Accounts, boss: str, clock: Any, engine: Engine, log: Log
) -> None:
    phone, done = set_up(accounts, visit(accounts, enter(accounts, boss)), clock)
    with read_transaction(engine) as connection:
        rows = str([connection.execute(select(table)).all() for table in schema.metadata.sorted_tables])
    held = rows + str([entry.act for entry in log.read()])
    secrets = (repr(phone.secret), phone.secret.hex(), totp.as_text(phone.secret), phone.code(), *done.codes)
    assert not any(secret in held for secret in secrets)


def test_under_another_key_a_second_factor_lets_nobody_in_but_a_recovery_code_does(
    accounts: Accounts, boss: str, clock: Any, engine: Engine, log: Log
) -> None:
    phone, done = set_up(accounts, visit(accounts, enter(accounts, boss)), clock)
    clock.now += 2 * STEP
    elsewhere = Accounts(engine, log, clock, Sealer(bytes(31) + b"x", SEALED_FOR))
    session = visit(elsewhere, enter(elsewhere, boss))
    with pytest.raises(SignInRefused):
        elsewhere.second_factors.give(session, phone.code())
    assert elsewhere.second_factors.give(session, done.codes[0])
