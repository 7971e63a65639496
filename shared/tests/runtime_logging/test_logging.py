"""Nothing personal reaches the log, by whatever way it tries; and one event stays one line."""

from __future__ import annotations

import asyncio
import json
import logging
import sys
import threading
import warnings
from collections.abc import Iterator
from io import StringIO
from typing import Any
from uuid import uuid4

import pytest
import structlog
from faststream import FastStream
from pydantic import BaseModel

from casework.shared.runtime.logging import adopt_loggers, bound, configure_logging, guard_loop

CANARY = "Jane Canary of 1 Mill Lane, jane@example.org"


class Logged:
    """What was logged so far."""

    def __init__(self) -> None:
        self.out = StringIO()
        self.handlers: list[logging.Handler] = []

    @property
    def text(self) -> str:
        return self.out.getvalue()

    @property
    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.text.splitlines()]

    @property
    def last(self) -> dict[str, Any]:
        return self.lines[-1]


@pytest.fixture
def logged() -> Iterator[Logged]:
    """Logging set up as a process does it, and everything put back after. Fails on any canary."""
    root, settings = logging.getLogger(), structlog.get_config()
    handlers, level, hooks, raising = (
        root.handlers,
        root.level,
        (sys.excepthook, threading.excepthook),
        logging.raiseExceptions,
    )
    logged = Logged()
    configure_logging("INFO", service="intake", stream=logged.out)
    logged.handlers = list(root.handlers)
    yield logged
    structlog.configure(**settings)
    structlog.contextvars.clear_contextvars()
    logging.captureWarnings(capture=False)
    root.handlers, root.level, logging.raiseExceptions = handlers, level, raising
    sys.excepthook, threading.excepthook = hooks
    for piece in ("Jane", "Canary", "Mill", "example.org"):
        assert piece not in logged.text


class Complaint(BaseModel):
    """What pydantic will quote."""

    amount: int


def personal() -> Exception:
    """An exception whose text, cause and notes all quote somebody."""
    try:
        try:
            Complaint.model_validate({"amount": CANARY})
        except ValueError as error:
            raise KeyError(CANARY) from error
    except KeyError as error:
        error.add_note(CANARY)
        return error
    raise AssertionError


log = structlog.get_logger()


def test_what_a_line_holds(logged: Logged) -> None:
    case_id = uuid4()
    log.info("relay.sent", shard=3, count=17, topic="casework.events.v1", case_id=case_id, shards=[1, 2])
    line = logged.last
    assert line.pop("at").endswith("Z")
    assert line == {
        "level": "info",
        "event": "relay.sent",
        "service": "intake",
        "shard": 3,
        "count": 17,
        "topic": "casework.events.v1",
        "case_id": str(case_id),
        "shards": [1, 2],
    }


def test_fields_off_the_list_are_dropped_and_counted(logged: Logged) -> None:
    log.info("a", name="Jane", narrative=CANARY, count=1)
    assert logged.last["dropped"] == 2
    assert logged.last["count"] == 1


@pytest.mark.parametrize("value", [CANARY, "Jane Canary", "jane@example.org", {"a": "Jane"}, b"Jane", ["Jane Canary"]])
def test_a_listed_field_holds_only_names_and_numbers(logged: Logged, value: object) -> None:
    log.info("a", reason=value)
    assert logged.last["dropped"] == 1
    assert "reason" not in logged.last


def test_an_event_is_a_name(logged: Logged) -> None:
    log.info(f"saved {CANARY}")
    assert logged.last["event"] == "unnamed"


def test_advice_may_be_a_sentence(logged: Logged) -> None:
    log.error("relay.set-back", action="run `casework store refill`, then start again")
    assert logged.last["action"] == "run `casework store refill`, then start again"


def test_ids_are_bound_for_everything_called_inside(logged: Logged) -> None:
    case_id, event_id = uuid4(), uuid4()
    with bound(case_id=case_id, event_id=event_id):
        log.info("inside")
        logging.getLogger("aiokafka").warning("inside too")
    log.info("outside")
    inside, also, outside = logged.lines
    assert inside["case_id"] == also["case_id"] == str(case_id)
    assert inside["event_id"] == str(event_id)
    assert "case_id" not in outside


@pytest.mark.parametrize("way", ["exception", "exc_info", "field", "stdlib", "stdlib-fstring", "stdlib-args", "hook"])
def test_an_exception_is_its_class_and_its_places(logged: Logged, way: str) -> None:
    try:
        raise RuntimeError(CANARY) from personal()
    except RuntimeError as error:
        match way:
            case "exception":
                log.exception("work.failed")
            case "exc_info":
                log.error("work.failed", exc_info=error)
            case "field":
                log.error("work.failed", error=error)
                assert logged.last["error"] == "RuntimeError"
                return
            case "stdlib":
                logging.getLogger("somebody").exception("failed on %s", CANARY)
            case "stdlib-fstring":
                logging.getLogger("aiokafka").exception(f"failed on {error}")
            case "stdlib-args":
                logging.getLogger("aiokafka.producer").error("failed on %s: %r", CANARY, error)
                assert logged.last["message"] == "failed on ...: 'RuntimeError'"
                return
            case "hook":
                sys.excepthook(type(error), error, error.__traceback__)
    line = logged.last
    assert line["error"] == "RuntimeError"
    assert line["causes"] == ["KeyError", "ValidationError"]
    assert line["trace"][-1].startswith("runtime_logging/test_logging.py:")


def test_groups_are_looked_into(logged: Logged) -> None:
    log.error("work.failed", exc_info=ExceptionGroup(CANARY, [personal(), OSError(CANARY)]))
    assert logged.last["error"] == "ExceptionGroup"
    assert {"KeyError", "OSError", "ValidationError"} <= set(logged.last["causes"])


def test_the_databases_code_is_kept_and_its_text_is_not(logged: Logged) -> None:
    class UniqueViolation(Exception):
        sqlstate, constraint_name = "23505", "event_case_id_version_key"

    log.error("work.failed", exc_info=UniqueViolation(f"Key (name)=({CANARY}) already exists"))
    assert (logged.last["sqlstate"], logged.last["constraint"]) == ("23505", "event_case_id_version_key")


def test_a_chain_that_bites_its_tail_ends(logged: Logged) -> None:
    first, second = ValueError(), KeyError()
    first.__cause__, second.__cause__ = second, first
    log.error("work.failed", exc_info=first)
    assert logged.last["causes"] == ["KeyError"]


@pytest.mark.parametrize(
    "hostile", ["a\nb", 'a","event":"forged', "a\r\n", "a\x1b[2J", "a\x9b2J", "a\x7f", "a\u2028b", "a\x85b", "\ud800"]
)
def test_one_event_is_one_line_of_printable_ascii(
    logged: Logged, hostile: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The test runner's own handlers keep what they are given, and a report with a lone surrogate cannot be sent.
    monkeypatch.setattr(logging.getLogger(), "handlers", logged.handlers)
    log.info("a", action=hostile, reason=hostile)
    log.info(hostile)
    logging.getLogger("aiokafka").warning("a%s", hostile)
    logging.getLogger("aiokafka").warning("a" + hostile)
    logging.getLogger(hostile).warning("a")
    assert len(logged.text.splitlines()) == 5
    assert all(" " <= letter <= "~" or letter == "\n" for letter in logged.text)
    assert [line["event"] for line in logged.lines][:2] == ["a", "unnamed"]


def test_trusted_libraries_speak_in_their_templates(logged: Logged) -> None:
    logging.getLogger("uvicorn.error").info("Started server process [%d]", 42)
    assert logged.last["message"] == "Started server process [42]"
    assert logged.last["at"].endswith("Z")
    logging.getLogger("aiokafka.consumer").warning("Heartbeat failed for group %s: %s", "g.v1", TimeoutError)
    assert logged.last["message"] == "Heartbeat failed for group g.v1: TimeoutError"
    logging.getLogger("aiokafka").warning("%d of %s", "not a number", 1)
    assert "message" not in logged.last


def test_others_are_only_located(logged: Logged) -> None:
    logging.getLogger("faststream").error(f"ValidationError: {CANARY}")
    assert logged.last["logger"] == "faststream"
    assert logged.last["line"].startswith("runtime_logging/test_logging.py:")
    assert "message" not in logged.last


def test_request_logs_of_libraries_are_silent(logged: Logged) -> None:
    for name in ("uvicorn.access", "httpx2", "faststream.access.kafka"):
        logging.getLogger(name).error("GET /v1/complaints?source_reference=%s", CANARY)
    assert logged.text == ""


def test_no_library_keeps_a_handler_of_its_own(logged: Logged) -> None:
    assert FastStream is not None  # its import gives the logger `faststream` a handler
    own = logging.getLogger("faststream")
    own.addHandler(logging.StreamHandler(logged.out))
    own.propagate = False
    adopt_loggers()
    own.error(CANARY)
    assert len(logged.lines) == 1


def test_warnings_are_located_and_not_quoted(logged: Logged) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        logging.captureWarnings(capture=False)  # pytest has put its own hook over ours
        configure_logging("INFO", stream=logged.out)
        warnings.warn(CANARY, stacklevel=1)
    assert logged.last["logger"] == "py.warnings"


async def test_what_nobody_awaited(logged: Logged) -> None:
    loop = asyncio.get_running_loop()
    before = loop.get_exception_handler()
    guard_loop(loop)
    try:
        loop.call_soon(lambda: (_ for _ in ()).throw(personal()))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
    finally:
        loop.set_exception_handler(before)
    assert (logged.last["event"], logged.last["error"]) == ("loop.unhandled", "KeyError")


def test_a_thread_that_dies(logged: Logged) -> None:
    def die() -> None:
        raise personal()

    thread = threading.Thread(target=die)
    thread.start()
    thread.join()
    assert (logged.last["event"], logged.last["error"]) == ("process.uncaught", "KeyError")


def test_a_log_that_cannot_be_written_harms_nobody(logged: Logged) -> None:
    logging.getLogger().handlers[0]._out = closed = StringIO()  # type: ignore[attr-defined]  # our own handler
    closed.close()
    logging.getLogger("aiokafka").error("lost")


def test_levels(logged: Logged) -> None:
    log.debug("quiet")
    logging.getLogger("aiokafka").debug("quiet")
    assert logged.text == ""
