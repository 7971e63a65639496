"""Calling an application in memory, as a principal of the test's choice."""

from __future__ import annotations

from collections.abc import Mapping

from casework.shared.contracts.actors import Actor, ActorKind
from casework.shared.platform.api_keys import SCOPES, Principal, Scope, Unauthenticated
from casework.shared.simulation.calls import ELSEWHERE, client_of

__all__ = ["ELSEWHERE", "KeysInMemory", "client_of", "principal"]


def principal(
    *scopes: Scope, actor: str = "handler-1", kind: ActorKind = "person", role: str = "handler", rank: int = 1
) -> Principal:
    """Somebody who may do `scopes`, or everything when none is named."""
    return Principal(Actor(actor, kind), role, rank, frozenset(scopes) or SCOPES)


class KeysInMemory:
    """An authenticator with these keys. Without any, the key `all` may do everything."""

    def __init__(self, keys: Mapping[str, Principal] | None = None) -> None:
        self._keys = {"all": principal()} if keys is None else dict(keys)

    async def principal_of(self, token: str) -> Principal:
        """Raises `Unauthenticated` for a key that is not one of these."""
        if token not in self._keys:
            raise Unauthenticated("this key is unknown, expired or revoked; make one with `casework keys create`")
        return self._keys[token]
