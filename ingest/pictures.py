"""The pictures of reads: their bytes in the object store, all else about them in the database."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import Engine, select

from ingest.contract.messages import ImageRole, Picture
from ingest.database.engine import read_transaction
from ingest.database.schema import image
from ingest.errors import NotFound, PictureDamaged
from ingest.objects import ObjectStore, StoredObject

_SUFFIX: Final = {"image/jpeg": "jpg"}


@dataclass(frozen=True, slots=True)
class PictureBytes:
    """A picture as it is shown."""

    image_id: UUID
    role: ImageRole
    data: bytes
    media_type: str
    sha256: str


class Pictures:
    """Pictures by id. lock_until says until when a picture that comes now is locked in the store; None: not at all."""

    def __init__(
        self, engine: Engine, objects: ObjectStore, lock_until: Callable[[], datetime | None] = lambda: None
    ) -> None:
        self._engine = engine
        self._objects = objects
        self._lock_until = lock_until

    def keep(self, picture: Picture, data: bytes) -> StoredObject:
        """Put a picture's bytes in the object store and say where. Raises StoreUnavailable or DatabaseUnavailable."""
        return self._objects.put(object_key(picture), data, picture.sha256, picture.media_type, self._lock_until())

    def get(self, image_id: UUID) -> PictureBytes:
        """Give a picture. Raises NotFound, StoreUnavailable, or PictureDamaged where its bytes are not as they came."""
        with read_transaction(self._engine) as connection:
            row = connection.execute(select(image).where(image.c.image_id == image_id)).one_or_none()
        if row is None:
            raise NotFound(f"there is no picture {image_id}")
        data = self._objects.get(StoredObject(row.object_key, row.version_id))
        if hashlib.sha256(data).hexdigest() != row.sha256:
            raise PictureDamaged(f"picture {image_id} is not as it came from the device: its SHA-256 differs")
        return PictureBytes(image_id, ImageRole(row.role), data, row.media_type, row.sha256)


PREFIX: Final = "reads/"
"""Where every picture lies in the bucket."""


def object_key(picture: Picture) -> str:
    """The key of a picture: it follows from what the picture is, so a repeat goes to the same place."""
    return f"{PREFIX}{picture.read_id}/{picture.role.value}/{picture.sha256}.{_SUFFIX[picture.media_type]}"
