"""The registry: what is registered loads offline, and nothing else does."""

import hashlib
import socket
import sys
from pathlib import Path
from typing import NoReturn

import pytest

from models.errors import BadRegistry, ModelChanged, ModelMissing, UnknownModel
from models.registry import REGISTRY_PATH, installed_package_folder, open_registry

ENTRY = """
[[model]]
name = "toy"
task = "text-detection"
package = "toys"
file = "toy.onnx"
sha256 = "{digest}"
licence = "Apache-2.0"
source = "made by a test"
card = "docs/toy.md"
"""
CONTENT = b"not a real model"


@pytest.fixture
def toy(tmp_path: Path) -> Path:
    (tmp_path / "toy.onnx").write_bytes(CONTENT)
    (tmp_path / "registry.toml").write_text(ENTRY.format(digest=hashlib.sha256(CONTENT).hexdigest()))
    return tmp_path


def test_the_shipped_registry_loads_without_network_or_foreign_code(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: object, **kwargs: object) -> NoReturn:
        raise AssertionError("a model load reached for the network")

    monkeypatch.setattr(socket, "socket", refuse)
    registry = open_registry()

    for name, entry in registry.entries.items():
        assert hashlib.sha256(registry.load(name).content).hexdigest() == entry.sha256
        assert entry.licence == "Apache-2.0"
    assert "rapidocr" not in sys.modules


def test_every_model_has_its_card() -> None:
    for entry in open_registry().entries.values():
        assert (REGISTRY_PATH.parents[1] / entry.card).is_file()


def test_a_changed_file_does_not_load(toy: Path) -> None:
    (toy / "toy.onnx").write_bytes(CONTENT + b" ")
    registry = open_registry(toy / "registry.toml", lambda _: toy)
    with pytest.raises(ModelChanged, match=r"toy: .*toy\.onnx has SHA-256 [0-9a-f]{64}, the registry says"):
        registry.load("toy")


def test_a_registered_file_loads(toy: Path) -> None:
    weights = open_registry(toy / "registry.toml", lambda _: toy).load("toy")
    assert weights.content == CONTENT
    assert weights.entry.name == "toy"


def test_an_unknown_name(toy: Path) -> None:
    with pytest.raises(UnknownModel, match="the registered ones are toy"):
        open_registry(toy / "registry.toml").load("teddy")


def test_a_package_that_is_not_installed(toy: Path) -> None:
    with pytest.raises(ModelMissing, match="the package toys that carries it is not installed"):
        open_registry(toy / "registry.toml").load("toy")
    assert installed_package_folder("no_such_package_at_all") is None


def test_a_file_that_is_gone(toy: Path) -> None:
    (toy / "toy.onnx").unlink()
    with pytest.raises(ModelMissing, match="install toys again"):
        open_registry(toy / "registry.toml", lambda _: toy).load("toy")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("[[model]", "not TOML"),
        ("", "model: Field required"),
        (ENTRY.format(digest="0" * 63), "sha256: String should match pattern"),
        (ENTRY.format(digest="0" * 64) + 'extra = "x"\n', "extra: Extra inputs are not permitted"),
        (ENTRY.format(digest="0" * 64) * 2, "toy is there more than once"),
    ],
)
def test_a_bad_registry(tmp_path: Path, content: str, message: str) -> None:
    path = tmp_path / "registry.toml"
    path.write_text(content)
    with pytest.raises(BadRegistry, match=message):
        open_registry(path)


def test_no_registry(tmp_path: Path) -> None:
    with pytest.raises(BadRegistry, match="cannot be read"):
        open_registry(tmp_path / "none.toml")
