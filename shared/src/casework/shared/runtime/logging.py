"""Logs: JSON, one event one line on standard error, nothing personal.

Invariant: what reaches the log is an event name written in our code, values of fields on `LOGGABLE`, and of an
exception its class and where it was raised. Texts of exceptions never do: pydantic, the driver and FastStream
quote what people wrote. Other libraries' records are held to the same rule (`_Bridge`).
"""

from __future__ import annotations

import asyncio
import json
import logging
import re
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from pathlib import PurePath
from types import TracebackType
from typing import TextIO
from uuid import UUID

import structlog
from structlog.typing import EventDict, WrappedLogger

from casework.shared.contracts.types import rfc3339

LOGGABLE = frozenset(
    {
        # where it happened
        "service", "replica", "consumer", "role", "process", "part", "pid", "port", "exit_code", "attempt",
        # which piece of work
        "case_id", "event_id", "correlation_id", "causation_id", "command_id", "fault_id", "type", "version",
        "calendar", "checkpoint", "last", "webhook_id", "delivery_id", "state", "table",
        "source", "shard", "position", "topic", "partition", "offset", "group", "epoch", "installation",
        # how it went
        "outcome", "reason", "code", "method", "route", "status", "seconds", "count", "cases", "left", "events", "lag",
        "backlog", "check", "scope", "error", "sqlstate", "constraint", "alarm", "event_type", "shards", "retry_s",
    }
)  # fmt: skip
"""Fields that may be logged: names, numbers and lists of them. None may ever hold what a person wrote, is called
or can be reached by."""
ADVICE = "action"
"""The one field that may be a sentence. It says what an operator should do and is written out in our code."""

MOST_FRAMES = 25
MOST_ITEMS = 64

_EVENT_NAME = re.compile(r"[a-z][a-z0-9_. -]{0,99}")
_WORD = re.compile(r"[A-Za-z0-9/][A-Za-z0-9._:/{}\[\]+-]{0,199}")
"""Names of things: no spaces, no @, so no sentence and no address passes for one."""
_TEMPLATES = ("casework", "uvicorn.error", "aiokafka", "alembic")
"""Loggers that say what they have to say in a constant template with plain arguments."""
_SILENT = ("uvicorn.access", "httpx2", "httpcore2", "faststream.access")
"""Loggers that write requests or records down, or say what our own line already says."""


def configure_logging(level: str = "INFO", *, service: str | None = None, stream: TextIO | None = None) -> None:
    """Send everything this process logs to `stream` (standard error) as JSON lines. Call once, at its start.

    Also takes over uncaught exceptions of the process, its threads and, after `guard_loop`, its event loop.
    """
    out = sys.stderr if stream is None else stream
    own_lines_to(out, level)
    structlog.contextvars.clear_contextvars()
    if service is not None:
        structlog.contextvars.bind_contextvars(service=service)
    root = logging.getLogger()
    root.handlers = [_Bridge(out)]
    root.setLevel(max(_number(level), logging.INFO))
    adopt_loggers()
    logging.captureWarnings(capture=True)
    # A handler that fails would otherwise print the record it failed on.
    logging.raiseExceptions = False
    sys.excepthook = _uncaught
    threading.excepthook = lambda args: _uncaught(args.exc_type, args.exc_value, args.exc_traceback)


def own_lines_to(stream: TextIO, level: str = "INFO") -> None:
    """Only what our own code logs, to `stream`; the part of `configure_logging` that touches no other library."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            only_loggable,
            render,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(_number(level)),
        logger_factory=structlog.WriteLoggerFactory(file=stream),
        cache_logger_on_first_use=False,
    )


def _number(level: str) -> int:
    return logging.getLevelNamesMapping()[level.upper()]


def adopt_loggers() -> None:
    """Take handlers away that libraries gave their own loggers. Call again after importing one that does so
    at import, as FastStream does."""
    for name, logger in list(logging.root.manager.loggerDict.items()):
        if isinstance(logger, logging.Logger):
            logger.handlers = []
            logger.propagate = True
            if name.startswith(_SILENT):
                logger.setLevel(logging.CRITICAL + 1)
    for name in _SILENT:
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)


def guard_loop(loop: asyncio.AbstractEventLoop) -> None:
    """Log what nobody awaited in `loop` without the text that asyncio would print."""
    loop.set_exception_handler(
        lambda _loop, context: structlog.get_logger().error("loop.unhandled", exc_info=context.get("exception"))
    )


def bound(
    *, case_id: UUID | None = None, event_id: UUID | None = None, correlation_id: UUID | None = None
) -> AbstractContextManager[None]:
    """`with bound(case_id=...):` every line logged inside, also by what is called, carries these ids."""
    given = {"case_id": case_id, "event_id": event_id, "correlation_id": correlation_id}
    return structlog.contextvars.bound_contextvars(**{name: str(each) for name, each in given.items() if each})


def only_loggable(_logger: WrappedLogger, _method: str, fields: EventDict) -> EventDict:
    """Keep the allow-list; `dropped` counts what was not on it, or was no plain value."""
    event = fields.pop("event", None)
    named = isinstance(event, str) and _EVENT_NAME.fullmatch(event) is not None
    kept: EventDict = {
        "at": fields.pop("timestamp", None),
        "level": fields.pop("level", None),
        "event": event if named else "unnamed",
    }
    dropped = 0 if named else 1
    kept.update(describe(_exception(fields.pop("exc_info", None))))
    for name, value in fields.items():
        plain = value if name == ADVICE and isinstance(value, str) else _plain(value)
        if name not in LOGGABLE | {ADVICE} or plain is None:
            dropped += value is not None
        else:
            kept[name] = plain
    if dropped:
        kept["dropped"] = dropped
    return kept


def render(_logger: WrappedLogger, _method: str, fields: EventDict) -> str:
    """One line of ASCII: no value can end it, start another one, or steer a terminal."""
    return json.dumps(fields, ensure_ascii=True, separators=(",", ":"))


def describe(error: BaseException | None) -> dict[str, object]:
    """What may be said about an exception: its class, its causes' classes, file and line of each frame, and
    the SQL state and constraint where the database gave one."""
    if error is None:
        return {}
    chain = list(_chain(error))
    said: dict[str, object] = {"error": type(error).__name__, "trace": list(_frames(error.__traceback__))}
    if len(chain) > 1:
        said["causes"] = [type(each).__name__ for each in chain[1:]]
    for each in chain:
        for name, attribute in (("sqlstate", "sqlstate"), ("constraint", "constraint_name")):
            value = getattr(each, attribute, None)
            if isinstance(value, str) and _WORD.fullmatch(value):
                said[name] = value
    return said


def _chain(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    waiting = [error]
    while waiting and len(seen) < MOST_FRAMES:
        each = waiting.pop(0)
        if id(each) in seen:
            continue
        seen.add(id(each))
        yield each
        if isinstance(each, BaseExceptionGroup):
            waiting.extend(each.exceptions)
        before = each.__cause__ or (None if each.__suppress_context__ else each.__context__)
        if before is not None:
            waiting.append(before)


def _frames(traceback: TracebackType | None) -> Iterator[str]:
    frames = []
    while traceback is not None:
        frames.append(f"{_short(traceback.tb_frame.f_code.co_filename)}:{traceback.tb_lineno}")
        traceback = traceback.tb_next
    # The innermost frames say most.
    yield from frames[-MOST_FRAMES:]


def _short(path: str) -> str:
    parts = PurePath(path).parts
    for root in ("site-packages", "src"):
        if root in parts:
            return "/".join(parts[len(parts) - parts[::-1].index(root) :])
    return "/".join(parts[-2:])


def _exception(given: object) -> BaseException | None:
    if isinstance(given, BaseException):
        return given
    if isinstance(given, tuple):
        return given[1] if isinstance(given[1], BaseException) else None
    return sys.exc_info()[1] if given else None


def _plain(value: object) -> object:
    """The value as it may be logged; None when it may not."""
    if isinstance(value, bool | int | float):
        return value
    if isinstance(value, BaseException):
        return type(value).__name__
    if isinstance(value, list | tuple) and len(value) <= MOST_ITEMS:
        items = [_plain(each) for each in value]
        return None if None in items else items
    text = str(value) if isinstance(value, UUID | str | PurePath) else ""
    return text if _WORD.fullmatch(text) else None


def _uncaught(kind: type[BaseException], error: BaseException | None, _trace: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        return
    structlog.get_logger().critical("process.uncaught", exc_info=error)


class _Bridge(logging.Handler):
    """Records of other libraries: who logged it and where, in its own words only where they cannot quote anybody."""

    def __init__(self, out: TextIO) -> None:
        super().__init__()
        self._out = out

    def emit(self, record: logging.LogRecord) -> None:
        context = structlog.contextvars.get_contextvars()
        fields: EventDict = {
            "at": rfc3339(datetime.fromtimestamp(record.created, UTC)),
            "level": record.levelname.lower(),
            "event": "library.record",
            "logger": _plain(record.name),
            "line": f"{_short(record.pathname)}:{record.lineno}",
            "message": _words(record),
            **{name: _plain(value) for name, value in context.items() if name in LOGGABLE},
            **describe(record.exc_info[1] if record.exc_info else None),
        }
        said = {name: value for name, value in fields.items() if value is not None}
        try:
            self._out.write(render(None, "", said) + "\n")
            self._out.flush()
        except (OSError, ValueError):
            self.handleError(record)


def _words(record: logging.LogRecord) -> str | None:
    if record.exc_info or not isinstance(record.msg, str) or not record.name.startswith(_TEMPLATES):
        return None
    given = record.args
    try:
        if isinstance(given, Mapping):
            return record.msg % {name: _argument(value) for name, value in given.items()}
        return record.msg % tuple(_argument(value) for value in given or ())
    except (TypeError, ValueError, KeyError):
        return None


def _argument(value: object) -> object:
    plain = _plain(value.__name__ if isinstance(value, type) else value)
    return "..." if plain is None else plain
