"""A device's certificate opens nothing by itself, on any route: not a foreign one, a revoked one or another device's.

Two routes are for devices (/api/devices/enrol and /renew), and neither looks at a certificate: a code, or a signature
by an enrolled key, is what counts. Every other route needs a session, which no certificate makes.
"""

import base64
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from fastapi.routing import APIRoute
from sqlalchemy import func, select

from governance.devices.authority import Authority, Certificate, read_certificate
from governance.devices.requests import make_request, to_sign_renewal
from governance.keys import PrivateKey
from governance.roles import Role
from ingest.database.schema import device_certificate
from ingest.web.app import PUBLIC
from ingest.web.session import COOKIE
from tests.ingest.web.test_permissions import CLOSED, ROUTES, allowed, ask, name_of

OPEN = [route for route in ROUTES if route.path in PUBLIC]
DEVICES = {"/api/devices/enrol", "/api/devices/renew"}
IDENTITIES = ("foreign", "revoked", "replaced", "good")


class Held:
    """A certificate, its key, and the code with which it was enrolled (empty for a foreign one)."""

    def __init__(self, certificate: Certificate, key: PrivateKey, code: str) -> None:
        self.certificate, self.key, self.code = certificate, key, code

    @property
    def der(self) -> bytes:
        loaded = x509.load_pem_x509_certificate(self.certificate.pem.encode())
        return loaded.public_bytes(serialization.Encoding.DER)

    def as_headers(self) -> dict[str, str]:
        """Every header by which a proxy that ends TLS is known to hand on the client's certificate, all at once."""
        pem, der = quote(self.certificate.pem, safe=""), base64.b64encode(self.der).decode()
        subject = f"CN={self.certificate.name}"
        return {
            "Client-Cert": f":{der}:",  # RFC 9440
            "Client-Cert-Chain": f":{der}:",
            "X-Forwarded-Client-Cert": f'Cert="{pem}";Subject="{subject}"',  # Envoy
            "X-Forwarded-Tls-Client-Cert": der,  # Traefik
            "X-SSL-Client-Cert": pem,  # nginx, HAProxy
            "Ssl-Client-Cert": pem,
            "X-SSL-Client-Verify": "SUCCESS",
            "Ssl-Client-Verify": "SUCCESS",
            "X-SSL-Client-S-DN": subject,
            "X-SSL-Client-CN": self.certificate.name,
            "X-SSL-Client-Serial": self.certificate.serial,
            "X-ARR-ClientCert": der,  # Azure, IIS
            "X-Amzn-Mtls-Clientcert": pem,
            "X-Client-Cert": pem,
            "X-Forwarded-User": "admin",
            "X-Remote-User": "admin",
            "Remote-User": "admin",
        }

    def as_token(self) -> str:
        return base64.b64encode(self.der).decode()

    def renewal(self, serial: str | None = None, request: str | None = None) -> dict[str, str]:
        """The signed body of a renewal, by this key."""
        of = serial or self.certificate.serial
        asked = request or make_request(self.certificate.name, self.key)
        signature = base64.b64encode(self.key.sign(to_sign_renewal(of, asked))).decode()
        return {"serial": of, "request": asked, "signature": signature}


class Fleet:
    """A centre with two good devices, one revoked, one enrolled anew, and a stranger with an authority of its own."""

    def __init__(self, house: Any, folder: Path) -> None:
        self.house = house
        foreign = Authority.load_or_make(folder, "met", house.clock())  # of the very same name
        key = PrivateKey.new()
        life = timedelta(days=90)
        self.held = {"foreign": Held(foreign.issue("car-7", key.public, house.clock(), life), key, "")}
        self.held["good"] = self.enrol("car-7")
        self.held["other"] = self.enrol("car-8")
        self.held["revoked"] = self.enrol("car-9")
        house.centre.device_keys.revoke("car-9", "stolen", "admin")
        self.held["replaced"] = self.enrol("car-10")
        self.enrol("car-10")

    def enrol(self, device: str) -> Held:
        key, code = PrivateKey.new(), self.house.centre.enrolment.make_code(device, "admin").text
        given = self.house.centre.enrolment.enrol(device, code, make_request(device, key))
        return Held(read_certificate(given.certificate, given.authority), key, code)

    def post(self, what: str, body: dict[str, Any], **options: Any) -> Any:
        return self.house.stranger().post(f"/api/devices/{what}", json=body, **options)

    def issued(self) -> tuple[int, int]:
        """How many certificates there are, and how many acts of enrolment and renewal."""
        with self.house.centre.engine.connect() as connection:
            count = connection.execute(select(func.count()).select_from(device_certificate)).scalar_one()
        return count, len(self.house.acts("device.enrol")) + len(self.house.acts("device.renew"))


@pytest.fixture(scope="module")
def fleet(shared_house: Any, tmp_path_factory: pytest.TempPathFactory) -> Fleet:
    return Fleet(shared_house, tmp_path_factory.mktemp("foreign"))


@pytest.fixture
def nothing_is_issued(fleet: Fleet) -> Iterator[None]:
    before = fleet.issued()
    yield
    assert fleet.issued() == before


@pytest.mark.parametrize("route", CLOSED, ids=name_of)
def test_a_certificate_opens_no_route_that_needs_a_session(fleet: Fleet, route: APIRoute) -> None:
    for identity in IDENTITIES:
        held = fleet.held[identity]
        forwarded = ask(fleet.house.stranger(), route, headers=held.as_headers())
        token = held.as_token()
        carried = ask(
            fleet.house.stranger(cookies={COOKIE: token}), route, headers={"Authorization": f"Bearer {token}"}
        )
        for answer in (forwarded, carried):
            assert answer.status_code in (303, 401), (identity, answer.text)
            assert "set-cookie" not in answer.headers


@pytest.mark.parametrize("route", [route for route in CLOSED if not allowed(Role.FOOTAGE, route)], ids=name_of)
def test_a_forwarded_certificate_adds_nothing_to_a_session(
    fleet: Fleet, footage: tuple[Any, Any], route: APIRoute
) -> None:
    browser, program = footage
    client = program if route.path.startswith("/api/") else browser
    assert ask(client, route, headers=fleet.held["good"].as_headers()).status_code == 403


@pytest.fixture(scope="module")
def footage(shared_house: Any) -> tuple[Any, Any]:
    """A browser and a program of the role that may do least."""
    return shared_house.browser(Role.FOOTAGE), shared_house.caller(Role.FOOTAGE)


@pytest.mark.parametrize("route", OPEN, ids=name_of)
def test_what_is_open_to_all_answers_a_certificate_as_it_answers_nobody(fleet: Fleet, route: APIRoute) -> None:
    plain = ask(fleet.house.stranger(), route)
    for identity in IDENTITIES:
        answer = ask(fleet.house.stranger(), route, headers=fleet.held[identity].as_headers())
        assert (answer.status_code, answer.content) == (plain.status_code, plain.content)
        assert "set-cookie" not in answer.headers


def test_the_routes_for_devices_are_these_two() -> None:
    assert {route.path for route in OPEN if route.path.startswith("/api/devices")} == DEVICES


@pytest.mark.usefixtures("nothing_is_issued")
@pytest.mark.parametrize("identity", ["foreign", "revoked", "replaced"])
def test_a_certificate_that_is_not_good_is_not_renewed(fleet: Fleet, identity: str) -> None:
    held = fleet.held[identity]
    answer = fleet.post("renew", held.renewal(), headers=held.as_headers())
    assert answer.status_code == 403
    assert "certificate" not in answer.json()


@pytest.mark.usefixtures("nothing_is_issued")
@pytest.mark.parametrize("identity", ["foreign", "revoked", "replaced", "other"])
def test_nobody_renews_another_devices_certificate(fleet: Fleet, identity: str) -> None:
    held, good = fleet.held[identity], fleet.held["good"]
    theirs = good.certificate.serial
    for request in (make_request("car-7", held.key), make_request("car-7", good.key)):
        answer = fleet.post("renew", held.renewal(theirs, request), headers=good.as_headers())
        assert (answer.status_code, "not signed with its key" in answer.text) == (403, True)


@pytest.mark.usefixtures("nothing_is_issued")
def test_a_device_cannot_take_another_name_or_another_key_by_renewing(fleet: Fleet) -> None:
    other = fleet.held["other"]
    for request, status in (
        (make_request("car-7", other.key), 422),
        (make_request("car-8", PrivateKey.new()), 403),
        (other.certificate.pem, 422),
        (fleet.held["foreign"].certificate.pem, 422),
    ):
        answer = fleet.post("renew", other.renewal(request=request), headers=other.as_headers())
        assert answer.status_code == status, answer.text


@pytest.mark.usefixtures("nothing_is_issued")
@pytest.mark.parametrize("identity", ["foreign", "revoked", "replaced", "good", "other"])
def test_no_certificate_stands_for_a_code(fleet: Fleet, identity: str) -> None:
    held = fleet.held[identity]
    request = make_request("car-7", held.key)
    # To be guessing is slow, and is for car-7 alone: each try gets a name of its own.
    for name, code in (("a", ""), ("b", held.certificate.serial), ("c", held.as_token()[:100]), ("d", held.code)):
        device = f"{identity}-{name}"
        asked = {"device": device, "code": code, "request": make_request(device, held.key)}
        assert fleet.post("enrol", asked, headers=held.as_headers()).status_code == 403
    without = {"device": "car-7", "request": request}
    assert fleet.post("enrol", without, headers=held.as_headers()).status_code == 422


@pytest.mark.usefixtures("nothing_is_issued")
def test_a_revoked_device_does_not_come_back_by_the_code_that_it_used(fleet: Fleet) -> None:
    held = fleet.held["revoked"]
    asked = {"device": "car-9", "code": held.code, "request": make_request("car-9", held.key)}
    answer = fleet.post("enrol", asked, headers=held.as_headers())
    assert (answer.status_code, "used already" in answer.text) == (403, True)


@pytest.mark.usefixtures("nothing_is_issued")
@pytest.mark.parametrize("identity", IDENTITIES)
def test_a_certificate_is_no_request_for_one(fleet: Fleet, identity: str) -> None:
    device = f"new-{identity}"
    code = fleet.house.centre.enrolment.make_code(device, "admin").text
    asked = {"device": device, "code": code, "request": fleet.held[identity].certificate.pem}
    answer = fleet.post("enrol", asked)
    assert (answer.status_code, "not a certificate request" in answer.text) == (422, True)


@pytest.mark.usefixtures("nothing_is_issued")
def test_a_key_that_is_enrolled_cannot_be_enrolled_as_another_device(fleet: Fleet) -> None:
    code = fleet.house.centre.enrolment.make_code("car-11", "admin").text
    for identity in ("good", "revoked", "replaced"):
        asked = {"device": "car-11", "code": code, "request": make_request("car-11", fleet.held[identity].key)}
        answer = fleet.post("enrol", asked)
        assert (answer.status_code, "enrolled already" in answer.text) == (422, True)
