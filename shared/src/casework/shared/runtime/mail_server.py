"""Where mail is handed over: the address of an SMTP server, as a setting."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args
from urllib.parse import parse_qs, unquote, urlsplit

Tls: TypeAlias = Literal["implicit", "required", "offered", "off"]
StartTls: TypeAlias = Literal["required", "offered", "off"]
_PORTS = {"smtp": 25, "smtps": 465}
_HERE = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True, slots=True)
class MailServer:
    """`tls` is `implicit` (from the first byte), or whether STARTTLS is `required`, used where `offered`, or `off`."""

    host: str
    port: int
    tls: Tls
    user: str | None = None
    password: str | None = None

    def __repr__(self) -> str:
        return f"MailServer({self.host}:{self.port}, {self.tls})"


def parse_smtp_url(url: str) -> MailServer:
    """The server of `smtp://[user[:password]@]host[:port][?starttls=required|offered|off]` or of `smtps://...`.

    STARTTLS is required, except by a server on this machine. Raises ValueError, which never quotes the URL, for
    anything else, and for a user whose password would travel in plain text.
    """
    parts = urlsplit(url)
    try:
        port = parts.port
    except ValueError:
        # Its text quotes what stands after the colon, which may be a password.
        raise ValueError("the port is no number; write what is special in a password as %2F and the like") from None
    if parts.scheme not in _PORTS or not parts.hostname or parts.path not in ("", "/") or parts.fragment:
        raise ValueError("write smtp://host:port or smtps://host:port, with user:password@ before the host if needed")
    here = parts.hostname in _HERE
    asked = parse_qs(parts.query, keep_blank_values=True)
    chosen = asked.pop("starttls", ["off" if here else "required"])[-1]
    if asked or chosen not in get_args(StartTls) or (parts.scheme == "smtps" and "starttls" in parts.query):
        raise ValueError("after the ? only starttls=required, offered or off is known, and not with smtps://")
    tls: Tls = "implicit"
    if parts.scheme == "smtp":
        tls = "required" if chosen == "required" else "offered" if chosen == "offered" else "off"
    if parts.username and tls in ("offered", "off") and not here:
        raise ValueError("with a user name the connection must be encrypted: use smtps:// or starttls=required")
    return MailServer(
        host=parts.hostname,
        port=port or _PORTS[parts.scheme],
        tls=tls,
        user=unquote(parts.username) if parts.username else None,
        password=unquote(parts.password) if parts.password else None,
    )
