"""The gate before a final answer: the cause first, reasons, every demand answered, and the way outside."""

from __future__ import annotations

from typing import Any

import pytest
from tests.clocks.conftest import Open
from tests.clocks.office import Office

from casework.shared.testing.desk import STEPS

UK = """
calendar = "UK-ENG"
policies = ["uk.disp.8w", "internal.finish"]
"""
AU = """
calendar = "AU-NSW"
policies = ["au.rg271.30", "internal.finish"]
"""
DECISION = STEPS["resolution/decision"]
CONCLUDED = {"outcome": "upheld", "summary": "The second fee had no ground."}


async def answers(office: Office, case_id: str) -> dict[str, Any]:
    """What resolution's file says the complainant was answered."""
    answer = await office.desk.http.get(f"/v1/cases/{case_id}/files/resolution")
    assert answer.status_code == 200, answer.text
    return dict(answer.json()["file"]["answers"])


async def to_the_decision(office: Office, case_id: str) -> None:
    """The usual way, but for the cause."""
    await office.desk.walk(case_id, "investigation/findings")
    await office.desk.do(case_id, "investigation/conclusion", CONCLUDED)
    for step in ("investigation/resolution-offer", "resolution/acceptance", "resolution/remedies"):
        await office.desk.do(case_id, step)


@pytest.mark.practice("P083")
@pytest.mark.parametrize(
    "cause",
    [{"cause": "The job that books the fee ran twice."}, {"not_found_after": ["Read the logs.", "Asked the clerk."]}],
    ids=["found", "not-found"],
)
async def test_no_decision_before_the_cause_or_the_steps_after_which_it_was_not_found(
    open_office: Open, cause: dict[str, Any]
) -> None:
    async with open_office() as office:
        case_id = await office.desk.receive()
        await to_the_decision(office, case_id)
        refused = await office.desk.ask(case_id, "resolution/decision")
        assert (refused.status_code, refused.json()["type"]) == (409, "/problems/cause-missing")
        await office.desk.do(case_id, "investigation/cause", cause)
        await office.desk.do(case_id, "resolution/decision")


@pytest.mark.practice("P083")
async def test_the_first_human_reply_is_measured_apart_from_the_decision(open_office: Open) -> None:
    async with open_office(now="2026-03-02T00:40") as office:
        case_id, other = await office.desk.receive(), await office.desk.receive()
        await office.go_to("2026-03-02T00:55")
        await office.desk.walk(case_id, "investigation/acceptance")
        apology = {"channel": "phone", "words": "Sorry for the trouble; we will check."}
        await office.desk.do(other, "resolution/apologies", apology)
        for each, by in ((case_id, "acknowledgement"), (other, "apology")):
            first = (await answers(office, each))["first_human_reply"]
            assert (first["minutes"], first["by"], first["at"]) == (15, by, "2026-03-02T00:55:00.000000Z")
        await office.go_to("2026-03-03T00:40")
        for step in list(STEPS)[list(STEPS).index("investigation/findings") :]:
            await office.desk.do(case_id, step)
            if step == "resolution/decision":
                break
        shown = await answers(office, case_id)
        assert (shown["first_human_reply"]["minutes"], shown["decision"]["minutes"]) == (15, 24 * 60)


async def test_an_acknowledgement_by_a_machine_is_no_human_reply(open_office: Open) -> None:
    async with open_office(now="2026-03-02T00:40") as office:
        case_id = await office.desk.receive()
        async with office.stack.client(await office.stack.key(actor="crm", kind="integrator")) as machine:
            sent = {"idempotency-key": "00000000-0000-4000-8000-000000000001"}
            path = f"/v1/cases/{case_id}/acknowledgement"
            assert (await machine.post(path, json=STEPS["acknowledgement"], headers=sent)).status_code == 200
        await office.stack.settle()
        assert "first_human_reply" not in await answers(office, case_id)


@pytest.mark.parametrize(
    ("institution", "zone", "route", "last_day", "said"),
    [
        (UK, "Europe/London", "uk.fos", "2026-02-28", "Exchange Tower, London E14 9SR"),
        (AU, "Australia/Sydney", "au.afca", "2027-08-31", "GPO Box 3, Melbourne VIC 3001"),
        (None, "Europe/London", "courts", None, "court"),
    ],
    ids=["ombudsman", "authority", "courts"],
)
@pytest.mark.practice("P082")
async def test_a_final_answer_names_the_way_outside_with_address_and_time_limit(
    open_office: Open, institution: str | None, zone: str, route: str, last_day: str | None, said: str
) -> None:
    async with open_office(institution=institution, now="2025-08-31T10:00", zone=zone) as office:
        case_id = await office.desk.receive()
        await office.desk.walk(case_id, "resolution/remedies")
        bare = {name: value for name, value in DECISION.items() if name != "reasons"}
        refused = await office.desk.ask(case_id, "resolution/decision", bare)
        assert refused.json()["type"] == "/problems/decision-without-reasons"
        await office.desk.do(case_id, "resolution/decision")
        decision = (await answers(office, case_id))["decision"]
        assert (decision["route"]["id"], decision["route"].get("last_day")) == (route, last_day)
        assert said in decision["letter"]["en"]
        if last_day is not None:
            assert last_day in decision["letter"]["en"]
            assert last_day in decision["letter"]["zh"]
        if route == "uk.fos":
            assert "Financial Ombudsman Service" in decision["letter"]["en"]
            assert decision["route"]["rule"] == "FCA DISP 2.8.1R, 2.8.2R"
