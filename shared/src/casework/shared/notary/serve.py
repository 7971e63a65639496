"""The notary as a process of its own: it looks, signs, publishes and answers.

Invariant: nothing here connects to a database. Who asks is let in with the services' credential, which lies in a file.
"""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import httpx2 as httpx
import structlog
import uvicorn
from fastapi import FastAPI

from casework.shared.audit.notes import NoKey, PublicKey, Signers, raw_public, read_private
from casework.shared.contracts.actors import Actor
from casework.shared.http.app import make_app
from casework.shared.http.proofs import proofs_router
from casework.shared.inbox.feed import FeedClient
from casework.shared.notary.measures import Measures
from casework.shared.notary.notary import Notary
from casework.shared.notary.proofs import NotaryProofs
from casework.shared.notary.publish import Publisher
from casework.shared.platform.api_keys import Principal, Unauthenticated
from casework.shared.runtime.claims import FileLock
from casework.shared.runtime.logging import adopt_loggers, configure_logging, guard_loop
from casework.shared.runtime.processes import exit_with_parent
from casework.shared.runtime.serving import Server
from casework.shared.runtime.settings import NotarySettings

FEED_SECONDS = 30.0

log = structlog.get_logger(__name__)


class CannotSign(Exception):
    """The key file cannot be used. The message says what to do."""


class ServicesOnly:
    """Lets in who shows the services' credential."""

    def __init__(self, credential: str) -> None:
        self._credential = credential.encode()

    async def principal_of(self, token: str) -> Principal:
        """Raises `Unauthenticated`."""
        if not hmac.compare_digest(token.encode(), self._credential):
            raise Unauthenticated("the notary takes the services' own key only; ask the front, with a key of yours")
        return Principal(Actor("services", "service"), "service", 100, frozenset({"audit:read"}))


def run_notary(settings: NotarySettings) -> int:
    """Serve until a signal ends it. Returns the exit code. Raises `CannotSign`, `BookDiffers`, `AlreadyRunning`."""
    configure_logging(settings.log_level, service="notary")
    adopt_loggers()
    exit_with_parent()
    settings.notary_folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder = settings.notary_folder
    lock = FileLock(folder / "lock", f"The notary's folder {folder}", "set CASEWORK_NOTARY_FOLDER to another folder")
    lock.acquire()
    runner = uvicorn.Config(app="", loop="uvloop", log_config=None).get_loop_factory()
    try:
        with asyncio.Runner(loop_factory=runner) as loop:
            return loop.run(_run(settings))
    finally:
        lock.release()


def make_notary(settings: NotarySettings, client: httpx.AsyncClient) -> tuple[Notary, FastAPI, Measures]:
    """The notary and the application that answers for it. Raises `CannotSign`, `BookDiffers`."""
    measures = Measures()
    credential = settings.service_key_file.read_text().strip()
    feed = FeedClient(client, settings.url_of, credential)
    notary = Notary(
        settings.notary_folder,
        feed,
        signers_of(settings.checkpoint_key_file),
        every=settings.checkpoint_seconds,
        measures=measures,
    )

    async def readiness() -> Mapping[str, str | None]:
        return {"notary.signs": notary.refusing}

    app = make_app(
        "Casework notary",
        [proofs_router(NotaryProofs(notary, feed))],
        authenticator=ServicesOnly(credential),
        readiness=readiness,
        registry=measures.registry,
    )
    return notary, app, measures


def signers_of(path: Path) -> Signers:
    """The keys in a file that nobody else may read. Raises `CannotSign`."""
    try:
        if path.stat().st_mode & 0o077:
            raise CannotSign(f"{path} can be read by others; run `chmod 600 {path}`")
        return read_private(path.read_bytes())
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise CannotSign(f"cannot read the key file {path} ({reason}); set CASEWORK_CHECKPOINT_KEY_FILE") from None
    except NoKey as error:
        raise CannotSign(f"{path}: {error}; `casework keys checkpoint --new` makes one") from None


async def _sign_and_publish(notary: Notary, publisher: Publisher) -> None:
    if notary.last is None:
        await publisher.require_no_chain([PublicKey(raw_public(signer)) for signer in notary.signers])
    async with asyncio.TaskGroup() as group:
        group.create_task(notary.run())
        group.create_task(publisher.run())


async def _run(settings: NotarySettings) -> int:
    guard_loop(asyncio.get_running_loop())
    async with httpx.AsyncClient(timeout=FEED_SECONDS, trust_env=False) as client:
        notary, app, measures = make_notary(settings, client)
        server = Server(app, settings.host, settings.port)
        working = [asyncio.create_task(_sign_and_publish(notary, Publisher(settings, notary.book, measures)))]
        serving = asyncio.create_task(server.serve(), name="http")
        await asyncio.wait([serving, *working], return_when=asyncio.FIRST_COMPLETED)
        failed = [task for task in working if task.done()]
        for task in failed:
            error = asyncio.CancelledError() if task.cancelled() else task.exception()
            log.error("process.part-failed", part="notary", exc_info=error)
        server.should_exit = True
        for task in working:
            task.cancel()
        await asyncio.gather(*working, return_exceptions=True)
        with suppress(asyncio.CancelledError):
            await serving
    return 1 if failed or not server.started else 0
