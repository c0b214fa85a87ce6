"""The centre's settings: one tree, every field with its meaning and its bounds; a field that is not here is refused."""

from pathlib import Path
from typing import Annotated, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, StringConstraints, model_validator

from governance.roles import Role
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


def _confidential(url: str) -> str:
    """Refuse an address to which secrets would travel in plain text over a network."""
    parts = urlsplit(url)
    if not parts.hostname or parts.query or parts.fragment or parts.username:
        raise ValueError("give https://HOST with nothing after the path")
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in ("127.0.0.1", "localhost")):
        raise ValueError("give an https:// address; http:// is for a server on this machine only")
    return url


WebUrl = Annotated[str, AfterValidator(_confidential)]


class OidcSettings(Section):
    issuer: WebUrl = Field(
        title="Issuer", description="The sign-in provider's own name, exactly: what its ID tokens have as iss."
    )
    client_id: str = Field(min_length=1, title="Client", description="The name that the provider knows Lanthorn by.")
    pages: WebUrl = Field(
        title="Pages",
        description="Where people's browsers reach these pages, such as https://lanthorn.example. The provider must"
        " know PAGES/sign-in/return to send them back to, and PAGES/sign-in after signing out.",
    )
    label: str = Field(
        default="Use your force's account", max_length=60, title="Label", description="What the button says."
    )
    scopes: tuple[str, ...] = Field(
        default=("openid", "profile"), title="Scopes", description="What is asked for; openid must be there."
    )
    name_claim: str = Field(
        default="preferred_username",
        title="Name claim",
        description="The claim that a new account is named after. Only a name: it links nobody to an account.",
    )
    role_claim: tuple[str, ...] = Field(
        default=("roles",),
        min_length=1,
        title="Role claim",
        description="The claim of the ID token that says what somebody may be; where it lies within another claim, the"
        ' names on the way to it: ["realm_access", "roles"].',
    )
    roles: dict[str, tuple[Role, ...]] = Field(
        min_length=1,
        title="Roles",
        description="For each value of that claim, the roles that it gives here. Any other value gives none.",
    )
    second_factor_acr: tuple[str, ...] = Field(
        default=(),
        title="Second factor: acr",
        description="Values of the acr claim that show that the provider asked for a second factor. They are asked for."
        " None: Lanthorn asks for its own.",
    )
    second_factor_amr: tuple[str, ...] = Field(
        default=(),
        title="Second factor: amr",
        description="Values of the amr claim, any one of which shows the same.",
    )
    ca_file: Path | None = Field(
        default=None, title="CA file", description="PEM file that the provider's certificate is checked with."
    )
    timeout_s: float = Field(
        default=10.0, ge=0.5, le=60, title="Time limit", description="How long one call to the provider may take."
    )

    @model_validator(mode="after")
    def _asks_for_an_id_token(self) -> Self:
        if "openid" not in self.scopes:
            raise ValueError("scopes must have openid")
        return self


class SignInSettings(Section):
    local_accounts: bool = Field(
        default=True,
        title="Local accounts",
        description="Whether passwords and sign-in links are good. The command line needs them.",
    )
    oidc: OidcSettings | None = Field(
        default=None,
        title="Sign-in provider",
        description="OpenID Connect; none: local accounts only. Its secret comes from the environment.",
    )

    @model_validator(mode="after")
    def _leaves_a_way_in(self) -> Self:
        if not self.local_accounts and self.oidc is None:
            raise ValueError("without local accounts there must be a sign-in provider, or nobody can sign in")
        return self


class DeviceSettings(Section):
    require_signatures: bool = Field(
        default=True,
        title="Require signatures",
        description="Take numbered messages of enrolled devices only, each signed and in its chain; set the others"
        " aside. With false a device that was never enrolled may send unsigned messages; one that was may not.",
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


class AuthoritySettings(Section):
    boroughs_file: Path | None = Field(
        default=None,
        title="Borough outlines",
        description="GeoJSON file of the boroughs' borders, by the property name. A request that names boroughs gets"
        " its outlines from it. None is shipped.",
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


class SearchSettings(Section):
    rules_dir: Path | None = Field(
        default=None,
        title="Rules of access",
        description="A folder with the force's own purposes.toml, tiers.toml and surveillance.toml. Without it, the"
        " ones in governance/access.",
    )


class RetentionSettings(Section):
    interval_minutes: int = Field(
        default=15,
        ge=1,
        le=720,
        title="Interval",
        description="How often what is due is disposed of. What must be gone before the round after next goes now.",
    )
    late_minutes: int = Field(
        default=60,
        ge=0,
        le=10_080,
        title="Late after",
        description="How long past its time something must still be here before the service is said not to be well.",
    )
    change_wait_days: int = Field(
        default=7,
        ge=1,
        le=90,
        title="Wait of a change",
        description="Days between the proposal of new retention rules and their coming into force.",
    )
    clock_jump_days: int = Field(
        default=3,
        ge=1,
        le=3_660,
        title="Jump of the clock",
        description="How far the centre's clock may be from what was expected, such as after a long weekend switched"
        " off, before nothing is disposed of until somebody confirms it.",
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
    sign_in: SignInSettings = SignInSettings()
    oidc_secret: SecretStr | None = Field(
        default=None, title="Provider's secret", description="Lanthorn's own at the sign-in provider."
    )
    lists: ListSettings = ListSettings()
    search: SearchSettings = SearchSettings()
    retention: RetentionSettings = RetentionSettings()
    devices: DeviceSettings = DeviceSettings()
    authorities: AuthoritySettings = AuthoritySettings()

    @model_validator(mode="after")
    def _has_the_providers_secret(self) -> Self:
        if self.sign_in.oidc is not None and self.oidc_secret is None:
            raise ValueError("a sign-in provider needs its secret")
        return self
