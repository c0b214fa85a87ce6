"""The embedded object store itself, with the minio client as in the service."""

import io
import json
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from minio import Minio
from minio.error import S3Error
from minio.retention import Retention

from lanthorn.embedded.ports import PortTaken
from lanthorn.embedded.store import Store, weed_path
from lanthorn.errors import NotStarted

LIMIT_S = 30.0


def client(store: Store) -> Minio:
    return Minio(
        endpoint=store.endpoint,
        access_key=store.access_key,
        secret_key=store.secret_key,
        secure=False,
        region="us-east-1",
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("store")


@pytest.fixture(scope="module")
def store(folder):
    store = Store(folder)
    store.start()
    yield store
    store.stop()


def test_a_locked_object_is_kept(store):
    s3 = client(store)
    s3.make_bucket(bucket_name="evidence", object_lock=True)
    until = datetime.now(UTC) + timedelta(days=1)
    put = s3.put_object(
        bucket_name="evidence",
        object_name="a.jpg",
        data=io.BytesIO(b"picture"),
        length=7,
        retention=Retention("COMPLIANCE", until),
    )
    with pytest.raises(S3Error, match="AccessDenied"):
        s3.remove_object(bucket_name="evidence", object_name="a.jpg", version_id=put.version_id)
    with s3.get_object(bucket_name="evidence", object_name="a.jpg") as answer:
        assert answer.read() == b"picture"


def test_a_wrong_key_is_refused(store):
    stranger = Minio(
        endpoint=store.endpoint, access_key=store.access_key, secret_key="x" * 40, secure=False, region="us-east-1"
    )
    with pytest.raises(S3Error, match="SignatureDoesNotMatch"):
        stranger.list_buckets()


def test_it_listens_on_loopback_alone(store, folder, processes):
    server = processes.descendants(store.pid)[0]
    ports = json.loads((folder / "ports.json").read_bytes()).values()
    assert processes.listeners(server) == {f"0100007F:{port:04X}" for port in ports}


def test_its_report_home_is_off(store, processes):
    command = Path(f"/proc/{processes.descendants(store.pid)[0]}/cmdline").read_bytes().split(b"\0")
    assert b"-master.telemetry=false" in command
    assert b"-master.telemetry.url=http://127.0.0.1:9/" in command


def test_only_this_account_reads_its_keys(store, folder):
    for path in (folder / "s3.json", folder / "ports.json", folder / "store.log"):
        assert path.stat().st_mode & 0o077 == 0
    assert folder.stat().st_mode & 0o077 == 0
    assert store.secret_key.encode() not in (folder / "store.log").read_bytes()


def test_a_port_that_is_taken_is_refused_and_keys_are_made_anew_for_each_store(store, folder, tmp_path):
    (tmp_path / "ports.json").write_bytes((folder / "ports.json").read_bytes())
    other = Store(tmp_path)
    with pytest.raises(PortTaken, match=f"embedded object store cannot listen on {store.endpoint}"):
        other.start()
    assert other.secret_key != store.secret_key


def test_a_second_start_finds_the_objects_at_the_same_address(tmp_path, processes):
    first = Store(tmp_path)
    first.start()
    client(first).make_bucket(bucket_name="kept", object_lock=True)
    client(first).put_object(bucket_name="kept", object_name="a", data=io.BytesIO(b"1" * 100_000), length=100_000)
    pids = [first.pid, *processes.descendants(first.pid)]
    first.stop()
    assert not any(map(processes.alive, pids))
    for port in json.loads((tmp_path / "ports.json").read_bytes()).values():
        assert list(Path("/tmp").glob(f"seaweedfs-*-{port}.sock")) == []  # noqa: S108
    second = Store(tmp_path)
    second.start()
    try:
        assert (second.endpoint, second.secret_key) == (first.endpoint, first.secret_key)
        with client(second).get_object(bucket_name="kept", object_name="a") as answer:
            assert answer.read() == b"1" * 100_000
    finally:
        second.stop()


def test_one_that_was_not_started_has_no_address(tmp_path):
    with pytest.raises(NotStarted, match="was not started"):
        _ = Store(tmp_path).endpoint


@pytest.mark.parametrize("name", ["ports.json", "s3.json"])
@pytest.mark.parametrize("content", ["", "[]", "{}", '{"s3": 1}', '{"identities": []}'])
def test_a_damaged_file_of_its_own_is_refused_by_name(tmp_path, name, content):
    (tmp_path / name).write_text(content)
    with pytest.raises(NotStarted, match=name):
        Store(tmp_path).start()


def test_the_program_is_the_wheels():
    assert b"4.48" in subprocess.run([weed_path(), "version"], capture_output=True, check=True).stdout


STARTER = """
import io, sys, time
from minio import Minio
from pathlib import Path
from lanthorn.embedded.store import Store
store = Store(Path(sys.argv[1]))
store.start()
s3 = Minio(endpoint=store.endpoint, access_key=store.access_key, secret_key=store.secret_key, secure=False)
s3.make_bucket(bucket_name="kept", object_lock=True)
s3.put_object(bucket_name="kept", object_name="a", data=io.BytesIO(b"1" * 100_000), length=100_000)
print(store.pid, flush=True)
time.sleep(600)
"""


def test_it_ends_when_its_starter_is_killed_and_what_it_had_is_kept(tmp_path, processes):
    starter = subprocess.Popen(
        [sys.executable, "-c", STARTER, str(tmp_path)],
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    with starter:
        keeper = int(starter.stdout.readline())
        pids = [keeper, *processes.descendants(keeper)]
        starter.kill()
    processes.wait_until(lambda: not any(map(processes.alive, pids)), LIMIT_S, "the store is gone")
    again = Store(tmp_path)
    again.start()
    try:
        with client(again).get_object(bucket_name="kept", object_name="a") as answer:
            assert answer.read() == b"1" * 100_000
    finally:
        again.stop()
