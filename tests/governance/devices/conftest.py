"""Chains of a drawn device, made as a device makes them."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from governance.devices.chain import Link, link_of, sign_link, start_of
from governance.devices.enrolled import EnrolledKey
from governance.keys import PrivateKey

AT = datetime(2026, 11, 23, 3, 4, 5, 678_000, tzinfo=UTC)


class Maker:
    """A device with its key that makes chains."""

    def __init__(self, device: str = "car-7") -> None:
        self.device = device
        self.key = PrivateKey.new()

    @property
    def enrolled(self) -> EnrolledKey:
        return EnrolledKey(self.device, self.key.public, AT, AT + timedelta(days=90))

    @property
    def keys(self) -> dict[str, EnrolledKey]:
        return {self.key.public.id: self.enrolled}

    def chain(self, stream: UUID, payloads: list[bytes]) -> list[Link]:
        links, previous = [], start_of(self.device, stream, self.key.public)
        for seq, payload in enumerate(payloads, 1):
            link = Link.of(
                device=self.device,
                stream=stream,
                seq=seq,
                kind="reads",
                payload=payload,
                previous=previous,
                key=self.key.public.id,
                signature=b"",
                received_at=AT,
            )
            links.append(self.signed(link))
            previous = link.link
        return links

    def signed(self, link: Link) -> Link:
        """The same with its own link and the device's signature over it."""
        own = link_of(link.previous, link.stream, link.seq, link.kind, link.payload_sha256)
        return Link(
            link.device,
            link.stream,
            link.seq,
            link.kind,
            link.payload_sha256,
            link.previous,
            own,
            link.key,
            sign_link(self.key, own),
            link.received_at,
        )


@pytest.fixture(scope="session")
def maker() -> Maker:
    return Maker()


@pytest.fixture(scope="session")
def make_maker() -> Callable[..., Maker]:
    return Maker
