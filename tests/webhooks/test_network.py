"""One try over a real network: to the checked address, by TLS for the name, and no further."""

from __future__ import annotations

import asyncio
import socket
import ssl
import threading
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from tests.webhooks.receiver import Receiver, receiving

from casework.followup.webhooks.addresses import Address, Reach
from casework.followup.webhooks.sender import ANSWER_BYTES, Sender

NAME = "hooks.example"
HERE = Reach(loopback=True)


async def here(_host: str, _port: int) -> Sequence[Address]:
    """Every name is this machine."""
    return [IPv4Address("127.0.0.1")]


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A certificate for `NAME` that signs itself, with its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, NAME)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(NAME)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = tmp_path / "certificate.pem"
    file.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return file


@pytest.fixture
def names() -> list[str]:
    """What clients ask for by SNI."""
    return []


@pytest_asyncio.fixture
async def secure(certificate: Path, names: list[str]) -> AsyncIterator[Receiver]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)

    def note(_socket: object, name: str | None, _context: object) -> None:
        names.append(name or "")

    context.sni_callback = note
    async with receiving(context=context) as receiver:
        yield receiver


async def test_tls_and_host_are_for_the_name_and_the_connection_for_the_address(
    secure: Receiver, certificate: Path, names: list[str]
) -> None:
    trusting = ssl.create_default_context(cafile=str(certificate))
    answer = await Sender(HERE, resolve=here, context=trusting).post(
        f"https://{NAME}:{secure.port}/a?b=c", {"webhook-id": "msg_1"}, b"{}"
    )
    assert (answer.status, answer.reason) == (204, "answered")
    assert names == [NAME]
    assert secure.came[0].line == "POST /a?b=c HTTP/1.1"
    assert secure.came[0].headers["host"] == f"{NAME}:{secure.port}"


async def test_a_certificate_of_nobody_known_or_for_another_name_is_not_spoken_to(
    secure: Receiver, certificate: Path
) -> None:
    trusting = ssl.create_default_context(cafile=str(certificate))
    for sender, name in (
        (Sender(HERE, resolve=here), NAME),
        (Sender(HERE, resolve=here, context=trusting), "other.example"),
    ):
        answer = await sender.post(f"https://{name}:{secure.port}/", {}, b"{}")
        assert (answer.status, answer.reason) == (None, "tls")
    assert secure.came == []


async def test_no_proxy_of_the_environment_is_asked(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    async with receiving() as proxy:
        for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        assert (await Sender(HERE).post(receiver.url, {}, b"{}")).taken
        assert proxy.connections == 0


async def test_of_a_long_answer_no_more_is_read_than_64_kb(receiver: Receiver) -> None:
    receiver.body = b"x" * 50_000_000
    answer = await Sender(HERE).post(receiver.url, {}, b"{}")
    assert answer.taken
    assert answer.milliseconds < 2_000
    assert ANSWER_BYTES == 65_536


async def test_names_that_nobody_answers_for_hold_up_no_other_lookup(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    really, answers, asked = socket.getaddrinfo, threading.Event(), Counter[str]()

    def hangs_for_slow(host: str, *args: Any, **more: Any) -> Any:
        if host.endswith(".slow.example"):
            asked[host] += 1
            answers.wait(30)
            raise socket.gaierror
        return really(host, *args, **more)

    monkeypatch.setattr(socket, "getaddrinfo", hangs_for_slow)
    sender = Sender(HERE, time_s=20)
    posts = [asyncio.create_task(sender.post(f"https://{n % 8}.slow.example/", {}, b"{}")) for n in range(16)]
    try:
        async with asyncio.timeout(5):
            while len(asked) < 8:
                await asyncio.sleep(0.01)
            assert (await sender.post(f"http://localhost:{receiver.port}/", {}, b"{}")).taken
            assert await asyncio.get_running_loop().getaddrinfo("localhost", 1)
            # A try that is over leaves its lookup to the next one of that name.
            brief = Sender(HERE, time_s=0.05)
            again = [await brief.post("https://again.slow.example/", {}, b"{}") for _ in range(3)]
            assert [each.reason for each in again] == ["too-slow"] * 3
    finally:
        answers.set()
    assert {(await each).reason for each in posts} == {"no-address"}
    assert set(asked.values()) == {1}


async def test_what_does_not_speak_http_is_a_failure(receiver: Receiver) -> None:
    async with receiving() as odd:
        odd.answer = lambda _came: (99_999, {})
        assert (await Sender(HERE).post(odd.url, {}, b"{}")).reason == "not-http"
    assert (await Sender(HERE).post(odd.url, {}, b"{}")).reason == "not-connected"
