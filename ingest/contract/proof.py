"""What a device says of a message beside its payload, to prove that it made it: MQTT 5 user properties of its PUBLISH.

    device-key        the id of the key: 16 hexadecimal digits
    device-previous   the link of the message before it in its stream: 64 hexadecimal digits
    device-signature  the signature over the message's own link: 128 hexadecimal digits

docs/devices.md says what a link is, to the byte. Other properties may stand beside these; none of these may be twice.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from ingest.contract.codec import BadMessage

KEY: Final = "device-key"
PREVIOUS: Final = "device-previous"
SIGNATURE: Final = "device-signature"

FORMS: Final = {
    KEY: re.compile(r"[0-9a-f]{16}"),
    PREVIOUS: re.compile(r"[0-9a-f]{64}"),
    SIGNATURE: re.compile(r"[0-9a-f]{128}"),
}

Properties = tuple[tuple[str, str], ...]
"""User properties as they go on the wire: names and values, in order."""


@dataclass(frozen=True, slots=True)
class Proof:
    """The three together: previous has 32 bytes, signature 64."""

    key: str
    previous: bytes
    signature: bytes

    def to_properties(self) -> Properties:
        """The properties to publish with."""
        return ((KEY, self.key), (PREVIOUS, self.previous.hex()), (SIGNATURE, self.signature.hex()))


def read_proof(properties: Iterable[tuple[str, str]]) -> Proof | None:
    """What the properties of a message prove; None where none of the three is there. Raises BadMessage for a part."""
    found: dict[str, str] = {}
    for name, value in properties:
        if name in found:
            raise BadMessage(f"the property {name} is there twice")
        if name in FORMS:
            if not FORMS[name].fullmatch(value):
                raise BadMessage(f"the property {name} is not of its form")
            found[name] = value
    if not found:
        return None
    if missing := FORMS.keys() - found.keys():
        raise BadMessage(f"the property {', '.join(sorted(missing))} is not there")
    return Proof(found[KEY], bytes.fromhex(found[PREVIOUS]), bytes.fromhex(found[SIGNATURE]))
