"""The calls on devices: by an administrator, by a device without a session, and every refusal with its status."""

import base64
from typing import Any

import pytest
from fastapi.testclient import TestClient

from governance.devices.authority import read_certificate
from governance.devices.requests import make_request, to_sign_renewal
from governance.keys import PrivateKey


def code_for(house: Any, device: str = "car-7") -> str:
    answer = house.caller("admin").post("/api/devices/codes", json={"device": device})
    assert answer.status_code == 201
    return str(answer.json()["code"])


def enrol(house: Any, code: str, key: PrivateKey, changes: dict[str, Any] | None = None) -> Any:
    asked = {"device": "car-7", "code": code, "request": make_request("car-7", key)} | (changes or {})
    return TestClient(house.app, base_url="https://centre.test").post("/api/devices/enrol", json=asked)


def renew(house: Any, serial: str, key: PrivateKey, signature: str | None = None) -> Any:
    request = make_request("car-7", key)
    signed = base64.b64encode(key.sign(to_sign_renewal(serial, request))).decode()
    asked = {"serial": serial, "request": request, "signature": signed if signature is None else signature}
    return TestClient(house.app, base_url="https://centre.test").post("/api/devices/renew", json=asked)


def test_a_device_is_enrolled_shown_renewed_and_revoked(house: Any) -> None:
    key = PrivateKey.new()
    given = enrol(house, code_for(house), key).json()
    certificate = read_certificate(given["certificate"], given["authority"])
    assert (certificate.name, certificate.public, given["force"]) == ("car-7", key.public, "met")
    assert renew(house, certificate.serial, key).json()["certificate"] == given["certificate"]
    (shown,) = house.caller("oversight").get("/api/devices").json()
    assert (shown["device"], shown["key"], shown["state"]) == ("car-7", key.public.id, "good")
    answer = house.caller("admin").post("/api/devices/car-7/revoke", json={"why": "stolen"})
    assert answer.json() == {"device": "car-7", "keys": 1}
    (shown,) = house.caller("admin").get("/api/devices").json()
    assert (shown["state"], shown["revoked_by"], shown["revoked_why"]) == ("revoked", "admin", "stolen")
    acts = [act.act for act in house.acts() if act.act.startswith("device.")]
    assert acts == ["device.code", "device.enrol", "device.revoke"]
    refused = renew(house, certificate.serial, key)
    assert (refused.status_code, refused.json()["detail"]) == (403, "the device car-7 was revoked")


def test_what_was_numbered_before_is_noted(house: Any) -> None:
    key, stream = PrivateKey.new(), "0199c0de-0000-7000-8000-000000000001"
    assert enrol(house, code_for(house), key, {"unsigned": {"stream": stream, "made": 4}}).status_code == 201
    known = house.centre.device_keys.of(["car-7"])["car-7"][key.public.id]
    assert (str(known.unsigned_stream), known.unsigned_made) == (stream, 4)


@pytest.mark.parametrize(
    ("changes", "status", "says"),
    [
        ({"code": "AAAA-BBBB-CCCC-DDDD"}, 403, "not one of this device"),
        ({"request": "broken"}, 422, "not a certificate request"),
        ({"request": make_request("car-8", PrivateKey.new())}, 422, "common name"),
        ({"device": "Car 7"}, 422, "device"),
        ({"request": "x" * 10_001}, 422, "request"),
        ({"unsigned": {"stream": "x", "made": 1}}, 422, "unsigned.stream"),
        ({"unsigned": {"stream": "0199c0de-0000-7000-8000-000000000001", "made": 2**63}}, 422, "unsigned.made"),
        ({"more": 1}, 422, "more"),
    ],
)
def test_a_refusal_says_why(house: Any, changes: dict[str, Any], status: int, says: str) -> None:
    answer = enrol(house, code_for(house), PrivateKey.new(), changes)
    assert answer.status_code == status
    assert says in answer.json()["detail"]


def test_too_many_codes_are_told_when_to_come_again(house: Any) -> None:
    code_for(house)
    answers = [enrol(house, "AAAA-BBBB-CCCC-DDDD", PrivateKey.new()) for _ in range(6)]
    assert [answer.status_code for answer in answers] == [403] * 5 + [429]
    assert answers[-1].headers["retry-after"] == "31"


@pytest.mark.parametrize("signature", ["", "AAAA", "not base64!"])
def test_a_renewal_that_is_not_signed_is_refused(house: Any, signature: str) -> None:
    key = PrivateKey.new()
    given = enrol(house, code_for(house), key).json()
    serial = read_certificate(given["certificate"], given["authority"]).serial
    assert renew(house, serial, key, signature).status_code in (403, 422)


def test_a_device_without_a_key_cannot_be_revoked(house: Any) -> None:
    answer = house.caller("admin").post("/api/devices/car-9/revoke", json={"why": "lost"})
    assert (answer.status_code, "no key" in answer.json()["detail"]) == (404, True)


@pytest.mark.parametrize("name", ["lists", "Car", ""])
def test_a_name_that_no_device_can_have_gets_no_code(house: Any, name: str) -> None:
    assert house.caller("admin").post("/api/devices/codes", json={"device": name}).status_code == 422
