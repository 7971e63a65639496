"""The rules of the office in these tests."""

from __future__ import annotations

import pytest
from tests.attended.world import rules

from casework.shared.clocks.rulebook import Rulebook


@pytest.fixture(scope="session")
def rulebook(tmp_path_factory: pytest.TempPathFactory) -> Rulebook:
    """See `INSTITUTION`."""
    return rules(tmp_path_factory.mktemp("attended"))
