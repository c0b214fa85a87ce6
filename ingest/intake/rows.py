"""Messages as rows of the database. Pure."""

from datetime import datetime
from typing import Any
from uuid import UUID

from ingest.contract.messages import ImageMessage, Read
from ingest.objects import StoredObject


def read_row(read: Read, device: str, message_id: UUID | None, received_at: datetime) -> dict[str, Any]:
    """The row of a read. message_id is None where it came with its hit."""
    return {
        "read_id": read.read_id,
        "captured_at": read.captured_at,
        "message_id": message_id,
        "device": device,
        "camera_id": read.camera_id,
        "vrm": read.vrm,
        "confidence": read.confidence,
        "latitude_deg": read.position.latitude_deg if read.position else None,
        "longitude_deg": read.position.longitude_deg if read.position else None,
        "received_at": received_at,
        "body": read.model_dump(mode="json"),
    }


def image_row(message: ImageMessage, stored: StoredObject | None, received_at: datetime) -> dict[str, Any]:
    """The row of a picture. Raises ValueError where it has no place in the object store yet."""
    if stored is None:
        raise ValueError(f"picture {message.body.image_id} is not in the object store: store it before its row")
    picture = message.body
    return {
        "image_id": picture.image_id,
        "message_id": message.id,
        "read_id": picture.read_id,
        "device": message.device,
        "role": picture.role.value,
        "sha256": picture.sha256,
        "media_type": picture.media_type,
        "width_px": picture.width_px,
        "height_px": picture.height_px,
        "size_bytes": picture.size_bytes,
        "object_key": stored.key,
        "version_id": stored.version_id,
        "received_at": received_at,
        "locked_until": stored.locked_until,
    }
