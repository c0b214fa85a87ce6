"""The models that may be run: read from registry.toml, found on this machine, and checked byte for byte.

The files are carried by installed packages, so nothing is fetched. A package is only located, never imported: its code
is not wanted, and its own dependencies are not installed.
"""

import hashlib
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from models.errors import BadRegistry, ModelChanged, ModelMissing, UnknownModel

REGISTRY_PATH: Final = Path(__file__).with_name("registry.toml")

FindPackage = Callable[[str], Path | None]
"""Gives the folder of an installed package, or None where it is not installed."""


class ModelEntry(BaseModel):
    """One model of the registry."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9.-]*$")
    task: str = Field(min_length=1)
    package: str = Field(min_length=1, description="The installed package that carries the file.")
    file: str = Field(min_length=1, description="The file's path inside the package's folder.")
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    licence: str = Field(min_length=1, description="SPDX identifier.")
    source: str = Field(min_length=1)
    card: str = Field(min_length=1, description="The page that says what the model does and how well.")


class _RegistryFile(BaseModel):
    model_config = ConfigDict(extra="forbid")

    model: list[ModelEntry]


@dataclass(frozen=True, slots=True)
class Weights:
    """The bytes of one model, checked against its entry: a session is made from these, not from the path again."""

    entry: ModelEntry
    content: bytes


def installed_package_folder(package: str) -> Path | None:
    """Locate an installed package without running any of its code."""
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        return None
    return Path(spec.submodule_search_locations[0])


class Registry:
    """The registered models by name."""

    def __init__(self, entries: Mapping[str, ModelEntry], find_package: FindPackage = installed_package_folder) -> None:
        self.entries = entries
        self._find_package = find_package

    def entry(self, name: str) -> ModelEntry:
        """Give the entry of that name. Raises UnknownModel."""
        try:
            return self.entries[name]
        except KeyError:
            known = ", ".join(sorted(self.entries))
            raise UnknownModel(f"no model named {name!r} is registered; the registered ones are {known}") from None

    def path(self, name: str) -> Path:
        """Say where the model's file is on this machine. Raises UnknownModel or ModelMissing."""
        entry = self.entry(name)
        folder = self._find_package(entry.package)
        if folder is None:
            raise ModelMissing(f"{name}: the package {entry.package} that carries it is not installed; install it")
        return folder / entry.file

    def load(self, name: str) -> Weights:
        """Read the model's file and check it. Raises UnknownModel, ModelMissing or ModelChanged."""
        entry = self.entry(name)
        path = self.path(name)
        try:
            content = path.read_bytes()
        except OSError as error:
            raise ModelMissing(f"{name}: cannot read {path} ({error}); install {entry.package} again") from error
        digest = hashlib.sha256(content).hexdigest()
        if digest != entry.sha256:
            raise ModelChanged(
                f"{name}: {path} has SHA-256 {digest}, the registry says {entry.sha256}; install the pinned"
                f" {entry.package} again, or register the new file after evaluating it"
            )
        return Weights(entry=entry, content=content)


def open_registry(path: Path = REGISTRY_PATH, find_package: FindPackage = installed_package_folder) -> Registry:
    """Read the registry file. Raises BadRegistry."""
    try:
        listed = _RegistryFile.model_validate(tomllib.loads(path.read_text(encoding="utf-8"))).model
    except OSError as error:
        raise BadRegistry(f"{path}: cannot be read ({error}); install Lanthorn again") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadRegistry(f"{path}: not TOML ({error}); correct it") from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise BadRegistry(f"{path}: {where}: {first['msg']}; correct the entry") from error
    entries = {entry.name: entry for entry in listed}
    if len(entries) != len(listed):
        repeated = sorted({e.name for e in listed if [o.name for o in listed].count(e.name) > 1})
        raise BadRegistry(f"{path}: {', '.join(repeated)} is there more than once; names must differ")
    return Registry(entries, find_package)
