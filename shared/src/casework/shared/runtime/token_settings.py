"""What is said about access tokens (JWT) in the environment. Without an issuer none is accepted."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Self
from urllib.parse import urlsplit

from pydantic import Field, model_validator

from casework.shared.runtime.from_environment import FromEnvironment

MOST_LEEWAY_S = 60
ClaimName = Annotated[str, Field(min_length=1, max_length=200)]


class TokenSettings(FromEnvironment):
    """The part of a process's settings that says whose access tokens count, and what their claims mean here."""

    jwt_issuer: str | None = Field(default=None, description="the `iss` that access tokens must have")
    jwt_audience: str | None = Field(default=None, description="the `aud` that access tokens must name")
    jwt_keys: str | None = Field(default=None, description="the issuer's key set (JWKS): a file, or an https address")
    jwt_ca_file: Path | None = Field(default=None, description="who signed the certificate of that address (PEM)")
    jwt_leeway_s: int = Field(default=30, ge=0, le=MOST_LEEWAY_S)
    jwt_actor_claim: ClaimName = "sub"
    jwt_scope_claim: ClaimName = "scope"
    jwt_kind_claim: ClaimName = "actor_kind"
    jwt_role_claim: ClaimName = "role"
    jwt_rank_claim: ClaimName = "rank"

    @model_validator(mode="after")
    def _tokens_are_whole(self) -> Self:
        given = [self.jwt_issuer, self.jwt_audience, self.jwt_keys]
        if any(given) and not all(given):
            raise ValueError("access tokens need all three of jwt_issuer, jwt_audience and jwt_keys")
        if self.jwt_keys is not None and "://" in self.jwt_keys:
            address = urlsplit(self.jwt_keys)
            local = address.hostname in ("127.0.0.1", "::1", "localhost")
            if address.scheme != "https" and not (address.scheme == "http" and local):
                raise ValueError("jwt_keys is a file or an https address; plain http only on this machine")
        return self
