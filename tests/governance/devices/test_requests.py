"""What of a certificate request is believed, and every reason to refuse one."""

import contextlib
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st

from governance.devices.requests import MAX_REQUEST_BYTES, make_request, read_request
from governance.errors import BadCertificateRequest
from governance.keys import PrivateKey

KEY = PrivateKey.new()


def on_a_curve(device: str) -> str:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, device)])
    builder = x509.CertificateSigningRequestBuilder().subject_name(name)
    request = builder.sign(ec.generate_private_key(ec.SECP256R1()), hashes.SHA256())
    return request.public_bytes(serialization.Encoding.PEM).decode()


def with_two_names() -> str:
    names = [x509.NameAttribute(NameOID.COMMON_NAME, each) for each in ("car-7", "car-8")]
    builder = x509.CertificateSigningRequestBuilder().subject_name(x509.Name(names))
    key = serialization.load_pem_private_key(KEY.pem(), None)
    request: Any = builder.sign(key, None)
    return request.public_bytes(serialization.Encoding.PEM).decode()


def with_another_signature() -> str:
    request = x509.load_pem_x509_csr(make_request("car-7", KEY).encode())
    der = request.public_bytes(serialization.Encoding.DER)
    forged = x509.load_der_x509_csr(der[:-1] + bytes([der[-1] ^ 1]))
    return forged.public_bytes(serialization.Encoding.PEM).decode()


def test_a_request_gives_its_key() -> None:
    assert read_request(make_request("car-7", KEY), "car-7") == KEY.public


@pytest.mark.parametrize(
    ("request_pem", "says"),
    [
        ("", "not a certificate request"),
        ("-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----\n", "not a certificate request"),
        (make_request("car-7", KEY)[:200], "not a certificate request"),
        ("x" * (MAX_REQUEST_BYTES + 1), "over the limit"),
        (on_a_curve("car-7"), "make an Ed25519 key"),
        (with_another_signature(), "not signed with the key"),
        (make_request("car-8", KEY), "common name is not 'car-7'"),
        (with_two_names(), "common name is not 'car-7'"),
    ],
)
def test_every_other_is_refused_by_name(request_pem: str, says: str) -> None:
    with pytest.raises(BadCertificateRequest, match=says):
        read_request(request_pem, "car-7")


@given(st.text(max_size=400), st.integers(0, 300))
def test_whatever_is_sent_is_read_or_refused(noise: str, at: int) -> None:
    good = make_request("car-7", KEY)
    for text in (noise, good[:at] + noise + good[at:]):
        with contextlib.suppress(BadCertificateRequest):
            assert read_request(text, "car-7") == KEY.public
