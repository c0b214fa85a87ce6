"""The agent's settings: one table of the settings file. Every field says what it is for; an unknown one is refused."""

from enum import StrEnum
from ipaddress import IPv4Address
from pathlib import Path
from typing import Annotated, Final, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, IPvAnyAddress, SecretStr

from ingest.contract import topics
from ingest.contract.base import Name

BROKER_PORTS: Final = {"mqtt": 1883, "mqtts": 8883}
"""The registered ports (IANA), used where the URL names none."""


FALSE_STOP_COST: Final = 4.0
"""The default cost of a false stop, in listed vehicles let pass (edge.matching.matcher). Chosen from the curve in
docs/matching.md: with it misreads add a fifth to the wrong alerts that exact matching makes anyway."""


class PicturesMode(StrEnum):
    """Whose pictures are sent: of hits only, so that nothing is gathered on the others, or of every read."""

    HITS = "hits"
    ALL = "all"


class Settings(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


def _broker_url(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in BROKER_PORTS or not parts.hostname or parts.path.strip("/") or parts.query:
        raise ValueError(f"{url!r} is not a broker's address: give mqtt://HOST:PORT or mqtts://HOST:PORT")
    if parts.username is not None or parts.password is not None:
        raise ValueError("a broker's address must not hold a name or password: they have settings of their own")
    _ = parts.port  # urlsplit raises ValueError here for a port that is not one
    return url


def _device_name(name: str) -> str:
    if name in topics.RESERVED:
        raise ValueError(f"no device may be called {name!r}: other topics have that place")
    return name


class BrokerSettings(Settings):
    url: Annotated[str, AfterValidator(_broker_url)] = Field(
        default="mqtt://127.0.0.1:1883",
        title="Broker",
        description="mqtt://HOST:PORT, or mqtts://HOST:PORT for TLS; MQTT 5.",
    )
    username: str | None = Field(
        default=None, max_length=200, title="User name", description="Where the broker asks for one."
    )
    password: SecretStr | None = Field(
        default=None, title="Password", description="Give it in the environment, not in a file."
    )
    ca_file: Path | None = Field(
        default=None,
        title="Certificate authority",
        description="PEM file that the broker's certificate is checked against; empty: the machine's own authorities.",
    )
    certificate_file: Path | None = Field(
        default=None, title="Device's certificate", description="PEM file, where the broker asks for one."
    )
    key_file: Path | None = Field(
        default=None, title="Device's key", description="PEM file of the key that goes with the certificate."
    )
    keepalive_s: int = Field(
        default=30,
        ge=5,
        le=3_600,
        title="Keep-alive",
        description="Seconds of silence after which the connection is probed; the broker declares the device lost "
        "after one and a half times as long.",
    )

    @property
    def tls(self) -> bool:
        return urlsplit(self.url).scheme == "mqtts"

    @property
    def host(self) -> str:
        return urlsplit(self.url).hostname or ""

    @property
    def port(self) -> int:
        parts = urlsplit(self.url)
        return parts.port or BROKER_PORTS[parts.scheme]


class FixedPlace(Settings):
    kind: Literal["fixed"] = Field(default="fixed", title="Kind", description="A device that does not move.")
    latitude_deg: float = Field(ge=-90, le=90, title="Latitude", description="Degrees north, WGS 84.")
    longitude_deg: float = Field(ge=-180, le=180, title="Longitude", description="Degrees east, WGS 84.")
    accuracy_m: float | None = Field(
        default=None, ge=0, le=100_000, title="Accuracy", description="Radius in metres that holds the place (95 %)."
    )


class TrackFile(Settings):
    kind: Literal["track"] = Field(title="Kind", description="A recorded track, played from the agent's start.")
    file: Path = Field(title="File", description="CSV: latitude_deg, longitude_deg and time or offset_s.")


class CameraSettings(Settings):
    source: str = Field(
        min_length=1,
        max_length=2_000,
        title="Source",
        description="A picture, a video, a folder of them, rtsp://…, http://…, /dev/video0 or device:0.",
    )
    camera_id: Name = Field(default="front", title="Camera", description="Its name on the wire and on the screen.")
    paced: bool = Field(
        default=False,
        title="Play at real speed",
        description="Play files as though they were happening now; otherwise every frame is looked at.",
    )
    repeat: bool = Field(
        default=False, title="Repeat", description="Read files again from the first when the last has ended."
    )
    position: Annotated[FixedPlace | TrackFile, Field(discriminator="kind")] | None = Field(
        default=None, title="Position", description="Where the camera is; empty: what the pictures themselves say."
    )


class SpoolSettings(Settings):
    max_bytes: int = Field(
        default=2_000_000_000,
        ge=1_000_000,
        le=1_000_000_000_000,
        title="Bound of the spool",
        description="Bytes of messages waiting for the centre from which reads that are on no list are refused "
        "(from four fifths of it, their pictures). Hits and answers are taken until the disk is full.",
    )
    resend_after_s: float = Field(
        default=60.0,
        ge=0.1,
        le=86_400,
        title="Wait for a receipt",
        description="Seconds after which a message without the centre's receipt is sent again; the wait doubles at "
        "each try, up to 16 times this.",
    )
    max_inflight: int = Field(
        default=50,
        ge=1,
        le=1_000,
        title="Messages under way",
        description="At most so many that the broker has not acknowledged. 20 to 100 was measured to be the fastest.",
    )
    pictures: PicturesMode = Field(
        default=PicturesMode.HITS, title="Pictures sent", description="Of hits only, or of all reads."
    )


class DisplaySettings(Settings):
    host: IPvAnyAddress = Field(
        default=IPv4Address("127.0.0.1"),
        title="Address",
        description="Where the car's own display listens. It is plain HTTP: leave it on loopback.",
    )
    port: int = Field(
        default=8_460, ge=0, le=65_535, title="Port", description="0: any free one, printed at the start."
    )
    keep_h: float = Field(
        default=24.0,
        gt=0,
        le=168,
        title="Keep alerts",
        description="Hours after which an alert and its pictures are erased from the car "
        "(retention class anpr-read-no-hit-on-vehicle: 24).",
    )


class AuthoritySettings(Settings):
    required: bool = Field(
        default=True,
        title="Required",
        description="Look reads up only in lists whose authority this device holds and may use, now and here. false is"
        " for trying the software out: matching without an authority has none.",
    )
    trust_key: str | None = Field(
        default=None,
        pattern=r"^[A-Za-z0-9+/]{43}=$",
        title="Trust key",
        description="The force's trust key in base64 (lanthorn authority keys trust-key). Empty: the one that the "
        "device was given when it enrolled; without either, whatever needs an authority is refused.",
    )
    unknown_clock_error_s: float = Field(
        default=300.0,
        ge=0,
        le=86_400,
        title="Unknown clock error",
        description="How wrong the clock is taken to be where the machine cannot say. An authority is used only where "
        "the time lies within it by more than this.",
    )


class MatchingSettings(Settings):
    misreads: bool = Field(
        default=True,
        title="Misreads",
        description="Alert also on a listed mark that the read may be a misread of, where that is probable enough.",
    )
    false_stop_cost: float = Field(
        default=FALSE_STOP_COST,
        gt=0,
        le=1_000,
        title="Cost of a false stop",
        description="What stopping the wrong vehicle costs, in listed vehicles let pass: a misread is told where its "
        "probability is at least cost / (cost + 1). docs/matching.md has what each costs.",
    )


class EdgeSettings(Settings):
    """Everything that one agent needs to know."""

    force: Name = Field(title="Force", description="First level of every topic after the root.")
    device: Annotated[Name, AfterValidator(_device_name)] = Field(
        title="Device", description="This device's name: unique in the force."
    )
    state_dir: Path = Field(
        title="State folder", description="Holds the spool, the lists and the alerts. One agent a folder, local disk."
    )
    camera: CameraSettings = Field(title="Camera", description="Where the pictures come from.")
    broker: BrokerSettings = Field(default=BrokerSettings(), title="Broker", description="Where messages go.")
    spool: SpoolSettings = Field(default=SpoolSettings(), title="Spool", description="What waits for the centre.")
    display: DisplaySettings = Field(default=DisplaySettings(), title="Display", description="The screen in the car.")
    authorities: AuthoritySettings = Field(
        default=AuthoritySettings(), title="Authorities", description="What the device verifies authorities with."
    )
    matching: MatchingSettings = Field(
        default=MatchingSettings(), title="Matching", description="When a read is told as a hit."
    )
    threads: int = Field(
        default=2, ge=1, le=64, title="Threads", description="Processor threads that the plate reader may use."
    )
    status_every_s: float = Field(
        default=30.0, ge=1, le=3_600, title="Status", description="Seconds between two reports of the device's health."
    )
    lists_within_s: float = Field(
        default=5.0,
        ge=0,
        le=300,
        title="Wait for lists",
        description="Before files are read: at most so many seconds for the broker to give the published lists, so "
        "that the first picture is looked up too. A live camera never waits.",
    )
    drain_within_s: float = Field(
        default=30.0,
        ge=0,
        le=3_600,
        title="Wait at the end",
        description="After files are read: at most so many seconds for the centre's receipts. What is left waits in "
        "the spool for the next start.",
    )
