"""Certificate requests (PKCS #10, RFC 2986): how a device asks for a certificate, and what of it is believed.

Only its key and its one common name are taken from a request, after its own signature has shown that whoever asks holds
the key. What it asks for beside them (extensions, other names) is not looked at: the authority decides that.
"""

from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.x509.oid import NameOID

from governance.errors import BadCertificateRequest
from governance.keys import PrivateKey, PublicKey

MAX_REQUEST_BYTES: Final = 10_000
"""The longest request that is read; one for an Ed25519 key has about 350 bytes."""


def make_request(device: str, key: PrivateKey) -> str:
    """A request in PEM form for a device's key, signed with it."""
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, device)])
    request = x509.CertificateSigningRequestBuilder().subject_name(subject).sign(signing_key(key), None)
    return request.public_bytes(serialization.Encoding.PEM).decode()


def read_request(pem: str, device: str) -> PublicKey:
    """The key of a device that asks in its own name. Raises BadCertificateRequest, which says what is wrong."""
    if len(pem) > MAX_REQUEST_BYTES:
        raise BadCertificateRequest(f"the request has {len(pem)} bytes, over the limit of {MAX_REQUEST_BYTES}")
    try:
        request = x509.load_pem_x509_csr(pem.encode())
        key = request.public_key()
        names = request.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
        signed = request.is_signature_valid
    except (ValueError, UnsupportedAlgorithm, InvalidSignature) as error:
        raise BadCertificateRequest("this is not a certificate request in PEM form (PKCS #10)") from error
    if not isinstance(key, Ed25519PublicKey):
        raise BadCertificateRequest(f"the request is for a key of the kind {type(key).__name__}: make an Ed25519 key")
    if not signed:
        raise BadCertificateRequest("the request is not signed with the key that it is for")
    if len(names) != 1 or names[0].value != device:
        raise BadCertificateRequest(f"the request's common name is not {device!r}, the device that was asked for")
    return PublicKey(key.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw))


def signing_key(key: PrivateKey) -> Ed25519PrivateKey:
    """The key in the form in which `cryptography` builds certificates and requests with it."""
    loaded = serialization.load_pem_private_key(key.pem(), None)
    if not isinstance(loaded, Ed25519PrivateKey):
        raise TypeError(f"{key!r} is not an Ed25519 key")
    return loaded


def to_sign_renewal(serial: str, request: str) -> bytes:
    """What a device signs with its key to renew the certificate of this serial with this request (PEM)."""
    return f"lanthorn device renewal v1\n{serial}\n{request}".encode()
