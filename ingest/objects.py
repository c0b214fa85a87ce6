"""The object store: one bucket with versions and Object Lock, spoken to by S3 through the minio client."""

import hashlib
import io
import logging
import threading
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

import urllib3
from minio import Minio
from minio.commonconfig import ENABLED
from minio.error import MinioException, S3Error

from ingest.errors import NotFound, PictureDamaged, StoreUnavailable
from ingest.settings import StoreSettings

CONNECT_LIMIT_S: Final = 2.0
CONNECTIONS: Final = 8

_ABSENT: Final = frozenset({"NoSuchKey", "NoSuchVersion", "NoSuchBucket"})
_MADE_BY_ANOTHER: Final = frozenset({"BucketAlreadyOwnedByYou", "BucketAlreadyExists"})
_AWAY: Final = (MinioException, urllib3.exceptions.HTTPError, OSError, ValueError)
"""What the client raises where a store is away, refuses, or answers with something that is not S3."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class StoredObject:
    """Where an object is: its key, and the version that the store gave it. A later one does not hide it."""

    key: str
    version_id: str | None


class ObjectStore:
    """The bucket. Made at the first use where it is not there, so a store that is away at the start harms nothing else.

    Safe to share by threads. Every failure but an absent object is StoreUnavailable: try again later.
    """

    def __init__(self, settings: StoreSettings) -> None:
        parts = urlsplit(settings.url)
        self._bucket = settings.bucket
        self._where = f"bucket {settings.bucket} at {settings.url}"
        self._client = Minio(
            parts.netloc,
            access_key=settings.access_key.get_secret_value(),
            secret_key=settings.secret_key.get_secret_value(),
            secure=parts.scheme == "https",
            http_client=urllib3.PoolManager(
                timeout=urllib3.Timeout(connect=CONNECT_LIMIT_S, read=settings.timeout_s),
                retries=False,
                maxsize=CONNECTIONS,
            ),
        )
        self._lock = threading.Lock()
        self._ready = False

    def check(self) -> None:
        """Make sure, now, that the bucket is there and keeps versions. Raises StoreUnavailable."""
        try:
            if not self._client.bucket_exists(self._bucket):
                self._make()
            kept = self._client.get_bucket_versioning(self._bucket).status == ENABLED
        except _AWAY as error:
            raise StoreUnavailable(f"{self._where} cannot be reached: {error}") from error
        if not kept:
            raise StoreUnavailable(
                f"{self._where} keeps no versions: give the centre a bucket that was made with Object Lock"
            )

    def put(self, key: str, data: bytes, sha256: str, media_type: str) -> StoredObject:
        """Store an object in one PUT. On return the store has it. sha256 goes with it as metadata."""
        if hashlib.sha256(data).hexdigest() != sha256:
            raise PictureDamaged(f"the bytes for {key} do not have the SHA-256 that was given: nothing was stored")
        self._make_ready()
        try:
            result = self._client.put_object(
                self._bucket, key, io.BytesIO(data), len(data), content_type=media_type, metadata={"sha256": sha256}
            )
        except _AWAY as error:
            self._ready = False
            raise StoreUnavailable(f"{self._where} did not take an object: {error}") from error
        return StoredObject(key, result.version_id)

    def get(self, stored: StoredObject) -> bytes:
        """Give an object's bytes, of that version. Raises NotFound or StoreUnavailable."""
        try:
            response = self._client.get_object(self._bucket, stored.key, version_id=stored.version_id)
            try:
                return bytes(response.read())
            finally:
                response.close()
                response.release_conn()
        except S3Error as error:
            if error.code in _ABSENT:
                raise NotFound(f"{stored.key} is not in {self._where}") from error
            raise StoreUnavailable(f"{self._where} did not give an object: {error}") from error
        except _AWAY as error:
            raise StoreUnavailable(f"{self._where} cannot be reached: {error}") from error

    def _make_ready(self) -> None:
        with self._lock:
            if not self._ready:
                self.check()
                self._ready = True

    def _make(self) -> None:
        try:
            self._client.make_bucket(self._bucket, object_lock=True)
        except S3Error as error:
            if error.code not in _MADE_BY_ANOTHER:
                raise
        else:
            _log.info("made %s, with versions and Object Lock", self._where)
