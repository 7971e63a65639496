"""Which services are installed: each distribution announces its own under the entry point group `casework.services`.

`casework.shared` imports no service; a process that runs one finds it here, by name.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib.metadata import entry_points
from typing import TYPE_CHECKING

from casework.shared.contracts.ids import SERVICES, ServiceName

if TYPE_CHECKING:
    from casework.shared.runtime.service import Service


class NotInstalledHere(Exception):
    """The named service is not installed in this environment."""


def installed(names: Sequence[ServiceName] = SERVICES) -> list[Service]:
    """The named services, in that order. Raises `NotInstalledHere`."""
    found = {point.name: point for point in entry_points(group="casework.services")}
    missing = [name for name in names if name not in found]
    if missing:
        raise NotInstalledHere(f"{', '.join(missing)} is not installed here; install casework-{missing[0]}")
    return [found[name].load() for name in names]
