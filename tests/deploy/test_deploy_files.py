"""The deploy files hold together, and the check that says so can say otherwise."""

from __future__ import annotations

import json
import os
import re
import shutil
import stat
import subprocess
import sys
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from sqlalchemy import text

from casework.shared.contracts.ids import SERVICES
from casework.shared.keys.vault import KeyFile
from casework.shared.runtime.database import admin_engine
from casework.shared.runtime.settings import FrontSettings, NotarySettings, Settings
from casework.shared.testing.parts import PostgresServer

REPOSITORY = Path(__file__).parents[2]
DEPLOY = REPOSITORY / "deploy"
FILES = ("Dockerfile", "Dockerfile.dockerignore", "check.py", "compose.yaml", "secrets.sh")


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The deploy files, to be broken."""
    for name in FILES:
        shutil.copy(DEPLOY / name, tmp_path / name)
    return tmp_path


def checked(folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, DEPLOY / "check.py", folder], capture_output=True, text=True, timeout=60, check=False
    )


@pytest.fixture(scope="module")
def services() -> Mapping[str, Mapping[str, Any]]:
    """The services of the compose file as Compose resolves them."""
    compose = Path(sys.executable).with_name("docker-compose")
    resolved = subprocess.run(
        [compose, "--env-file", os.devnull, "--file", DEPLOY / "compose.yaml", "config", "--format", "json"],
        capture_output=True,
        timeout=60,
        check=True,
    )
    found: Mapping[str, Mapping[str, Any]] = json.loads(resolved.stdout)["services"]
    return found


def test_the_files_are_well() -> None:
    result = checked(DEPLOY)
    assert result.returncode == 0, result.stderr


@pytest.mark.parametrize(
    "file, before, after, complaint",
    [
        ("compose.yaml", "healthcheck:", "healthchek:", "docker-compose: "),
        ("compose.yaml", "    secrets: [postgres_password]", "    secrets: [another]", "docker-compose: "),
        ("compose.yaml", "image: postgres:18", "image: postgres", "postgres: postgres is not pinned"),
        ("compose.yaml", "image: postgres:18", "image: mirror.example/postgres:18", "names a registry"),
        (
            "compose.yaml",
            "casework@postgres",
            "casework:open-sesame@postgres",
            "CASEWORK_DATABASE_URL holds a password",
        ),
        ("compose.yaml", "POSTGRES_PASSWORD_FILE:", "POSTGRES_PASSWORD:", "POSTGRES_PASSWORD is a secret"),
        ("compose.yaml", "CASEWORK_BIND:-127.0.0.1", "CASEWORK_BIND:-0.0.0.0", "front: port 8000 is open"),
        ("compose.yaml", "condition: service_healthy", "condition: service_started", "does not wait for"),
        ("compose.yaml", "CASEWORK_UID:-10001", "CASEWORK_UID:-0", "intake: runs as root"),
        ("compose.yaml", "read_only: true", "read_only: false", "intake: may write to its root file system"),
        ("compose.yaml", "cap_drop: [ALL]", "cap_drop: [NET_RAW]", "intake: keeps capabilities"),
        ("compose.yaml", "[pgpass, service_key]", "[pgpass, key, service_key]", "which is intake's alone"),
        ("compose.yaml", "no-new-privileges:true", "no-new-privileges:false", "intake: may gain privileges"),
        ("Dockerfile", "USER 10001:10001", "USER root", "hadolint: "),
        ("Dockerfile", "--no-cache-dir ", "", "hadolint: "),
        ("Dockerfile", "pip install ", "pip install --index-url https://mirror.example/simple ", "is an address"),
        ("secrets.sh", '"secrets/$1"', "secrets/$1", "shellcheck: "),
    ],
)
def test_a_broken_copy_is_refused(copy: Path, file: str, before: str, after: str, complaint: str) -> None:
    good = (copy / file).read_text()
    assert before in good
    (copy / file).write_text(good.replace(before, after))
    result = checked(copy)
    assert result.returncode == 1
    assert complaint in result.stderr


def test_one_container_a_service_and_a_front(services: Mapping[str, Mapping[str, Any]]) -> None:
    commands = {name: service["command"] for name, service in services.items() if "build" in service}
    assert commands == {"migrate": ["migrate"]} | {name: ["run", name] for name in (*SERVICES, "front", "notary")}


def test_the_front_is_the_only_port(services: Mapping[str, Mapping[str, Any]]) -> None:
    assert [name for name, service in services.items() if service.get("ports")] == ["front"]


def test_every_setting_exists_and_can_be_read(services: Mapping[str, Mapping[str, Any]]) -> None:
    for name, service in services.items():
        given = {key: value for key, value in service.get("environment", {}).items() if key.startswith("CASEWORK_")}
        if "build" not in service:
            assert not given
            continue
        values = {key.removeprefix("CASEWORK_").lower(): value for key, value in given.items()}
        kind = {"front": FrontSettings, "notary": NotarySettings}.get(name, Settings)
        assert values.keys() <= kind.model_fields.keys(), name
        kind.model_validate(values)


@pytest.mark.parametrize("service", SERVICES)
def test_the_url_of_a_service_is_where_it_listens(services: Mapping[str, Mapping[str, Any]], service: str) -> None:
    port = services[service]["environment"]["CASEWORK_PORT"]
    for asking in (*SERVICES, "front", "notary"):
        assert services[asking]["environment"][f"CASEWORK_{service.upper()}_URL"] == f"http://{service}:{port}"


def test_every_secret_a_service_is_pointed_at_is_mounted(services: Mapping[str, Mapping[str, Any]]) -> None:
    for name in ("migrate", *SERVICES):
        mounted = {secret["target"] for secret in services[name]["secrets"]}
        assert services[name]["environment"]["PGPASSFILE"] in mounted
        assert services[name]["environment"]["CASEWORK_SERVICE_KEY_FILE"] in mounted
    assert services["intake"]["environment"]["CASEWORK_KEY_FILE"] in {
        secret["target"] for secret in services["intake"]["secrets"]
    }
    assert "secrets" not in services["front"]
    # The notary signs what it sees of the databases from outside.
    notary = services["notary"]
    assert {secret["target"] for secret in notary["secrets"]} == {
        notary["environment"][f"CASEWORK_{name}_KEY_FILE"] for name in ("SERVICE", "CHECKPOINT")
    }
    assert "CASEWORK_DATABASE_URL" not in notary["environment"]
    assert services["followup"]["environment"]["CASEWORK_NOTARY_URL"].endswith(notary["environment"]["CASEWORK_PORT"])


def test_kafka_gets_all_that_one_node_needs(services: Mapping[str, Mapping[str, Any]]) -> None:
    """The image drops every default once one variable is set, and then does not start, or makes three copies."""
    given = services["kafka"]["environment"]
    replicated = ("OFFSETS_TOPIC", "TRANSACTION_STATE_LOG", "SHARE_COORDINATOR_STATE_TOPIC")
    assert all(given[f"KAFKA_{topic}_REPLICATION_FACTOR"] == "1" for topic in replicated)
    assert given["KAFKA_AUTO_CREATE_TOPICS_ENABLE"] == "false"
    listeners = {listener.partition("://")[0] for listener in given["KAFKA_LISTENERS"].split(",")}
    mapped = {pair.partition(":")[0] for pair in given["KAFKA_LISTENER_SECURITY_PROTOCOL_MAP"].split(",")}
    assert listeners == mapped == {given["KAFKA_INTER_BROKER_LISTENER_NAME"], given["KAFKA_CONTROLLER_LISTENER_NAMES"]}
    assert given["KAFKA_CONTROLLER_QUORUM_VOTERS"] == f"{given['KAFKA_NODE_ID']}@kafka:9093"
    assert given["KAFKA_LOG_DIRS"] in {volume["target"] for volume in services["kafka"]["volumes"]}


def test_the_image_installs_every_distribution() -> None:
    members = {"./shared"} | {
        f"./services/{path.parent.name}" for path in (REPOSITORY / "services").glob("*/pyproject.toml")
    }
    installed = re.findall(r"\./\S+", (DEPLOY / "Dockerfile").read_text())
    assert sorted(installed) == sorted(members)


def test_what_builds_the_distributions_is_locked_with_hashes() -> None:
    locked = (REPOSITORY / "requirements" / "dev.txt").read_text()
    for member in ("shared", *(f"services/{service}" for service in SERVICES)):
        wanted = tomllib.loads((REPOSITORY / member / "pyproject.toml").read_text())["build-system"]["requires"]
        assert all(re.search(rf"^{name}==\S+ \\\n    --hash=", locked, re.MULTILINE) for name in wanted), member


class TestSecrets:
    @pytest.fixture
    def secrets(self, copy: Path) -> Path:
        subprocess.run(["sh", copy / "secrets.sh"], timeout=30, check=True)
        return copy / "secrets"

    def test_every_file_that_is_mounted_is_made_for_one_reader(self, secrets: Path) -> None:
        files = (DEPLOY / "compose.yaml", DEPLOY / "webhooks.yaml")
        mounted = [name for file in files for name in re.findall(r"file: secrets/(\w+)", file.read_text())]
        assert {path.name for path in secrets.iterdir()} == set(mounted)
        assert {stat.S_IMODE(path.stat().st_mode) for path in secrets.iterdir()} == {0o600}
        # The containers run as the files' owner: the image's user when root made them, else the one in .env.
        own = os.geteuid() or 10001
        assert {path.stat().st_uid for path in secrets.iterdir()} == {own}
        said = (secrets.parent / ".env").read_text() if os.geteuid() else "CASEWORK_UID=10001\n"
        assert f"CASEWORK_UID={own}\n" in said

    def test_a_second_time_changes_nothing(self, secrets: Path) -> None:
        before = {path.name: path.read_bytes() for path in secrets.iterdir()}
        subprocess.run(["sh", secrets.parent / "secrets.sh"], timeout=30, check=True)
        assert {path.name: path.read_bytes() for path in secrets.iterdir()} == before

    def test_the_keys_are_what_casework_reads(self, secrets: Path) -> None:
        KeyFile.load(secrets / "key")
        assert re.fullmatch(r"cw_[a-z2-7]{8}_[A-Za-z0-9_-]{43}", (secrets / "service_key").read_text())

    async def test_the_password_file_opens_the_database(
        self, secrets: Path, postgres_server: PostgresServer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        password = (secrets / "postgres_password").read_text()
        address = postgres_server.url.partition("@")[2]
        superuser = await asyncpg.connect(postgres_server.url)
        try:
            await superuser.execute(f"CREATE ROLE casework LOGIN PASSWORD '{password}'")
            monkeypatch.setenv("PGPASSFILE", str(secrets / "pgpass"))
            engine = admin_engine(f"postgresql://casework@{address}")
            try:
                async with engine.connect() as connection:
                    assert (await connection.execute(text("select current_user"))).scalar_one() == "casework"
            finally:
                await engine.dispose()
        finally:
            await superuser.execute("DROP ROLE IF EXISTS casework")
            await superuser.close()
