"""Write the descriptions of both interfaces, HTTP and topics: `python -m casework.shared.http.export DIR`."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import UUID

from fastapi import FastAPI
from pydantic import SecretStr

from casework.shared.contracts.ids import DEFAULT_SHARDS, SERVICES, ServiceName
from casework.shared.http.app import make_app
from casework.shared.http.asyncapi import asyncapi_document
from casework.shared.keys.vault import KeyFile
from casework.shared.platform.api_keys import ApiKeys
from casework.shared.platform.installation import Installation
from casework.shared.runtime.database import service_engine
from casework.shared.runtime.discovery import installed
from casework.shared.runtime.metrics import Metrics
from casework.shared.runtime.service import ServiceRuntime, put_together
from casework.shared.runtime.settings import Settings
from casework.shared.runtime.topics import Topics

NOWHERE = "127.0.0.1:1"


def described_runtimes(
    names: Sequence[ServiceName] = SERVICES, metrics: Metrics | None = None
) -> Sequence[ServiceRuntime]:
    """These services put together, connected to nothing."""
    metrics = metrics or Metrics.create()
    url = f"postgresql://nobody@{NOWHERE}/none"
    with TemporaryDirectory() as folder:
        key_file, credential = Path(folder, "person-keys"), Path(folder, "services")
        KeyFile.create(key_file)
        credential.write_text("")
        settings = Settings(
            database_url=SecretStr(url), kafka_servers=NOWHERE, key_file=key_file, service_key_file=credential
        )
        return [
            put_together(
                service,
                settings,
                metrics,
                Installation(UUID(int=0), DEFAULT_SHARDS),
                service_engine(url, service.name, pool_size=1),
            )
            for service in installed(names)
        ]


def described(names: Sequence[ServiceName] = SERVICES) -> FastAPI:
    """The application of a process that runs these services, connected to nothing: good for looking at its routes."""
    metrics = Metrics.create()
    runtimes = described_runtimes(names, metrics)

    async def readiness() -> Mapping[str, str | None]:
        return {"connected": "this application is only described"}

    return make_app(
        "Casework",
        [router for runtime in runtimes for router in runtime.rooms.routers],
        authenticator=ApiKeys(runtimes[0].engine),
        readiness=readiness,
        registry=metrics.registry,
        asyncapi=lambda: asyncapi_document(runtimes[0].topics),
    )


def documents() -> Mapping[str, dict[str, Any]]:
    """File name -> document, as an installation with the default topics has them. Stable to the byte."""
    return {
        "asyncapi.json": asyncapi_document(Topics.of("", DEFAULT_SHARDS)),
        "openapi.json": described().openapi(),
    }


def written(document: Mapping[str, Any]) -> str:
    """The text of a document's file."""
    return json.dumps(document, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def main(arguments: Sequence[str]) -> int:
    """The command line: one argument, the directory. Returns the exit code."""
    if len(arguments) != 1:
        print("usage: python -m casework.shared.http.export DIR", file=sys.stderr)
        return 2
    for name, document in documents().items():
        Path(arguments[0], name).write_text(written(document), encoding="utf-8")
        print(f"{arguments[0]}/{name}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
