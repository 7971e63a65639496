"""Apache Kafka itself, without Docker: one KRaft node on the loopback address, from jars that Maven fetches.

    python -m casework.shared.testing.apache_kafka [--port N] [--dir DIR] [-- COMMAND ...]

Runs COMMAND with CASEWORK_TEST_KAFKA naming the broker, and ends with its exit code; without COMMAND it serves until
Ctrl-C. It is run in the checkout, where `deploy/kafka` is, and needs a Java runtime (17 or later) and Maven.

Invariant: a broker that runs a command starts empty, and nothing of it is left afterwards but the jars.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import hashlib
import os
import shutil
import string
import subprocess
import sys
import tempfile
import uuid
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from aiokafka.errors import KafkaError

from casework.shared.runtime.claims import LOOPBACK, PortTaken, free_port, require_free
from casework.shared.runtime.processes import ManagedProcess, StartFailed, tail, until_ready
from casework.shared.runtime.supervisor import ChildNews, Interrupted, Supervisor
from casework.shared.runtime.topic_admin import check_partitions
from casework.shared.testing.parts import KAFKA_VARIABLE

DEPLOY = Path("deploy/kafka")
START_SECONDS = 120.0
STOP_GRACE_SECONDS = 20.0
_JVM = ("-Xms128m", "-Xmx512m", "-XX:+UseSerialGC", "-Dlog4j2.level=WARN")


class ApacheKafka:
    """The broker, with its files in `data`, which is made if it is not there; started again it finds what it had."""

    name = "kafka"

    def __init__(
        self,
        jars: Path,
        data: Path,
        port: int | None = None,
        *,
        properties: Path = DEPLOY / "server.properties",
        values: Mapping[str, str] | None = None,
        users: Mapping[str, str] | None = None,
        security: Mapping[str, Any] | None = None,
    ) -> None:
        """`jars` comes from `fetch`. `values` fill in what `properties` leaves open beside ports and folder; `users`
        and their passwords are known from the start, by SCRAM-SHA-512; `security` is what it is asked with."""
        self._jars = jars
        self._data = data.resolve()
        self._properties = properties
        self._values = values or {}
        self._users = users or {}
        self._security = security or {}
        self._given_port = port
        self._port = port or free_port()
        self._log_path = self._data / "kafka.log"
        self._process: ManagedProcess | None = None

    @property
    def servers(self) -> str:
        """Bootstrap servers, as clients take them."""
        return f"{LOOPBACK}:{self._port}"

    @property
    def process(self) -> ManagedProcess:
        """The broker. Raises `StartFailed` before the first start."""
        if self._process is None:
            raise StartFailed("Apache Kafka has not been started.")
        return self._process

    @property
    def pid(self) -> int:
        return self.process.pid

    async def start(self) -> None:
        """Return when the broker answers. Raises `StartFailed` or `PortTaken`."""
        if self._given_port is not None:
            require_free(self._given_port, "--port")
        self._data.mkdir(parents=True, exist_ok=True)
        properties = self._data / "server.properties"
        template = string.Template(self._properties.read_text())
        ports = {"port": self._port, "controller_port": free_port()}
        properties.write_text(template.substitute({**self._values, **ports}, data=self._data / "log"))
        # Formatting again would be for another cluster, which Kafka refuses.
        if not (self._data / "log" / "meta.properties").exists():
            await self._format(properties)
        self._process = self._java(self.name, "kafka.Kafka", str(properties))
        await until_ready(self._process, self._log_path, self._answers(), START_SECONDS)

    async def wait(self) -> int:
        """Until the broker ends; its exit code."""
        return await self.process.wait()

    async def stop(self) -> None:
        """End the broker in order, by force after 20 seconds."""
        if self._process is not None:
            await self._process.stop(STOP_GRACE_SECONDS)

    async def _format(self, properties: Path) -> None:
        cluster = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
        options = ["format", f"--cluster-id={cluster}", f"--config={properties}"]
        for name, password in self._users.items():
            options += ["--add-scram", f"SCRAM-SHA-512=[name={name},password={password}]"]
        formatting = self._java("kafka-storage", "kafka.tools.StorageTool", *options)
        try:
            code = await formatting.wait()
        finally:
            await formatting.stop(grace=1)
        if code != 0:
            raise StartFailed(f"Apache Kafka's storage could not be formatted:\n{tail(self._log_path)}")

    def _java(self, name: str, main_class: str, *arguments: str) -> ManagedProcess:
        command = [_program("java"), *_JVM, "-cp", f"{self._jars}/*", main_class, *arguments]
        return ManagedProcess.spawn(name, command, log=self._log_path, stop_with_parent=True)

    async def _answers(self) -> None:
        while True:
            with suppress(OSError, KafkaError):
                _, writer = await asyncio.open_connection(LOOPBACK, self._port)
                writer.close()
                await check_partitions(self.servers, (), **self._security)
                return
            await asyncio.sleep(0.1)


def fetch(folder: Path, pom: Path = DEPLOY / "pom.xml") -> Path:
    """The folder with the jars of `pom` below `folder`, by default the broker's, fetched by Maven unless they are there
    for this very pom.

    Raises `StartFailed` where Maven is missing or does not reach its repository.
    """
    if not pom.exists():
        raise StartFailed(f"There is no {pom} here: run this in the root of a checkout of Casework.")
    digest = hashlib.sha256(pom.read_bytes()).hexdigest()[:16]
    folder = folder.resolve()  # Maven takes a relative one to be below the pom
    jars = folder / f"jars-{digest}"
    if jars.exists():
        return jars
    folder.mkdir(parents=True, exist_ok=True)
    making = Path(tempfile.mkdtemp(dir=folder, prefix="jars.making."))
    command = [_program("mvn"), "-B", "-q", "-f", str(pom), "dependency:copy-dependencies"]
    if subprocess.run([*command, f"-DoutputDirectory={making}"]).returncode != 0:  # noqa: S603 - our own arguments
        shutil.rmtree(making)
        raise StartFailed("Maven could not fetch Apache Kafka's jars (see above). Is its repository reachable?")
    making.rename(jars)
    return jars


def _program(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        raise StartFailed(f"There is no `{name}` here: Apache Kafka needs a Java runtime (17 or later) and Maven.")
    return found


def main(port: int | None, folder: Path, command: list[str]) -> int:
    """Fetch the broker, then serve, or run the command. Returns the exit code for the shell."""
    jars = fetch(folder)
    if not command:  # a broker that serves keeps its topics from one time to the next
        return asyncio.run(serve(ApacheKafka(jars, folder / "data", port), command))
    data = Path(tempfile.mkdtemp(dir=folder, prefix="run."))
    try:
        return asyncio.run(serve(ApacheKafka(jars, data, port), command))
    finally:
        shutil.rmtree(data)


async def serve(kafka: ApacheKafka, command: list[str]) -> int:
    """Keep the broker running until the command ends, or without one until Ctrl-C."""
    try:
        async with Supervisor(_tell) as supervisor:
            await supervisor.start(kafka)
            print(f"Apache Kafka answers at {kafka.servers}", flush=True)
            if command:
                return await supervisor.meanwhile(_run(command, os.environ | {KAFKA_VARIABLE: kafka.servers}))
            await supervisor.run()
            return 0
    except Interrupted:
        return 130


async def _run(command: list[str], env: dict[str, str]) -> int:
    process = await asyncio.create_subprocess_exec(*command, env=env)
    try:
        return await process.wait()
    finally:
        if process.returncode is None:
            process.terminate()
            await process.wait()


def _tell(news: ChildNews) -> None:
    print(f"{news.child} {news.happening} {news.detail}".rstrip(), file=sys.stderr, flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m casework.shared.testing.apache_kafka", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--port", type=int, help="where it listens on 127.0.0.1 (default: a free port)")
    parser.add_argument("--dir", type=Path, default=Path(".kafka"), help="for jars and data (default: .kafka)")
    parser.add_argument("command", nargs="*", help="what to run beside it, after --")
    given = parser.parse_args()
    try:
        sys.exit(main(given.port, given.dir, given.command))
    except (StartFailed, PortTaken) as failed:
        sys.exit(str(failed))
