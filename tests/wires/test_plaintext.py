"""Nothing leaves this machine in plain text unless somebody said so."""

from __future__ import annotations

import ast
import asyncio
import os
import subprocess
import sys
from collections.abc import Awaitable
from pathlib import Path
from typing import Any

import pytest
from faststream.kafka.security import parse_security
from pydantic import SecretStr, ValidationError

from casework.shared.errors import PlaintextRefused
from casework.shared.http.export import described_runtimes
from casework.shared.runtime.database import admin_engine, service_engine
from casework.shared.runtime.messaging import kafka_security
from casework.shared.runtime.settings import Settings
from casework.shared.runtime.wires import WireSettings, database_wire, kafka_wire
from casework.shared.testing.authority import Authority

HERE = "postgresql://casework@127.0.0.1:5432/casework"
AWAY = "postgresql://casework@db.example:5432/casework"


def settings(tmp_path: Path, database: str = HERE, kafka: str = "127.0.0.1:9092", **more: object) -> Settings:
    given = {"key_file": tmp_path / "key", "service_key_file": tmp_path / "credential", **more}
    return Settings.model_validate({"database_url": SecretStr(database), "kafka_servers": kafka, **given})


@pytest.mark.parametrize("servers", ("127.0.0.1:9092", "localhost:9092,[::1]:9093", "127.8.8.8:1"))
def test_this_machine_may_be_talked_to_plainly(tmp_path: Path, servers: str) -> None:
    assert kafka_security(settings(tmp_path, kafka=servers)) == {}


@pytest.mark.parametrize(
    "servers", ("kafka:9092", "127.0.0.1:9092,kafka:9092", "10.0.0.7:9092", "127.0.0.1.evil:9092", "[::2]:9092")
)
def test_a_broker_elsewhere_needs_tls_or_a_word(tmp_path: Path, servers: str) -> None:
    for refused in (lambda: settings(tmp_path, kafka=servers), lambda: kafka_wire(WireSettings(), servers)):
        with pytest.raises(ValueError, match=r"CASEWORK_KAFKA_TLS=true.*CASEWORK_ALLOW_PLAINTEXT=1"):
            refused()
    assert kafka_security(settings(tmp_path, kafka=servers, allow_plaintext=True)) == {}
    assert kafka_security(settings(tmp_path, kafka=servers, kafka_tls=True))["security_protocol"] == "SSL"


@pytest.mark.parametrize(
    "url", (HERE, HERE.replace("127.0.0.1", "localhost"), HERE.replace("127.0.0.1", "[::1]"),
            "postgresql://casework@/casework?host=/run/postgresql")
)  # fmt: skip
def test_a_database_of_this_machine_may_be_talked_to_plainly(url: str) -> None:
    assert database_wire(url)[1] == {}


@pytest.mark.parametrize("url", (AWAY, AWAY + "?sslmode=disable", HERE + "?host=db.example"))
def test_a_database_elsewhere_needs_tls_or_a_word(tmp_path: Path, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for refused in (lambda: settings(tmp_path, url), lambda: admin_engine(url), lambda: database_wire(url)):
        with pytest.raises(ValueError, match=r"sslmode=verify-full.*CASEWORK_ALLOW_PLAINTEXT=1"):
            refused()
    own: dict[str, Any] = {"investigation_database_url": SecretStr(url)}
    with pytest.raises(ValidationError, match=r"db\.example"):
        settings(tmp_path, **own)
    monkeypatch.setenv("CASEWORK_ALLOW_PLAINTEXT", "1")
    assert "sslmode" not in database_wire(url)[0].query
    settings(tmp_path, url, **own)


@pytest.mark.parametrize("nameless", ("postgresql://casework@/casework", "postgresql://casework@:5432/casework"))
@pytest.mark.parametrize("variable", ("db.example", "127.0.0.1,db.example", "/run/postgresql,db.example"))
def test_a_host_that_the_environment_names_counts_like_one_of_the_url(
    tmp_path: Path, nameless: str, variable: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The driver goes there; a URL without a host is no promise that the database is here."""
    monkeypatch.setenv("PGHOST", variable)
    for refused in (lambda: settings(tmp_path, nameless), lambda: admin_engine(nameless)):
        with pytest.raises(ValueError, match=r"db\.example.*sslmode=verify-full"):
            refused()
    # Whoever names a host means that one, in either place.
    assert database_wire(HERE)[1] == database_wire(nameless + "?host=127.0.0.1")[1] == {}
    monkeypatch.setenv("PGHOST", "localhost,/run/postgresql")
    assert database_wire(nameless)[1] == {}


@pytest.mark.parametrize("mode", ("require", "prefer", "allow", "verify-ca"))
def test_a_mode_that_does_not_check_the_name_is_refused(mode: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(PlaintextRefused, match="does not check whom"):
        service_engine(f"{AWAY}?sslmode={mode}", "intake", pool_size=2)
    monkeypatch.setenv("PGSSLMODE", mode)
    with pytest.raises(PlaintextRefused, match="does not check whom"):
        admin_engine(AWAY)


def test_what_belongs_together_is_asked_for(tmp_path: Path) -> None:
    for wrong in (
        {"kafka_tls": True, "kafka_user": "intake"},
        {"kafka_user": "intake", "kafka_password_file": tmp_path},
        {"kafka_tls": True, "kafka_certificate_key_file": tmp_path},
        {"kafka_ca_file": tmp_path},
    ):
        with pytest.raises(ValidationError):
            settings(tmp_path, **wrong)


def test_every_client_of_the_broker_gets_the_same(tmp_path: Path) -> None:
    """FastStream has words of its own for it."""
    authority = Authority(tmp_path)
    own = authority.sign("intake")
    (tmp_path / "password").write_text("of the broker\n")
    chosen = settings(
        tmp_path,
        kafka="kafka.example:9093",
        kafka_tls=True,
        kafka_ca_file=authority.file,
        kafka_certificate_file=own.certificate,
        kafka_certificate_key_file=own.key,
        kafka_user="casework-intake",
        kafka_password_file=tmp_path / "password",
    )
    options = kafka_security(chosen)
    assert options.pop("ssl_context").check_hostname
    assert options == {
        "security_protocol": "SASL_SSL",
        "sasl_mechanism": "SCRAM-SHA-512",
        "sasl_plain_username": "casework-intake",
        "sasl_plain_password": "of the broker",
    }
    wire = kafka_wire(chosen, chosen.kafka_servers)
    assert "of the broker" not in repr(wire)
    for_faststream = parse_security(wire.faststream())
    assert for_faststream.pop("ssl_context") is wire.context
    assert for_faststream == options


@pytest.mark.parametrize(
    "command, variables",
    (
        (["run", "intake"], {"CASEWORK_DATABASE_URL": AWAY, "CASEWORK_KAFKA_SERVERS": "127.0.0.1:1"}),
        (["run", "intake"], {"CASEWORK_DATABASE_URL": HERE, "CASEWORK_KAFKA_SERVERS": "kafka:9092"}),
        (["migrate"], {"CASEWORK_DATABASE_URL": AWAY}),
        (["audit", "verify"], {"CASEWORK_DATABASE_URL": AWAY}),
    ),
)
def test_commands_say_what_to_do(tmp_path: Path, command: list[str], variables: dict[str, str]) -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("CASEWORK_")}
    if command[0] == "run":
        environment |= {"CASEWORK_KEY_FILE": "x", "CASEWORK_SERVICE_KEY_FILE": "x"}
    ran = subprocess.run(
        [sys.executable, "-m", "casework.shared.cli", *command],
        env=environment | variables,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ran.returncode == 2, ran.stderr
    assert "CASEWORK_ALLOW_PLAINTEXT=1" in ran.stderr
    assert "Traceback" not in ran.stderr


CLIENTS = ("AIOKafkaConsumer", "AIOKafkaProducer", "AIOKafkaAdminClient", "admin", "topic_reader", "ensure_topics")
ROOT = Path(__file__).parents[2]


def test_every_client_of_the_broker_is_given_the_options_of_the_wire() -> None:
    """A client that was made without them would speak plain text where everything else does not, or get nowhere."""
    bare, seen = [], 0
    for file in sorted(ROOT.glob("shared/src/**/*.py")) + sorted(ROOT.glob("services/*/src/**/*.py")):
        if "testing" in file.parts or file.name == "kafka_part.py":
            continue  # the embedded broker, which is on this machine and knows neither TLS nor users
        for call in ast.walk(ast.parse(file.read_text())):
            if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in CLIENTS:
                seen += 1
                if not any(word.arg is None for word in call.keywords):
                    bare.append(f"{file.relative_to(ROOT)}:{call.lineno}")
    assert seen > 10
    assert bare == []


HTTP_CLIENTS = ("AsyncClient", "Client")


def test_no_client_of_a_service_goes_by_the_proxy_of_the_environment() -> None:
    """What services say to each other bears their key, and what staff write in the clear."""
    trusting, seen = [], 0
    for file in sorted(ROOT.glob("shared/src/**/*.py")) + sorted(ROOT.glob("services/*/src/**/*.py")):
        if {"cli", "simulation"} & set(file.parts):
            continue  # a person's own command, and calls that leave no process
        for call in ast.walk(ast.parse(file.read_text())):
            if isinstance(call, ast.Call) and getattr(call.func, "attr", getattr(call.func, "id", "")) in HTTP_CLIENTS:
                seen += 1
                said = {word.arg: ast.unparse(word.value) for word in call.keywords}
                if said.get("trust_env") != "False":
                    trusting.append(f"{file.relative_to(ROOT)}:{call.lineno}")
    assert seen > 5
    assert trusting == []


async def test_what_a_service_asks_another_never_passes_a_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    got: dict[str, list[bytes]] = {"proxy": [], "service": []}

    def listen(who: str) -> Awaitable[asyncio.Server]:
        async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            got[who].append(await reader.readuntil(b"\r\n\r\n"))
            writer.write(b"HTTP/1.1 503 Away\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
            await writer.drain()
            writer.close()

        return asyncio.start_server(answer, "127.0.0.1", 0)

    async with await listen("proxy") as proxy, await listen("service") as service:
        (_, behind), (_, port) = (each.sockets[0].getsockname() for each in (proxy, service))
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{behind}")
        for name in ("NO_PROXY", "no_proxy"):
            monkeypatch.delenv(name, raising=False)
        (runtime,) = described_runtimes(["resolution"])
        answer = await runtime.http.get(f"http://127.0.0.1:{port}/v1/feeds/intake/heads")
        await runtime.http.aclose()
        await runtime.keys.aclose()
        await runtime.engine.dispose()
    assert answer.status_code == 503
    assert (len(got["proxy"]), len(got["service"])) == (0, 1)
