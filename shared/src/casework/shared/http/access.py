"""Who may call what: every route says which scope it needs, or that it is open to all.

Invariant: deny by default. `make_app` refuses to start while `undeclared_routes` names any route.
"""

# No postponed annotations here: FastAPI reads those of a callable object as they stand.

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Protocol

from fastapi import FastAPI, Request, Security
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute, iter_route_contexts
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from starlette.requests import HTTPConnection

from casework.shared.platform.api_keys import Principal, Scope, Unauthenticated

bearer = HTTPBearer(auto_error=False, description="An API key: `casework keys create --scope ...` prints one.")


class Authenticator(Protocol):
    """What finds the principal behind a bearer token: `ApiKeys` in a running service."""

    async def principal_of(self, token: str) -> Principal:
        """Raises `Unauthenticated`, or `StoreUnavailable` when it cannot be looked up."""
        ...


@dataclass(frozen=True, slots=True)
class Requires:
    """A dependency of a route: gives the principal, or refuses with 401 or, lacking the scope, 403."""

    scope: Scope

    async def __call__(
        self, request: Request, credentials: Annotated[HTTPAuthorizationCredentials | None, Security(bearer)]
    ) -> Principal:
        principal = await principal_of(request, credentials)
        principal.require(self.scope)
        return principal


def requires(scope: Scope) -> Requires:
    """`Annotated[Principal, Depends(requires("cases:read"))]`: the route needs a key with that scope."""
    return Requires(scope)


async def open_route() -> None:
    """`dependencies=[Depends(open_route)]`: anybody may call this route. Only for health, documents and the like."""


async def principal_of(connection: HTTPConnection, credentials: HTTPAuthorizationCredentials | None) -> Principal:
    """The principal of a request, whatever it is allowed. Raises `Unauthenticated`."""
    if credentials is None:
        raise Unauthenticated("send an API key as `Authorization: Bearer cw_...`")
    authenticator: Authenticator = connection.app.state.authenticator
    return await authenticator.principal_of(credentials.credentials)


def undeclared_routes(app: FastAPI) -> list[str]:
    """The routes of `app` that declare neither a scope nor `open_route`, as `METHOD /path`."""
    undeclared = []
    for context in iter_route_contexts(app.routes):
        route = context.route
        if not isinstance(route, APIRoute) or not any(map(_declares, dependants_of(context.dependant))):
            undeclared.append(f"{'/'.join(sorted(context.methods or {'ANY'}))} {context.path}")
    return undeclared


def dependants_of(dependant: Dependant) -> Iterator[Dependant]:
    """Everything that runs before a route's handler, at any depth."""
    for each in dependant.dependencies:
        yield each
        yield from dependants_of(each)


def _declares(dependant: Dependant) -> bool:
    return isinstance(dependant.call, Requires) or dependant.call is open_route
