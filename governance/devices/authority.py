"""The service's own small certificate authority (X.509 v3, RFC 5280): devices, the centre and the broker, no others.

Its key (Ed25519) and certificate lie in the centre's folder of keys. A certificate is an identity for TLS only; what a
message is worth is decided by the chain of its device's signatures (governance.devices.chain).
"""

import ipaddress
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final, Self

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from governance.devices.requests import signing_key
from governance.errors import BadCertificate
from governance.keys import PrivateKey, PublicKey

KEY_FILE: Final = "devices-ca.pem"
CERTIFICATE_FILE: Final = "devices-ca.crt"

AUTHORITY_LIFE: Final = timedelta(days=3_653)
"""Ten years: longer than a vehicle is in service, so that only certificates, not trust, have to be renewed."""

BACKDATED: Final = timedelta(hours=1)
"""A certificate begins this long ago, so that a broker whose clock is behind takes it at once."""


@dataclass(frozen=True, slots=True)
class Certificate:
    """An issued certificate: what stands in it, and the whole of it in PEM form. serial is hexadecimal, lower case."""

    serial: str
    name: str
    public: PublicKey
    begins_at: datetime
    ends_at: datetime
    pem: str


@dataclass(frozen=True, slots=True)
class Revoked:
    """A certificate that is no longer good."""

    serial: str
    at: datetime


class Authority:
    """Signs certificates and the list of those revoked."""

    def __init__(self, key: PrivateKey, certificate: x509.Certificate) -> None:
        self._key = signing_key(key)
        self._certificate = certificate

    @classmethod
    def load_or_make(cls, folder: Path, force: str, now: datetime) -> Self:
        """The authority whose files lie in a folder, made where there are none.

        Raises BadKey, BadCertificate or OSError.
        """
        key = PrivateKey.load_or_make(folder / KEY_FILE)
        path = folder / CERTIFICATE_FILE
        if not path.exists():
            staged = path.with_name(f"{path.name}.{os.getpid()}.new")
            staged.write_bytes(_self_signed(key, force, now).public_bytes(serialization.Encoding.PEM))
            try:
                os.link(staged, path)  # fails where another process was first; then that one's counts
            except FileExistsError:
                pass
            finally:
                staged.unlink()
        certificate = _load(path.read_text())
        if _public(certificate) != key.public:
            raise BadCertificate(
                f"{path} is not the certificate of {folder / KEY_FILE}: put back the file that belongs"
            )
        return cls(key, certificate)

    @property
    def pem(self) -> str:
        """Its own certificate, which devices and brokers trust."""
        return _pem(self._certificate)

    def issue(self, name: str, key: PublicKey, now: datetime, life: timedelta) -> Certificate:
        """A certificate for a device or the centre to show to the broker: TLS client authentication, nothing else."""
        return self._issue(name, key, now, life, ExtendedKeyUsageOID.CLIENT_AUTH, ())

    def issue_for_broker(self, hosts: Sequence[str], key: PublicKey, now: datetime, life: timedelta) -> Certificate:
        """A certificate for the broker to show to devices; hosts are its names and addresses, at least one."""
        return self._issue(hosts[0], key, now, life, ExtendedKeyUsageOID.SERVER_AUTH, hosts)

    def revoked(self, certificates: Iterable[Revoked], now: datetime, life: timedelta) -> str:
        """The list of revoked certificates (RFC 5280, section 5) in PEM form, good for life: make it anew in time."""
        builder = (
            x509.CertificateRevocationListBuilder()
            .issuer_name(self._certificate.subject)
            .last_update(now)
            .next_update(now + life)
            .add_extension(x509.CRLNumber(int(now.timestamp() * 1000)), critical=False)
            .add_extension(_issuer_key(self._certificate), critical=False)
        )
        for one in certificates:
            entry = x509.RevokedCertificateBuilder().serial_number(int(one.serial, 16)).revocation_date(one.at).build()
            builder = builder.add_revoked_certificate(entry)
        return builder.sign(self._key, None).public_bytes(serialization.Encoding.PEM).decode()

    def _issue(
        self,
        name: str,
        key: PublicKey,
        now: datetime,
        life: timedelta,
        use: x509.ObjectIdentifier,
        hosts: Sequence[str],
    ) -> Certificate:
        public = Ed25519PublicKey.from_public_bytes(key.raw)
        builder = (
            x509.CertificateBuilder()
            .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
            .issuer_name(self._certificate.subject)
            .public_key(public)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - BACKDATED)
            .not_valid_after(min(now + life, self._certificate.not_valid_after_utc))
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_key_usage(signs_certificates=False), critical=True)
            .add_extension(x509.ExtendedKeyUsage([use]), critical=False)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
            .add_extension(_issuer_key(self._certificate), critical=False)
        )
        if hosts:
            builder = builder.add_extension(
                x509.SubjectAlternativeName([_host(host) for host in hosts]), critical=False
            )
        return _read(builder.sign(self._key, None))


def read_certificate(pem: str, authority_pem: str) -> Certificate:
    """Read a certificate that this authority issued, in its time or not. Raises BadCertificate for any other."""
    certificate, authority = _load(pem), _load(authority_pem)
    try:
        certificate.verify_directly_issued_by(authority)
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm) as error:
        raise BadCertificate("the certificate was not issued by this authority") from error
    return _read(certificate)


def check_authority(pem: str) -> None:
    """Raise BadCertificate for anything but an authority's own certificate, in the one form in which it is written."""
    certificate = _load(pem)
    try:
        certificate.verify_directly_issued_by(certificate)
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm) as error:
        raise BadCertificate("the authority's certificate is not signed with its own key: it was changed") from error
    if _pem(certificate) != pem:
        raise BadCertificate("the authority's certificate is not in the form in which it was written")


def _self_signed(key: PrivateKey, force: str, now: datetime) -> x509.Certificate:
    public = Ed25519PublicKey.from_public_bytes(key.public.raw)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"Lanthorn devices of {force}")])
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - BACKDATED)
        .not_valid_after(now + AUTHORITY_LIFE)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_key_usage(signs_certificates=True), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
        .sign(signing_key(key), None)
    )


def _key_usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )


def _issuer_key(certificate: x509.Certificate) -> x509.AuthorityKeyIdentifier:
    identifier = certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    return x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(identifier)


def _host(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _load(pem: str) -> x509.Certificate:
    try:
        return x509.load_pem_x509_certificate(pem.encode())
    except ValueError as error:
        raise BadCertificate(f"this is not a certificate in PEM form: {error}") from error


def _public(certificate: x509.Certificate) -> PublicKey:
    try:
        key = certificate.public_key()
    except (ValueError, UnsupportedAlgorithm) as error:
        raise BadCertificate(f"the certificate's key cannot be read: {error}") from error
    if not isinstance(key, Ed25519PublicKey):
        raise BadCertificate(f"the certificate is for a {type(key).__name__}, not an Ed25519 key")
    return PublicKey(key.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw))


def _read(certificate: x509.Certificate) -> Certificate:
    names = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    if len(names) != 1 or not isinstance(name := names[0].value, str):
        raise BadCertificate("the certificate has no one common name")
    return Certificate(
        f"{certificate.serial_number:x}",
        name,
        _public(certificate),
        certificate.not_valid_before_utc,
        certificate.not_valid_after_utc,
        _pem(certificate),
    )


def _pem(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(serialization.Encoding.PEM).decode()
