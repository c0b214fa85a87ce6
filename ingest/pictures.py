"""The pictures of reads: their bytes in the object store, all else about them in the database."""

import hashlib
from dataclasses import dataclass
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
    """Pictures by id."""

    def __init__(self, engine: Engine, objects: ObjectStore) -> None:
        self._engine = engine
        self._objects = objects

    def keep(self, picture: Picture, data: bytes) -> StoredObject:
        """Put a picture's bytes in the object store and say where. Raises StoreUnavailable."""
        return self._objects.put(object_key(picture), data, picture.sha256, picture.media_type)

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


def object_key(picture: Picture) -> str:
    """The key of a picture: it follows from what the picture is, so a repeat goes to the same place."""
    return f"reads/{picture.read_id}/{picture.role.value}/{picture.sha256}.{_SUFFIX[picture.media_type]}"
