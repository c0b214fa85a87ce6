"""A device's signatures for the centre's tests: over what a drawn spool makes, link by link."""

from typing import Any

from governance.devices.chain import Link, sign_link, start_of
from governance.devices.requests import make_request
from governance.keys import PrivateKey
from ingest.contract.codec import encode
from ingest.contract.messages import ImageMessage, Message
from ingest.contract.proof import Proof, Properties
from ingest.enrolment import Enrolment, Unsigned
from tests.ingest.cars import JPEG


class Signer:
    """Signs what a drawn spool makes, as a device does."""

    def __init__(self, spool: Any, key: PrivateKey) -> None:
        self.spool = spool
        self.key = key
        self.last = start_of(spool.device, spool.stream, key.public)
        self.link: Link

    def sign(self, message: Message, payload: bytes | None = None, kind: str = "") -> "Signed":
        """The next delivery of the stream, on the topic of its kind or of another."""
        data = payload if payload is not None else encode(message, JPEG if isinstance(message, ImageMessage) else None)
        signed = self.over(message.seq, kind or message.kind, data, self.last)
        self.last = self.link.link
        return signed

    def over(self, seq: int, kind: str, data: bytes, previous: bytes) -> "Signed":
        parts: dict[str, Any] = {
            "device": self.spool.device,
            "stream": self.spool.stream,
            "seq": seq,
            "kind": kind,
            "payload": data,
            "previous": previous,
            "key": self.key.public.id,
        }
        self.link = Link.of(**parts, signature=b"")
        proof = Proof(self.key.public.id, previous, sign_link(self.key, self.link.link))
        return Signed(kind, data, proof.to_properties())

    def reads(self, number: int) -> list["Signed"]:
        return [self.sign(self.spool.read()) for _ in range(number)]


class Signed:
    """What goes on the wire."""

    def __init__(self, kind: str, data: bytes, properties: Properties) -> None:
        self.kind, self.data, self.properties = kind, data, properties


def enrolled(enrolment: Enrolment, spool: Any, key: PrivateKey, unsigned: Unsigned | None = None) -> None:
    """Enrol the device of a spool with a key, as an administrator's code lets it."""
    code = enrolment.make_code(spool.device, "admin").text
    enrolment.enrol(spool.device, code, make_request(spool.device, key), unsigned)
