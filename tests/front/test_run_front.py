"""`casework run front` as a container runs it: four addresses, and nothing else."""

from __future__ import annotations

import asyncio
import os
import signal
import sys

import httpx2

from casework.shared.contracts.ids import SERVICES
from casework.shared.runtime.claims import LOOPBACK, free_port

DEADLINE_S = 30.0


async def front(**settings: str) -> asyncio.subprocess.Process:
    """The process, started in an environment that has these settings only."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("CASEWORK_")}
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "casework.shared.cli", "run", "front",
        env=environment | {f"CASEWORK_{name.upper()}": value for name, value in settings.items()},
        stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip


async def test_it_needs_no_secret_and_no_database_and_ends_when_asked() -> None:
    url = f"http://{LOOPBACK}:{(port := free_port())}"
    process = await front(port=str(port), **{f"{service}_url": "http://127.0.0.1:1" for service in SERVICES})
    try:
        async with asyncio.timeout(DEADLINE_S), httpx2.AsyncClient(base_url=url, trust_env=False) as http:
            while not await _lives(http):
                assert process.returncode is None
                await asyncio.sleep(0.05)
            assert (await http.get("/health/ready")).status_code == 503
            assert (await http.get("/v1/cases")).status_code == 503
            process.send_signal(signal.SIGTERM)
            assert await process.wait() == 0
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def _lives(http: httpx2.AsyncClient) -> bool:
    try:
        return (await http.get("/health/live")).text == '{"status":"live"}'
    except httpx2.TransportError:
        return False


async def test_an_address_that_is_missing_or_none_is_named() -> None:
    urls = {f"{service}_url": "http://127.0.0.1:1" for service in SERVICES}
    process = await front(**urls | {"intake_url": "127.0.0.1:1/x"}, port="70000")
    _, said = await process.communicate()
    assert process.returncode == 2
    assert [line.partition(b":")[0] for line in said.splitlines()] == [b"CASEWORK_PORT", b"CASEWORK_INTAKE_URL"]
