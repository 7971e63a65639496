import asyncio
import json
import os
import shutil
import signal
import sys
import tempfile
import time
from asyncio.subprocess import Process
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from casework.shared.runtime import supervisor as module
from casework.shared.runtime.data_dir import DataDir, NoStack
from casework.shared.runtime.processes import ManagedProcess, StartFailed, runs
from casework.shared.runtime.supervisor import ChildNews, Happening, Interrupted, ServiceProcess, Supervisor

PROGRAM = Path(__file__).with_name("stack_program.py")
FOREVER = "import signal; signal.pause()"


@pytest.fixture
def folder() -> Iterator[Path]:
    path = Path(tempfile.mkdtemp(prefix="casework-test-"))
    yield path
    shutil.rmtree(path)


def service(folder: Path, name: str, code: str, **options: Any) -> ServiceProcess:
    return ServiceProcess(name, [sys.executable, "-c", code], dict(os.environ), folder / f"{name}.log", **options)


async def until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not true():
        assert time.monotonic() < deadline, "it did not happen"
        await asyncio.sleep(0.01)


def happened(news: list[ChildNews], what: Happening) -> list[str]:
    return [one.child for one in news if one.happening is what]


async def test_a_killed_child_is_started_again_and_the_other_carries_on(folder: Path) -> None:
    news: list[ChildNews] = []
    killed, other = service(folder, "killed", FOREVER), service(folder, "other", FOREVER)
    async with Supervisor(news.append) as supervisor:
        await supervisor.start(killed, other)
        first, kept = killed.process.pid, other.process.pid
        os.kill(first, signal.SIGKILL)
        await until(lambda: happened(news, Happening.STARTED).count("killed") == 2)
        assert killed.process.pid != first
        assert other.process.pid == kept
        assert [record.pid for record in supervisor.records] == [killed.process.pid, kept]
    assert "killed by SIGKILL" in [one.detail for one in news]


async def test_the_pause_doubles_and_is_forgotten_after_health(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "FIRST_PAUSE_SECONDS", 0.01)
    monkeypatch.setattr(module, "LONGEST_PAUSE_SECONDS", 0.03)
    news: list[ChildNews] = []

    def pauses() -> list[float]:
        return [one.pause for one in news if one.pause is not None]

    async with Supervisor(news.append) as supervisor:
        await supervisor.start(service(folder, "short", "raise SystemExit(3)"))
        await until(lambda: len(pauses()) >= 4)
        assert pauses()[:4] == [0.01, 0.02, 0.03, 0.03]
        monkeypatch.setattr(module, "HEALTHY_AFTER_SECONDS", 0.0)
        seen = len(pauses())
        await until(lambda: len(pauses()) >= seen + 2)
        assert pauses()[-1] == 0.01
    assert "exit code 3" in [one.detail for one in news]


async def test_a_start_that_fails_later_is_tried_again(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "FIRST_PAUSE_SECONDS", 0.01)
    answers = iter([True, False, True])
    news: list[ChildNews] = []

    async def ready() -> None:
        if not next(answers):
            raise OSError("cannot be reached")

    child = service(folder, "one", FOREVER, ready=ready)
    async with Supervisor(news.append) as supervisor:
        await supervisor.start(child)
        os.kill(child.process.pid, signal.SIGKILL)
        await until(lambda: happened(news, Happening.STARTED).count("one") == 2)
    assert [one.detail for one in news if one.happening is Happening.START_FAILED] == ["cannot be reached"]


async def test_what_prevents_the_first_start_is_raised_and_the_rest_stopped(folder: Path) -> None:
    news: list[ChildNews] = []
    good = service(folder, "good", FOREVER)
    bad = service(folder, "bad", "print('no such setting'); raise SystemExit(2)", ready=asyncio.Event().wait)

    async def up() -> None:
        async with Supervisor(news.append) as supervisor:
            await supervisor.start(good)
            await supervisor.start(bad)

    with pytest.raises(StartFailed, match=r"bad ended with code 2 before it was ready.*\n.*no such setting"):
        await up()
    assert not psutil.pid_exists(good.process.pid)
    assert happened(news, Happening.STOPPED) == ["bad", "good"]


async def test_the_last_started_is_stopped_first_and_by_force_if_it_must(folder: Path) -> None:
    news: list[ChildNews] = []
    deaf = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); signal.pause()"
    first = service(folder, "first", FOREVER)
    stubborn = service(folder, "stubborn", deaf, grace=0.2)
    async with Supervisor(news.append) as supervisor:
        await supervisor.start(first)
        await supervisor.start(stubborn)
        await until(lambda: "deaf" in (folder / "stubborn.log").read_text())
    assert happened(news, Happening.STOPPED) == ["stubborn", "first"]
    assert stubborn.process.exit_code == -signal.SIGKILL
    assert first.process.exit_code == -signal.SIGTERM


async def test_a_stop_asked_for_during_a_start_interrupts_it(folder: Path) -> None:
    child = service(folder, "slow", FOREVER, ready=asyncio.Event().wait)
    async with Supervisor(lambda news: None) as supervisor:
        starting = asyncio.create_task(supervisor.start(child))
        await until(lambda: (folder / "slow.log").exists())
        supervisor.request_stop()
        with pytest.raises(Interrupted):
            await starting
    assert child.process.exit_code == -signal.SIGTERM


async def test_a_service_ends_when_its_parent_is_killed(folder: Path) -> None:
    news: list[ChildNews] = []
    child = service(
        folder, "one", "from casework.shared.runtime.processes import *; exit_with_parent(); threading.Event().wait()"
    )
    async with Supervisor(news.append) as supervisor:
        await supervisor.start(child)
        os.close(child._pipe or -1)
        child._pipe = None
        assert await child.wait() == -signal.SIGTERM


async def test_waiting_is_not_ended_by_another_waiter_giving_up(folder: Path) -> None:
    process = ManagedProcess.spawn("one", [sys.executable, "-c", FOREVER], log=folder / "log")
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(process.wait(), 0.01)
    assert await process.stop(grace=5) == -signal.SIGTERM


class RunningStack:
    """The stack program and what it told."""

    def __init__(self, process: Process) -> None:
        self.process = process

    @classmethod
    async def start(cls, folder: Path) -> "RunningStack":
        return cls(
            await asyncio.create_subprocess_exec(
                sys.executable, str(PROGRAM), str(folder), stdout=asyncio.subprocess.PIPE, start_new_session=True
            )
        )

    async def pids(self) -> dict[str, int]:
        """Of its children, told once all are up."""
        async for fields in self.told():
            if "pids" in fields:
                return dict(fields["pids"])
        raise AssertionError("it ended before it was up")

    async def started(self, *names: str) -> None:
        """Until it has told that each of these was started."""
        awaited = set(names)
        async for fields in self.told():
            if fields.get("happening") == Happening.STARTED:
                awaited.discard(fields["child"])
            if not awaited:
                return
        raise AssertionError(f"it ended without starting {awaited}")

    async def told(self) -> AsyncIterator[dict[str, Any]]:
        assert self.process.stdout is not None
        async for line in self.process.stdout:
            yield json.loads(line)

    def family(self) -> list[psutil.Process]:
        return list(psutil.Process(self.process.pid).children(recursive=True))


@pytest.mark.faults
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
async def test_the_whole_stack_survives_kills_and_stops_without_a_trace(folder: Path, how: signal.Signals) -> None:
    stack = await RunningStack.start(folder)
    pids = await stack.pids()
    killed = ("kafka", "intake", "postgres")
    for name in killed:
        os.kill(pids[name], signal.SIGKILL)
    await stack.started(*killed)
    family = stack.family()
    assert psutil.pid_exists(pids["followup"])
    stack.process.send_signal(how)
    assert await stack.process.wait() == 0
    assert not any(runs(process) for process in family)
    with pytest.raises(NoStack, match="Start one"):
        DataDir(folder).read_stack()


@pytest.mark.faults
async def test_a_killed_supervisor_leaves_nothing_and_the_next_one_starts(folder: Path) -> None:
    stack = await RunningStack.start(folder)
    await stack.pids()
    family = stack.family()
    stack.process.kill()
    await stack.process.wait()
    with pytest.raises(NoStack, match="was killed"):
        DataDir(folder).read_stack()
    following = await RunningStack.start(folder)
    await following.pids()
    await until(lambda: not any(runs(process) for process in family))
    assert DataDir(folder).read_stack().supervisor.pid == following.process.pid
    following.process.terminate()
    assert await following.process.wait() == 0
