"""Offices for these tests: real database, no broker, the real timer, and a time that the test tells."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from functools import partial
from pathlib import Path
from typing import TypeAlias

import pytest
from tests.clocks.office import Office, office

from casework.shared.testing.parts import PostgresServer

Open: TypeAlias = Callable[..., AbstractAsyncContextManager[Office]]


@pytest.fixture
def open_office(postgres_server: PostgresServer, tmp_path: Path) -> Open:
    """Opens an office: see `office`."""
    return partial(office, postgres_server, tmp_path)
