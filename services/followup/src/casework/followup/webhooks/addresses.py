"""Where a webhook may go: which URLs are taken, and which addresses are connected to.

Invariant: an address is public, or in a network that the settings name; every address that a name resolves to must be.
Names are judged by what they resolve to at the moment of connecting, never by how they look.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import TypeAlias
from urllib.parse import urlsplit

from casework.shared.errors import FieldError, InvalidMessage

Address: TypeAlias = IPv4Address | IPv6Address
Network: TypeAlias = IPv4Network | IPv6Network

LOOPBACK: tuple[Network, ...] = (ip_network("127.0.0.0/8"), ip_network("::1/128"))
LONGEST = 2_000
HTTPS_PORT = 443
FREE_PORTS = 1_024
"""From here on any port: below it services listen that were never meant for webhooks (25, 22, 53)."""

_PUBLIC6 = ip_network("2000::/3")
_CLOSED: tuple[Network, ...] = tuple(
    map(
        ip_network,
        (
            # IPv4, by the IANA registry of special-purpose addresses, and multicast.
            *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12"),
            *("192.0.0.0/24", "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24"),
            *("192.168.0.0/16", "192.175.48.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24"),
            *("224.0.0.0/4", "240.0.0.0/4"),
            # Alibaba Cloud and Azure answer for their metadata at addresses that look public.
            *("100.100.100.200/32", "168.63.129.16/32"),
            # IPv6 within 2000::/3: Teredo, benchmarking, ORCHID, documentation, 6to4, AS112. All else outside is shut.
            *("2001::/23", "2001:db8::/32", "2002::/16", "2620:4f:8000::/48", "3fff::/20"),
        ),
    )
)
_NUMERIC = re.compile(r"(0x[0-9a-f]*|[0-9]+)", re.IGNORECASE)
_LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9])?", re.IGNORECASE)


class BadUrl(InvalidMessage):
    """Webhooks are not sent to such a URL."""

    code = "bad-webhook-url"

    def __init__(self, why: str) -> None:
        super().__init__(f"webhooks cannot go there: {why}", (FieldError("/url", why),))


@dataclass(frozen=True, slots=True)
class Target:
    """A URL that was taken apart and found well-formed. `path` includes the query."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def literal(self) -> Address | None:
        """The address, where the host is one."""
        return _literal(self.host)


@dataclass(frozen=True, slots=True)
class Reach:
    """What may be reached beyond the public internet. `loopback` also allows plain http, to this machine alone."""

    networks: tuple[Network, ...] = ()
    loopback: bool = False

    def allows(self, address: Address) -> bool:
        """Whether a webhook may be sent to that address."""
        open_networks = (*self.networks, *(LOOPBACK if self.loopback else ()))
        if any(address in network for network in open_networks if network.version == address.version):
            return True
        if isinstance(address, IPv6Address) and (address.scope_id is not None or address not in _PUBLIC6):
            return False  # also IPv4-mapped, NAT64, link-local, unique local, multicast
        return not any(address in network for network in _CLOSED if network.version == address.version)

    def refused(self, target: Target, addresses: Iterable[Address]) -> str | None:
        """Why nothing is sent to `target`, whose name resolves to these; None where it may be."""
        found = list(addresses)
        if not found:
            return "no-address"
        if not all(map(self.allows, found)):
            return "address-not-allowed"
        if target.scheme == "http" and not all(map(_is_loopback, found)):
            return "plain-http"
        return None

    def target(self, url: str) -> Target:
        """Take a URL apart. Raises `BadUrl` for one that webhooks are never sent to."""
        target = _target(url)
        literal = target.literal
        here = target.host == "localhost" or (literal is not None and _is_loopback(literal))
        if target.scheme == "http" and not (self.loopback and here):
            raise BadUrl("it must be https")
        if literal is not None and self.refused(target, (literal,)) is not None:
            raise BadUrl("its address is not a public one")
        return target


def networks_of(text: str) -> tuple[Network, ...]:
    """The networks of a setting such as `10.1.0.0/16,fd00:1::/48`. Raises ValueError."""
    return tuple(ip_network(each.strip()) for each in text.split(",") if each.strip())


def _target(url: str) -> Target:
    if len(url) > LONGEST or not url.isascii() or not url.isprintable() or " " in url or "\\" in url:
        raise BadUrl(f"it must be at most {LONGEST} printable ASCII characters, a name of other letters as xn--")
    try:
        parts = urlsplit(url)
        port = parts.port
        host = parts.hostname
    except ValueError:
        raise BadUrl("it is not a URL") from None
    if parts.scheme not in ("https", "http") or "://" not in url or not host:
        raise BadUrl("it must be https://host/path")
    if "@" in parts.netloc:
        raise BadUrl("it must not hold a user or a password")
    if parts.fragment or "#" in url:
        raise BadUrl("it must not have a fragment")
    if parts.netloc.endswith(":"):
        raise BadUrl("its port is missing")
    port = port if port is not None else (HTTPS_PORT if parts.scheme == "https" else 80)
    if not (port >= FREE_PORTS or port == HTTPS_PORT or (port == 80 and parts.scheme == "http")):
        raise BadUrl(f"its port must be {HTTPS_PORT} or at least {FREE_PORTS}")
    if _literal(host) is None:
        _require_name(host, bracketed="[" in parts.netloc)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(parts.scheme, host, port, path)


def _require_name(host: str, *, bracketed: bool) -> None:
    labels = host.removesuffix(".").split(".")
    # Decimal, octal and hexadecimal forms of an IPv4 address: resolvers take them for one, so a name may not look so.
    if bracketed or _NUMERIC.fullmatch(labels[-1]):
        raise BadUrl("its host is neither a name nor an address in the usual form")
    if len(host) > 253 or not all(map(_LABEL.fullmatch, labels)):
        raise BadUrl("its host is not a name")


def _literal(host: str) -> Address | None:
    try:
        return ip_address(host)
    except ValueError:
        return None


def _is_loopback(address: Address) -> bool:
    return any(address in network for network in LOOPBACK if network.version == address.version)
