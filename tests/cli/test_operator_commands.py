"""The commands of auditors and operators, as people and scripts call them: words, JSON and exit codes."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest
import pytest_asyncio
import uvicorn

from casework.shared.contracts.ids import DEFAULT_SHARDS, shard_of
from casework.shared.contracts.types import rfc3339
from casework.shared.platform.api_keys import CACHE_SECONDS
from casework.shared.runtime.claims import free_port
from casework.shared.testing.delivery import deliver
from casework.shared.testing.desk import Desk
from casework.shared.testing.parts import PostgresServer
from casework.shared.testing.stack import Stack, stack_on


@dataclass(frozen=True)
class Ran:
    """A command that ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@dataclass(frozen=True)
class Office:
    """An installation that answers HTTP, and somebody at its command line."""

    url: str
    database: str
    key: str
    folder: Path
    stack: Stack
    desk: Desk
    case_id: str

    async def run(self, *arguments: str) -> Ran:
        """Run `casework` in an empty folder, with nothing set."""
        environment = {name: value for name, value in os.environ.items() if not name.startswith("CASEWORK_")}
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "casework.shared.cli", *arguments),
            cwd=self.folder,
            env=environment,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        out, err = await process.communicate()
        assert process.returncode is not None
        return Ran(process.returncode, out.decode(), err.decode())

    async def on_database(self, *arguments: str) -> Ran:
        return await self.run(*arguments, "--database", self.database)

    async def over_http(self, *arguments: str) -> Ran:
        return await self.run(*arguments, "--url", self.url, "--key", self.key)

    async def execute(self, statement: str, *values: object) -> str:
        connection = await asyncpg.connect(self.database)
        try:
            return str(await connection.execute(statement, *values))
        finally:
            await connection.close()


class _Server(uvicorn.Server):
    """One that leaves the signals to pytest."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@pytest_asyncio.fixture(scope="module")
async def office(postgres_server: PostgresServer, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Office]:
    """An installation with one case that went to its closure."""
    async with postgres_server.database("commands") as database:
        folder = tmp_path_factory.mktemp("commands")
        async with stack_on(database, folder) as stack:
            key = await stack.key()
            port = free_port()
            server = _Server(uvicorn.Config(stack.app, host="127.0.0.1", port=port, log_config=None, lifespan="off"))
            serving = asyncio.create_task(server.serve())
            async with stack.client(key) as http:
                desk = Desk(http, stack.settle)
                case_id = await desk.receive(words="年费被重复扣取。")
                await desk.walk(case_id, until="closure")
                try:
                    yield Office(f"http://127.0.0.1:{port}", database, key, folder, stack, desk, case_id)
                finally:
                    server.should_exit = True
                    await serving


async def park(office: Office, service: str, case_id: str) -> None:
    """Let a case wait in a service, without any event that waits in it."""
    consumer = office.stack.runtimes[service].reactor.consumer  # type: ignore[index]
    shard = shard_of(UUID(case_id), DEFAULT_SHARDS)
    await office.execute(
        f"INSERT INTO {service}.parked_case (consumer, case_id, shard, reason) VALUES ($1, $2, $3, 'ValueError')",
        consumer,
        UUID(case_id),
        shard,
    )


async def test_audit_verify(office: Office) -> None:
    ran = await office.on_database("audit", "verify", "--states", "--json")
    found = ran.json
    assert (ran.code, found["faults"], found["fault_list"], found["source"]) == (0, 0, [], "stores")
    assert found["events"] > 15
    assert found["cases"] >= 1
    said = await office.on_database("audit", "verify")
    assert (said.code, "nothing is wrong" in said.out) == (0, True)


async def test_audit_verify_with_faults(office: Office) -> None:
    change = "UPDATE resolution.case_state SET version = version + $1"
    await office.execute(change, 1)
    try:
        ran = await office.on_database("audit", "verify", "--json")
        assert (ran.code, ran.json["faults"]) == (1, 1)
        fault = ran.json["fault_list"][0]
        assert (fault["kind"], fault["source"]) == ("state", "resolution")
        said = await office.on_database("audit", "verify")
        assert (said.code, office.case_id in said.out) == (1, True)
    finally:
        await office.execute(change, -1)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("audit", "verify"), "casework up"),
        (("audit", "verify", "--source", "nowhere.jsonl"), "nowhere.jsonl cannot be read"),
        (("audit", "verify", "--source", "kafka"), "casework up"),
        (("audit", "verify", "--database", "postgresql://nobody@127.0.0.1:1/none"), "StoreUnavailable"),
        (("audit", "replay", str(UUID(int=7))), "casework up"),
        (("case", "show", str(UUID(int=7))), "casework up"),
        (("case", "show", str(UUID(int=7)), "--url", "http://127.0.0.1:1", "--key", "x"), "does the stack run?"),
        (("case", "show", str(UUID(int=7)), "--url", "http://127.0.0.1:1"), "--key"),
        (("store", "refill", "--from", "kafka"), "--kafka"),
        (("parked", "retry"), "--all"),
        (("relay", "rewind", "--to", "-1"), "--to"),
    ],
)
async def test_what_cannot_be_done_says_so_and_ends_with_2(
    office: Office, arguments: tuple[str, ...], words: str
) -> None:
    ran = await office.run(*arguments)
    assert ran.code == 2
    assert "Traceback" not in ran.err
    if words != "StoreUnavailable":
        assert words in ran.err


async def test_audit_replay(office: Office) -> None:
    ran = await office.on_database("audit", "replay", office.case_id, "--json")
    found = ran.json
    assert ran.code == 0
    timeline, states = found["timeline"], found["states"]
    assert [event["words"] for event in timeline][:3] == ["complaint received", "receipt noted", "follow up opened"]
    assert timeline[0]["data"]["words"] == "[sealed]"
    assert [event["time"] for event in timeline] == sorted(event["time"] for event in timeline)
    assert states["followup"]["status"] == "closed"
    assert "年费被重复扣取。" not in ran.out
    # As of a moment in the past: only what had happened then.
    at = next(event["time"] for event in timeline if event["words"] == "finding recorded")
    past = (await office.on_database("audit", "replay", office.case_id, "--at", at, "--json")).json
    assert past["timeline"] == [event for event in timeline if event["time"] <= at]
    assert past["states"]["investigation"]["status"] == "investigating"
    assert past["states"]["resolution"]["status"] == "waiting"
    said = await office.on_database("audit", "replay", office.case_id, "--at", at)
    assert "finding recorded" in said.out
    assert "words: [sealed]" in said.out
    assert "resolution: \n  status: waiting\n" in said.out
    unknown = await office.on_database("audit", "replay", str(uuid4()))
    assert (unknown.code, "Nothing is recorded" in unknown.err) == (2, True)
    no_zone = await office.on_database("audit", "replay", office.case_id, "--at", "2026-03-02T09:10:00")
    assert (no_zone.code, "needs a zone" in no_zone.err) == (2, True)


async def test_audit_export_and_verification_of_the_file(office: Office) -> None:
    path = office.folder / "log.jsonl.gz"
    ran = await office.on_database("audit", "export", str(path), "--json")
    stores = (await office.on_database("audit", "verify", "--json")).json
    assert (ran.code, ran.json["events"]) == (0, stores["events"])
    verified = await office.run("audit", "verify", "--source", str(path), "--json")
    assert (verified.code, verified.json["events"], verified.json["faults"]) == (0, stores["events"], 0)
    again = await office.on_database("audit", "export", str(path))
    assert (again.code, "name another file" in again.err) == (2, True)
    path.write_bytes(path.read_bytes()[:-40])
    assert (await office.run("audit", "verify", "--source", str(path))).code == 1


async def test_relay_rewind(office: Office) -> None:
    await office.execute("INSERT INTO intake.relay_cursor (topic, shard, position) VALUES ('a topic', 3, 17)")
    ran = await office.on_database("relay", "rewind", "--to", "0", "--service", "intake", "--json")
    assert (ran.code, ran.json) == (0, {"cursors": {"intake": 1}})
    said = await office.on_database("relay", "rewind", "--to", "0")
    assert (said.code, said.out.count("had sent nothing")) == (0, 4)
    await office.execute("DELETE FROM intake.relay_cursor WHERE topic = 'a topic'")


async def test_parked_list_and_retry(office: Office) -> None:
    assert (await office.on_database("parked", "list")).out == "no case is parked\n"
    await park(office, "resolution", office.case_id)
    await park(office, "investigation", office.case_id)
    (first, second) = (await office.on_database("parked", "list", "--json")).json
    assert (first["service"], second["service"]) == ("investigation", "resolution")
    assert (first["case_id"], first["reason"], first["waiting"]) == (office.case_id, "ValueError", 0)
    said = await office.on_database("parked", "list", "--service", "resolution")
    assert (said.out.count("\n"), office.case_id in said.out) == (1, True)
    retried = await office.over_http("parked", "retry", office.case_id, "--service", "resolution", "--json")
    assert retried.code == 0
    (only,) = retried.json
    assert (only["service"], only["case_id"], only["released"]) == ("resolution", office.case_id, True)
    assert (only["events"], only["duplicates"], only["dry_run"]) == (0, 0, False)
    everything = await office.over_http("parked", "retry", "--all")
    assert (everything.code, "flows again" in everything.out) == (0, True)
    nothing = await office.over_http("parked", "retry", office.case_id)
    assert (nothing.code, "is not parked" in nothing.out) == (1, True)


async def test_a_key_for_a_time(office: Office) -> None:
    made = ("keys", "create", "--scope", "cases:read", "--actor", "guest", "--json")
    ends = datetime.now(UTC).replace(microsecond=0) + timedelta(hours=1)
    ran = await office.on_database(*made, "--expires", ends.astimezone(timezone(timedelta(hours=8))).isoformat())
    assert (ran.code, ran.json["expires_at"]) == (0, rfc3339(ends)), ran.err
    for_good = await office.on_database(*made)
    assert (for_good.code, for_good.json["expires_at"]) == (0, None)
    async with office.stack.client(ran.json["key"]) as http:
        assert (await http.get("/v1/cases")).status_code == 200
    past = rfc3339(datetime.now(UTC) - timedelta(seconds=1))
    for wrong, words in ((past, "has passed"), (ends.isoformat()[:19], "needs a zone"), ("90", "2026-03-02T09:10:00Z")):
        refused = await office.on_database(*made, "--expires", wrong)
        assert (refused.code, words in refused.err, refused.out) == (2, True, ""), refused.err
    connection = await asyncpg.connect(office.database)
    try:
        rows = await connection.fetch("SELECT prefix, expires_at FROM platform.api_key WHERE actor = 'guest'")
    finally:
        await connection.close()
    assert {row["prefix"]: row["expires_at"] for row in rows} == {
        ran.json["prefix"]: ends,
        for_good.json["prefix"]: None,
    }


async def test_what_is_said_of_revoking_is_what_is_done(office: Office) -> None:
    said = await office.run("keys", "revoke", "--help")
    assert f"within {CACHE_SECONDS:.0f} seconds" in " ".join(said.out.split())


EVERYTHING = """SELECT table_schema || '.' || table_name AS name FROM information_schema.tables
    WHERE table_schema IN ('intake', 'investigation', 'resolution', 'followup') AND table_type = 'BASE TABLE'
    ORDER BY 1"""


async def contents(office: Office) -> dict[str, str]:
    """A digest of every row of every table of the four services."""
    connection = await asyncpg.connect(office.database)
    try:
        return {
            row["name"]: await connection.fetchval(
                f"SELECT coalesce(md5(string_agg(t::text, ',' ORDER BY t::text)), '') FROM {row['name']} AS t"
            )
            for row in await connection.fetch(EVERYTHING)
        }
    finally:
        await connection.close()


async def caused_by(office: Office, case_id: str) -> list[str]:
    """What investigation recorded of a case because of what intake recorded."""
    events = (await office.desk.http.get(f"/v1/cases/{case_id}/events")).json()
    of_intake = {each["event"]["id"] for each in events if each["service"] == "intake"}
    own = [each["event"] for each in events if each["service"] == "investigation"]
    return [event["type"] for event in own if event["causationid"] in of_intake]


@pytest.mark.practice("P175")
async def test_a_dry_run_says_what_a_retry_would_do_and_then_exactly_that_is_done(office: Office) -> None:
    case_id = await office.desk.receive()
    await park(office, "investigation", case_id)
    for step in ("acknowledgement", "assessment", "investigation-offer"):
        assert (await office.desk.ask(case_id, step)).status_code == 200
    await deliver(office.stack.runtimes["intake"], office.stack.runtimes["investigation"])
    assert await caused_by(office, case_id) == []
    before = await contents(office)

    rehearsed = await office.over_http("parked", "retry", "--all", "--dry-run")
    assert (rehearsed.code, rehearsed.out.splitlines()[-1]) == (0, "3 events, 1 case, 0 duplicates")
    assert "would flow again" in rehearsed.out
    assert await contents(office) == before
    assert (await office.desk.ask(case_id, "investigation/acceptance")).json()["type"] == "/problems/case-parked"

    kept = await parked_rows(office, case_id)
    assert len(kept) == 3
    done = await office.over_http("parked", "retry", "--all")
    assert (done.code, done.out.splitlines()[-1]) == (0, "3 events, 1 case, 0 duplicates")
    assert await parked_rows(office, case_id) == []
    await office.stack.settle()
    effects = await caused_by(office, case_id)
    assert effects

    # What had its effect and lies there again, by whatever mistake, is left out.
    await park(office, "investigation", case_id)
    for row in kept:
        await office.execute(
            "INSERT INTO investigation.parked_event (consumer, source, shard, position, case_id, envelope)"
            " VALUES ($1, $2, $3, $4, $5, $6)",
            *row,
        )
    again = await office.over_http("parked", "retry", case_id, "--json")
    (only,) = again.json
    assert (again.code, only["released"], only["events"]) == (0, True, 3)
    assert only["duplicates"] == len(effects)
    await office.stack.settle()
    assert await caused_by(office, case_id) == effects
    await office.desk.do(case_id, "investigation/acceptance")


async def test_a_dry_run_of_what_would_fail_again_says_so(office: Office) -> None:
    case_id = await office.desk.receive()
    await park(office, "investigation", case_id)
    await office.desk.walk(case_id, until="acknowledgement")
    await office.execute(
        "UPDATE investigation.parked_event SET envelope = replace(convert_from(envelope, 'UTF8'),"
        " 'casework.intake.complaint-acknowledged.v1', 'casework.intake.complaint-adorned.v1')::bytea"
        " WHERE case_id = $1",
        UUID(case_id),
    )
    before = await contents(office)
    rehearsed = await office.over_http("parked", "retry", case_id, "--dry-run")
    assert (rehearsed.code, "would fail again" in rehearsed.out) == (1, True)
    assert await contents(office) == before
    await office.execute("DELETE FROM investigation.parked_event WHERE case_id = $1", UUID(case_id))
    assert (await office.over_http("parked", "retry", case_id)).code == 0


async def parked_rows(office: Office, case_id: str) -> list[tuple[object, ...]]:
    """What waits in investigation, in order."""
    connection = await asyncpg.connect(office.database)
    try:
        rows = await connection.fetch(
            "SELECT consumer, source, shard, position, case_id, envelope FROM investigation.parked_event"
            " WHERE case_id = $1 ORDER BY arrival",
            UUID(case_id),
        )
    finally:
        await connection.close()
    return [tuple(row) for row in rows]


async def test_parked_over_http(office: Office) -> None:
    http = office.desk.http
    await park(office, "followup", office.case_id)
    listed = (await http.get("/v1/parked/followup")).json()
    assert [case["case_id"] for case in listed["cases"]] == [office.case_id]
    assert 'casework_parked_cases{service="followup"} 1.0' in (await http.get("/metrics")).text
    retried = await http.post(f"/v1/parked/followup/{office.case_id}/retry")
    assert (retried.status_code, retried.json()["released"]) == (200, True)
    assert 'casework_parked_cases{service="followup"} 0.0' in (await http.get("/metrics")).text
    again = await http.post(f"/v1/parked/followup/{office.case_id}/retry")
    assert (again.status_code, again.json()["type"]) == (404, "/problems/not-parked")
    async with office.stack.client(await office.stack.key("cases:read")) as stranger:
        assert (await stranger.get("/v1/parked/followup")).status_code == 403
        assert (await stranger.post(f"/v1/parked/followup/{office.case_id}/retry")).status_code == 403


async def test_case_show(office: Office) -> None:
    said = await office.over_http("case", "show", office.case_id, "--lang", "en", "--zone", "UTC")
    assert said.code == 0, said.err
    assert "closed / 终止" in said.out
    assert "closed the case (decided): The refund has arrived." in said.out
    assert "smaller events are not told" in said.out
    found = (await office.over_http("case", "show", office.case_id, "--json")).json
    assert found["status"]["stage"] == "closed"
    assert len(found["events"]) > 15
    assert found["files"]["intake"]["file"]["receipt"]["channel"] == "web"
    assert set(found["files"]) == {"intake", "investigation", "resolution", "followup"}
    assert found["clocks"]
    zh = await office.over_http("case", "show", office.case_id, "--lang", "zh", "--all")
    assert (zh.code, "案件现状" in zh.out, "--all" in zh.out) == (0, True, False)
    unknown = await office.over_http("case", "show", str(uuid4()))
    assert (unknown.code, "There is no case" in unknown.err) == (2, True)


async def test_case_show_opens_a_restricted_part_on_record(office: Office) -> None:
    show = ("case", "show", office.case_id, "--lang", "en")
    said = await office.over_http(*show, "--open", "intake/words", "--purpose", "Prepare the call back.")
    assert said.code == 0, said.err
    assert "words: 年费被重复扣取。" in said.out
    assert "年费被重复扣取。" not in (await office.over_http(*show)).out
    bare = await office.over_http(*show, "--open", "messages", "--purpose", "Look.", "--json")
    assert bare.json["opened"] == [{"service": "resolution", "part": "messages", "file": {}}]
    assert (await office.desk.types(office.case_id, "intake"))[-1] == "file-opened.v1"
    for part, words in (("stars", "is no restricted part: intake/"), ("level-replies", "say which")):
        refused = await office.over_http(*show, "--open", part, "--purpose", "Look.")
        assert (refused.code, words in refused.err) == (2, True)
    for arguments in (("--open", "words"), ("--lang", "fr"), ("--zone", "Nowhere/None")):
        wrong = await office.over_http("case", "show", office.case_id, *arguments)
        assert (wrong.code, "Traceback" in wrong.err) == (2, False)


async def test_case_show_for_a_key_that_reads_no_files(office: Office) -> None:
    key = await office.stack.key("cases:read")
    said = await office.run("case", "show", office.case_id, "--url", office.url, "--key", key, "--lang", "en")
    assert said.code == 0, said.err
    assert "This key may not read the files of" in said.out
    assert "The story" in said.out


async def test_store_refill_of_stores_that_lack_nothing(office: Office) -> None:
    path = office.folder / "whole.jsonl"
    await office.on_database("audit", "export", str(path))
    keys = office.folder / ".casework" / "keys"
    keys.mkdir(parents=True)
    for name in ("person-keys", "services"):
        (keys / name).write_bytes((office.folder / name).read_bytes())
        (keys / name).chmod(0o600)
    ran = await office.on_database("store", "refill", "--from", str(path))
    assert (ran.code, ran.out.startswith("Nothing is missing")) == (0, True), ran.err
    assert (await office.on_database("store", "refill", "--from", str(path), "--json")).json == []
    other = await office.on_database("store", "refill", "--from", __file__)
    assert (other.code, "not an export" in other.err) == (2, True)


async def test_webhooks_list_deliveries_and_redeliver(office: Office) -> None:
    assert (await office.over_http("webhooks", "list")).out == "there is no webhook\n"
    body = {"url": "https://hooks.example/a", "filters": {"events": ["intake"]}, "description": "CRM"}
    webhook = (await office.desk.post("/v1/webhooks", body)).json()["id"]
    (listed,) = (await office.over_http("webhooks", "list", "--json")).json
    assert (listed["id"], listed["state"], listed["description"]) == (webhook, "active", "CRM")
    said = await office.over_http("webhooks", "list")
    assert (said.code, "https://hooks.example/a" in said.out, "last arrived never" in said.out) == (0, True, True)

    nothing = await office.over_http("webhooks", "deliveries", webhook)
    assert (nothing.code, nothing.out) == (0, "there is no such delivery\n")
    ping = (await office.desk.post(f"/v1/webhooks/{webhook}/pings", {})).json()["delivery_id"]
    (delivery,) = (await office.over_http("webhooks", "deliveries", webhook, "--state", "waiting", "--json")).json
    assert (delivery["id"], delivery["type"], delivery["tries"]) == (ping, "casework.webhook.ping", [])
    said = await office.over_http("webhooks", "deliveries", webhook)
    assert f"{ping}  " in said.out
    assert "not tried yet" in said.out

    again = await office.over_http("webhooks", "redeliver", webhook, ping, "--json")
    assert (again.code, again.json) == (0, {"put_back": 1})
    none = await office.over_http("webhooks", "redeliver", webhook, "--since", "2026-03-01")
    assert (none.code, none.out) == (1, "0 put back into their lines\n")
    both = await office.over_http("webhooks", "redeliver", webhook)
    assert (both.code, "--since" in both.err) == (2, True)
    await office.execute(
        "UPDATE followup.webhook SET state = 'disabled', stopped_at = now() WHERE id = $1", UUID(webhook)
    )
    assert (await office.over_http("webhooks", "list")).code == 1


async def test_a_person_is_erased_at_the_command_line(office: Office) -> None:
    known = ("--url", office.url, "--key", office.key)
    case_id = await office.desk.receive()
    refused = await office.run("privacy", "erase", "--case", case_id, "--yes", *known)
    assert refused.code != 0
    assert "not closed" in refused.err
    await office.desk.walk(case_id, until="closure")
    erased = await office.run("privacy", "erase", "--case", case_id, "--reference", "DSR-9", "--yes", "--json", *known)
    assert erased.code == 0, erased.err
    assert erased.json["cases"] == [case_id]
    await office.stack.settle()
    told = await office.run("privacy", "report", erased.json["erasure_id"], *known)
    assert (told.code, "person keys" in told.out, "waiting for inbox topic" in told.out) == (1, True, True)
    again = await office.run("privacy", "erase", "--case", case_id, "--yes", *known)
    assert (again.code, again.out.strip()) == (0, "nothing was left to erase")
