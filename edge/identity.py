"""Who this device is to the centre: its key, its certificate, and the authority that issued it.

All of it is one file in the state folder, readable by its owner only and written in one step, so that no crash leaves
half of it. The certificate and key lie beside it once more in the form that TLS libraries read; those two are made from
it. The key is made here and never leaves.
"""

import contextlib
import json
import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final, Self

from edge.errors import DiskFault, WrongState
from governance.devices.authority import Certificate, read_certificate
from governance.errors import GovernanceError
from governance.keys import PrivateKey

IDENTITY_FILE: Final = "identity.json"
PENDING_FILE: Final = "identity-key.pending.pem"
"""The key that an enrolment is asked for, until there is an answer: the same request can then be made again."""

TLS_FILE: Final = "identity.pem"
AUTHORITY_FILE: Final = "identity-authority.pem"
_MODE: Final = 0o600


@dataclass(frozen=True, slots=True)
class Identity:
    """An enrolled device. centre is the address that it was enrolled at, for renewals; trust_key signs the list of the
    authorising officers' keys (base64), where the centre gave one.
    """

    folder: Path
    device: str
    force: str
    centre: str
    key: PrivateKey
    certificate: Certificate
    authority_pem: str
    trust_key: str | None

    @classmethod
    def load(cls, folder: Path, device: str, force: str) -> Self | None:
        """The identity that lies in a state folder; None where the device was never enrolled.

        Raises WrongState for one of another device or force or one that is damaged, DiskFault where it cannot be read.
        """
        path = folder / IDENTITY_FILE
        try:
            fields = json.loads(path.read_bytes())
            identity = cls._of(folder, fields)
            identity._write_tls_files()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise DiskFault(f"{path}: {error}; check the disk and who may read it") from error
        except (ValueError, KeyError, TypeError, AttributeError, GovernanceError) as error:
            raise WrongState(f"{path} is damaged ({error}): enrol the device anew") from error
        if (identity.device, identity.force) != (device, force):
            raise WrongState(
                f"{path} is the identity of {identity.device} of {identity.force}, not of {device} of {force}:"
                " give each device its own state folder"
            )
        return identity

    @property
    def tls_file(self) -> Path:
        """Key and certificate together, PEM."""
        return self.folder / TLS_FILE

    @property
    def authority_file(self) -> Path:
        """The authority's certificate, PEM."""
        return self.folder / AUTHORITY_FILE

    def keep(self) -> None:
        """Write it into its folder, in place of one that is there. Raises DiskFault."""
        fields = {
            "device": self.device,
            "force": self.force,
            "centre": self.centre,
            "key": self.key.pem().decode(),
            "certificate": self.certificate.pem,
            "authority": self.authority_pem,
            "trust_key": self.trust_key,
        }
        try:
            _write(self.folder / IDENTITY_FILE, json.dumps(fields, indent=1) + "\n")
            self._write_tls_files()
            (self.folder / PENDING_FILE).unlink(missing_ok=True)
        except OSError as error:
            raise DiskFault(
                f"{self.folder}: the identity cannot be kept: {error}; make room and enrol again"
            ) from error

    def renewed(self, certificate_pem: str) -> Self:
        """The same with its next certificate. Raises governance.errors.BadCertificate for one that is not its own."""
        return replace(self, certificate=read_certificate(certificate_pem, self.authority_pem)).checked()

    def checked(self) -> Self:
        """Itself, where the certificate is for this device and key; raises WrongState otherwise."""
        if (self.certificate.name, self.certificate.public) != (self.device, self.key.public):
            raise WrongState(f"the certificate is for {self.certificate.name}, not for {self.device} and its key")
        return self

    @classmethod
    def _of(cls, folder: Path, fields: dict[str, Any]) -> Self:
        return cls(
            folder=folder,
            device=fields["device"],
            force=fields["force"],
            centre=fields["centre"],
            key=PrivateKey.from_pem(fields["key"].encode()),
            certificate=read_certificate(fields["certificate"], fields["authority"]),
            authority_pem=fields["authority"],
            trust_key=fields["trust_key"],
        ).checked()

    def _write_tls_files(self) -> None:
        for path, text in (
            (self.tls_file, self.key.pem().decode() + self.certificate.pem),
            (self.authority_file, self.authority_pem),
        ):
            with contextlib.suppress(FileNotFoundError):
                if path.read_text() == text:
                    continue
            _write(path, text)


def pending_key(folder: Path) -> PrivateKey:
    """The key that an enrolment is being asked for, made where there is none. Raises DiskFault."""
    path = folder / PENDING_FILE
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        return PrivateKey.load_or_make(path)
    except OSError as error:
        raise DiskFault(f"{path}: the key cannot be kept: {error}") from error


def _write(path: Path, text: str) -> None:
    staged = path.with_name(path.name + ".new")
    descriptor = os.open(staged, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, _MODE)
    with open(descriptor, "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    staged.replace(path)
