import asyncio
import dataclasses
import os
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import psutil
import pytest

from casework.shared.runtime.claims import AlreadyRunning, PortTaken, free_port, require_free
from casework.shared.runtime.data_dir import DataDir, NoStack, Stack
from casework.shared.runtime.processes import ProcessRecord, runs

HOLD = """
import signal, sys
from pathlib import Path
from casework.shared.runtime.data_dir import DataDir
with DataDir(Path(sys.argv[1])).hold():
    print("held", flush=True)
    signal.pause()
"""


@pytest.fixture
def sleeper() -> Iterator[subprocess.Popen[bytes]]:
    code = "import signal; print(1, flush=True); signal.pause()"
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        yield process
        process.kill()


def record(popen: subprocess.Popen[bytes]) -> ProcessRecord:
    process = psutil.Process(popen.pid)
    return ProcessRecord("sleeper", process.pid, process.create_time(), tuple(process.cmdline()))


def stack(*children: ProcessRecord, supervisor: ProcessRecord | None = None) -> Stack:
    return Stack(
        url="http://127.0.0.1:1",
        database_url="postgresql://postgres:secret@127.0.0.1:2/casework",
        kafka_servers="127.0.0.1:3",
        key="cw_secret",
        started="2026-11-21T10:00:00.000000Z",
        supervisor=supervisor or ProcessRecord.of_self("supervisor"),
        children=children,
    )


def test_one_stack_at_a_time_and_the_other_is_named(tmp_path: Path) -> None:
    command = [sys.executable, "-c", HOLD, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as holder, ExitStack() as ending:
        ending.callback(holder.kill)
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        message = f"pid {holder.pid}.*kill {holder.pid}.*--data-dir"
        with pytest.raises(AlreadyRunning, match=message), DataDir(tmp_path).hold():
            pass
    with DataDir(tmp_path).hold():
        pass
    with DataDir(tmp_path).hold():
        pass


def test_what_is_written_is_read_and_private(tmp_path: Path, sleeper: subprocess.Popen[bytes]) -> None:
    data_dir = DataDir(tmp_path / "new")
    written = stack(record(sleeper))
    with data_dir.hold():
        data_dir.write_stack(written)
        assert data_dir.read_stack() == written
        assert stat.S_IMODE((data_dir.path / "stack.json").stat().st_mode) == 0o600
        assert stat.S_IMODE(data_dir.path.stat().st_mode) == 0o700
        data_dir.clear_stack()
    with pytest.raises(NoStack, match="casework up --data-dir"):
        data_dir.read_stack()
    assert sorted(path.name for path in data_dir.path.iterdir()) == ["lock", "logs"]


def test_a_folder_that_is_not_there_has_no_stack(tmp_path: Path) -> None:
    with pytest.raises(NoStack, match="Start one"):
        DataDir(tmp_path / "none").read_stack()


@pytest.mark.parametrize(
    "pid, started, argv", [(2**22 + 1, None, None), (None, 1.0, None), (None, None, ("other", "program"))]
)
def test_a_stack_whose_process_is_gone_is_stale(
    tmp_path: Path, pid: int | None, started: float | None, argv: tuple[str, ...] | None
) -> None:
    me = ProcessRecord.of_self("supervisor")
    gone = ProcessRecord("supervisor", pid or me.pid, started or me.started, argv or me.argv)
    with DataDir(tmp_path).hold():
        DataDir(tmp_path).write_stack(stack(supervisor=gone))
    with pytest.raises(NoStack, match=r"was killed.*casework up"):
        DataDir(tmp_path).read_stack()


@pytest.mark.parametrize("text", ["", "{", "[]", '{"url": 1}', '{"supervisor": {}, "children": []}'])
def test_a_file_nobody_can_read_counts_as_none(tmp_path: Path, text: str) -> None:
    (tmp_path / "stack.json").write_text(text)
    with pytest.raises(NoStack):
        DataDir(tmp_path).read_stack()


async def test_leftovers_are_ended_and_strangers_are_not(tmp_path: Path, sleeper: subprocess.Popen[bytes]) -> None:
    data_dir = DataDir(tmp_path)
    mine = record(sleeper)
    strangers = [dataclasses.replace(mine, started=mine.started - 60), dataclasses.replace(mine, argv=("python", "x"))]
    with data_dir.hold():
        data_dir.write_stack(stack(*strangers))
        assert await data_dir.end_leftovers() == []
        assert runs(psutil.Process(sleeper.pid))
        data_dir.write_stack(stack(mine))
        assert await data_dir.end_leftovers() == [mine]
        assert await asyncio.to_thread(sleeper.wait) == -signal.SIGTERM
        assert await data_dir.end_leftovers() == []


def test_a_taken_port_is_named_with_the_option_that_changes_it() -> None:
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(PortTaken, match=f"Port {port} .*--port"):
            require_free(port, "--port")
    require_free(port, "--port")
    require_free(free_port(), "--port")
    with pytest.raises(PortTaken, match="no port 70000"):
        require_free(70000, "--port")


def test_a_record_of_this_process_finds_it() -> None:
    found = ProcessRecord.of_self("me").find()
    assert found is not None
    assert found.pid == os.getpid()
