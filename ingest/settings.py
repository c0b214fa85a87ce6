"""The centre's settings: one tree, every field with its meaning and its bounds; a field that is not here is refused."""

from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, SecretStr, StringConstraints

from ingest.contract.base import Name

DatabaseUrl = Annotated[str, StringConstraints(pattern=r"^(sqlite:///|postgresql://|postgresql\+psycopg://)")]
BrokerUrl = Annotated[str, StringConstraints(pattern=r"^mqtts?://[^/@]+$")]
StoreUrl = Annotated[str, StringConstraints(pattern=r"^https?://[^/@]+$")]


class Section(BaseModel):
    """A part of the tree: frozen, and an unknown field is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class DatabaseSettings(Section):
    url: DatabaseUrl = Field(
        title="Database",
        description="sqlite:///PATH for the embedded database, or postgresql://USER:PASSWORD@HOST:PORT/NAME.",
    )


class StoreSettings(Section):
    url: StoreUrl = Field(title="Object store", description="http(s)://HOST:PORT of an S3 service with Object Lock.")
    bucket: str = Field(
        default="lanthorn",
        pattern=r"^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$",
        title="Bucket",
        description="Made with versions and Object Lock where it does not exist.",
    )
    access_key: SecretStr = Field(title="Access key", description="Give it in the environment, not in a file.")
    secret_key: SecretStr = Field(title="Secret key", description="Give it in the environment, not in a file.")
    timeout_s: float = Field(
        default=10.0, ge=0.5, le=120, title="Time limit", description="How long one call to the store may take."
    )


class BrokerSettings(Section):
    url: BrokerUrl = Field(title="Message broker", description="mqtt://HOST:PORT, or mqtts:// for TLS; MQTT 5.")
    username: str | None = Field(default=None, title="User name", description="Where the broker asks for one.")
    password: SecretStr | None = Field(default=None, title="Password", description="Give it in the environment.")
    ca_file: Path | None = Field(
        default=None, title="CA file", description="PEM file that the broker's certificate is checked with (mqtts)."
    )
    certificate_file: Path | None = Field(
        default=None, title="Centre's certificate", description="PEM file, where the broker asks for one (mqtts)."
    )
    key_file: Path | None = Field(
        default=None, title="Centre's key", description="PEM file of the key that goes with the certificate."
    )
    client_id: Name = Field(
        default="lanthorn-centre",
        title="Client name",
        description="Begins the names of this centre's sessions. Two centres at one broker need two names.",
    )
    shared_group: Name | None = Field(
        default=None,
        title="Shared group",
        description="Centres that share the work name the same group ($share). The embedded broker cannot do it.",
    )


class IntakeSettings(Section):
    receive_maximum: int = Field(
        default=100,
        ge=1,
        le=1_000,
        title="Messages under way",
        description="How many messages the broker may send a session before one is acknowledged. 20 to 100 is fastest.",
    )
    batch_messages: int = Field(
        default=100, ge=1, le=1_000, title="Batch", description="The most messages in one transaction."
    )
    batch_wait_ms: int = Field(
        default=5, ge=0, le=1_000, title="Batch wait", description="How long a batch waits for more messages."
    )
    retry_max_s: float = Field(
        default=10.0, ge=0.1, le=300, title="Longest back-off", description="Between tries while a server is away."
    )


class AccountSettings(Section):
    idle_minutes: int = Field(
        default=60, ge=1, le=1_440, title="Idle limit", description="A session unused for this long ends."
    )
    session_hours: int = Field(
        default=12, ge=1, le=72, title="Longest session", description="A session ends after this, used or not: a shift."
    )


class DeviceSettings(Section):
    require_signatures: bool = Field(
        default=False,
        title="Require signatures",
        description="Take numbered messages of enrolled devices only, each signed and in its chain. Without it a device"
        " that was never enrolled may send unsigned messages; one that was may not.",
    )
    code_minutes: int = Field(
        default=60, ge=5, le=10_080, title="Code", description="Minutes for which a code to enrol with is good."
    )
    certificate_days: int = Field(
        default=90,
        ge=1,
        le=398,
        title="Certificate",
        description="Days for which a device's certificate is good. A device renews its own from two thirds on.",
    )
    revocation_list_days: int = Field(
        default=30,
        ge=1,
        le=398,
        title="Revocation list",
        description="Days for which the list of revoked certificates is good. A broker lets nobody in with an older one"
        ": make its files anew before (lanthorn device broker-files).",
    )


class ListSettings(Section):
    import_max_rows: int = Field(
        default=200_000, ge=1, le=5_000_000, title="Longest import", description="A file with more rows is refused."
    )
    longest_days: int = Field(
        default=366,
        ge=1,
        le=3_660,
        title="Longest entry",
        description="The most days from now for which a vehicle may be listed: twelve months. Its review comes long"
        " before, and a vehicle that is still of interest then is listed anew.",
    )


class CentreSettings(Section):
    force: Name = Field(title="Force", description="The force's name in every topic, such as met.")
    log_path: Path = Field(title="Log", description="The folder of the append-only log.")
    keys_dir: Path = Field(title="Keys", description="The folder of the service's own keys.")
    database: DatabaseSettings
    store: StoreSettings
    broker: BrokerSettings
    intake: IntakeSettings = IntakeSettings()
    accounts: AccountSettings = AccountSettings()
    lists: ListSettings = ListSettings()
    devices: DeviceSettings = DeviceSettings()
