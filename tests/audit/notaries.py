"""An installation at work with a notary beside it, which asks the services as it does over the network."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx2
from starlette.types import ASGIApp

from casework.shared.audit.checkpoint import Checkpoint
from casework.shared.audit.notes import PublicKey, raw_public
from casework.shared.cli.checkpoint_keys import ensure_checkpoint_key
from casework.shared.contracts.ids import SERVICES
from casework.shared.notary.notary import Notary
from casework.shared.notary.serve import make_notary, signers_of
from casework.shared.runtime.settings import NotarySettings

from .offices import Office, office_on


@dataclass
class Signing:
    """An installation at work, and what its notary runs with."""

    office: Office
    settings: NotarySettings
    client: httpx2.AsyncClient

    @property
    def keys(self) -> list[PublicKey]:
        return [PublicKey(raw_public(each)) for each in signers_of(self.settings.checkpoint_key_file)]

    @property
    def folder(self) -> Path:
        return self.settings.notary_folder

    def start(self) -> Notary:
        """A notary, as after a start."""
        return make_notary(self.settings, self.client)[0]

    async def sign(self, notary: Notary) -> Checkpoint:
        found = await notary.look()
        assert found is not None
        return found


@asynccontextmanager
async def signing_on(url: str, folder: Path) -> AsyncIterator[Signing]:
    async with office_on(url, folder) as office:
        key = folder / "checkpoint-key"
        ensure_checkpoint_key(key)
        settings = NotarySettings.model_validate(
            {
                **{f"{service}_url": "http://services" for service in SERVICES},
                "kafka_servers": "127.0.0.1:1",
                "service_key_file": folder / "services",
                "checkpoint_key_file": key,
                "notary_folder": folder / "notary",
            }
        )
        transport = httpx2.ASGITransport(office.stack.app)
        async with httpx2.AsyncClient(transport=transport) as client:
            yield Signing(office, settings, client)


async def asked(signing: Signing, notary_app: ASGIApp, path: str, **params: str | int) -> httpx2.Response:
    """The notary's answer to the services' credential."""
    credential = signing.settings.service_key_file.read_text()
    transport = httpx2.ASGITransport(notary_app)
    async with httpx2.AsyncClient(transport=transport, base_url="http://notary") as client:
        return await client.get(path, params=params, headers={"authorization": f"Bearer {credential}"})
