"""The small authority: what it issues, what it revokes, and that OpenSSL believes both."""

import ssl
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

from governance.devices.authority import (
    AUTHORITY_LIFE,
    CERTIFICATE_FILE,
    KEY_FILE,
    Authority,
    Revoked,
    read_certificate,
)
from governance.errors import BadCertificate
from governance.keys import PrivateKey

NOW = datetime.now(UTC).replace(microsecond=0)
LIFE = timedelta(days=90)
KEY = PrivateKey.new()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("keys")


@pytest.fixture(scope="module")
def authority(folder: Path) -> Authority:
    return Authority.load_or_make(folder, "met", NOW)


def test_it_is_made_once_and_its_key_is_the_owners_only(folder: Path, authority: Authority) -> None:
    assert Authority.load_or_make(folder, "met", NOW + LIFE).pem == authority.pem
    assert (folder / KEY_FILE).stat().st_mode & 0o777 == 0o600
    assert "PRIVATE" not in (folder / CERTIFICATE_FILE).read_text()


def test_a_devices_certificate_is_for_its_name_and_for_clients_only(authority: Authority) -> None:
    issued = authority.issue("car-7", KEY.public, NOW, LIFE)
    assert (issued.name, issued.public, issued.ends_at) == ("car-7", KEY.public, NOW + LIFE)
    assert read_certificate(issued.pem, authority.pem) == issued
    certificate = x509.load_pem_x509_certificate(issued.pem.encode())
    extensions = certificate.extensions
    assert list(extensions.get_extension_for_class(x509.ExtendedKeyUsage).value) == [ExtendedKeyUsageOID.CLIENT_AUTH]
    assert extensions.get_extension_for_class(x509.BasicConstraints).value.ca is False
    usage = extensions.get_extension_for_class(x509.KeyUsage).value
    assert (usage.digital_signature, usage.key_cert_sign) == (True, False)


def test_serials_are_not_to_be_guessed(authority: Authority) -> None:
    serials = {authority.issue("car-7", KEY.public, NOW, LIFE).serial for _ in range(20)}
    assert len(serials) == 20
    assert min(int(serial, 16).bit_length() for serial in serials) > 100


def test_no_certificate_outlives_the_authority(authority: Authority) -> None:
    issued = authority.issue("car-7", KEY.public, NOW + AUTHORITY_LIFE - timedelta(days=1), LIFE)
    assert issued.ends_at == NOW + AUTHORITY_LIFE


def test_openssl_believes_what_it_issues_and_what_it_revokes(authority: Authority, tmp_path: Path) -> None:
    good, bad = (authority.issue(name, KEY.public, NOW, LIFE) for name in ("car-7", "car-8"))
    crl = authority.revoked([Revoked(bad.serial, NOW)], NOW, LIFE)
    trusted = tmp_path / "trusted.pem"
    trusted.write_text(authority.pem + crl)
    verdicts = {}
    for name, certificate in (("good", good), ("bad", bad)):
        path = tmp_path / f"{name}.pem"
        path.write_text(certificate.pem)
        command = ["openssl", "verify", "-purpose", "sslclient", "-x509_strict", "-crl_check", "-CAfile", trusted, path]
        verdicts[name] = subprocess.run(command, capture_output=True, text=True, check=False)
    assert verdicts["good"].returncode == 0, verdicts["good"].stderr
    assert "revoked" in verdicts["bad"].stderr


def test_the_brokers_certificate_names_its_hosts_and_is_for_servers_only(authority: Authority) -> None:
    issued = authority.issue_for_broker(["broker.drawn.test", "127.0.0.1"], KEY.public, NOW, LIFE)
    extensions = x509.load_pem_x509_certificate(issued.pem.encode()).extensions
    names = extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["broker.drawn.test"]
    assert [str(each) for each in names.get_values_for_type(x509.IPAddress)] == ["127.0.0.1"]
    assert list(extensions.get_extension_for_class(x509.ExtendedKeyUsage).value) == [ExtendedKeyUsageOID.SERVER_AUTH]


def test_another_authoritys_certificate_is_refused(authority: Authority, tmp_path: Path) -> None:
    other = Authority.load_or_make(tmp_path, "met", NOW)
    with pytest.raises(BadCertificate, match="not issued by this authority"):
        read_certificate(other.issue("car-7", KEY.public, NOW, LIFE).pem, authority.pem)


@pytest.mark.parametrize("text", ["", "nonsense", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"])
def test_what_is_no_certificate_is_refused(authority: Authority, text: str) -> None:
    with pytest.raises(BadCertificate, match="not a certificate"):
        read_certificate(text, authority.pem)


def test_a_certificate_that_is_not_its_keys_is_refused(authority: Authority, tmp_path: Path) -> None:
    (tmp_path / CERTIFICATE_FILE).write_text(authority.pem)
    with pytest.raises(BadCertificate, match="is not the certificate of"):
        Authority.load_or_make(tmp_path, "met", NOW)


def test_python_takes_key_and_certificate_from_one_file(authority: Authority, tmp_path: Path) -> None:
    both = tmp_path / "both.pem"
    both.write_text(KEY.pem().decode() + authority.issue("car-7", KEY.public, NOW, LIFE).pem)
    context: Any = ssl.create_default_context(cadata=authority.pem)
    context.load_cert_chain(both)
