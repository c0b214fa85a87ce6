"""Every setting, as a page. docs/settings.md is its output:

python -m lanthorn.settings_page > docs/settings.md
"""

import sys
from collections.abc import Iterator
from types import UnionType
from typing import Annotated, Any, Final, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from edge.settings import EdgeSettings
from lanthorn.settings import (
    BROKER_PASSWORD_VARIABLE,
    BROKER_USER_VARIABLE,
    DATABASE_URL_VARIABLE,
    OIDC_SECRET_VARIABLE,
    SETTINGS_VARIABLE,
    STORE_ACCESS_KEY_VARIABLE,
    STORE_SECRET_KEY_VARIABLE,
    Settings,
)

_INTRODUCTION: Final = f"""# Settings

One TOML file, `lanthorn.toml` in the current folder, or `--settings FILE`, or `{SETTINGS_VARIABLE}`. Everything has a
default: without a file, everything is embedded. A field that is not listed here is refused at the start, by name.

Secrets come from the environment, never from the file: `{BROKER_USER_VARIABLE}`, `{BROKER_PASSWORD_VARIABLE}`,
`{STORE_ACCESS_KEY_VARIABLE}`, `{STORE_SECRET_KEY_VARIABLE}`, `{OIDC_SECRET_VARIABLE}`, and `{DATABASE_URL_VARIABLE}`
where the database's URL holds a password.

This page is made from the code (`python -m lanthorn.settings_page`), and a test holds it to that.
"""

_SHARED: Final = frozenset({"force", "state_dir", "broker"})
"""Fields of the agent's settings that stand at the top of the file."""


def page() -> str:
    """The page as it lies in docs/settings.md."""
    lines = [_INTRODUCTION]
    for table, rows in _tables("", Settings, frozenset({"edge"})):
        lines += _table(table, rows)
    for table, rows in _tables("edge", EdgeSettings, _SHARED):
        lines += _table(table, rows)
    return "\n".join(lines) + "\n"


def _tables(name: str, model: type[BaseModel], left_out: frozenset[str]) -> Iterator[tuple[str, list[str]]]:
    """A TOML table and its rows, then those of the tables within it."""
    rows, inner = [], []
    for field_name, field in model.model_fields.items():
        if field_name in left_out:
            continue
        models = list(_models_in(field.annotation))
        if models:
            inner += [(f"{name}.{field_name}".lstrip("."), part) for part in models]
        else:
            rows.append(_row(field_name, field))
    yield name, rows
    for inner_name, part in inner:
        yield from _tables(inner_name, part, frozenset())


def _models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    elif get_origin(annotation) in (Union, UnionType, Annotated):
        for part in get_args(annotation):
            yield from _models_in(part)


def _table(name: str, rows: list[str]) -> list[str]:
    title = f"## `[{name}]`" if name else "## Top of the file"
    return [title, "", "| Field | Default | Bounds | What it is |", "|---|---|---|---|", *rows, ""] if rows else []


def _row(name: str, field: FieldInfo) -> str:
    said = " ".join(part for part in (field.title and f"**{field.title}.**", field.description) if part)
    return f"| `{name}` | {_default(field)} | {_bounds(field)} | {said} |"


def _default(field: FieldInfo) -> str:
    if field.default is PydanticUndefined:
        return "needed" if field.default_factory is None else "empty"
    if field.default is None:
        return "none"
    return f"`{field.default}`".lower() if isinstance(field.default, bool) else f"`{field.default}`"


def _bounds(field: FieldInfo) -> str:
    found = {
        word: getattr(rule, attribute)
        for rule in field.metadata
        for attribute, word in (("ge", "at least"), ("gt", "over"), ("le", "at most"), ("lt", "under"))
        if getattr(rule, attribute, None) is not None
    }
    return ", ".join(f"{word} {limit:,}" for word, limit in found.items())


if __name__ == "__main__":
    sys.stdout.write(page())
