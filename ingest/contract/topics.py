"""Where each message goes: lanthorn/v1/{force}/{device}/{kind}; lists and authorities under names of their own."""

from uuid import UUID

ROOT = "lanthorn/v1"
NUMBERED_KINDS = ("reads", "hits", "answers", "images")
LISTS = "lists"
AUTHORITIES = "authorities"
TRUST = "trust"
RESERVED = frozenset({LISTS, AUTHORITIES, TRUST})
"""Take the place of a device's name in a topic, so no device may be called so."""


def message(force: str, device: str, kind: str) -> str:
    """The topic of one kind of message from one device ("+" for every device)."""
    return f"{ROOT}/{force}/{device}/{kind}"


def status(force: str, device: str) -> str:
    """The topic of a device's health: retained, and its last will."""
    return message(force, device, "status")


def receipts(force: str, device: str) -> str:
    """The topic on which the centre tells a device what it has on disk."""
    return message(force, device, "receipts")


def list_manifest(force: str, list_id: UUID | str) -> str:
    """The retained manifest of a list's published version ("+" for every list)."""
    return f"{ROOT}/{force}/{LISTS}/{list_id}/manifest"


def list_chunk(force: str, list_id: UUID | str, version: int | str, number: int | str) -> str:
    """One retained chunk of a published version, numbered from 0."""
    return f"{ROOT}/{force}/{LISTS}/{list_id}/chunks/{version}/{number}"


def authority(force: str, authority_id: UUID | str) -> str:
    """The retained case of a decided authority: its signed documents ("+" for every authority)."""
    return f"{ROOT}/{force}/{AUTHORITIES}/{authority_id}"


def trust(force: str) -> str:
    """The retained list of the authorising officers' keys."""
    return f"{ROOT}/{force}/{TRUST}"


def device_of(topic: str) -> str:
    """The device's name in a topic made by message(). Raises ValueError for a topic of another shape."""
    parts = topic.split("/")
    if len(parts) != 5 or "/".join(parts[:2]) != ROOT or parts[3] in RESERVED:
        raise ValueError(f"topic {topic!r} is not of the form {ROOT}/FORCE/DEVICE/KIND")
    return parts[3]
