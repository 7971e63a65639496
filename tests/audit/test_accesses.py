"""Who read what is personal and who took the record out, with what for; who did each step; and that sent is sent."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest
from tests.clocks.office import Office, office_on
from tests.clocks.rules import rules

from casework.shared.testing.parts import PostgresServer

WORDS = "年费被重复扣取，无人回复。"


@pytest.fixture
async def at(postgres_server: PostgresServer, tmp_path: Path) -> AsyncIterator[tuple[Office, str]]:
    """An office in simulated time, and the URL of its database."""
    async with (
        postgres_server.database("accesses") as url,
        office_on(url, tmp_path, rules=rules(), now="2026-03-02", zone="Europe/London") as office,
    ):
        yield office, url


async def command(url: str, *arguments: str) -> tuple[int, str]:
    """`casework` on that database: its exit code and what it printed."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "casework.shared.cli", *arguments, "--database", url),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await process.communicate()
    assert process.returncode is not None
    return process.returncode, out.decode() or err.decode()


async def events_in(url: str) -> int:
    connection = await asyncpg.connect(url)
    try:
        tables = (f"{service}.event" for service in ("intake", "investigation", "resolution", "followup"))
        counts = [await connection.fetchval(f"SELECT count(*) FROM {table}") for table in tables]
        return sum(counts)
    finally:
        await connection.close()


@pytest.mark.practice("P169")
async def test_who_opens_the_narrative_is_recorded_with_the_purpose_and_looking_at_lists_is_not(
    at: tuple[Office, str],
) -> None:
    office, url = at
    case_id = await office.desk.receive(words=WORDS)
    before = await events_in(url)
    async with office.stack.client(await office.stack.key(actor="agent-7")) as agent:
        for path in ("/v1/cases", f"/v1/cases/{case_id}", f"/v1/cases/{case_id}/files/intake", "/v1/worklist"):
            seen = await agent.get(path)
            assert seen.status_code == 200
            assert WORDS not in seen.text
        assert await events_in(url) == before
        asked = {"part": "words", "purpose": "Prepare the call back."}
        headers = {"idempotency-key": str(uuid4())}
        opened = await agent.post(f"/v1/cases/{case_id}/files/intake/openings", json=asked, headers=headers)
        assert (opened.status_code, opened.json()["file"]["words"]) == (200, WORDS)
    await office.stack.settle()
    assert await events_in(url) == before + 1
    async with office.stack.client(await office.stack.key("audit:read", actor="auditor-1")) as auditor:
        (reading,) = (await auditor.get(f"/v1/cases/{case_id}/replay")).json()["readings"]
    assert (reading["what"], reading["by"], reading["by_kind"]) == ("file opened", "agent-7", "person")
    assert reading["data"] == {"part": "words", "purpose": "Prepare the call back."}
    code, said = await command(url, "audit", "accesses", "--json")
    (listed,) = json.loads(said)["readings"]
    assert code == 0
    assert (listed["by"], listed["case_id"], listed["part"]) == ("agent-7", case_id, "words")
    assert (listed["purpose"], listed["allowed"]) == ("Prepare the call back.", True)


@pytest.mark.practice("P169")
async def test_exports_are_recorded_before_they_are_written_and_the_list_cannot_be_cut(
    at: tuple[Office, str], tmp_path: Path
) -> None:
    office, url = at
    case_id = await office.desk.receive(words=WORDS)
    events = await events_in(url)
    for number, format_ in enumerate(("events", "xes", "ocel", "csv")):
        path = tmp_path / f"log-{format_}"
        purpose = f"Yearly audit, part {number}."
        code, said = await command(
            url, "audit", "export", str(path), "--format", format_, "--purpose", purpose, "--json"
        )
        assert (code, json.loads(said)["events"]) == (0, events), said
        assert WORDS not in path.read_text(encoding="utf-8")
    assert (await command(url, "audit", "export", str(tmp_path / "other"), "--format", "xlsx"))[0] == 2
    assert (await command(url, "audit", "export", str(tmp_path / "log-xes"), "--format", "xes"))[0] == 2
    async with office.stack.client(await office.stack.key("keys:open", actor="curious")) as curious:
        headers = {"idempotency-key": str(uuid4())}
        asked = {"persons": [str(uuid4())], "purpose": "Look who it is."}
        assert (await curious.post("/v1/person-keys", json=asked, headers=headers)).status_code == 200
    async with office.stack.client(await office.stack.key("audit:read", actor="auditor-1")) as auditor:
        records = (await auditor.get("/v1/access-records")).json()
        assert (await auditor.get("/v1/access-records?after=3")).json() == records[4:]
    taken = [(each["what"], each["details"].get("format"), each["purpose"]) for each in records]
    assert taken[:4] == [
        ("export", name, f"Yearly audit, part {number}.")
        for number, name in enumerate(("events", "xes", "ocel", "csv"))
    ]
    assert taken[-1] == ("person-keys", None, "Look who it is.")
    assert (records[-1]["by"], records[-1]["by_kind"]) == ("curious", "person")
    assert [each["position"] for each in records] == list(range(len(records)))
    assert len(records) == 5, "what was refused took nothing"
    assert await events_in(url) == events
    assert (await command(url, "audit", "accesses"))[0] == 0

    connection = await asyncpg.connect(url)
    try:
        for statement in ("UPDATE {} SET record = record", "DELETE FROM {}", "TRUNCATE {}"):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.execute(statement.format("platform.access_record"))
        # Somebody with every right takes one out of the middle: the links say so.
        await connection.execute("SET session_replication_role = replica")
        await connection.execute("DELETE FROM platform.access_record WHERE position = 1")
    finally:
        await connection.close()
    code, said = await command(url, "audit", "accesses", "--json")
    assert (code, json.loads(said)["broken"]) == (1, [2])
    assert case_id


@pytest.mark.practice("P167")
async def test_an_escalation_by_a_clock_names_the_clock_and_its_policy_and_no_person(at: tuple[Office, str]) -> None:
    office, url = at
    case_id = await office.desk.receive()
    await office.desk.do(case_id, "acknowledgement")
    await office.wait_until("2026-03-31T09:30")
    code, said = await command(url, "audit", "replay", case_id, "--json")
    assert code == 0
    timeline = json.loads(said)["timeline"]
    (escalated,) = [each for each in timeline if each["words"] == "case escalated"]
    expired = next(each for each in timeline if each["data"].get("clock") == escalated["data"]["about"])
    assert (escalated["actor"], escalated["actor_kind"]) == ("casework-timer", "clock")
    assert escalated["data"]["ladder"]["id"]
    assert expired["data"]["policy"] == {"id": "internal.answer", "version": 1}
    assert {each["actor"] for each in timeline if each["actor_kind"] == "person"} == {"handler-1"}
    assert "handler-1" not in json.dumps(escalated)
    # Each event says who or what did it, and of which kind, and the kinds are told apart.
    assert all(each["actor"] for each in timeline)
    kinds = {each["words"]: each["actor_kind"] for each in timeline}
    assert (kinds["complaint acknowledged"], kinds["follow up opened"]) == ("person", "service")


@pytest.mark.practice("P167")
async def test_an_integrators_post_is_an_integrators(at: tuple[Office, str]) -> None:
    office, _ = at
    from casework.shared.testing.desk import Desk

    async with office.stack.client(await office.stack.key("complaints:write", actor="shop", kind="integrator")) as shop:
        case_id = await Desk(shop, office.stack.settle).receive()
    answer = await office.desk.http.get(f"/v1/cases/{case_id}/events")
    first = answer.json()[0]["event"]
    assert (first["actor"], first["actorkind"]) == ("shop", "integrator")


@pytest.mark.practice("P168")
async def test_a_letter_with_a_wrong_amount_stays_and_its_correction_points_to_it(
    at: tuple[Office, str], tmp_path: Path
) -> None:
    office, url = at
    case_id = await office.desk.receive()
    wrong = {"channel": "letter", "text": "You get 3,300.00 GBP.", "says": [{"topic": "refund", "value": "3300.00"}]}
    right = {"channel": "letter", "text": "You get 300.00 GBP.", "says": [{"topic": "refund", "value": "300.00"}]}
    await office.desk.do(case_id, "resolution/messages", wrong)
    contradicts = await office.desk.ask(case_id, "resolution/messages", right)
    assert contradicts.status_code == 409, "what was said is not said otherwise in silence"
    first = await stated(office, case_id)
    await office.desk.do(case_id, "resolution/messages", right | {"corrects": first[-1]["id"]})

    path = tmp_path / "log.jsonl"
    assert (await command(url, "audit", "export", str(path)))[0] == 0
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    events = [json.loads(line["envelope"]) for line in lines if "envelope" in line]
    of_case = [event for event in events if event["subject"] == case_id]
    letters = [event for event in of_case if event["type"] == "casework.resolution.message-sent.v1"]
    said = [event["data"] for event in of_case if event["type"] == "casework.resolution.facts-stated.v1"]
    assert [event["streamversion"] for event in letters] == sorted(event["streamversion"] for event in letters)
    assert len(letters) == 2
    assert [each["says"][0]["value"] for each in said] == ["3300.00", "300.00"]
    assert "corrects" not in said[0]
    assert said[1]["corrects"] == first[-1]["id"]
    assert UUID(said[1]["corrects"]) in {UUID(event["id"]) for event in of_case}
    # Both letters are in the file, word for word, and neither can be removed.
    opened = await office.desk.post(
        f"/v1/cases/{case_id}/files/resolution/openings", {"part": "messages", "purpose": "Compare the two."}
    )
    assert all(text in opened.text for text in ("You get 3,300.00 GBP.", "You get 300.00 GBP."))
    connection = await asyncpg.connect(url)
    try:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute("DELETE FROM resolution.event WHERE case_id = $1", UUID(case_id))
    finally:
        await connection.close()
    assert (await command(url, "audit", "verify"))[0] == 0


async def stated(office: Office, case_id: str) -> list[dict[str, Any]]:
    answer = await office.desk.http.get(f"/v1/cases/{case_id}/events")
    events = (each["event"] for each in answer.json())
    return [event for event in events if event["type"] == "casework.resolution.facts-stated.v1"]
