"""Who may call what: every route says which scope it needs, or that it is open to all.

Invariant: deny by default. `make_app` refuses to start while `undeclared_routes` names any route.
"""

# No postponed annotations here: FastAPI reads those of a callable object as they stand.

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Protocol

from fastapi import FastAPI, Request, Security
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute, iter_route_contexts
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from starlette.requests import HTTPConnection

from casework.shared.platform.api_keys import Principal, Scope, Unauthenticated
from casework.shared.platform.authentication import KEY_BEGINS
from casework.shared.platform.rates import Kind, Rates

bearer = HTTPBearer(
    scheme_name="apiKey",
    auto_error=False,
    description="An API key: `casework keys create --scope ...` prints one.",
)
access_token = HTTPBearer(
    scheme_name="accessToken",
    bearerFormat="JWT",
    auto_error=False,
    description="An access token of the issuer that this installation trusts (RFC 9068), with the scope in its claims.",
)
"""Read from the same header: whoever describes the interface says that there are two."""


COSTLY = re.compile(
    r"/v1/(case-searches|watch-lookups|subject-exports|equal-treatment|suppliers/scorecard|[a-z]+-report)"
    r"|/v1/(reports|exports|audit|proofs)(/.*)?"
    r"|/v1/(cases|rejections)/[^/]+/((.+/)?([a-z]+-)?openings|replay|intake/like-cases)"
)
"""Paths of which one request costs much, or opens what is sealed: those have a limit of their own."""
RATE_HEADERS = "casework.rate-headers"
"""Where the application's edge takes the headers about rates from, in the ASGI scope."""


class Authenticator(Protocol):
    """What finds the principal behind a bearer token: `Credentials` in a running service."""

    async def principal_of(self, token: str) -> Principal:
        """Raises `Unauthenticated`, or `StoreUnavailable` when it cannot be looked up."""
        ...


@dataclass(frozen=True, slots=True)
class Requires:
    """A dependency of a route: gives the principal, or refuses with 401 or, lacking the scope, 403."""

    scope: Scope

    async def __call__(
        self,
        request: Request,
        credentials: Annotated[HTTPAuthorizationCredentials | None, Security(bearer)],
        _token: Annotated[HTTPAuthorizationCredentials | None, Security(access_token)],
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
        raise Unauthenticated("send an API key or an access token as `Authorization: Bearer ...`")
    authenticator: Authenticator = connection.app.state.authenticator
    rates: Rates | None = connection.app.state.rates
    try:
        principal = await authenticator.principal_of(credentials.credentials)
    except Unauthenticated:
        if rates is not None:
            rates.refused(connection.client.host if connection.client is not None else "")
        raise
    # The services heal from each other and open sealed values in large numbers; that must not be cut off.
    if rates is not None and principal.actor.kind != "service":
        kind: Kind = "costly" if COSTLY.fullmatch(connection.scope["path"]) else "any"
        allowance = await rates.take(_caller(credentials.credentials, principal), kind)
        if allowance is not None:
            connection.scope.get(RATE_HEADERS, {}).update(allowance.headers())
    return principal


def _caller(token: str, principal: Principal) -> str:
    """A key counts for itself; an access token, of which there is a new one every few minutes, for whom it names."""
    if token.startswith(KEY_BEGINS):
        return token.split("_")[1]
    return f"token:{principal.actor.id}"


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
