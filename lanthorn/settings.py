"""The one settings file: what every part needs to know, checked at the start. Secrets come from the environment.

Each room has its own settings model; this file composes them, and replaces "embedded" by where the embedded server
turns out to be.
"""

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Final, Self

import typer
from pydantic import BaseModel, ConfigDict, Field, PrivateAttr, SecretStr, ValidationError, field_validator

from edge.settings import EdgeSettings
from ingest.contract.base import Name
from ingest.settings import (
    AccountSettings,
    AuthoritySettings,
    BrokerSettings,
    CentreSettings,
    DatabaseSettings,
    DeviceSettings,
    IntakeSettings,
    ListSettings,
    RetentionSettings,
    SearchSettings,
    SignInSettings,
    StoreSettings,
)
from lanthorn.errors import BadSettings
from lanthorn.settings_faults import in_words

EMBEDDED: Final = "embedded"
SETTINGS_VARIABLE: Final = "LANTHORN_SETTINGS"
DATABASE_URL_VARIABLE: Final = "LANTHORN_DATABASE_URL"
STORE_ACCESS_KEY_VARIABLE: Final = "LANTHORN_STORE_ACCESS_KEY"
STORE_SECRET_KEY_VARIABLE: Final = "LANTHORN_STORE_SECRET_KEY"  # noqa: S105 - the name of a variable
OIDC_SECRET_VARIABLE: Final = "LANTHORN_OIDC_SECRET"  # noqa: S105 - the name of a variable
BROKER_USER_VARIABLE: Final = "LANTHORN_BROKER_USER"
BROKER_PASSWORD_VARIABLE: Final = "LANTHORN_BROKER_PASSWORD"  # noqa: S105 - the name of a variable

DEFAULT_FILE: Final = Path("lanthorn.toml")
"""Read from the current folder where no other file is named."""

SettingsOption = Annotated[
    Path | None,
    typer.Option(
        "--settings",
        envvar=SETTINGS_VARIABLE,
        metavar="FILE",
        help="The settings file; without it ./lanthorn.toml, and without that the defaults (everything embedded).",
    ),
]


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ServiceSection(_Section):
    """Where the centre's pages and API are."""

    host: str = Field(default="127.0.0.1", title="Address", description="Plain HTTP: put TLS in front of any other.")
    port: int = Field(default=8080, ge=0, le=65_535, title="Port", description="0: any free one, printed at the start.")


class BrokerSection(_Section):
    """Which broker; for the embedded one, at which port."""

    url: str = Field(
        default=EMBEDDED, title="Broker", description="embedded, or mqtt://HOST:PORT, or mqtts://HOST:PORT."
    )
    embedded_port: int = Field(
        default=18830,
        ge=1,
        le=65_535,
        title="Embedded port",
        description="Where the embedded one listens.",
    )
    ca_file: Path | None = Field(default=None, title="CA file", description="For mqtts://.")
    certificate_file: Path | None = Field(
        default=None, title="Certificate", description="The centre's or the agent's own, where the broker asks for one."
    )
    key_file: Path | None = Field(default=None, title="Key", description="Of the key that goes with the certificate.")
    shared_group: Name | None = Field(
        default=None, title="Shared group", description="Centres that share the work name the same group ($share)."
    )

    @property
    def address(self) -> str:
        """The broker's URL, the embedded one's included."""
        return f"mqtt://127.0.0.1:{self.embedded_port}" if self.url == EMBEDDED else self.url


class StoreSection(_Section):
    """Which object store."""

    url: str = Field(default=EMBEDDED, title="Object store", description="embedded, or http(s)://HOST:PORT of an S3.")
    bucket: str = Field(default="lanthorn", title="Bucket", description="Made where it does not exist.")


class DatabaseSection(_Section):
    """Which database."""

    url: str = Field(
        default=EMBEDDED,
        title="Database",
        description=f"embedded (SQLite in the state folder), or postgresql://USER@HOST/NAME; {DATABASE_URL_VARIABLE} in"
        " the environment comes first, so that a password need not be in a file.",
    )


class Settings(_Section):
    """The whole file. Paths are taken from the current folder."""

    force: Name = Field(default="met", title="Force", description="The force's name in every topic.")
    state_dir: Path = Field(
        default=Path("var/lanthorn"), title="State folder", description="Everything that is kept lies under it."
    )
    service: ServiceSection = ServiceSection()
    broker: BrokerSection = BrokerSection()
    store: StoreSection = StoreSection()
    database: DatabaseSection = DatabaseSection()
    intake: IntakeSettings = IntakeSettings()
    accounts: AccountSettings = AccountSettings()
    sign_in: SignInSettings = SignInSettings()
    lists: ListSettings = ListSettings()
    search: SearchSettings = SearchSettings()
    devices: DeviceSettings = DeviceSettings()
    authorities: AuthoritySettings = AuthoritySettings()
    retention: RetentionSettings = RetentionSettings()
    edge: dict[str, Any] = Field(
        default_factory=dict,
        title="Edge agent",
        description="The fields of edge.settings.EdgeSettings but force, state_dir and broker, which are above.",
    )

    @field_validator("edge")
    @classmethod
    def _edge_leaves_shared_fields_alone(cls, edge: dict[str, Any]) -> dict[str, Any]:
        if repeated := sorted(edge.keys() & {"force", "state_dir", "broker"}):
            raise ValueError(f"{', '.join(repeated)} belongs at the top of the file, not under [edge]")
        return edge

    _file: Path | None = PrivateAttr(default=None)

    @classmethod
    def in_file(cls, path: Path, content: Mapping[str, Any]) -> Self:
        """The settings that a file holds, which remember where they are from. Raises pydantic's ValidationError."""
        made = cls.model_validate(content)
        made._file = path
        return made

    @property
    def file(self) -> Path | None:
        """The file that they are from; None for the defaults."""
        return self._file

    @property
    def log_path(self) -> Path:
        """Where the centre's log of acts is."""
        return self.state_dir / "log"

    @property
    def keys_dir(self) -> Path:
        """Where the service's own keys are."""
        return self.state_dir / "keys"

    @property
    def address(self) -> str:
        """Where the centre's pages and API are."""
        return f"http://{self.service.host}:{self.service.port}"


def read_settings(path: Path | None) -> Settings:
    """Read the settings file. Raises BadSettings, which names the file, the field and what is wrong with it."""
    if path is None and not DEFAULT_FILE.exists():
        return Settings()
    path = path or DEFAULT_FILE
    try:
        return Settings.in_file(path, tomllib.loads(path.read_text()))
    except FileNotFoundError:
        raise BadSettings(f"there is no settings file {path}; leave --settings away to use the defaults") from None
    except (OSError, UnicodeDecodeError) as error:
        raise BadSettings(f"the settings file {path} cannot be read: {error}") from error
    except tomllib.TOMLDecodeError as error:
        raise BadSettings(f"the settings file {path} is not TOML: {error}") from error
    except ValidationError as error:
        raise BadSettings(f"the settings file {path}: {in_words(error, Settings)}") from error


def database_url(settings: Settings, environment: Mapping[str, str] = os.environ) -> str:
    """Where the database is: the environment comes before the file."""
    url = environment.get(DATABASE_URL_VARIABLE, settings.database.url)
    return f"sqlite:///{settings.state_dir.absolute() / 'centre.sqlite'}" if url == EMBEDDED else url


def centre_settings(
    settings: Settings, store_keys: tuple[str, str] | None, store_url: str, environment: Mapping[str, str] = os.environ
) -> CentreSettings:
    """The centre's own settings. store_keys and store_url are of the store as it runs: the embedded one makes its own
    keys; another's come from the environment. Raises BadSettings.
    """
    if store_keys is None:
        try:
            store_keys = (environment[STORE_ACCESS_KEY_VARIABLE], environment[STORE_SECRET_KEY_VARIABLE])
        except KeyError as error:
            raise BadSettings(
                f"the store {store_url} needs its keys in the environment: set {STORE_ACCESS_KEY_VARIABLE} and"
                f" {STORE_SECRET_KEY_VARIABLE}"
            ) from error
    password = environment.get(BROKER_PASSWORD_VARIABLE)
    try:
        return CentreSettings(
            force=settings.force,
            log_path=settings.log_path,
            keys_dir=settings.keys_dir,
            database=DatabaseSettings(url=database_url(settings, environment)),
            store=StoreSettings(
                url=store_url,
                bucket=settings.store.bucket,
                access_key=SecretStr(store_keys[0]),
                secret_key=SecretStr(store_keys[1]),
            ),
            broker=BrokerSettings(
                url=settings.broker.address,
                username=environment.get(BROKER_USER_VARIABLE),
                password=SecretStr(password) if password is not None else None,
                ca_file=settings.broker.ca_file,
                certificate_file=settings.broker.certificate_file,
                key_file=settings.broker.key_file,
                shared_group=settings.broker.shared_group,
            ),
            intake=settings.intake,
            accounts=settings.accounts,
            sign_in=settings.sign_in,
            oidc_secret=_provider_secret(settings, environment),
            lists=settings.lists,
            search=settings.search,
            devices=settings.devices,
            authorities=settings.authorities,
            retention=settings.retention,
        )
    except ValidationError as error:
        raise BadSettings(f"the centre's settings: {in_words(error, CentreSettings)}") from error


def _provider_secret(settings: Settings, environment: Mapping[str, str]) -> SecretStr | None:
    if settings.sign_in.oidc is None:
        return None
    try:
        return SecretStr(environment[OIDC_SECRET_VARIABLE])
    except KeyError as error:
        raise BadSettings(
            f"the sign-in provider {settings.sign_in.oidc.issuer} needs Lanthorn's secret there in the environment: set"
            f" {OIDC_SECRET_VARIABLE}"
        ) from error


def edge_settings(settings: Settings, environment: Mapping[str, str] = os.environ, **given: Any) -> EdgeSettings:
    """The agent's own settings; what is given on the command line comes before the file. Raises BadSettings."""
    edge: dict[str, Any] = {"device": "car-1", **settings.edge}
    for name, value in given.items():
        if isinstance(value, Mapping):
            edge[name] = {**edge.get(name, {}), **value}
        else:
            edge[name] = value
    broker: dict[str, Any] = {
        "url": settings.broker.address,
        "username": environment.get(BROKER_USER_VARIABLE),
        "password": environment.get(BROKER_PASSWORD_VARIABLE),
        **settings.broker.model_dump(include={"ca_file", "certificate_file", "key_file"}),
    }
    try:
        return EdgeSettings.model_validate(
            {
                **edge,
                "force": settings.force,
                "state_dir": settings.state_dir / "edge" / str(edge["device"]),
                "broker": broker,
            }
        )
    except ValidationError as error:
        where = "the edge agent's settings" if settings.file is None else f"the settings file {settings.file}"
        raise BadSettings(f"{where}: {in_words(error, EdgeSettings, 'edge')}") from error
