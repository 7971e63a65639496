"""One try of one delivery, over the network.

Invariant: a name is resolved once, every address it has is checked, and the connection goes to a checked address and
nowhere else, whatever the name resolves to a moment later. No redirect is followed, no proxy of the environment used,
no connection kept for another request; a try ends after `TIME_S`, whatever the other side does.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
import threading
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from ipaddress import ip_address
from typing import TypeAlias

import httpcore2

from casework.followup.webhooks.addresses import Address, BadUrl, Reach, Target

TIME_S = 15.0
ANSWER_BYTES = 65_536
ANSWER_S = 2.0
"""The status decides. What follows it is read for so long at most, so that an orderly receiver can finish."""
AGENT = "casework-webhooks/1"

Resolve: TypeAlias = Callable[[str, int], Awaitable[Sequence[Address]]]


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of a try: the status that was answered, or none; a word for it; and what Retry-After said."""

    status: int | None
    reason: str
    milliseconds: int
    retry_after: str | None = None

    @property
    def taken(self) -> bool:
        """Whether the receiver has it."""
        return self.status is not None and 200 <= self.status < 300

    @property
    def gone(self) -> bool:
        """Whether the receiver wants nothing any more."""
        return self.status == 410


class Lookups:
    """Every address of a name, as the system resolves it, in threads of its own.

    A lookup cannot be cancelled, and takes as long as a dead name server lets it. In the loop's pool a few of those
    would hold up every other lookup of the process, that of the database among them. Of one name there is one under
    way at most, whoever waits for it. The threads end with the process, which does not wait for them.
    """

    def __init__(self) -> None:
        self._under_way: dict[tuple[str, int], asyncio.Future[Sequence[Address]]] = {}

    async def __call__(self, host: str, port: int) -> Sequence[Address]:
        """Raises OSError, and ValueError for what is no name."""
        loop, name = asyncio.get_running_loop(), (host.lower(), port)
        found = self._under_way.get(name)
        if found is None:
            found = loop.create_future()
            threading.Thread(target=_look_up, args=(loop, found, *name), name="webhook lookup", daemon=True).start()
            self._under_way[name] = found
            found.add_done_callback(partial(self._ended, name))
        return await asyncio.shield(found)

    def _ended(self, name: tuple[str, int], found: asyncio.Future[Sequence[Address]]) -> None:
        del self._under_way[name]
        found.exception()  # nobody may be waiting any more, and that is no fault


def _look_up(loop: asyncio.AbstractEventLoop, found: asyncio.Future[Sequence[Address]], host: str, port: int) -> None:
    answer: Callable[[], None]
    try:
        rows = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        answer = partial(found.set_result, list(dict.fromkeys(ip_address(each[4][0]) for each in rows)))
    except (OSError, ValueError) as error:
        answer = partial(found.set_exception, error)
    with suppress(RuntimeError):  # the loop has ended meanwhile, and with it whoever waited
        loop.call_soon_threadsafe(answer)


class Sender:
    """Posts deliveries. `resolve` and `context` are the system's unless a test brings its own."""

    def __init__(
        self,
        reach: Reach,
        *,
        resolve: Resolve | None = None,
        context: ssl.SSLContext | None = None,
        time_s: float = TIME_S,
    ) -> None:
        self.reach = reach
        self._resolve, self._time_s = resolve or Lookups(), time_s
        self._context = context or ssl.create_default_context()

    async def post(self, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """Make one try. Raises nothing of its own."""
        began = time.monotonic()
        status, after = None, None
        try:
            async with asyncio.timeout(self._time_s):
                status, after = await self._post(self.reach.target(url), headers, body)
            reason = "answered" if 200 <= status < 300 else "redirect" if 300 <= status < 400 else "refused"
        except BadUrl:
            reason = "bad-url"
        except _NotSent as not_sent:
            reason = not_sent.reason
        except (TimeoutError, httpcore2.TimeoutException):
            reason = "too-slow"
        except ssl.SSLError:
            reason = "tls"
        except httpcore2.NetworkError as error:
            reason = "tls" if _by_tls(error) else "not-connected"
        except OSError:
            reason = "not-connected"
        except httpcore2.ProtocolError:
            reason = "not-http"
        return Answer(status, reason, round((time.monotonic() - began) * 1_000), after)

    async def _post(self, target: Target, headers: Mapping[str, str], body: bytes) -> tuple[int, str | None]:
        addresses = await self._addresses(target)
        async with httpcore2.AsyncConnectionPool(
            ssl_context=self._context,
            network_backend=_To(addresses),
            max_connections=1,
            max_keepalive_connections=0,
            http1=True,
            http2=False,
        ) as pool:
            request = httpcore2.Request(
                "POST",
                httpcore2.URL(
                    scheme=target.scheme.encode(),
                    host=target.host.encode(),
                    port=target.port,
                    target=target.path.encode(),
                ),
                headers=[
                    ("host", _host(target)),
                    ("user-agent", AGENT),
                    ("content-type", "application/json"),
                    ("content-length", str(len(body))),
                    ("connection", "close"),
                    *headers.items(),
                ],
                content=body,
            )
            response = await pool.handle_async_request(request)
            try:
                return response.status, _header(response.headers, b"retry-after")
            finally:
                await _drain(response)

    async def _addresses(self, target: Target) -> list[Address]:
        """The addresses to connect to. Raises `_NotSent` where one of them must not be."""
        literal = target.literal
        try:
            found = [literal] if literal is not None else list(await self._resolve(target.host, target.port))
        except (OSError, UnicodeError, ValueError):
            found = []
        refused = self.reach.refused(target, found)
        if refused is not None:
            raise _NotSent(refused)
        return found


class _NotSent(Exception):
    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class _To(httpcore2.AsyncNetworkBackend):
    """Connects to these addresses, one after the other, whatever host is asked for: it is not resolved again. TLS still
    asks for the name."""

    def __init__(self, addresses: Sequence[Address]) -> None:
        self._addresses = addresses
        self._network = httpcore2.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109  the signature is httpcore's
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        failed: Exception | None = None
        for address in self._addresses:
            try:
                return await self._network.connect_tcp(
                    str(address), port, timeout=timeout, local_address=local_address, socket_options=socket_options
                )
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as error:
                failed = error
        raise failed or httpcore2.ConnectError("no address")

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


def _by_tls(error: BaseException | None) -> bool:
    """Whether a failure of TLS is among what led to an error."""
    while error is not None:
        if isinstance(error, ssl.SSLError):
            return True
        error = error.__cause__ or error.__context__
    return False


async def _drain(response: httpcore2.Response) -> None:
    read = 0
    try:
        async with asyncio.timeout(ANSWER_S):
            async for chunk in response.aiter_stream():
                read += len(chunk)
                if read >= ANSWER_BYTES:
                    break
    except (TimeoutError, OSError, httpcore2.NetworkError, httpcore2.ProtocolError, httpcore2.TimeoutException):
        pass  # the status was read, and that is the answer
    await response.aclose()


def _header(headers: Iterable[tuple[bytes, bytes]], name: bytes) -> str | None:
    return next((value.decode("latin-1")[:100] for each, value in headers if each.lower() == name), None)


def _host(target: Target) -> str:
    host = f"[{target.host}]" if ":" in target.host else target.host
    usual = {"https": 443, "http": 80}[target.scheme]
    return host if target.port == usual else f"{host}:{target.port}"
