"""The object store and the pictures in it, on a real SeaweedFS."""

import hashlib
import io
from typing import Any

import pytest
from minio import Minio
from pydantic import SecretStr
from sqlalchemy import Engine, insert, update

from ingest.contract.base import new_id
from ingest.contract.messages import ImageRole
from ingest.database import schema
from ingest.database.engine import write_transaction
from ingest.errors import NotFound, PictureDamaged, StoreUnavailable
from ingest.objects import ObjectStore, StoredObject
from ingest.pictures import Pictures, object_key
from ingest.settings import StoreSettings

DATA = b"\xff\xd8 stands for a picture \xff\xd9"
SHA256 = hashlib.sha256(DATA).hexdigest()


@pytest.fixture
def raw(store_settings: StoreSettings) -> Minio:
    """The client by itself, for any bucket."""
    return Minio(
        store_settings.url.removeprefix("http://"),
        access_key=store_settings.access_key.get_secret_value(),
        secret_key=store_settings.secret_key.get_secret_value(),
        secure=False,
    )


def test_the_bucket_is_made_with_versions_and_lock(fresh_bucket: StoreSettings, raw: Minio) -> None:
    ObjectStore(fresh_bucket).check()
    ObjectStore(fresh_bucket).check()
    assert raw.get_bucket_versioning(fresh_bucket.bucket).status == "Enabled"
    raw.get_object_lock_config(fresh_bucket.bucket)  # raises where the bucket has no lock


def test_what_is_put_is_got(fresh_bucket: StoreSettings, raw: Minio) -> None:
    objects = ObjectStore(fresh_bucket)
    stored = objects.put("a/b", DATA, SHA256, "image/jpeg")
    assert objects.get(stored) == DATA
    about = raw.stat_object(fresh_bucket.bucket, "a/b")
    assert (about.content_type, about.metadata["x-amz-meta-sha256"]) == ("image/jpeg", SHA256)


def test_bytes_that_are_not_what_they_are_said_to_be_are_not_put(fresh_bucket: StoreSettings) -> None:
    objects = ObjectStore(fresh_bucket)
    with pytest.raises(PictureDamaged):
        objects.put("a/b", DATA, "0" * 64, "image/jpeg")
    with pytest.raises(NotFound):
        objects.get(StoredObject("a/b", None))


def test_a_bucket_without_versions_is_refused(fresh_bucket: StoreSettings, raw: Minio) -> None:
    raw.make_bucket(fresh_bucket.bucket)
    with pytest.raises(StoreUnavailable, match="keeps no versions"):
        ObjectStore(fresh_bucket).put("a/b", DATA, SHA256, "image/jpeg")


def test_a_store_that_is_away_or_refuses_says_so(fresh_bucket: StoreSettings, no_store: StoreSettings) -> None:
    stranger = fresh_bucket.model_copy(update={"secret_key": SecretStr("wrongwrong")})
    for settings in (no_store, stranger):
        objects = ObjectStore(settings)
        with pytest.raises(StoreUnavailable):
            objects.check()
        with pytest.raises(StoreUnavailable):
            objects.put("a/b", DATA, SHA256, "image/jpeg")
        with pytest.raises(StoreUnavailable):
            objects.get(StoredObject("a/b", None))


def test_a_picture_is_shown_as_it_came_or_not_at_all(
    engine: Engine, store_settings: StoreSettings, raw: Minio, spool: Any, clock: Any
) -> None:
    pictures = Pictures(engine, ObjectStore(store_settings))
    message = spool.image(new_id(), ImageRole.PLATE_PATCH, DATA)
    picture = message.body
    stored = pictures.keep(picture, DATA)
    assert stored.key == object_key(picture)
    row = picture.model_dump(exclude={"role"}) | {
        "role": picture.role.value,
        "message_id": message.id,
        "device": "car-7",
        "object_key": stored.key,
        "version_id": stored.version_id,
        "received_at": clock(),
    }
    with write_transaction(engine) as connection:
        connection.execute(insert(schema.image).values(row))
    got = pictures.get(picture.image_id)
    assert (got.data, got.role, got.media_type) == (DATA, ImageRole.PLATE_PATCH, "image/jpeg")
    later = raw.put_object(store_settings.bucket, stored.key, io.BytesIO(b"another"), 7)
    assert pictures.get(picture.image_id).data == DATA, "a later version does not hide the one that came"
    with write_transaction(engine) as connection:
        connection.execute(update(schema.image).values(version_id=later.version_id))
    with pytest.raises(PictureDamaged):
        pictures.get(picture.image_id)


def test_a_picture_that_nobody_sent_is_not_found(engine: Engine, no_store: StoreSettings) -> None:
    with pytest.raises(NotFound, match="there is no picture"):
        Pictures(engine, ObjectStore(no_store)).get(new_id())
