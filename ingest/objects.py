"""The object store: one bucket with versions and Object Lock, spoken to by S3 through the minio client.

Locks are in governance mode: a lawful early erasure must stay possible, and only erase() asks for it, after the rules
have decided. A legal hold has no end of its own and nothing here goes round it; whoever set it takes it off.
"""

import hashlib
import io
import logging
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any, Final
from urllib.parse import urlsplit

import urllib3
from minio import Minio
from minio.commonconfig import ENABLED, GOVERNANCE
from minio.deleteobjects import DeleteObject
from minio.error import MinioException, S3Error
from minio.retention import Retention

from ingest.errors import ErasureRefused, NotFound, PictureDamaged, StoreUnavailable
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
    """Where an object is: its key, and the version that the store gave it. A later one does not hide it.

    locked_until is until when the store lets nobody delete that version in the ordinary way; None: it was not locked.
    """

    key: str
    version_id: str | None
    locked_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Erased:
    """What an erasure came to: versions and delete markers, and how many versions were still locked."""

    versions: int
    locks_lifted: int


@dataclass(frozen=True, slots=True)
class ListedObject:
    """A key that the store has, and when its newest version was put there."""

    key: str
    put_at: datetime


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

    def put(
        self, key: str, data: bytes, sha256: str, media_type: str, locked_until: datetime | None = None
    ) -> StoredObject:
        """Store an object in one PUT, with its lock. On return the store has it. sha256 goes with it as metadata."""
        if hashlib.sha256(data).hexdigest() != sha256:
            raise PictureDamaged(f"the bytes for {key} do not have the SHA-256 that was given: nothing was stored")
        self._make_ready()
        try:
            result = self._client.put_object(
                self._bucket,
                key,
                io.BytesIO(data),
                len(data),
                content_type=media_type,
                metadata={"sha256": sha256},
                retention=None if locked_until is None else Retention(GOVERNANCE, locked_until),
            )
        except _AWAY as error:
            self._ready = False
            raise StoreUnavailable(f"{self._where} did not take an object: {error}") from error
        return StoredObject(key, result.version_id, locked_until)

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

    def lock(self, key: str, until: datetime) -> None:
        """Lock every version of an object until a time that is no sooner than its lock's now.

        Raises NotFound where there is no such object, or StoreUnavailable.
        """
        for version in self._versions_to_change(key):
            self._ask(self._client.set_object_retention, key, Retention(GOVERNANCE, until), version)

    def hold(self, key: str, *, on: bool) -> None:
        """Put every version of an object under a legal hold, or take that off. Raises NotFound or StoreUnavailable."""
        change = self._client.enable_object_legal_hold if on else self._client.disable_object_legal_hold
        for version in self._versions_to_change(key):
            self._ask(change, key, version)

    def erase(self, key: str) -> Erased:
        """Delete every version and delete marker of an object, locked or not; nothing where there is none.

        Raises StoreUnavailable, also where a legal hold is on it. Some versions may be gone then: do it again.
        """
        found = self._versions(key)
        refused = self._delete(key, found, bypass=False)
        if refused:
            _log.warning(
                "%d versions of an object were still locked; the rules let it go, so they are unlocked", refused
            )
            if self._delete(key, found, bypass=True):
                raise ErasureRefused(
                    f"{self._where} did not delete an object: a legal hold is on it, not of our making"
                )
        return Erased(len(found), refused)

    def is_there(self, key: str) -> bool:
        """Whether the store has any version or delete marker of an object. Raises StoreUnavailable."""
        return bool(self._versions(key))

    def listed(self, prefix: str, after: str, limit: int) -> list[ListedObject]:
        """Up to limit objects under a prefix, by key, those after a key only. Raises StoreUnavailable."""
        self._make_ready()
        try:
            listing = self._client.list_objects(self._bucket, prefix, recursive=True, start_after=after or None)
            return [ListedObject(str(one.object_name), one.last_modified) for one in islice(listing, limit)]
        except _AWAY as error:
            raise StoreUnavailable(f"{self._where} did not say what it has: {error}") from error

    def _versions(self, key: str) -> list[str | None]:
        self._make_ready()
        try:
            listing = self._client.list_objects(self._bucket, key, include_version=True)
            return [one.version_id for one in listing if one.object_name == key]
        except _AWAY as error:
            raise StoreUnavailable(f"{self._where} did not say what it has: {error}") from error

    def _versions_to_change(self, key: str) -> list[str | None]:
        self._make_ready()
        try:
            listing = self._client.list_objects(self._bucket, key, include_version=True)
            found = [one.version_id for one in listing if one.object_name == key and not one.is_delete_marker]
        except _AWAY as error:
            raise StoreUnavailable(f"{self._where} did not say what it has: {error}") from error
        if not found:
            raise NotFound(f"{key} is not in {self._where}")
        return found

    def _delete(self, key: str, versions: Sequence[str | None], *, bypass: bool) -> int:
        """Ask for the deletion of these versions, and give how many the store refused."""
        if not versions:
            return 0
        asked = [DeleteObject(key, version) for version in versions]
        try:
            refused = list(self._client.remove_objects(self._bucket, asked, bypass_governance_mode=bypass))
        except _AWAY as error:
            raise StoreUnavailable(f"{self._where} did not delete an object: {error}") from error
        return len(refused)

    def _ask(self, call: Any, key: str, *arguments: Any) -> None:
        try:
            call(self._bucket, key, *arguments)
        except _AWAY as error:
            raise StoreUnavailable(f"{self._where} did not change an object's lock: {error}") from error

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
