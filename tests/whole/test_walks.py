"""The walks of `examples/`, through the HTTP API alone, and what people read afterwards."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import datetime, timedelta
from typing import Any, cast
from uuid import UUID, uuid4

import httpx2
import pytest
from examples import five_cases_one_cause, four_demands, refund_dispute
from examples.desk import EVERYBODY, GRACE, PRIYA, SAM, TOM, WEI, Answer, Person, Walk, WentWrong
from tests.clocks.conftest import Open
from tests.clocks.office import Office

from casework.shared.audit.attended import attended_in_stores
from casework.shared.audit.replay import replay
from casework.shared.audit.sources import verify_stores
from casework.shared.audit.walk import open_stores
from casework.shared.contracts.actors import ActorKind
from casework.shared.platform.api_keys import Scope


class OfficeDesk:
    """The desk of a walk in an office: everything has arrived after each post, and the test tells the time."""

    def __init__(self, office: Office, clients: Mapping[str, httpx2.AsyncClient]) -> None:
        self._office, self._clients = office, clients

    def now(self) -> datetime:
        return self._office.time()

    async def get(self, who: Person, path: str) -> Answer:
        response = await self._clients[who.name].get(path)
        return Answer(response.status_code, response.json())

    async def post(self, who: Person, path: str, body: Mapping[str, Any], wanted: str = "") -> Answer:
        headers = {"idempotency-key": str(uuid4())}
        response = await self._clients[who.name].post(path, json=dict(body), headers=headers)
        if response.status_code not in (409, 422):  # which leave nothing behind that could travel
            await self._office.stack.settle()
        return Answer(response.status_code, response.json(), response.headers.get("etag", ""))

    async def wait(self, until: datetime) -> None:
        await self._office.wait_until(until.isoformat())


@asynccontextmanager
async def walking(open_office: Open) -> AsyncIterator[tuple[Office, Walk]]:
    """An office in which everybody of the walks has a key of their own, and no more than they need."""
    async with open_office(now="2026-03-02T09:00", zone="Europe/London") as office, AsyncExitStack() as clients:
        keys = {
            each.name: await office.stack.key(
                *cast("tuple[Scope, ...]", each.scopes),
                actor=each.name,
                kind=cast("ActorKind", each.kind),
                role=each.role,
                rank=each.rank,
            )
            for each in EVERYBODY
        }
        at = {name: await clients.enter_async_context(office.stack.client(key)) for name, key in keys.items()}
        yield office, Walk(OfficeDesk(office, at))


async def read(office: Office, path: str) -> Any:
    answer = await office.desk.http.get(path)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def file_of(office: Office, case: str, service: str) -> Any:
    return (await read(office, f"{case}/files/{service}"))["file"]


async def opened(office: Office, case: str, service: str, part: str) -> Any:
    """A restricted part, as an auditor opens it."""
    asked = {"part": part, "purpose": "To see what was recorded."}
    answer = await office.desk.post(f"{case}/files/{service}/openings", asked)
    assert answer.status_code == 200, answer.text
    return answer.json()["file"]


def refusals(walk: Walk) -> list[str]:
    """What was refused on the way, as it was told."""
    return [line.answer for line in walk.lines if line.status >= 400]


async def ended_well(office: Office, cases: Sequence[str]) -> None:
    """Every case is closed and nobody's work, was somebody's at every moment, and its record holds."""
    url = str(office.stack.admin.url.render_as_string(hide_password=False))
    for case in cases:
        status = await read(office, case)
        assert (status["open"], status["stage"], status["outcome"]) == (False, "closed", "decided")
        assert {each["phase"] for each in await read(office, f"{case}/clocks")} <= {"met", "expired", "withdrawn"}
    assert (await read(office, "/v1/cases?orphaned=true"))["items"] == []
    assert (await read(office, "/v1/worklist"))["items"] == []
    assert (await read(office, "/v1/case-counts?outcomes=true"))["outcomes"] == {"decided": len(cases)}
    async with open_stores(url) as stores:
        for case in cases:
            case_id = UUID(case.rpartition("/")[2])
            replayed = await replay(stores, case_id)
            events = await read(office, f"{case}/events")
            assert [event.document()["id"] for event in replayed.timeline] == [each["event"]["id"] for each in events]
            states = replayed.states
            assert all(state is not None for state in states.values())
            assert cast("Mapping[str, Any]", states["followup"])["status"] == "closed"
    report = await verify_stores(url, all_states=True)
    assert report.faults == 0, report.document()
    attendance = await attended_in_stores(url)
    assert (attendance.cases, attendance.found) == (len(cases), {})


async def test_a_refund_dispute_with_proof_of_both_sides_and_an_appeal(open_office: Open) -> None:
    async with walking(open_office) as (office, walk):
        (case,) = await refund_dispute.story(walk)
        await ended_well(office, [case])
        assert (await read(office, case))["decision"] == "upheld"

        # What was understood, and how it was weighed.
        intake = await file_of(office, case, "intake")
        assert intake["problem"]["scope"] == 1
        demand, explanation = sorted(intake["demands"]["demands"], key=lambda each: int(each["number"]))
        assert (demand["kind"], demand["version"], demand["amounts"]) == ("refund", 2, [refund_dispute.gbp("239.20")])
        assert (explanation["kind"], explanation["version"]) == ("explanation", 1)
        card = await opened(office, case, "intake", "card")
        assert "Nobody answered when I tried to cancel." in str(card)

        # The proof: both sides', hashed, the contested one named so, and cited in the decision.
        inquiry = await file_of(office, case, "investigation")
        items = inquiry["evidence"]["items"]
        assert [each["item"]["given_by"] for each in items] == ["complainant", "organisation", "third-party"]
        assert [each["said"]["en"] for each in items[:2]] == ["valid", "valid, contested"]
        assert items[0]["item"]["sha256"] == refund_dispute.item(refund_dispute.SCREENSHOT)["sha256"]
        assert [each["item"]["late"] for each in items[:2]] == [False, False]
        found = inquiry["inquiry"]["findings"]
        assert [(each["demand"], each["evidence"]) for each in found] == [(1, [1, 2]), (2, [1])]
        said = await opened(office, case, "investigation", "evidence-statements")
        assert "打开的只是错误页面" in said["statements"][0]["said"]

        # The refund is the rule's figure, asked of the next rung, and paid once.
        resolution = await file_of(office, case, "resolution")
        approvals = resolution["approvals"]["asked"]
        assert [(each["role"], each["ground"], each["asked_by"], each["by"]) for each in approvals] == [
            ("lead", "over-limit", PRIYA.name, TOM.name)
        ] * 2
        first, final = resolution["remedies"]["ledger"]
        assert (first["amount"], first["status"]) == (refund_dispute.gbp("199.33"), "waived")
        assert (final["amount"], final["status"]) == (refund_dispute.gbp("239.20"), "received")
        assert [each["status"] for each in final["history"]] == ["sent", "received"]
        assert final["history"][-1]["proof"] == "Bank advice 0017-9."

        # Each demand has its own answer; the letter names the reasons and the way outside.
        demands = resolution["demands"]
        assert demands["summary"]["en"] == "2 of 2 met, 0 refused"
        assert demands["demands"][0]["answers_before"][0]["answer"] == "refused"
        assert demands["demands"][0]["answer"]["evidence"] == [1, 3]
        decision = resolution["answers"]["decision"]
        assert decision["appeal"]["until"] == "2026-04-01T23:00:00.000000Z", "thirty days, the last one whole"
        letter = decision["letter"]
        assert "The report of our host bears out your screenshot" in letter["en"]
        assert "court" in letter["en"]
        assert "法院" in letter["zh"]
        assert ".." not in letter["en"]
        decisions = await recorded(office, case, "resolution", "decision-communicated")
        assert [each["outcome"] for each in decisions] == ["partly-upheld", "upheld"]
        assert [(each["number"], each["ruling"]) for each in decisions[0]["evidence"]] == [
            (1, "valid"),
            (2, "contested"),
        ]
        (judged,) = await recorded(office, case, "resolution", "decision-appeal-decided")
        assert (judged["succeeded"], judged["judge"]) == (True, SAM.name)

        # The opinion is the complainant's, on result and process apart; that Grace tried is on record.
        opinions = await opened(office, case, "followup", "opinions")
        assert ([each["score"] for each in opinions["result"]], [each["score"] for each in opinions["process"]]) == (
            [4],
            [5],
        )
        (tried,) = await office.events(case.rpartition("/")[2], "file-refused")
        assert tried["actor"] == GRACE.name
        for words in (
            "does not say yet what the complainant wants",
            "another SHA-256",
            "Nobody approves what they asked for themselves",
            "number 1, 2 has no answer yet",
            "An appeal against the decision waits",
            "had a part in the decision",
            "has not got remedy 2 yet",
            "Nobody rates their own work",
        ):
            assert any(words in refusal for refusal in refusals(walk)), words

        # A second thought after thirty days is told the way outside.
        await office.wait_until("2026-04-02T00:00")  # summer time by then
        late = await office.desk.post(f"{case}/resolution/decision-appeals", {"grounds": "All of it, after all."})
        assert (late.status_code, late.json()["type"]) == (409, "/problems/appeal-too-late")
        assert "out of court" in late.json()["detail"]
        assert (await read(office, case))["open"] is False


async def test_four_demands_an_approval_that_goes_up_and_a_promise_that_is_broken(open_office: Open) -> None:
    async with walking(open_office) as (office, walk):
        (case,) = await four_demands.story(walk, timedelta(days=2))
        await ended_well(office, [case])

        resolution = await file_of(office, case, "resolution")
        demands = resolution["demands"]
        assert demands["summary"] == {"en": "3 of 4 met, 1 refused", "zh": "4项诉求:3项满足,1项拒绝"}
        assert [(each["kind"], each["owner"], each["answer"]["answer"]) for each in demands["demands"]] == [
            ("repair", "field-service", "met"),
            ("apology", PRIYA.name, "met"),
            ("correction", "billing", "met"),
            ("compensation", PRIYA.name, "refused"),
        ]
        assert demands["demands"][3]["answer"]["evidence"] == [3]
        clocks = await office.clocks(case.rpartition("/")[2], policy="internal.demand")
        assert [each["phase"] for each in clocks] == ["met"] * 4

        # It went up, came back with a reason, and the approver read the complainant's own words first.
        high, lower = resolution["approvals"]["asked"]
        assert (high["role"], high["status"], high["by"]) == ("manager", "refused", GRACE.name)
        assert high["reason"].startswith("Item 3 shows one day")
        assert (lower["role"], lower["status"], lower["by"]) == ("lead", "given", TOM.name)
        refused, granted = [
            each["event"]
            for each in await read(office, f"{case}/events")
            if each["event"]["type"] in ("casework.resolution.file-refused.v1", "casework.resolution.file-opened.v1")
        ]
        assert (refused["actor"], granted["actor"]) == (PRIYA.name, GRACE.name)
        decided_at = next(at for at, line in enumerate(walk.lines) if line.says == "says no, with a reason")
        opened_at = next(at for at, line in enumerate(walk.lines) if line.says.startswith("opens it"))
        assert opened_at < decided_at
        assert four_demands.WORDS not in str(await read(office, f"{case}/events"))

        # The promise: broken by its time alone, the closed case open again and gone up, kept late.
        (promise,) = resolution["promises"]
        assert (promise["state"], promise["late"], promise["by"]) == ("kept", True, TOM.name)
        assert promise["broken_at"] >= promise["due_at"]
        types = await office.desk.types(case.rpartition("/")[2], "followup")
        order = [types.index(f"{name}.v1") for name in ("case-closed", "case-reopened")]
        assert order == sorted(order)
        assert types.count("case-closed.v1") == 2
        (escalated,) = await recorded(office, case, "followup", "case-escalated")
        assert (escalated["role"], escalated["reason"]) == ("supervisor", "deadline-missed")
        reopened = next(line for line in walk.lines if line.says.startswith("finds the case open again"))
        assert reopened.answer == "response: Propose a remedy and communicate the decision"

        ledger = resolution["remedies"]["ledger"]
        assert [(each["kind"], each["remedy_class"], each["status"]) for each in ledger] == [
            ("refund", "claim", "received"),
            ("correction", "claim", "received"),
            ("apology", "claim", "received"),
            ("repair", "claim", "received"),
            ("refund", "goodwill", "received"),
        ]
        for words in (
            "the organisation's; hear it",
            "This waits for the manager",
            "Facts, scenarios and at least two options",
            "You may not read approval-packs",
            "can be refused only on evidence",
            "sorry-without-a-plan",
            "A step that is skipped needs a reason",
            "more than you may promise",
        ):
            assert any(words in refusal for refusal in refusals(walk)), words


async def test_five_cases_of_one_defect_in_one_report(open_office: Open) -> None:
    async with walking(open_office) as (office, walk):
        cases = await five_cases_one_cause.story(walk)
        await ended_well(office, cases)

        report = await read(office, "/v1/reports/8D-0001")
        assert report["cases"] == [case.rpartition("/")[2] for case in cases]
        assert [report[f"d{each}"]["closed"] for each in range(1, 9)] == [True] * 8
        assert [each["role"] for each in report["d1"]["members"]] == ["leader", "member", "sponsor"]
        assert report["d2"]["like_cases"] == {"category": "Furniture", "days": 30, "number": 4}
        (containment,) = report["d3"]["containments"]
        assert (containment["verified"], containment["cases"]) == (True, report["cases"])
        assert [(each["number"], each["why_of"], each["proven"]) for each in report["d4"]["whys"]] == [
            (1, None, True),
            (2, 1, True),
            (3, 2, True),
            (4, 3, True),
            (5, 4, True),
        ]
        assert report["d4"]["root_cause"]["cause"] == five_cases_one_cause.WHYS[-1][0]
        assert report["d5"]["trials"] == [
            {"result": "100 boxes, 10 of them short: all 10 were stopped.", "worked": True}
        ]
        assert (report["d6"]["effect"]["fell"], report["d6"]["effect"]["after"]["cases"]) == (True, 0)
        assert report["d7"]["read_across"] == ["Shelf S-2", "Bed B-7"]
        assert report["d8"]["article"] == "lesson-0044"
        # The script exported the same, in one line.
        (exported,) = (line for line in walk.lines if line.path == "/v1/reports/8D-0001")
        assert exported.answer.startswith('{"report": "8D-0001"')

        for case in cases:
            assert (await read(office, case))["decision"] == "upheld"
            (shown,) = await recorded(office, case, "investigation", "root-cause-verified")
            assert (shown["report"], shown["cause"]) == ("8D-0001", five_cases_one_cause.WHYS[-1][0])
            effects = await recorded(office, case, "investigation", "effect-shown")
            assert [each["fell"] for each in effects] == [False, True]
            inquiry = (await file_of(office, case, "investigation"))["inquiry"]
            assert inquiry["cause"]["cause"] == five_cases_one_cause.WHYS[-1][0]
            (line,) = (await file_of(office, case, "resolution"))["remedies"]["ledger"]
            assert (line["remedy"], line["status"], line["proof"]) == ("replace", "received", "carrier-receipt")
        for words in (
            "has no other case",
            "without a sponsor",
            "a containment is not verified",
            "Link 4 of the whys is not proven",
            "not tried with success",
            "has not fallen",
            "like products",
            "D1, D2",
        ):
            assert any(words in refusal for refusal in refusals(walk)), words


async def recorded(office: Office, case: str, service: str, name: str) -> list[Mapping[str, Any]]:
    """The data of a service's events of one type, in order."""
    found = (each["event"] for each in await read(office, f"{case}/events"))
    return [each["data"] for each in found if each["type"] == f"casework.{service}.{name}.v1"]


async def test_a_walk_that_is_answered_otherwise_says_so(open_office: Open) -> None:
    async with walking(open_office) as (_office, walk):
        step = f"/v1/cases/{uuid4()}/investigation/acceptance"
        with pytest.raises(WentWrong, match=f"{WEI.name} takes what is not there: HTTP 404"):
            await walk.post(WEI, "takes what is not there", step)
        with pytest.raises(WentWrong, match="and not nothing-offered"):
            await walk.refused(WEI, "is told otherwise", step, {}, "nothing-offered")
