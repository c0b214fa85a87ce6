"""The settings: what is refused, and that every field says what it is for."""

from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from ingest.settings import CentreSettings

WHOLE: dict[str, Any] = {
    "force": "met",
    "log_path": "log",
    "keys_dir": "keys",
    "database": {"url": "sqlite:///centre.db"},
    "store": {"url": "http://127.0.0.1:8333", "access_key": "a", "secret_key": "b"},
    "broker": {"url": "mqtt://127.0.0.1:1883"},
}


def test_the_least_is_enough() -> None:
    settings = CentreSettings.model_validate(WHOLE)
    assert settings.store.bucket == "lanthorn"
    assert "secret_key='b'" not in repr(settings)


@pytest.mark.parametrize(
    "change",
    [
        {"force": "The Met"},
        {"unknown": 1},
        {"database": {"url": "mysql://x"}},
        {"database": {"url": "sqlite://"}},
        {"broker": {"url": "mqtt://user:secret@host"}},
        {"broker": {"url": "amqp://host"}},
        {"broker": {"url": "mqtt://host", "shared_group": "a/b"}},
        {"store": {**WHOLE["store"], "url": "ftp://host"}},
        {"store": {**WHOLE["store"], "bucket": "No"}},
        {"intake": {"receive_maximum": 0}},
        {"intake": {"batch_messages": 100_000}},
        {"accounts": {"session_hours": 1_000}},
        {"lists": {"import_max_rows": 0}},
    ],
)
def test_what_is_out_of_bounds_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        CentreSettings.model_validate(WHOLE | change)


def test_every_field_says_what_it_is_for() -> None:
    def silent(model: type[BaseModel], path: str = "") -> list[str]:
        found = []
        for name, field in model.model_fields.items():
            kind = field.annotation
            if isinstance(kind, type) and issubclass(kind, BaseModel):
                found += silent(kind, f"{path}{name}.")
            elif not (field.title and field.description):
                found.append(path + name)
        return found

    assert silent(CentreSettings) == []
