"""How a process talks to the broker and the database: in plain text on this machine, by TLS to every other.

Invariant: this is the one place that makes connection options, so nothing connects otherwise; a connection that
leaves this machine is encrypted and the other side's name is checked, or it is refused before it is made, unless
`CASEWORK_ALLOW_PLAINTEXT` says that the network between is trusted.
"""

from __future__ import annotations

import os
import ssl
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from pydantic import Field, model_validator
from sqlalchemy.engine import URL, make_url

from casework.shared.errors import PlaintextRefused
from casework.shared.runtime.from_environment import FromEnvironment

if TYPE_CHECKING:
    from faststream.security import BaseSecurity

MECHANISM = "SCRAM-SHA-512"
_TLS_WORDS = ("sslmode", "sslrootcert", "sslcert", "sslkey")
_CHECKED, _OFF = "verify-full", "disable"


class WireSettings(FromEnvironment):
    """The part of the settings that is about the lines to the broker and the database."""

    allow_plaintext: bool = Field(default=False, description="the network is trusted: plain text to other machines")
    kafka_tls: bool = Field(default=False, description="TLS to the broker, its name checked")
    kafka_ca_file: Path | None = Field(default=None, description="who signed the broker's certificate (PEM)")
    kafka_certificate_file: Path | None = Field(default=None, description="our certificate, for mutual TLS (PEM)")
    kafka_certificate_key_file: Path | None = Field(default=None, description="the key of our certificate (PEM)")
    kafka_user: str | None = Field(default=None, description="who we are to the broker: SCRAM-SHA-512")
    kafka_password_file: Path | None = Field(default=None, description="file with that user's password")

    @model_validator(mode="after")
    def _wires_are_whole(self) -> Self:
        if (self.kafka_user is None) != (self.kafka_password_file is None):
            raise ValueError("kafka_user and kafka_password_file belong together")
        if self.kafka_certificate_key_file is not None and self.kafka_certificate_file is None:
            raise ValueError("kafka_certificate_key_file needs kafka_certificate_file")
        if not self.kafka_tls and (self.kafka_user or self.kafka_ca_file or self.kafka_certificate_file):
            raise ValueError("a user, a CA or a certificate for the broker needs kafka_tls=true")
        return self


@dataclass(frozen=True, slots=True)
class KafkaWire:
    """The line to one broker."""

    context: ssl.SSLContext | None = None
    user: str | None = None
    password: str | None = None

    def __repr__(self) -> str:
        return f"KafkaWire(tls={self.context is not None}, user={self.user})"

    def options(self) -> dict[str, Any]:
        """For aiokafka's consumers, producers and admin clients."""
        if self.context is None:
            return {}
        options = {"security_protocol": "SSL", "ssl_context": self.context}
        if self.user is not None:
            options |= {
                "security_protocol": "SASL_SSL",
                "sasl_mechanism": MECHANISM,
                "sasl_plain_username": self.user,
                "sasl_plain_password": self.password,
            }
        return options

    def faststream(self) -> BaseSecurity | None:
        """The same for FastStream."""
        from faststream.security import BaseSecurity, SASLScram512

        if self.context is None:
            return None
        if self.user is None:
            return BaseSecurity(ssl_context=self.context)
        return SASLScram512(self.user, self.password or "", ssl_context=self.context)


def kafka_wire(settings: WireSettings, servers: str) -> KafkaWire:
    """The line to `servers`. Raises `PlaintextRefused`, and OSError for files that cannot be read."""
    refuse_plain_broker(settings, servers)
    if not settings.kafka_tls:
        return KafkaWire()
    context = ssl.create_default_context(cafile=settings.kafka_ca_file)
    if settings.kafka_certificate_file is not None:
        context.load_cert_chain(settings.kafka_certificate_file, settings.kafka_certificate_key_file)
    password = None if settings.kafka_password_file is None else settings.kafka_password_file.read_text().strip()
    return KafkaWire(context, settings.kafka_user, password)


def refuse_plain_broker(settings: WireSettings, servers: str) -> None:
    """Raises `PlaintextRefused` where records would go to another machine in plain text."""
    hosts = (server.strip().rpartition(":")[0] or server.strip() for server in servers.split(","))
    away = _away(hosts)
    if away is not None and not settings.kafka_tls and not settings.allow_plaintext:
        raise PlaintextRefused(
            f"the broker at {away} is another machine, and what complainants wrote would go there in plain text:"
            " set CASEWORK_KAFKA_TLS=true (and CASEWORK_KAFKA_CA_FILE, CASEWORK_KAFKA_USER), or, on a network that"
            " nobody else is on, CASEWORK_ALLOW_PLAINTEXT=1"
        )


def database_wire(url: str) -> tuple[URL, Mapping[str, Any]]:
    """The URL without its words about TLS, and the driver's arguments for them.

    `sslmode`, `sslrootcert`, `sslcert` and `sslkey` are written as for libpq, in the URL or as `PGSSLMODE` and so on;
    of the modes only those that mean something are taken. Raises `PlaintextRefused`.
    """
    parsed = make_url(url)
    said = {name: _last(parsed.query.get(name)) or os.environ.get(f"PG{name.upper()}") for name in _TLS_WORDS}
    parsed = parsed.difference_update_query(_TLS_WORDS)
    mode = said["sslmode"]
    if mode not in (None, _CHECKED, _OFF):
        raise PlaintextRefused(
            f"sslmode={mode} does not check whom it talks to: write sslmode={_CHECKED} and sslrootcert=FILE in the"
            " database's URL"
        )
    if mode == _CHECKED:
        root = said["sslrootcert"]
        context = ssl.create_default_context(cafile=None if root in (None, "system") else root)
        if said["sslcert"] is not None:
            context.load_cert_chain(said["sslcert"], said["sslkey"])
        return parsed, {"ssl": context}
    refuse_plain_database(url)
    return parsed, {"ssl": False} if mode == _OFF else {}


def refuse_plain_database(url: str) -> None:
    """Raises `PlaintextRefused` where the record would go to another machine in plain text."""
    parsed = make_url(url)
    mode = _last(parsed.query.get("sslmode")) or os.environ.get("PGSSLMODE")
    named = ",".join(filter(None, [parsed.host, *_all(parsed.query.get("host"))]))
    # Where the URL names no host, the driver goes where this variable says, like libpq.
    away = _away((named or os.environ.get("PGHOST", "")).split(","))
    if mode != _CHECKED and away is not None and not WireSettings().allow_plaintext:
        raise PlaintextRefused(
            f"the database at {away} is another machine, and the record would go there in plain text: write"
            f" sslmode={_CHECKED} and sslrootcert=FILE in its URL, or, on a network that nobody else is on, set"
            " CASEWORK_ALLOW_PLAINTEXT=1"
        )


def _away(hosts: Iterable[str]) -> str | None:
    """The first of `hosts` that is not this machine; a path is a socket of this machine."""
    for host in hosts:
        bare = host.removeprefix("[").removesuffix("]")
        if not bare or bare.startswith("/") or bare == "localhost":
            continue
        try:
            if ip_address(bare).is_loopback:
                continue
        except ValueError:
            pass
        return bare
    return None


def _all(value: str | tuple[str, ...] | None) -> tuple[str, ...]:
    return () if value is None else (value,) if isinstance(value, str) else value


def _last(value: str | tuple[str, ...] | None) -> str | None:
    return (_all(value) or (None,))[-1]
