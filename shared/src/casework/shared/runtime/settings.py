"""Every setting of a process, read once at its start from the environment (`CASEWORK_*`).

Two addresses and a prefix are all that must be said; secrets are files, never arguments.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated

from pydantic import Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from casework.shared.contracts.ids import ServiceName
from casework.shared.runtime.mail_server import MailServer, parse_smtp_url

BaseUrl = Annotated[str, Field(pattern=r"^https?://[^/?#@]+$", description="http://host:port")]


class ServingSettings(BaseSettings):
    """What every process is told that answers HTTP. Frozen: a change takes effect at the next start."""

    model_config = SettingsConfigDict(env_prefix="CASEWORK_", frozen=True, extra="ignore", hide_input_in_errors=True)

    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=0, le=65535)
    log_level: str = "INFO"


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


class Settings(ServingSettings):
    """The settings of a process that runs services."""

    database_url: SecretStr = Field(description="postgresql://user:password@host:port/database")
    intake_database_url: SecretStr | None = None
    investigation_database_url: SecretStr | None = None
    resolution_database_url: SecretStr | None = None
    followup_database_url: SecretStr | None = None
    database_pool: int = Field(default=8, ge=2, le=100, description="connections of one service process")

    kafka_servers: str = Field(description="host:port[,host:port]")
    kafka_idempotence: bool = Field(default=True, description="off only for the embedded broker")
    topic_prefix: str = Field(default="", pattern=r"^[a-z0-9._-]{0,40}$")

    intake_url: str | None = None
    investigation_url: str | None = None
    resolution_url: str | None = None
    followup_url: str | None = None

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
    def _mail_is_whole(self) -> Settings:
        if self.smtp_url is not None:
            parse_smtp_url(self.smtp_url.get_secret_value())
            if self.mail_from is None:
                raise ValueError("smtp_url needs mail_from, the address that notices come from")
        return self
