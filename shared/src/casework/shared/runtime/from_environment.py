"""How settings are read: from the environment (`CASEWORK_*`), once, and never shown in an error."""

from __future__ import annotations

from pydantic_settings import BaseSettings, SettingsConfigDict


class FromEnvironment(BaseSettings):
    """Frozen: a change takes effect at the next start."""

    model_config = SettingsConfigDict(env_prefix="CASEWORK_", frozen=True, extra="ignore", hide_input_in_errors=True)
