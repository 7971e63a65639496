"""One operating-system process: one service or all four, its HTTP server, and an orderly end.

Invariant: a process that cannot do its work ends with a code other than 0 and says why; whoever supervises it
starts it again. SIGTERM lets what is under way finish: requests for 2 seconds, batches for 30.
"""

from __future__ import annotations

import asyncio
import gc
import logging
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

import structlog
import uvicorn

from casework.shared.contracts.ids import ServiceName
from casework.shared.errors import Conflict
from casework.shared.http.app import make_app
from casework.shared.http.asyncapi import asyncapi_document
from casework.shared.platform.authentication import authentication, rates_of
from casework.shared.platform.installation import NotInstalled
from casework.shared.runtime.database import StoreUnavailable
from casework.shared.runtime.discovery import installed
from casework.shared.runtime.logging import adopt_loggers, configure_logging, guard_loop
from casework.shared.runtime.metrics import Metrics
from casework.shared.runtime.processes import exit_with_parent
from casework.shared.runtime.service import ServiceRuntime, assemble
from casework.shared.runtime.serving import Server
from casework.shared.runtime.settings import Settings
from casework.shared.runtime.tracing import make_tracer_provider

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider

log = structlog.get_logger(__name__)

DATABASE_WAIT_S = 60.0


def run_process(names: Sequence[ServiceName], settings: Settings) -> int:
    """Run the named services until a signal ends them. Returns the exit code."""
    configure_logging(settings.log_level, service=names[0] if len(names) == 1 else "casework")
    adopt_loggers()
    # At INFO it writes a line for every batch; failures come at ERROR.
    logging.getLogger("faststream").setLevel(logging.WARNING)
    exit_with_parent()
    # Left to itself, uvicorn gives its loggers handlers that write plain text.
    runner = uvicorn.Config(app="", loop="uvloop", log_config=None).get_loop_factory()
    with asyncio.Runner(loop_factory=runner) as loop:
        return loop.run(_run(names, settings))


async def _run(names: Sequence[ServiceName], settings: Settings) -> int:
    guard_loop(asyncio.get_running_loop())
    # Batches make many objects that live for one transaction and hold no cycles: the default thresholds would
    # walk everything that was ever imported several times a second.
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)
    metrics = Metrics.create()
    tracer_provider = make_tracer_provider(settings, "-".join(names))
    runtimes = [await _assembled(name, settings, metrics, tracer_provider) for name in names]
    app = make_app(
        "Casework",
        [router for runtime in runtimes for router in runtime.rooms.routers],
        authenticator=authentication(settings, runtimes[0].engine),
        readiness=lambda: _checks(runtimes),
        registry=metrics.registry,
        asyncapi=lambda: asyncapi_document(runtimes[0].topics),
        alarms=lambda: [alarm for runtime in runtimes for alarm in runtime.alarms.standing],
        tracer_provider=tracer_provider,
        rates=rates_of(settings, runtimes[0].engine),
        origins=settings.origins,
        docs=settings.docs,
    )
    server = Server(app, settings.host, settings.port, ending=app.state.ending)
    working = [asyncio.create_task(runtime.run(), name=runtime.name) for runtime in runtimes]
    serving = asyncio.create_task(server.serve(), name="http")
    await asyncio.wait([serving, *working], return_when=asyncio.FIRST_COMPLETED)
    failed = [task for task in working if task.done()]
    for task in failed:
        # Cancelled, though nobody here did so, is a fault like any other; asking it for its exception would raise.
        error = asyncio.CancelledError() if task.cancelled() else task.exception()
        log.error("process.part-failed", part=task.get_name(), exc_info=error)
    server.end()
    for task in working:
        task.cancel()
    await asyncio.gather(*working, return_exceptions=True)
    with suppress(asyncio.CancelledError):
        await serving
    for runtime in runtimes:
        await runtime.aclose()
    if tracer_provider is not None:
        tracer_provider.shutdown()
    return 1 if failed else 0


async def _assembled(
    name: ServiceName, settings: Settings, metrics: Metrics, tracer_provider: TracerProvider | None
) -> ServiceRuntime:
    """Wait for the database and its installation: in containers everything starts at once."""
    service = installed([name])[0]
    deadline = asyncio.get_running_loop().time() + DATABASE_WAIT_S
    while True:
        try:
            return await assemble(service, settings, metrics, tracer_provider=tracer_provider)
        except (StoreUnavailable, Conflict, NotInstalled) as error:
            if asyncio.get_running_loop().time() > deadline:
                raise
            log.warning("process.waiting-for-database", service=name, error=type(error).__name__)
            await asyncio.sleep(0.5)


async def _checks(runtimes: Sequence[ServiceRuntime]) -> Mapping[str, str | None]:
    found: dict[str, str | None] = {}
    for checks in await asyncio.gather(*(runtime.checks() for runtime in runtimes)):
        found |= checks
    return found
