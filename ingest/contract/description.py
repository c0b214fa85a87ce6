"""The wire contract as an AsyncAPI 3.0 document, made from the models. docs/asyncapi.json is its output:

python -m ingest.contract.description > docs/asyncapi.json
"""

import json
import sys
from typing import Any, Final

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from ingest.contract import messages, proof, signed, topics

_CHANNELS: Final[tuple[tuple[str, str, type[BaseModel], str], ...]] = (
    ("reads", topics.message("{force}", "{device}", "reads"), messages.ReadMessage, "One for each vehicle pass."),
    ("hits", topics.message("{force}", "{device}", "hits"), messages.HitMessage, "A read that is on a list."),
    ("answers", topics.message("{force}", "{device}", "answers"), messages.AnswerMessage, "Given in the car."),
    (
        "images",
        topics.message("{force}", "{device}", "images"),
        messages.ImageMessage,
        "Binary: the bytes LTP1, the header's length as a 32-bit big-endian number, the header (this schema, JSON),"
        " then the JPEG.",
    ),
    ("status", topics.status("{force}", "{device}"), messages.Status, "Retained, and the last will."),
    ("receipts", topics.receipts("{force}", "{device}"), messages.Receipt, "What the centre has on disk."),
    ("listManifest", topics.list_manifest("{force}", "{list}"), messages.ListManifest, "Retained."),
    (
        "listChunk",
        topics.list_chunk("{force}", "{list}", "{version}", "{number}"),
        messages.ListEntry,
        "Retained. Binary: gzip of a JSON array of entries of this schema.",
    ),
    (
        "authority",
        topics.authority("{force}", "{authority}"),
        signed.AuthorityCase,
        "Retained until the authority is over. Canonical JSON (RFC 8785); a device verifies it with the trust list.",
    ),
    (
        "trust",
        topics.trust("{force}"),
        signed.SignedTrust,
        "Retained. Canonical JSON (RFC 8785); a device pins the key that it is signed with and takes no lower number.",
    ),
)
_PROOF: Final = {
    "type": "object",
    "description": "MQTT 5 user properties of a device that is enrolled: all three (docs/devices.md).",
    "properties": {name: {"type": "string", "pattern": f"^{form.pattern}$"} for name, form in proof.FORMS.items()},
}
_FROM_CENTRE: Final = frozenset({"authority", "trust", "receipts", "listManifest", "listChunk"})


def describe() -> dict[str, Any]:
    """The document. Operations are from the centre's side: it receives what devices send."""
    models = {model for _, _, model, _ in _CHANNELS}
    _, schemas = models_json_schema(
        [(model, "serialization") for model in sorted(models, key=lambda model: model.__name__)],
        ref_template="#/components/schemas/{model}",
    )
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Lanthorn",
            "version": "1",
            "description": "MQTT 5, QoS 1. A device keeps a numbered message until a receipt covers its number.",
        },
        "channels": {
            name: {
                "address": address,
                "description": text,
                "parameters": {part[1:-1]: {} for part in address.split("/") if part.startswith("{")},
                "messages": {model.__name__: {"$ref": f"#/components/messages/{model.__name__}"}},
            }
            for name, address, model, text in _CHANNELS
        },
        "operations": {
            name: {
                "action": "send" if name in _FROM_CENTRE else "receive",
                "channel": {"$ref": f"#/channels/{name}"},
                "bindings": {"mqtt": {"qos": 1, "bindingVersion": "0.2.0"}},
            }
            for name, _, _, _ in _CHANNELS
        },
        "components": {
            "messages": {
                model.__name__: {
                    "payload": {"$ref": f"#/components/schemas/{model.__name__}"},
                    **({"headers": _PROOF} if issubclass(model, messages.Envelope) else {}),
                }
                for model in sorted(models, key=lambda model: model.__name__)
            },
            "schemas": schemas["$defs"],
        },
    }


def as_text() -> str:
    """The document as it lies in docs/asyncapi.json."""
    return json.dumps(describe(), indent=2, sort_keys=True) + "\n"


if __name__ == "__main__":
    sys.stdout.write(as_text())
