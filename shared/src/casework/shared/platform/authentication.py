"""Who is calling, and how often they may: as the settings say.

A caller shows an API key of ours, or an access token of the issuer that the settings name.
"""

from __future__ import annotations

from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncEngine

from casework.shared.platform.access_tokens import AccessTokens, Claims
from casework.shared.platform.api_keys import ApiKeys, Principal, Unauthenticated
from casework.shared.platform.key_sets import FilePlace, KeySet, Place, WebPlace
from casework.shared.platform.rates import Rates
from casework.shared.runtime.settings import Settings
from casework.shared.runtime.token_settings import TokenSettings

KEY_BEGINS = "cw_"


class Credentials:
    """Takes both. A key is told by how it begins, so that a token never reaches the database, nor a key the issuer."""

    def __init__(self, keys: ApiKeys, tokens: AccessTokens | None) -> None:
        self._keys = keys
        self._tokens = tokens

    async def principal_of(self, token: str) -> Principal:
        """The principal. Raises `Unauthenticated`, or `StoreUnavailable` when nobody can say."""
        if self._tokens is None or token.startswith(KEY_BEGINS):
            return await self._keys.principal_of(token)
        if "." not in token:
            raise Unauthenticated("the bearer token is neither a Casework key (cw_xxxxxxxx_...) nor an access token")
        return await self._tokens.principal_of(token)


def authentication(settings: TokenSettings, engine: AsyncEngine) -> Credentials:
    """The credentials that `settings` let in; keys are looked up through `engine`."""
    return Credentials(ApiKeys(engine), access_tokens(settings))


def rates_of(settings: Settings, engine: AsyncEngine) -> Rates:
    """The limits of rates that `settings` name, shared through `engine`."""
    return Rates(engine, {"any": settings.rate_per_minute, "costly": settings.rate_costly_per_minute})


def access_tokens(settings: TokenSettings) -> AccessTokens | None:
    """What judges access tokens; None where no issuer is named."""
    if settings.jwt_issuer is None or settings.jwt_audience is None or settings.jwt_keys is None:
        return None
    web = "://" in settings.jwt_keys
    place: Place = WebPlace(settings.jwt_keys, settings.jwt_ca_file) if web else FilePlace(Path(settings.jwt_keys))
    claims = Claims(
        issuer=settings.jwt_issuer,
        audience=settings.jwt_audience,
        leeway_s=settings.jwt_leeway_s,
        actor=settings.jwt_actor_claim,
        scope=settings.jwt_scope_claim,
        kind=settings.jwt_kind_claim,
        role=settings.jwt_role_claim,
        rank=settings.jwt_rank_claim,
    )
    return AccessTokens(claims, KeySet(place))
