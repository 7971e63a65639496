"""One stack for these tests: real database, no broker."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from casework.shared.testing.issuer import AUDIENCE, ISSUER, Issuer
from casework.shared.testing.parts import PostgresServer
from casework.shared.testing.stack import Stack, stack_on


@pytest.fixture(scope="session")
def issuer() -> Issuer:
    """Whose access tokens the stack takes."""
    issuer = Issuer()
    issuer.add("ES256")
    return issuer


@pytest_asyncio.fixture(scope="session")
async def stack(
    postgres_server: PostgresServer, tmp_path_factory: pytest.TempPathFactory, issuer: Issuer
) -> AsyncIterator[Stack]:
    """The four services behind one application."""
    folder = tmp_path_factory.mktemp("access")
    (folder / "issuer.json").write_bytes(issuer.key_set())
    tokens = {"jwt_issuer": ISSUER, "jwt_audience": AUDIENCE, "jwt_keys": str(folder / "issuer.json")}
    async with postgres_server.database("access") as url, stack_on(url, folder, more_settings=tokens) as stack:
        yield stack
