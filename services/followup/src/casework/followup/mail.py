"""Notices by mail: one SMTP session, one letter at a time.

Invariant: until the end of the letter's text has been sent, the server surely does not have it; an answer after it is
the truth; no answer after it means that nobody knows.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP as SMTP_POLICY
from email.utils import format_datetime

import aiosmtplib

from casework.followup.channel import ChannelAway, NotTaken, Outcome, Refused, Taken, Unknown
from casework.followup.letters import Letter
from casework.shared.runtime.mail_server import MailServer

TIMEOUT_S = 20.0
"""How long one answer of the server may take."""
SEND_S = 60.0
"""How long one letter may take altogether."""


class Mail:
    """A channel to one SMTP server. `sender` is the address in From and on the envelope."""

    name = "mail"

    def __init__(self, server: MailServer, sender: str) -> None:
        self._server, self._sender = server, sender
        self._session: aiosmtplib.SMTP | None = None

    async def open(self) -> None:
        if self._session is not None and self._session.is_connected:
            return
        server = self._server
        session = aiosmtplib.SMTP(
            hostname=server.host,
            port=server.port,
            username=server.user,
            password=server.password,
            timeout=TIMEOUT_S,
            use_tls=server.tls == "implicit",
            start_tls={"required": True, "offered": None, "off": False, "implicit": False}[server.tls],
        )
        try:
            async with asyncio.timeout(SEND_S):
                await session.connect()
                # A connection may be there whose server is not: only its answer shows that.
                await session.ehlo()
        except (aiosmtplib.SMTPException, OSError, TimeoutError) as error:
            session.close()
            raise ChannelAway(_code(error)) from error
        self._session = session

    async def send(self, letter: Letter) -> Outcome:
        session = self._session
        if session is None or not session.is_connected:
            return NotTaken("not-connected")
        message = _message(letter, self._sender)
        try:
            async with asyncio.timeout(SEND_S):
                await session.mail(self._sender)
                await session.rcpt(letter.to)
        except aiosmtplib.SMTPRecipientRefused as error:
            await self._reset()
            return _refused(error)
        except (aiosmtplib.SMTPException, OSError, TimeoutError) as error:
            # Also where the server does not want this sender: that is no fault of the letter's.
            await self.close()
            return NotTaken(_code(error))
        try:
            async with asyncio.timeout(SEND_S):
                await session.data(message)
        except aiosmtplib.SMTPDataError as error:
            await self._reset()
            return _refused(error)
        except (aiosmtplib.SMTPException, OSError, TimeoutError) as error:
            await self.close()
            return Unknown(_code(error))
        return Taken()

    async def close(self) -> None:
        session, self._session = self._session, None
        if session is None:
            return
        with suppress(aiosmtplib.SMTPException, OSError, TimeoutError):
            async with asyncio.timeout(2.0):
                await session.quit()
        session.close()

    async def _reset(self) -> None:
        try:
            async with asyncio.timeout(TIMEOUT_S):
                if self._session is not None:
                    await self._session.rset()
        except (aiosmtplib.SMTPException, OSError, TimeoutError):
            await self.close()


def _message(letter: Letter, sender: str) -> bytes:
    message = EmailMessage(policy=SMTP_POLICY)
    message["From"] = sender
    message["To"] = letter.to
    message["Subject"] = letter.subject
    message["Date"] = format_datetime(datetime.now(UTC))
    message["Message-ID"] = f"<{letter.id}@{sender.rpartition('@')[2]}>"
    message["Content-Language"] = letter.language
    # So that no out-of-office answer comes back.
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(letter.body)
    return message.as_bytes()


def _refused(error: aiosmtplib.SMTPResponseException) -> Outcome:
    return Refused(_code(error)) if error.code >= 500 else NotTaken(_code(error))


def _code(error: Exception) -> str:
    """The server's number, or the class of what went wrong; never its text, which quotes addresses."""
    return str(error.code) if isinstance(error, aiosmtplib.SMTPResponseException) else type(error).__name__
