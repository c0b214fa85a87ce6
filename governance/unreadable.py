"""Says in plain words why a file that a verifier was given cannot be read: what Python says of it helps nobody."""

import json


def why_unreadable(error: Exception) -> str:
    """What is wrong, as a clause about "it"."""
    match error:
        case json.JSONDecodeError():
            return f"it is not JSON: {error}"
        case UnicodeDecodeError():
            return "it is not text in UTF-8"
        case KeyError():
            return f"it has no field {error.args[0]!r}" if error.args else "it lacks a field"
        case RecursionError():
            return "it is nested too deep"
        case TypeError() | AttributeError():
            return "a part of it is of another kind than it must be"
    return str(error) or type(error).__name__
