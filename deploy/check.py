"""Checks the deploy files without a Docker engine: `python deploy/check.py [FOLDER]`, 0 when nothing is wrong.

Compose reads and resolves `compose.yaml`, hadolint reads the Dockerfile, ShellCheck the scripts; all three come as
wheels. What they cannot know is checked on the resolved file: no secret outside a file, no container of ours with
more rights than it needs, no start before what it needs, nothing fetched from an address written down here.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

FOLDER = Path(__file__).parent
TOOLS = Path(sys.executable).parent
SECRET_NAME = re.compile(r"PASSWORD|SECRET|TOKEN|KEY")
LOOPBACK = "127.0.0.1"


def problems(folder: Path) -> list[str]:
    """What is wrong with the deploy files in `folder`, one line each; empty when nothing is."""
    found = [
        *run("hadolint", "--no-color", str(folder / "Dockerfile")),
        *run("shellcheck", "--color=never", str(folder / "secrets.sh"), str(folder / "kafka" / "acls.sh")),
        *addresses(folder / "Dockerfile"),
    ]
    refused = run("docker-compose", *compose_file(folder), "config", "--quiet")
    if refused:
        return [*found, *refused]
    resolved = subprocess.run(  # noqa: S603  (a tool of this environment, given our own file)
        [TOOLS / "docker-compose", *compose_file(folder), "config", "--format", "json"],
        env=environment(),
        capture_output=True,
        check=True,
    )
    services: Mapping[str, Mapping[str, Any]] = json.loads(resolved.stdout)["services"]
    for name, service in services.items():
        found += (f"{name}: {problem}" for problem in service_problems(name, service))
    return found


def service_problems(name: str, service: Mapping[str, Any]) -> Iterator[str]:
    """What is wrong with one service of the resolved compose file."""
    image = service["image"]
    if "." in image.partition("/")[0]:
        yield f"{image} names a registry"
    if ":" not in image or image.endswith(":latest"):
        yield f"{image} is not pinned to a version"
    for variable, value in service.get("environment", {}).items():
        if SECRET_NAME.search(variable) and not variable.endswith("_FILE"):
            yield f"{variable} is a secret in the environment; give a file"
        if urlsplit(value or "").password:
            yield f"{variable} holds a password; give a file"
    for port in service.get("ports", []):
        if port.get("host_ip") != LOOPBACK:
            yield f"port {port['target']} is open to other machines by default"
    for needed, how in service.get("depends_on", {}).items():
        if how["condition"] == "service_started":
            yield f"does not wait for {needed} to be ready"
    if "build" in service:
        yield from own_problems(name, service)


def own_problems(name: str, service: Mapping[str, Any]) -> Iterator[str]:
    """What is wrong with a container made from our image."""
    if service.get("user", "").partition(":")[0] in {"", "0", "root"}:
        yield "runs as root"
    if not service.get("read_only"):
        yield "may write to its root file system"
    if service.get("cap_drop") != ["ALL"]:
        yield "keeps capabilities"
    if "no-new-privileges:true" not in service.get("security_opt", []):
        yield "may gain privileges"
    mounted = {secret["target"] for secret in service.get("secrets", [])}
    if "/run/secrets/key" in mounted and name != "intake":
        yield "has the key that opens personal data, which is intake's alone"
    if "outside" in service["networks"] and mounted:
        yield "has secrets and a way out"


def addresses(dockerfile: Path) -> Iterator[str]:
    """Addresses in the Dockerfile: where packages come from is the builder's setting."""
    for found in re.findall(r"https?://[^\s'\"/:]+", dockerfile.read_text()):
        if not found.endswith(LOOPBACK):
            yield f"Dockerfile: {found} is an address"


def compose_file(folder: Path) -> tuple[str, ...]:
    # What somebody's own .env says is not looked at.
    return ("--env-file", os.devnull, "--file", str(folder / "compose.yaml"))


def environment() -> dict[str, str]:
    """An environment without any setting of ours, so that the defaults are what is checked."""
    return {name: value for name, value in os.environ.items() if not name.startswith("CASEWORK_")}


def run(tool: str, *arguments: str) -> list[str]:
    """What the tool complains about."""
    done = subprocess.run(  # noqa: S603  (tools of this environment, given our own files)
        [TOOLS / tool, *arguments], env=environment(), capture_output=True, text=True, check=False
    )
    if done.returncode == 0:
        return []
    lines = (done.stdout + done.stderr).strip().splitlines()
    return [f"{tool}: {line}" for line in lines] or [f"{tool} ended with code {done.returncode}"]


def main() -> int:
    found = problems(Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER)
    for problem in found:
        print(problem, file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
