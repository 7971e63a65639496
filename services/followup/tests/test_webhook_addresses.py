"""Where webhooks go: only to public addresses, whatever the URL looks like and whatever its name resolves to."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Sequence
from ipaddress import ip_address
from typing import Any

import httpcore2
import pytest
import pytest_asyncio

from casework.followup.webhooks.addresses import BadUrl, Reach, networks_of
from casework.followup.webhooks.sender import Sender

PRIVATE = (
    *("0.0.0.0", "0.1.2.3", "10.0.0.1", "10.255.255.255", "100.64.0.1", "100.127.255.254", "127.0.0.1", "127.8.8.8"),
    *("169.254.1.1", "169.254.169.254", "169.254.170.2", "172.16.0.1", "172.31.255.255", "192.0.0.1", "192.0.0.192"),
    *("192.0.2.1", "192.88.99.1", "192.168.0.1", "198.18.0.1", "198.19.255.255", "198.51.100.7", "203.0.113.9"),
    *("224.0.0.1", "239.255.255.250", "240.0.0.1", "255.255.255.255", "100.100.100.200", "168.63.129.16"),
    *("::", "::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:8.8.8.8", "::127.0.0.1", "64:ff9b::7f00:1"),
    *("64:ff9b::8.8.8.8", "64:ff9b:1::a00:1", "100::1", "fc00::1", "fd00:ec2::254", "fe80::1", "fec0::1", "ff02::1"),
    *("2001::1", "2001:0:4136:e378:8000:63bf:3fff:fdd2", "2001:2::1", "2001:10::1", "2001:20::1", "2001:db8::1"),
    *("2002:7f00:1::1", "2002:a00:1::", "3fff::1", "5f00::1", "4000::1"),
)
PUBLIC = (
    "8.8.8.8",
    "1.1.1.1",
    "93.184.215.14",
    "172.32.0.1",
    "100.128.0.1",
    "2606:4700::6810:84e5",
    "2a00:1450:4001::",
)
NO_URLS = (
    # Other ways to write an address of this machine or of the network.
    *("https://2130706433/", "https://0x7f000001/", "https://0x7f.0.0.1/", "https://0177.0.0.1/", "https://127.1/"),
    *(
        "https://127.0.1/",
        "https://017700000001/",
        "https://0/",
        "https://127.0.0.1./",
        "https://0x7f.1/",
        "https://1/",
    ),
    *("https://[::1]/", "https://[::ffff:127.0.0.1]/", "https://[::ffff:7f00:1]/", "https://[0:0:0:0:0:ffff:a00:1]/"),
    *("https://[fe80::1%25eth0]/", "https://[fe80::1%eth0]/", "https://[64:ff9b::127.0.0.1]/", "https://[::]/"),
    *("https://127.0.0.1/", "https://127.0.0.1:8443/", "https://10.1.2.3/", "https://192.168.1.1/hooks"),
    *("https://169.254.169.254/latest/meta-data/", "https://[fd00:ec2::254]/latest/", "https://100.100.100.200/"),
    *("https://①②⑦.⓪.⓪.①/", "https://127。0。0。1/", "https://ⓔxample.com/", "https://example.com%2f@127.0.0.1/"),
    # Users, fragments, ports, schemes.
    *("https://user@example.com/", "https://user:password@example.com/", "https://example.com@127.0.0.1/"),
    *("https://127.0.0.1\\@example.com/", "https://example.com#@127.0.0.1/", "https://example.com/#x"),
    *("https://example.com:22/", "https://example.com:25/", "https://example.com:0/", "https://example.com:65536/"),
    *("https://example.com:/", "https://example.com:-1/", "https://example.com:80/", "https://example.com:abc/"),
    *("http://example.com/", "http://127.0.0.1/", "ftp://example.com/", "file:///etc/passwd", "gopher://x/_", "//x/"),
    *("https:example.com", "https:///path", "https://", "example.com", "javascript:alert(1)", "https://exa mple.com/"),
    *(
        "https://example.com/\r\nhost: x",
        "https://example.com/\x00",
        "https://-a.example/",
        "https://a..b/",
        "https://*/",
    ),
    *("https://[::1/", "https://]/", "https://" + "a" * 64 + ".example/", "https://example.com/" + "a" * 2_000),
)


@pytest.fixture
def connections(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every address that somebody tried to connect to. Nobody gets there."""
    tried: list[str] = []

    async def connect_tcp(_self: Any, host: str, port: int, **_options: Any) -> httpcore2.AsyncNetworkStream:
        tried.append(f"{host}:{port}")
        raise httpcore2.ConnectError("a test")

    monkeypatch.setattr(httpcore2.AnyIOBackend, "connect_tcp", connect_tcp)
    return tried


def resolving(*answers: Sequence[str]) -> Any:
    """A resolver that gives these answers one after the other, and the last one from then on."""
    left = list(answers)

    async def resolve(_host: str, _port: int) -> list[Any]:
        return list(map(ip_address, left.pop(0) if len(left) > 1 else left[0]))

    return resolve


def test_the_corpus_is_large_enough() -> None:
    assert len(set(NO_URLS)) >= 60


@pytest.mark.parametrize("url", NO_URLS)
async def test_no_connection_is_made_for_such_a_url(url: str, connections: list[str]) -> None:
    with pytest.raises(BadUrl):
        Reach().target(url)
    # Also where it lies in the table already, by whatever way; and with the system's own resolver.
    answer = await Sender(Reach()).post(url, {}, b"{}")
    assert (answer.status, answer.taken, connections) == (None, False, [])


@pytest.mark.parametrize("address", PRIVATE)
async def test_no_name_leads_to_an_address_that_is_not_public(address: str, connections: list[str]) -> None:
    assert not Reach().allows(ip_address(address))
    for found in ([address], ["8.8.8.8", address], [address, "8.8.8.8"]):
        sender = Sender(Reach(), resolve=resolving(found))
        answer = await sender.post("https://hooks.example/a", {}, b"{}")
        assert (answer.status, answer.reason, connections) == (None, "address-not-allowed", [])


@pytest.mark.parametrize("address", PUBLIC)
async def test_public_addresses_are_connected_to(address: str, connections: list[str]) -> None:
    answer = await Sender(Reach(), resolve=resolving([address])).post("https://hooks.example/a", {}, b"{}")
    assert (answer.reason, connections) == ("not-connected", [f"{address}:443"])


async def test_a_name_that_changes_its_mind_is_connected_to_where_it_was_checked(connections: list[str]) -> None:
    sender = Sender(Reach(), resolve=resolving(["8.8.8.8"], ["127.0.0.1"]))
    await sender.post("https://rebind.example/", {}, b"{}")
    assert connections == ["8.8.8.8:443"]
    answer = await sender.post("https://rebind.example/", {}, b"{}")
    assert (answer.reason, connections) == ("address-not-allowed", ["8.8.8.8:443"])


@pytest.mark.parametrize("name", ["localhost", "localhost.", "ip6-localhost"])
async def test_the_systems_own_names_are_judged_by_their_address(name: str, connections: list[str]) -> None:
    answer = await Sender(Reach()).post(f"https://{name}:8443/", {}, b"{}")
    assert answer.reason in ("address-not-allowed", "no-address")
    assert connections == []


async def test_a_setting_lets_webhooks_into_named_networks_and_no_further(connections: list[str]) -> None:
    reach = Reach(networks_of("10.1.0.0/16, fd00:1::/48"))
    for url in ("https://10.1.2.3/", "https://[fd00:1::7]/"):
        await Sender(reach).post(url, {}, b"{}")
    assert connections == ["10.1.2.3:443", "fd00:1::7:443"]
    for url in ("https://10.2.0.1/", "https://127.0.0.1/", "http://10.1.2.3/", "https://[::ffff:10.1.2.3]/"):
        with pytest.raises(BadUrl):
            reach.target(url)
    with pytest.raises(ValueError, match="does not appear"):
        networks_of("10.1")


async def test_plain_http_is_for_this_machine_alone(connections: list[str]) -> None:
    reach = Reach(loopback=True)
    await Sender(reach).post("http://127.0.0.1:8001/", {}, b"{}")
    assert connections == ["127.0.0.1:8001"]
    answer = await Sender(reach, resolve=resolving(["8.8.8.8"])).post("http://localhost/", {}, b"{}")
    assert (answer.reason, connections) == ("plain-http", ["127.0.0.1:8001"])
    for url in ("http://8.8.8.8/", "http://hooks.example/"):
        with pytest.raises(BadUrl):
            reach.target(url)


@pytest_asyncio.fixture
async def silent() -> AsyncIterator[int]:
    """A port on which somebody takes connections and says nothing."""

    async def say_nothing(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        await reader.read()

    server = await asyncio.start_server(say_nothing, "127.0.0.1", 0, family=socket.AF_INET)
    yield server.sockets[0].getsockname()[1]
    server.close()


async def test_who_says_nothing_is_not_waited_for_longer_than_the_limit(silent: int) -> None:
    sender = Sender(Reach(loopback=True), time_s=0.2)
    answer = await sender.post(f"http://127.0.0.1:{silent}/", {}, b"{}")
    assert (answer.status, answer.reason) == (None, "too-slow")
    assert 150 <= answer.milliseconds < 5_000
