"""An SMTP server on this machine that keeps what it takes, and breaks where a test wants it to."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session

Answer = Callable[[str], str | None]


@dataclass(slots=True)
class PostOffice:
    """`taken` holds the letters, in order. `rcpt` and `data` may give another answer than 250 for an address.

    `gone_before_answer` makes the server take a letter and vanish without saying so. While `may_answer` is not set, it
    takes letters and says nothing yet."""

    port: int = 0
    taken: list[EmailMessage] = field(default_factory=list)
    to: list[str] = field(default_factory=list)
    rcpt: Answer = lambda _address: None
    data: Answer = lambda _address: None
    gone_before_answer: bool = False
    may_answer: asyncio.Event = field(default_factory=asyncio.Event)
    _server: asyncio.Server | None = None
    _sessions: list[SMTP] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    async def open(self) -> None:
        """Listen; on the same port again after `shut`."""
        self.may_answer.set()
        listening = socket.socket()
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(("127.0.0.1", self.port))
        self.port = listening.getsockname()[1]
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(self._session, sock=listening)

    async def shut(self) -> None:
        """Listen no more, and end every session."""
        if self._server is not None:
            self._server.close()
            self._server = None
        for session in self._sessions:
            transport: Any = session.transport
            if transport is not None:
                transport.abort()
        self._sessions.clear()

    def _session(self) -> SMTP:
        session = SMTP(self, hostname="post-office.test", enable_SMTPUTF8=False)
        self._sessions.append(session)
        return session

    async def handle_RCPT(  # noqa: N802  (aiosmtpd's name)
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if answer := self.rcpt(address):
            return answer
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        (address,) = envelope.rcpt_tos
        if answer := self.data(address):
            return answer
        content: Any = envelope.content
        self.taken.append(message_from_bytes(content, policy=default))
        self.to.append(address)
        if self.gone_before_answer:
            transport: Any = server.transport
            transport.abort()
        await self.may_answer.wait()
        return "250 OK"
