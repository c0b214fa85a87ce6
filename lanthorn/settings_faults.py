"""What is wrong with a settings file, in words: which field, what is wrong with it, and what may stand there."""

import difflib
from collections.abc import Iterator, Sequence
from typing import Any, Final, get_args

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

NEAR: Final = 0.6
"""How much of a name must agree for it to be offered (difflib's ratio, and its own default)."""

_KINDS: Final = {
    "int": "must be a whole number",
    "float": "must be a number",
    "bool": "must be true or false",
    "string": "must be text, in quotes",
    "path": "must be a path, in quotes",
    "model": "must be a table",
    "dict": "must be a table",
    "tuple": "must be a list, in [ ]",
    "list": "must be a list, in [ ]",
    "datetime": "must be a time with its zone, such as 2026-11-23T18:00:00Z",
    "date": "must be a date, such as 2026-11-23",
}
"""By how the names of pydantic's faults begin that say that a value is of the wrong kind."""

_WRONG_KIND: Final = ("_type", "_parsing", "_attributes_type", "_from_float")

_BOUNDS: Final = {
    "greater_than_equal": ("ge", "must be {} or more"),
    "less_than_equal": ("le", "must be {} or less"),
    "greater_than": ("gt", "must be more than {}"),
    "less_than": ("lt", "must be less than {}"),
    "string_too_short": ("min_length", "must have {} characters or more"),
    "string_too_long": ("max_length", "must have {} characters or fewer"),
    "literal_error": ("expected", "must be {}"),
    "enum": ("expected", "must be {}"),
    "value_error": ("error", "{}"),
}
"""By the name of a fault: what of its context to tell, and how."""


def in_words(error: ValidationError, model: type[BaseModel], under: str = "") -> str:
    """Every fault, by field; under is the table in which the model stands in the file. Never the value: it may be a
    secret.
    """
    faults = error.errors(include_url=False, include_input=False)
    return "; ".join(_fault(each, model, under) for each in faults)


def _fault(fault: ErrorDetails, model: type[BaseModel], under: str) -> str:
    steps = list(_walk(fault["loc"], model))
    names = [under] if under else []
    names += [str(part) for part, models, _ in steps if not _is_tag(part, models)]
    path = ".".join(names) or "the file"
    if fault["type"] == "extra_forbidden":
        name, models, _ = steps[-1]
        return _unknown(path, str(name), models)
    field = steps[-1][2] if steps else None
    said = "is needed, and not there" if fault["type"] == "missing" else _said(fault)
    meant = "" if field is None or not field.description else f" ({field.description.rstrip('.')})"
    return f"{path}: {said}{meant}"


def _unknown(path: str, name: str, models: Sequence[type[BaseModel]]) -> str:
    allowed = list(dict.fromkeys(field for model in models for field in model.model_fields))
    near = difflib.get_close_matches(name, allowed, n=1, cutoff=NEAR)
    meant = f" did you mean {near[0]}?" if near else ""
    return f"{path}: there is no such setting;{meant} there can be {', '.join(allowed)}"


def _said(fault: ErrorDetails) -> str:
    kind, context = fault["type"], fault.get("ctx", {})
    if kind in _BOUNDS and _BOUNDS[kind][0] in context:
        name, words = _BOUNDS[kind]
        return words.format(context[name])
    if kind.endswith(_WRONG_KIND) and kind.split("_")[0] in _KINDS:
        return _KINDS[kind.split("_")[0]]
    if kind == "string_pattern_mismatch":
        return "is not in its form"
    return fault["msg"][:1].lower() + fault["msg"][1:]


def _walk(
    loc: Sequence[str | int], model: type[BaseModel]
) -> Iterator[tuple[str | int, list[type[BaseModel]], FieldInfo | None]]:
    """Each part of a fault's place, with the models that it is looked for in, and the field that it names there."""
    models = [model]
    for part in loc:
        field = next((each.model_fields[str(part)] for each in models if str(part) in each.model_fields), None)
        yield part, models, field
        if field is not None:
            models = list(_models_in(field.annotation))
        elif tagged := [each for each in models if _has_tag(each, part)]:
            models = tagged
        else:
            models = []


def _models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in get_args(annotation):
        yield from _models_in(inner)


def _has_tag(model: type[BaseModel], part: str | int) -> bool:
    """Whether the part is not a field but says which model of several is meant: kind = "fixed"."""
    return any(part in get_args(field.annotation) for field in model.model_fields.values())


def _is_tag(part: str | int, models: Sequence[type[BaseModel]]) -> bool:
    return all(part not in model.model_fields for model in models) and any(_has_tag(model, part) for model in models)
