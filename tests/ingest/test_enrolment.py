"""Enrolment, renewal and revocation, on both databases: what is given, and every refusal by name."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Engine

from governance.devices.authority import Authority, read_certificate
from governance.devices.requests import make_request, to_sign_renewal
from governance.errors import BadCertificateRequest
from governance.keys import PrivateKey
from governance.log import Act, Log
from ingest.accounts import FREE_TRIES
from ingest.device_keys import DeviceKeys
from ingest.enrolment import CODE_CHARACTERS, Enrolled, Enrolment, Unsigned
from ingest.errors import BadInput, EnrolmentRefused, NotFound, TooManyCodes

STREAM = UUID("0199c0de-0000-7000-8000-000000000001")
LIFE = timedelta(days=90)


class Office:
    """Where devices are enrolled."""

    def __init__(self, engine: Engine, log: Log, clock: Any, folder: Path) -> None:
        self.clock = clock
        self.log = log
        self.trust: PrivateKey | None = None
        self.authority = Authority.load_or_make(folder, "met", clock())
        self.keys = DeviceKeys(engine, log, clock)
        self.enrolment = Enrolment(
            engine,
            log,
            clock,
            self.authority,
            force="met",
            trust_key=lambda: None if self.trust is None else self.trust.public,
            code_life=timedelta(minutes=60),
            certificate_life=LIFE,
        )

    def enrol(self, key: PrivateKey, device: str = "car-7", unsigned: Unsigned | None = None) -> Enrolled:
        code = self.enrolment.make_code(device, "admin")
        return self.enrolment.enrol(device, code.text, make_request(device, key), unsigned)

    def renew(self, key: PrivateKey, enrolled: Enrolled, signer: PrivateKey | None = None) -> Enrolled:
        serial, request = self.serial(enrolled), make_request(enrolled.device, key)
        return self.enrolment.renew(serial, request, (signer or key).sign(to_sign_renewal(serial, request)))

    def serial(self, enrolled: Enrolled) -> str:
        return read_certificate(enrolled.certificate, self.authority.pem).serial

    def states(self) -> list[str]:
        return [each.state for each in self.keys.all()]

    def acts(self) -> list[Act]:
        return [entry.act for entry in self.log.read()]


@pytest.fixture
def office(engine: Engine, log: Log, clock: Any, tmp_path: Path) -> Office:
    return Office(engine, log, clock, tmp_path / "keys")


@pytest.fixture
def key() -> PrivateKey:
    return PrivateKey.new()


def test_a_code_gives_a_certificate_for_the_devices_key(office: Office, key: PrivateKey, clock: Any) -> None:
    office.trust = PrivateKey.new()
    enrolled = office.enrol(key)
    certificate = read_certificate(enrolled.certificate, enrolled.authority)
    assert (certificate.name, certificate.public) == ("car-7", key.public)
    assert (enrolled.device, enrolled.force, enrolled.trust_key) == ("car-7", "met", office.trust.public.text)
    assert abs(enrolled.ends_at - clock() - LIFE) < timedelta(seconds=1)
    known = office.keys.of(["car-7", "car-8"])
    assert known.keys() == {"car-7"}
    assert known["car-7"][key.public.id].key.public == key.public
    assert [(act.actor, act.act) for act in office.acts()] == [
        ("admin", "device.code"),
        ("device:car-7", "device.enrol"),
    ]
    assert office.acts()[1].details["code_by"] == "admin"


def test_a_code_can_be_read_out(office: Office, key: PrivateKey) -> None:
    code = office.enrolment.make_code("car-7", "admin")
    assert len(code.text) == 19
    assert set(code.text) <= set(CODE_CHARACTERS) | {"-"}
    typed = code.text.lower().replace("-", " ").replace("0", "o").replace("1", "l")
    assert office.enrolment.enrol("car-7", typed, make_request("car-7", key)).device == "car-7"


def test_no_code_is_in_the_log_or_the_message(office: Office, key: PrivateKey) -> None:
    code = office.enrolment.make_code("car-7", "admin")
    with pytest.raises(EnrolmentRefused) as refused:
        office.enrolment.enrol("car-8", code.text, make_request("car-8", key))
    assert code.text not in str(refused.value)
    assert all(code.text not in repr(act) for act in office.acts())


def wrong(office: Office, _code: str) -> tuple[str, str]:
    return "car-7", "AAAA-BBBB-CCCC-DDDD"


def of_another(office: Office, _code: str) -> tuple[str, str]:
    return "car-7", office.enrolment.make_code("car-8", "admin").text


def ended(office: Office, code: str) -> tuple[str, str]:
    office.clock.forward(minutes=60)
    return "car-7", code


def used(office: Office, code: str) -> tuple[str, str]:
    office.enrolment.enrol("car-7", code, make_request("car-7", PrivateKey.new()))
    return "car-7", code


def replaced(office: Office, code: str) -> tuple[str, str]:
    office.enrolment.make_code("car-7", "admin")
    return "car-7", code


@pytest.mark.parametrize(
    ("how", "says"),
    [
        (wrong, "not one of this device"),
        (of_another, "not one of this device"),
        (ended, "has ended"),
        (used, "used already"),
        (replaced, "has ended"),
    ],
)
def test_a_code_that_is_not_good_is_refused_and_logged(
    office: Office, key: PrivateKey, how: Callable[[Office, str], tuple[str, str]], says: str
) -> None:
    device, code = how(office, office.enrolment.make_code("car-7", "admin").text)
    before = len(office.keys.all())
    with pytest.raises(EnrolmentRefused, match=says):
        office.enrolment.enrol(device, code, make_request(device, key))
    assert len(office.keys.all()) == before
    assert (office.acts()[-1].act, office.acts()[-1].objects) == ("device.enrol-refused", {"device": "car-7"})


def test_a_name_that_nobody_knows_leaves_nothing_in_the_log(office: Office, key: PrivateKey) -> None:
    with pytest.raises(EnrolmentRefused):
        office.enrolment.enrol("invented", "AAAA-BBBB-CCCC-DDDD", make_request("invented", key))
    assert office.acts() == []


@pytest.mark.parametrize(
    ("request_pem", "says"),
    [("broken", "not a certificate request"), (make_request("car-8", PrivateKey.new()), "common name is not 'car-7'")],
)
def test_a_request_that_cannot_be_met_does_not_use_up_the_code(
    office: Office, key: PrivateKey, request_pem: str, says: str
) -> None:
    code = office.enrolment.make_code("car-7", "admin").text
    with pytest.raises(BadCertificateRequest, match=says):
        office.enrolment.enrol("car-7", code, request_pem)
    assert office.enrolment.enrol("car-7", code, make_request("car-7", key)).device == "car-7"


def test_too_many_codes_have_to_wait_and_then_the_right_one_is_taken(
    office: Office, key: PrivateKey, clock: Any
) -> None:
    code, request = office.enrolment.make_code("car-7", "admin").text, make_request("car-7", key)
    for _ in range(FREE_TRIES):
        with pytest.raises(EnrolmentRefused):
            office.enrolment.enrol("car-7", "AAAA-BBBB-CCCC-DDDD", request)
    with pytest.raises(TooManyCodes, match="wait 31 s") as refused:
        office.enrolment.enrol("car-7", code, request)
    clock.forward(seconds=refused.value.wait_s)
    assert office.enrolment.enrol("car-7", code, request).device == "car-7"


def test_an_answer_that_was_lost_can_be_asked_for_again_with_the_same_key(
    office: Office, key: PrivateKey, clock: Any
) -> None:
    code, request = office.enrolment.make_code("car-7", "admin").text, make_request("car-7", key)
    first = office.enrolment.enrol("car-7", code, request)
    clock.forward(hours=5)
    assert office.enrolment.enrol("car-7", code, request) == first
    assert [act.act for act in office.acts()] == ["device.code", "device.enrol"]


def test_a_key_is_enrolled_once(office: Office, key: PrivateKey) -> None:
    office.enrol(key)
    with pytest.raises(BadInput, match="enrolled already"):
        office.enrol(key, "car-8")


def test_a_name_that_no_device_can_have_gets_no_code(office: Office) -> None:
    for name in ("lists", "", "Car-7", "car 7", "car.7", "../x", "a" * 64, "lanthorn.centre"):
        with pytest.raises(BadInput, match="no device can be called"):
            office.enrolment.make_code(name, "admin")


def test_a_device_that_is_enrolled_again_has_a_new_key_and_the_old_one_ends(
    office: Office, key: PrivateKey, clock: Any
) -> None:
    first = office.enrol(key)
    clock.forward(days=1)
    second = PrivateKey.new()
    office.enrol(second, unsigned=Unsigned(STREAM, 7))
    assert office.states() == ["good", "ended"]
    known = office.keys.of(["car-7"])["car-7"]
    assert known[key.public.id].key.ends_at == clock()
    assert (known[second.public.id].unsigned_stream, known[second.public.id].unsigned_made) == (STREAM, 7)
    assert [each.serial for each in office.keys.revoked_certificates()] == [office.serial(first)]


def test_a_renewal_is_given_from_half_of_the_life_on(office: Office, key: PrivateKey, clock: Any) -> None:
    first = office.enrol(key)
    assert office.renew(key, first).certificate == first.certificate
    clock.forward(days=60)
    second = office.renew(key, first)
    assert second.certificate != first.certificate
    assert office.renew(key, first).certificate == second.certificate, "its answer may have been lost"
    assert office.keys.of(["car-7"])["car-7"][key.public.id].key.ends_at == second.ends_at
    assert [act.act for act in office.acts()] == ["device.code", "device.enrol", "device.renew"]
    clock.forward(days=60)
    third = office.renew(key, second)
    assert third.ends_at > second.ends_at


def other_signer(office: Office, key: PrivateKey, enrolled: Enrolled) -> None:
    office.renew(key, enrolled, PrivateKey.new())


def other_key(office: Office, key: PrivateKey, enrolled: Enrolled) -> None:
    office.renew(PrivateKey.new(), enrolled, key)


def after_its_end(office: Office, key: PrivateKey, enrolled: Enrolled) -> None:
    office.clock.forward(days=91)
    office.renew(key, enrolled)


def after_a_revocation(office: Office, key: PrivateKey, enrolled: Enrolled) -> None:
    office.keys.revoke("car-7", "stolen", "admin")
    office.renew(key, enrolled)


def after_another_key(office: Office, key: PrivateKey, enrolled: Enrolled) -> None:
    office.enrol(PrivateKey.new())
    office.clock.forward(seconds=1)
    office.renew(key, enrolled)


def of_no_certificate(office: Office, key: PrivateKey, enrolled: Enrolled) -> None:
    office.enrolment.renew("ab12", make_request("car-7", key), bytes(64))


@pytest.mark.parametrize(
    ("how", "says"),
    [
        (other_signer, "not signed with its key"),
        (other_key, "for another key"),
        (after_its_end, "has ended"),
        (after_a_revocation, "was revoked"),
        (after_another_key, "another took its place"),
        (of_no_certificate, "is unknown here"),
    ],
)
def test_every_other_renewal_is_refused(
    office: Office, key: PrivateKey, how: Callable[[Office, PrivateKey, Enrolled], None], says: str
) -> None:
    enrolled = office.enrol(key)
    with pytest.raises(EnrolmentRefused, match=says):
        how(office, key, enrolled)


def test_a_revocation_has_a_reason_is_logged_and_voids_codes(office: Office, key: PrivateKey) -> None:
    enrolled = office.enrol(key)
    code = office.enrolment.make_code("car-7", "admin").text
    assert office.keys.revoke("car-7", "stolen in Camden", "admin") == 1
    (identity,) = office.keys.all()
    assert (identity.state, identity.revoked_by, identity.revoked_why) == ("revoked", "admin", "stolen in Camden")
    assert [each.serial for each in office.keys.revoked_certificates()] == [office.serial(enrolled)]
    act = office.acts()[-1]
    assert (act.act, act.purpose, act.objects["key"]) == ("device.revoke", "stolen in Camden", key.public.id)
    with pytest.raises(EnrolmentRefused, match="has ended"):
        office.enrolment.enrol("car-7", code, make_request("car-7", PrivateKey.new()))
    assert office.enrol(PrivateKey.new()).device == "car-7", "with a new code it may come back, under a new key"


def test_a_revoked_key_gets_no_certificate_for_its_old_code(office: Office, key: PrivateKey) -> None:
    code, request = office.enrolment.make_code("car-7", "admin").text, make_request("car-7", key)
    office.enrolment.enrol("car-7", code, request)
    office.keys.revoke("car-7", "stolen", "admin")
    with pytest.raises(EnrolmentRefused, match="used already"):
        office.enrolment.enrol("car-7", code, request)


def test_a_revocation_without_a_reason_is_refused(office: Office, key: PrivateKey) -> None:
    office.enrol(key)
    for why in ("", "  ", "x" * 501, "a\x00b"):
        with pytest.raises(BadInput, match=r"why (is empty|needs 1 to 500)"):
            office.keys.revoke("car-7", why, "admin")
    assert office.states() == ["good"]


def test_a_device_that_has_no_key_cannot_be_revoked(office: Office) -> None:
    with pytest.raises(NotFound, match="no key of the device 'car-9'"):
        office.keys.revoke("car-9", "lost", "admin")


def test_an_ended_certificate_needs_no_place_on_the_list(office: Office, key: PrivateKey, clock: Any) -> None:
    office.enrol(key)
    office.keys.revoke("car-7", "retired", "admin")
    clock.forward(days=91)
    assert office.keys.revoked_certificates() == []
