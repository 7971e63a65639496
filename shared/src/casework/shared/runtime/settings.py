"""Every setting of a process, read once at its start from the environment (`CASEWORK_*`).

Two addresses and a prefix are all that must be said; secrets are files, never arguments.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated, Self

from pydantic import Field, SecretStr, model_validator

from casework.shared.contracts.ids import SERVICES, ServiceName
from casework.shared.runtime.from_environment import FromEnvironment
from casework.shared.runtime.mail_server import MailServer, parse_smtp_url
from casework.shared.runtime.token_settings import TokenSettings
from casework.shared.runtime.wires import WireSettings, refuse_plain_broker, refuse_plain_database

_ORIGIN = r"https?://[A-Za-z0-9.\-]+(:[0-9]{1,5})?"
BaseUrl = Annotated[str, Field(pattern=r"^https?://[^/?#@]+$", description="http://host:port")]


class ServingSettings(FromEnvironment):
    """What every process is told that answers HTTP."""

    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=0, le=65535)
    log_level: str = "INFO"
    docs: bool = Field(default=True, description="whether /docs, /asyncapi and their documents are served")
    cors_origins: str = Field(
        default="",
        pattern=rf"^({_ORIGIN}(,{_ORIGIN})*)?$",
        description="whose web pages may call this from a browser: origins with commas between; empty: nobody's",
    )

    @property
    def origins(self) -> tuple[str, ...]:
        """The origins, one by one."""
        return tuple(self.cors_origins.split(",")) if self.cors_origins else ()


class FrontSettings(ServingSettings):
    """The settings of the front. It has no secret and no database, so it asks for none."""

    intake_url: BaseUrl
    investigation_url: BaseUrl
    resolution_url: BaseUrl
    followup_url: BaseUrl

    def url_of(self, service: ServiceName) -> str:
        """Where a service answers HTTP."""
        url: str = getattr(self, f"{service}_url")
        return url


class KafkaSettings(WireSettings, ServingSettings):
    """How a process reaches the broker."""

    kafka_servers: str = Field(description="host:port[,host:port]")
    kafka_idempotence: bool = Field(default=True, description="off only for the embedded broker")
    topic_prefix: str = Field(default="", pattern=r"^[a-z0-9._-]{0,40}$")

    @model_validator(mode="after")
    def _broker_is_safe(self) -> Self:
        refuse_plain_broker(self, self.kafka_servers)
        return self


class NotarySettings(KafkaSettings, FrontSettings):
    """The settings of the notary. It has no database, so it asks for none."""

    service_key_file: Path = Field(description="the API key that services present to each other")
    checkpoint_key_file: Path = Field(description="the private keys that checkpoints are signed with (PEM, Ed25519)")
    notary_folder: Path = Field(description="where the notary keeps its trees and checkpoints")
    checkpoint_seconds: float = Field(
        default=20.0, ge=0.1, le=50.0, description="how often it looks; a change is signed about that much later"
    )


class Settings(TokenSettings, KafkaSettings):
    """The settings of a process that runs services."""

    database_url: SecretStr = Field(description="postgresql://user:password@host:port/database")
    intake_database_url: SecretStr | None = None
    investigation_database_url: SecretStr | None = None
    resolution_database_url: SecretStr | None = None
    followup_database_url: SecretStr | None = None
    database_pool: int = Field(default=8, ge=2, le=100, description="connections of one service process")

    intake_url: str | None = None
    investigation_url: str | None = None
    resolution_url: str | None = None
    followup_url: str | None = None
    notary_url: str | None = Field(default=None, description="where the notary answers; proofs are passed on from it")

    key_file: Path = Field(description="the key-encryption key of the person keys (32 bytes, base64url)")
    service_key_file: Path = Field(description="the API key that services present to each other")
    institution: Path | None = Field(default=None, description="an institution file (TOML): calendar, deadlines")
    straight_through: Path | None = Field(default=None, description="a standing-solutions file (TOML)")

    codes: Path | None = Field(default=None, description="a file of the lists that complaints are sorted by (TOML)")
    hand_offs: Path | None = Field(default=None, description="a file of hand-off kinds and teams (TOML)")
    wording: Path | None = Field(default=None, description="a file of the wording that is not sent (TOML)")
    routes: Path | None = Field(default=None, description="a file of the ways outside that answers name (TOML)")
    authority: Path | None = Field(default=None, description="a file of limits: who may give how much (TOML)")
    remedies: Path | None = Field(default=None, description="a file of remedies and rules of refunds (TOML)")
    evidence: Path | None = Field(default=None, description="a folder of policies about evidence (TOML)")
    assessment: Path | None = Field(default=None, description="the matrix of the initial assessment (TOML)")
    people: Path | None = Field(default=None, description="who works on cases and how they are reached (TOML)")
    smtp_url: SecretStr | None = Field(default=None, description="smtp://host:port or smtps://host:port")
    smtp_password_file: Path | None = Field(default=None, description="the password of smtp_url's user")
    mail_from: str | None = Field(default=None, pattern=r"^[!-;=?A-Z\[-~^]{1,64}@[A-Za-z0-9.-]{1,253}$")

    webhook_key_file: Path | None = Field(
        default=None, description="the key that webhook secrets are stored under; key_file when absent"
    )
    webhook_networks: str = Field(
        default="", description="networks that webhooks may go to beside the public internet: 10.1.0.0/16,fd00:1::/48"
    )
    webhook_loopback: bool = Field(
        default=False, description="let webhooks go to this machine, also by plain http: for laptops and tests"
    )
    webhook_retry_s: str = Field(
        default="5,300,1800,7200,18000,36000,50400,72000,86400",
        description="mean seconds before each further try of a webhook delivery",
    )
    still_days: int = Field(
        default=14, ge=1, le=3650, description="days without movement after which a case is an alarm"
    )
    rate_per_minute: int = Field(default=60_000, ge=0, le=10_000_000, description="requests of one key; 0: no limit")
    rate_costly_per_minute: int = Field(
        default=6_000, ge=0, le=10_000_000, description="of those, searches and exports"
    )

    otlp_endpoint: str | None = None
    replica: str | None = Field(default=None, description="a name for this replica; its host and port when absent")

    def database_of(self, service: ServiceName) -> str:
        """The URL of a service's own database: its own setting, else the common one."""
        own: SecretStr | None = getattr(self, f"{service}_database_url")
        return (own or self.database_url).get_secret_value()

    def url_of(self, service: ServiceName) -> str:
        """Where a service answers HTTP: its own setting, else this process (all four services in one)."""
        own: str | None = getattr(self, f"{service}_url")
        return own or f"http://{self.host}:{self.port}"

    @property
    def mail_server(self) -> MailServer | None:
        """Where notices are handed over as mail; None where there is no such server. Raises OSError where the file of
        its password cannot be read."""
        if self.smtp_url is None:
            return None
        server = parse_smtp_url(self.smtp_url.get_secret_value())
        if self.smtp_password_file is None:
            return server
        return replace(server, password=self.smtp_password_file.read_text().strip())

    @model_validator(mode="after")
    def _databases_are_safe(self) -> Self:
        if not self.allow_plaintext:
            for service in SERVICES:
                refuse_plain_database(self.database_of(service))
        return self

    @model_validator(mode="after")
    def _mail_is_whole(self) -> Settings:
        if self.smtp_url is not None:
            parse_smtp_url(self.smtp_url.get_secret_value())
            if self.mail_from is None:
                raise ValueError("smtp_url needs mail_from, the address that notices come from")
        return self
