"""Pausing, resuming and extending a clock over HTTP: what the policy lists, and every way in which it is refused."""

from __future__ import annotations

from typing import Any

import httpx2
import pytest
from tests.clocks.conftest import Open
from tests.clocks.office import Office, office_on
from tests.clocks.rules import of_length, rules, that_pauses

from casework.shared.contracts.lengths import Length
from casework.shared.testing.parts import PostgresServer

BANK = rules("cn.bank.15", calendar="CN")
CHINA = {"rules": BANK, "now": "2026-03-02", "zone": "Asia/Shanghai"}
NOTICE = {"cause": "outside-appraisal", "proof": "contract 7", "told_at": "2026-03-09T01:00:00Z"}


async def ask(office: Office, case_id: str, policy: str, what: str, **body: Any) -> httpx2.Response:
    clock = (await office.clock(case_id, policy))["clock"]
    answer = await office.desk.post(f"/v1/cases/{case_id}/clocks/{clock}/{what}", body)
    await office.stack.settle()
    return answer


def refused(answer: httpx2.Response) -> str:
    assert answer.status_code == 409, answer.text
    return str(answer.json()["type"]).removeprefix("/problems/")


@pytest.mark.practice("P119")
async def test_a_pause_keeps_what_remains_under_a_newer_policy(postgres_server: PostgresServer, tmp_path: Any) -> None:
    ten_days = that_pauses(
        of_length("internal.answer", Length(10, "working-day")), "supplier", Length(60, "calendar-day")
    )
    shorter = that_pauses(
        of_length("internal.answer", Length(3, "working-day"), version=3), "supplier", Length(1, "calendar-day")
    )
    async with postgres_server.database("office") as url:
        old = rules(own=[ten_days])
        async with office_on(url, tmp_path, rules=old, now="2026-03-02", zone="Europe/London") as office:
            case_id = await office.desk.receive()
            assert await office.due(case_id, "internal.answer") == "2026-03-17T00:00"
            await office.wait_until("2026-03-06")
            answer = await ask(office, case_id, "internal.answer", "pause", cause="supplier")
            assert answer.status_code == 200, answer.text
            (paused,) = await office.events(case_id, "clock-paused")
            assert paused["data"]["remaining"] == {"number": 6, "unit": "working-day"}
        new = rules(own=[ten_days, shorter])
        async with office_on(url, tmp_path, rules=new, now="2026-03-06", zone="Europe/London") as office:
            await office.wait_until("2026-03-30")
            assert (await office.clock(case_id, "internal.answer"))["phase"] == "paused"
            answer = await ask(office, case_id, "internal.answer", "resumption")
            assert answer.status_code == 200, answer.text
            assert await office.due(case_id, "internal.answer") == "2026-04-10T00:00"
            assert (await office.clock(case_id, "internal.answer"))["policy_version"] == 2
            due = (await office.desk.show(case_id))["due"]
            assert due["day"] == "2026-04-09"


@pytest.mark.practice("P120")
async def test_a_clock_is_paused_only_for_listed_causes(open_office: Open) -> None:
    async with open_office(**CHINA) as office:
        case_id = await office.desk.receive()
        assert await office.due(case_id, "cn.bank.15") == "2026-03-18T00:00"
        await office.wait_until("2026-03-09")
        answer = await ask(office, case_id, "cn.bank.15", "pause", **NOTICE | {"cause": "staff-shortage"})
        assert refused(answer) == "pause-cause-not-listed"
        without_proof = {name: value for name, value in NOTICE.items() if name != "proof"}
        without_notice = {name: value for name, value in NOTICE.items() if name != "told_at"}
        assert refused(await ask(office, case_id, "cn.bank.15", "pause", **without_proof)) == "pause-proof-missing"
        assert refused(await ask(office, case_id, "cn.bank.15", "pause", **without_notice)) == "notice-not-sent"
        longer = NOTICE | {"length": {"number": 31, "unit": "calendar-day"}}
        assert refused(await ask(office, case_id, "cn.bank.15", "pause", **longer)) == "pause-beyond-cap"
        assert await office.due(case_id, "cn.bank.15") == "2026-03-18T00:00"

        assert (await ask(office, case_id, "cn.bank.15", "pause", **NOTICE)).status_code == 200
        assert "due_at" not in await office.clock(case_id, "cn.bank.15")
        await office.wait_until("2026-03-19")
        assert (await ask(office, case_id, "cn.bank.15", "resumption")).status_code == 200
        assert await office.due(case_id, "cn.bank.15") == "2026-03-28T00:00"


@pytest.mark.practice("P120")
async def test_a_pause_that_nobody_ends_ends_with_its_cap(open_office: Open) -> None:
    async with open_office(**CHINA) as office:
        case_id = await office.desk.receive()
        await office.wait_until("2026-03-09")
        assert (await ask(office, case_id, "cn.bank.15", "pause", **NOTICE)).status_code == 200
        await office.wait_until("2026-04-07T23:59")
        assert (await office.clock(case_id, "cn.bank.15"))["phase"] == "paused"
        await office.wait_until("2026-04-08T10:00")
        (resumed,) = await office.events(case_id, "clock-resumed")
        assert resumed["data"]["ended_by"] == "cap"
        assert resumed["data"]["resumed"]["day"] == "2026-04-08"
        assert resumed["actorkind"] == "clock"
        assert await office.due(case_id, "cn.bank.15") == "2026-04-17T00:00"


@pytest.mark.practice("P121")
async def test_an_extension_has_its_reason_rank_and_notice_before_the_end(open_office: Open) -> None:
    given = rules("uk.disp.psd")
    extension = {"extension": "uk.disp.psd.35", "reason": "The trader's bank must answer first."}
    async with open_office(rules=given, now="2025-12-08", zone="Europe/London") as office:
        in_time, too_late = await office.desk.receive(), await office.desk.receive()
        supervisor = office.stack.client(await office.stack.key(actor="supervisor-1", rank=2))
        await office.wait_until("2025-12-31T15:00")
        told = {"told_at": "2025-12-31T14:30:00Z"}
        assert await office.due(in_time, "uk.disp.psd") == "2026-01-01T00:00"
        assert refused(await ask(office, in_time, "uk.disp.psd", "extension", **extension, **told)) == (
            "approver-below-rank"
        )
        async with supervisor:
            handler, office.desk.http = office.desk.http, supervisor
            later = {"told_at": "2026-01-02T10:00:00Z"}
            for body, code in (
                (extension | later, "notice-not-sent"),
                (extension | told | {"extension": "for-ever"}, "extension-not-listed"),
            ):
                assert refused(await ask(office, in_time, "uk.disp.psd", "extension", **body)) == code
            # Business day 15: the notice is out, and the reply is still in time.
            answer = await ask(office, in_time, "uk.disp.psd", "extension", **extension, **told)
            assert answer.status_code == 200, answer.text
            assert await office.due(in_time, "uk.disp.psd") == "2026-01-30T00:00"
            (extended,) = await office.events(in_time, "clock-extended")
            assert (extended["data"]["approver"], extended["data"]["rank"]) == ("supervisor-1", 2)
            # Business day 16, for the other case.
            await office.wait_until("2026-01-02")
            answer = await ask(office, too_late, "uk.disp.psd", "extension", **extension, **later)
            assert refused(answer) == "extension-after-expiry"
            office.desk.http = handler
        assert (await office.clock(too_late, "uk.disp.psd"))["phase"] == "expired"
        assert await office.due(too_late, "uk.disp.psd") == "2026-01-01T00:00"
        assert (await office.clock(in_time, "uk.disp.psd"))["phase"] == "running"


async def test_what_is_asked_of_a_clock_that_is_elsewhere_is_refused_and_says_why(open_office: Open) -> None:
    async with open_office(**CHINA) as office:
        case_id, other = await office.desk.receive(), await office.desk.receive()
        await office.wait_until("2026-03-09")
        assert refused(await ask(office, case_id, "cn.bank.15", "resumption")) == "clock-not-paused"
        strange = (await office.clock(other, "cn.bank.15"))["clock"]
        for what, body in (
            ("pause", NOTICE),
            ("resumption", {}),
            ("extension", {"extension": "cn.bank.30", "reason": "Complex.", "told_at": NOTICE["told_at"]}),
        ):
            answer = await office.desk.post(f"/v1/cases/{case_id}/clocks/{strange}/{what}", body)
            assert refused(answer) == "clock-not-armed"
        assert (await ask(office, case_id, "cn.bank.15", "pause", **NOTICE)).status_code == 200
        assert refused(await ask(office, case_id, "cn.bank.15", "pause", **NOTICE)) == "clock-is-paused"
        answer = await office.desk.post(f"/v1/cases/{case_id}/escalations/{strange}/acceptance", {})
        assert refused(answer) == "nothing-escalated"
        await office.desk.walk(case_id, "resolution/decision")
        assert refused(await ask(office, case_id, "cn.bank.15", "resumption")) == "clock-has-ended"
        assert refused(await ask(office, case_id, "cn.bank.15", "pause", **NOTICE)) == "clock-has-ended"


async def test_only_staff_may_ask_and_only_once(open_office: Open) -> None:
    async with open_office(**CHINA) as office:
        case_id = await office.desk.receive()
        clock = (await office.clock(case_id, "cn.bank.15"))["clock"]
        await office.wait_until("2026-03-09")
        path = f"/v1/cases/{case_id}/clocks/{clock}/pause"
        async with office.stack.client(await office.stack.key("cases:read", actor="reader")) as reader:
            assert (await reader.get(f"/v1/cases/{case_id}/clocks")).status_code == 200
            answer = await reader.post(path, json=NOTICE, headers={"idempotency-key": "a"})
            assert answer.status_code == 403
        async with office.stack.client(await office.stack.key("complaints:write", actor="shop")) as shop:
            assert (await shop.get(f"/v1/cases/{case_id}/clocks")).status_code == 403
        first = await office.desk.post(path, NOTICE, idempotency_key="pause-1")
        again = await office.desk.post(path, NOTICE, idempotency_key="pause-1")
        assert (first.status_code, again.status_code) == (200, 200)
        assert first.content == again.content
        assert len(await office.events(case_id, "clock-paused")) == 1
        answer = await office.desk.post(path, NOTICE | {"until": "9999-12-31"})
        assert answer.status_code in (400, 422)
