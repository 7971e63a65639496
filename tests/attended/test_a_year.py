"""A year of cases on a real database, some cared for, some forgotten: none was ever without somebody and a time."""

from __future__ import annotations

import random
from collections import Counter
from datetime import date, timedelta
from pathlib import Path

import pytest
from tests.clocks.office import Office, office

from casework.shared.audit.attended import attended_in_file, attended_in_stores
from casework.shared.audit.export import export
from casework.shared.audit.walk import open_stores
from casework.shared.testing.desk import STEPS
from casework.shared.testing.parts import PostgresServer

FIRST, LAST = date(2026, 1, 5), date(2026, 12, 28)
EVERY = timedelta(days=19)
TURNS = {
    "contest": ("resolution/reply", {"reply": "contested", "channel": "phone", "reason": "Not all of it."}),
    "withdraw": ("withdrawal", {"reason": "Settled.", "channel": "web"}),
    "reopen": ("reopening", {"reason": "The refund never came."}),
}
AFTER = {"contest": "resolution/follow-up-offer", "withdraw": "investigation/acceptance", "reopen": "closure"}
"""After which step of the straight way each turn comes."""


def _url(open_: Office) -> str:
    return open_.stack.runtimes["followup"].settings.database_url.get_secret_value()


async def _orphans(open_: Office) -> list[str]:
    answer = await open_.desk.http.get("/v1/cases?orphaned=true")
    assert answer.status_code == 200, answer.text
    return [each["case_id"] for each in answer.json()["items"]]


async def _work(open_: Office, case_id: str, steps: list[str], many: int) -> None:
    """The next steps of the case are done. Those of a forgotten one are not."""
    for step in steps[:many]:
        path, body = TURNS.get(step, (step, STEPS.get(step)))
        answer = await open_.desk.ask(case_id, path, body)
        assert answer.status_code == 200, answer.text
        if step.endswith("-offer") or step in TURNS:
            await open_.stack.settle()
    await open_.stack.settle()
    del steps[:many]


def _steps(number: int) -> list[str]:
    """What will be done about a case: straight on to a turn and from there to the end; or next to nothing."""
    turn = (*TURNS, None)[number % 4]
    straight = list(STEPS)
    if turn is None:
        return straight[: number % 3]
    before = straight[: straight.index(AFTER[turn]) + 1]
    return [*before, turn, *([] if turn == "withdraw" else straight[straight.index("resolution/remedies") :])]


@pytest.mark.practice("P110")
async def test_in_a_year_of_events_nobody_was_left_alone(postgres_server: PostgresServer, tmp_path: Path) -> None:
    odds = random.Random(2026)
    async with office(postgres_server, tmp_path, now=FIRST.isoformat(), zone="Europe/London") as open_:
        cases: dict[str, list[str]] = {}
        day = FIRST
        while day <= LAST:
            await open_.wait_until(day.isoformat())
            cases[await open_.desk.receive()] = _steps(len(cases))
            waiting = sorted(case_id for case_id, steps in cases.items() if steps)
            for case_id in odds.sample(waiting, min(3, len(waiting))):
                await _work(open_, case_id, cases[case_id], odds.choice((5, 20)))
            assert await _orphans(open_) == []
            day += EVERY
        await open_.wait_until(LAST.isoformat() + "T23:59")

        found = await attended_in_stores(_url(open_), until=open_.time.now)
        assert found.found == {}
        assert (found.cases, found.unreadable) == (len(cases), 0)
        assert await _orphans(open_) == []

        kinds: Counter[str] = Counter()
        for case_id in cases:
            answer = await open_.desk.http.get(f"/v1/cases/{case_id}/events")
            kinds.update({each["event"]["type"].split(".")[2] for each in answer.json()})
        assert {"clock-expired", "case-escalated", "case-closed", "case-reopened", "complaint-withdrawn"} <= set(kinds)

        file = tmp_path / "log.jsonl.gz"
        async with open_stores(_url(open_)) as stores:
            await export(stores, file)
        exported = attended_in_file(file, until=open_.time.now)
        assert (exported.found, exported.events, exported.cases) == ({}, found.events, found.cases)
