"""What the three walks share: who works in them, how they call Casework, and how a walk is told and run.

Casework is called here as any integrator calls it, by HTTP with an API key, and nothing of its code is imported.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Protocol
from uuid import uuid4

import httpx2 as httpx

READING = ("cases:read", "files:read")
STAFF = (*READING, "personal:read", "staff:write")
PATIENCE_S = 15.0
"""So long does a walk wait for what one service has to hear from another: usually some tenths of a second."""
LONGEST_SHOWN = 400
"""So many characters of an answer are told in words; `--json` has the whole of it."""


@dataclass(frozen=True, slots=True)
class Person:
    """Who acts: the name stands on every event, and role and rank say what they may give away."""

    name: str
    does: str
    role: str
    rank: int = 0
    kind: str = "person"
    scopes: tuple[str, ...] = STAFF


SHOP = Person("webshop", "the complainant's channel", "integrator", 0, "integrator", ("complaints:write", "cases:read"))
SURVEY = Person(
    "survey", "asks complainants what they think", "integrator", 0, "integrator", ("cases:read", "staff:write")
)
LENA = Person("lena.ortiz", "call-centre agent", "agent", 1)
WEI = Person("wei.zhang", "investigator", "investigator")
PRIYA = Person("priya.nair", "decides complaints", "agent", 1)
TOM = Person("tom.becker", "team leader, approves", "lead", 2)
GRACE = Person("grace.liu", "manager", "manager", 3)
SAM = Person("sam.okafor", "judges appeals", "reviewer")
EVERYBODY = (SHOP, SURVEY, LENA, WEI, PRIYA, TOM, GRACE, SAM)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: the status, the JSON, and the version of the case in the service that answered."""

    status: int
    body: Any
    etag: str = ""

    @property
    def problem(self) -> str:
        """The name of a refusal, such as `own-approval`; empty for what was done."""
        return str(self.body["type"]).rpartition("/")[2] if self.status >= 400 and "type" in self.body else ""


class Desk(Protocol):
    """How a walk reaches Casework, and what time it is there."""

    def now(self) -> datetime:
        """The time there."""

    async def get(self, who: Person, path: str) -> Answer:
        """Read as `who`."""

    async def post(self, who: Person, path: str, body: Mapping[str, Any], wanted: str = "") -> Answer:
        """Post as `who`, once. `wanted` is the refusal that is expected, where one is."""

    async def wait(self, until: datetime) -> None:
        """Let it be that time."""


class WentWrong(Exception):
    """Casework did not answer as the walk says it does."""


class NotReached(Exception):
    """There is no Casework to walk through, or no key for it. The message says what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One call, as it is told."""

    who: str
    says: str
    method: str
    path: str
    status: int
    answer: str


@dataclass(slots=True)
class Walk:
    """A walk under way: each call is told in one line, and has to be answered as the walk says."""

    desk: Desk
    tell: Callable[[Line], None] = lambda _line: None
    lines: list[Line] = field(default_factory=list)

    async def complain(self, who: Person, says: str, complaint: Mapping[str, Any]) -> str:
        """Post a complaint under a reference that nobody has used. Returns the path of its case."""
        posted = {"source": who.name, "source_reference": str(uuid4()), **complaint}
        return f"/v1/cases/{(await self.post(who, says, '/v1/complaints', posted))['case_id']}"

    async def post(self, who: Person, says: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        """`who` does something, and it is done. Returns the answer."""
        answer = await self.desk.post(who, path, body or {})
        done = answer.body.get("events", [answer.body.get("outcome", "read")]) if answer.status < 400 else ()
        self._told(who, says, "POST", path, answer, ", ".join(map(_words, done)))
        if answer.status >= 400:
            raise WentWrong(f"{who.name} {says}: HTTP {answer.status} {answer.body}")
        return answer.body

    async def refused(self, who: Person, says: str, path: str, body: Mapping[str, Any], because: str) -> str:
        """`who` tries something, and is told why not: `because` is the name of the refusal. Returns its words."""
        answer = await self.desk.post(who, path, body, because)
        self._told(who, says, "POST", path, answer, str(answer.body.get("detail", "")))
        if answer.problem != because:
            raise WentWrong(f"{who.name} {says}: HTTP {answer.status} {answer.body}, and not {because}")
        return str(answer.body["detail"])

    async def read(self, who: Person, says: str, path: str, shows: Callable[[Any], object]) -> Any:
        """`who` looks something up; `shows` picks what is told of it, once it is there. Returns the whole answer."""
        until = asyncio.get_running_loop().time() + PATIENCE_S
        while True:
            answer = await self.desk.get(who, path)
            if answer.status >= 400:
                raise WentWrong(f"{who.name} {says}: HTTP {answer.status} {answer.body}")
            try:
                shown = shows(answer.body)
            except (KeyError, IndexError, StopIteration):
                shown = None  # another service has not heard of it yet
            if shown:
                text = shown if isinstance(shown, str) else json.dumps(shown, ensure_ascii=False)
                self._told(who, says, "GET", path, answer, text)
                return answer.body
            if asyncio.get_running_loop().time() >= until:
                raise WentWrong(f"{who.name} {says}: it is not there after {PATIENCE_S:.0f} s: {answer.body}")
            await asyncio.sleep(0.1)

    def _told(self, who: Person, says: str, method: str, path: str, answer: Answer, shown: str) -> None:
        line = Line(who=who.name, says=says, method=method, path=path, status=answer.status, answer=shown)
        self.lines.append(line)
        self.tell(line)


def _words(event: str) -> str:
    """`casework.intake.complaint-assessed.v1` as "complaint assessed"."""
    return event.split(".")[2].replace("-", " ") if event.startswith("casework.") else event


NOT_YET = frozenset({"nothing-offered", "unknown-case", "demand-unknown", "unknown-evidence", "cause-missing"})
NOT_YET |= {"remedy-not-received", "decision-already-communicated", "serialization"}
"""Refusals that may only mean that one service has not heard yet what another did a moment ago: asked again."""


class LiveDesk:
    """A running Casework, at `url`, with one key a person."""

    def __init__(self, http: httpx.AsyncClient, keys: Mapping[str, str]) -> None:
        self._http, self._keys = http, keys

    def now(self) -> datetime:
        return datetime.now(UTC)

    async def wait(self, until: datetime) -> None:
        await asyncio.sleep(max(0.0, (until - self.now()).total_seconds()))

    async def get(self, who: Person, path: str) -> Answer:
        return _answer(await self._http.get(path, headers=self._headers(who)))

    async def post(self, who: Person, path: str, body: Mapping[str, Any], wanted: str = "") -> Answer:
        # One key for one thing to be done: however often it is sent, it is done once.
        headers = self._headers(who) | {"idempotency-key": str(uuid4())}
        until = asyncio.get_running_loop().time() + PATIENCE_S
        while True:
            answer = _answer(await self._http.post(path, json=dict(body), headers=headers))
            if answer.problem not in NOT_YET - {wanted} or asyncio.get_running_loop().time() >= until:
                break
            await asyncio.sleep(0.1)
        if answer.status < 400 and answer.etag and "case_id" in answer.body:
            # The status of the case says so from here on, to whoever reads it.
            await self.get(who, f"/v1/cases/{answer.body['case_id']}?after={answer.etag}")
        return answer

    def _headers(self, who: Person) -> dict[str, str]:
        if who.name not in self._keys:
            raise NotReached(f"There is no key for {who.name}, who {who.does}.")
        return {"authorization": f"Bearer {self._keys[who.name]}"}


def _answer(response: httpx.Response) -> Answer:
    if response.status_code == 401:
        raise NotReached(str(response.json()["detail"]))
    return Answer(response.status_code, response.json(), response.headers.get("etag", "").strip('"'))


def run(story: Callable[[Walk, timedelta], Awaitable[Sequence[str]]], about: str) -> None:
    """The command of a walk. Ends with 0 when everything went as told, 1 when Casework answered otherwise, and 2 when
    it could not be asked."""
    options = _options(about)

    def tell(line: Line) -> None:
        print(json.dumps(asdict(line), ensure_ascii=False) if options.json else _said(line), flush=True)

    async def walk() -> Sequence[str]:
        url, keys = _target(options)
        async with httpx.AsyncClient(base_url=url, timeout=30.0) as http:
            return await story(Walk(LiveDesk(http, keys), tell), timedelta(seconds=options.soon))

    try:
        cases = asyncio.run(walk())
    except WentWrong as error:
        print(f"This went otherwise than told. {error}", file=sys.stderr)
        raise SystemExit(1) from None
    except (NotReached, httpx.HTTPError, OSError) as error:
        words = str(error) if isinstance(error, NotReached) else f"{type(error).__name__}: {error}"
        print(f"Casework cannot be asked. {words}", file=sys.stderr)
        raise SystemExit(2) from None
    ids = [case.rpartition("/")[2] for case in cases]
    print(json.dumps({"cases": ids}) if options.json else f"As told. Cases: {', '.join(ids)}")


def _said(line: Line) -> str:
    mark, answer = "✗" if line.status >= 400 else "→", " ".join(line.answer.split())
    shown = answer if len(answer) <= LONGEST_SHOWN else f"{answer[:LONGEST_SHOWN]}…"
    return f"{line.who:<11} {line.says}\n{'':<11} {mark} {shown}"


def _options(about: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=about)
    environ = os.environ
    parser.add_argument("--url", default=environ.get("CASEWORK_URL"), help="where Casework answers")
    parser.add_argument("--keys", type=Path, default=environ.get("CASEWORK_EXAMPLE_KEYS"), help="JSON: name to API key")
    parser.add_argument(
        "--data-dir",
        type=Path,
        default=environ.get("CASEWORK_DATA_DIR", ".casework"),
        help="of a running `casework up`: tells the address, and keys are made there where --keys names none",
    )
    parser.add_argument("--soon", type=float, default=5.0, help="how many seconds a promise lasts that is to be broken")
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    return parser.parse_args()


def _target(options: argparse.Namespace) -> tuple[str, Mapping[str, str]]:
    """The address and the keys. Raises `NotReached`."""
    data_dir = Path(options.data_dir)
    url: str | None = options.url
    if url is None:
        try:
            url = json.loads((data_dir / "stack.json").read_text())["url"]
        except (OSError, ValueError, KeyError):
            raise NotReached(f"Nothing runs on {data_dir}: start `casework up`, or give --url and --keys.") from None
    return str(url), _keys(data_dir) if options.keys is None else json.loads(Path(options.keys).read_text())


def _keys(data_dir: Path) -> Mapping[str, str]:
    """A key for everybody, made the first time as an administrator makes them, and kept for their eyes only."""
    kept = data_dir / "keys" / "examples.json"
    if kept.exists():
        return dict(json.loads(kept.read_text()))
    keys = {person.name: _made(person, data_dir) for person in EVERYBODY}
    kept.touch(mode=0o600)
    kept.write_text(json.dumps(keys, indent=2))
    return keys


def _made(person: Person, data_dir: Path) -> str:
    scopes = [part for scope in person.scopes for part in ("--scope", scope)]
    who = ["--actor", person.name, "--kind", person.kind, "--role", person.role, "--rank", str(person.rank)]
    casework = str(Path(sys.executable).with_name("casework"))
    command = [casework, "keys", "create", "--data-dir", str(data_dir), *who, *scopes]
    made = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    if made.returncode:
        raise NotReached(f"No key could be made for {person.name}. {made.stderr.strip()}")
    return made.stdout.strip()
