"""A flag on conduct: what was done and what shows it, reviewed by another person, until a day; and nothing else."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import orjson
import pytest
from tests.clocks.conftest import Open
from tests.clocks.office import Office
from tests.whole.remedy_office import RANKS

from casework.shared.policies.shipped_deadlines import deadlines_of_package
from casework.shared.testing.desk import STEPS, Desk

DONE = "He called the agent names. 他在电话里辱骂客服。"
FLAG = {
    "conduct": "insult",
    "done": DONE,
    "evidence": "Recording 17, from 04:10 to 05:20.",
    "care": "A colleague listens in; whoever is insulted may take a break.",
    "until": "2026-06-30",
}
REVIEW = {"confirmed": True, "reason": "Heard on the recording."}
ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
EVERY = ", ".join(f'"{each}"' for each in sorted({p.id for p in deadlines_of_package() if p.certainty != "unverified"}))
EVERY_POLICY = f'calendar = "UK-ENG"\npolicies = [{EVERY}]\n'
"""An institution that asks for every deadline that ships."""
SAID = {**STEPS["acknowledgement"]} | {
    "statements": sorted({each.name for policy in deadlines_of_package() for each in policy.statements})
}
"""An acknowledgement that says all that any of their rules wants said."""


class Twins:
    """Two cases of one office, at the same times and by the same hands; of the second a flag stands."""

    def __init__(self, office: Office, plain: str, flagged: str) -> None:
        self.office, self.plain, self.flagged = office, plain, flagged

    async def both(self, step: str, body: Mapping[str, Any] | None = None) -> tuple[int, Any]:
        """A step of both: what comes of it has to be the same."""
        found: list[tuple[int, Any]] = []
        for case_id in (self.plain, self.flagged):
            answer = await self.office.desk.ask(case_id, step, body)
            said = answer.json()
            of = said["events"] if answer.status_code == 200 else (said["type"], said["detail"])
            found.append((answer.status_code, of))
        await self.office.stack.settle()
        assert found[0] == found[1], step
        return found[0]

    async def alike(self) -> int:
        """Compares all that is known of the two. Returns how many clocks there are."""
        lived = [await self._lived(case_id) for case_id in (self.plain, self.flagged)]
        assert lived[0] == lived[1]
        shown = [await self.office.desk.show(case_id) for case_id in (self.plain, self.flagged)]
        for status in shown:
            for name in ("case_id", "statusversion", "versions"):
                del status[name]
            del status["caller"]["log_contact"]  # a path, with the case's id
        assert shown[0] == shown[1]
        clocks = [[_nameless(clock) for clock in await self.office.clocks(each)] for each in (self.plain, self.flagged)]
        assert sorted(clocks[0], key=str) == sorted(clocks[1], key=str)
        return len(clocks[0])

    async def _lived(self, case_id: str) -> Sequence[Any]:
        answer = await self.office.desk.http.get(f"/v1/cases/{case_id}/events")
        events = [each["event"] for each in answer.json()]
        kept = [
            {name: each.get(name) for name in ("source", "type", "time", "occurredat", "actor", "data")}
            for each in events
            if ".conduct-flag" not in each["type"]
        ]
        assert len(events) - len(kept) == (2 if case_id == self.flagged else 0)
        numbers: dict[str, str] = {}
        text = ID.sub(lambda found: numbers.setdefault(found[0], f"id-{len(numbers)}"), orjson.dumps(kept).decode())
        return [_without(each) for each in orjson.loads(text)]


def _without(value: Any) -> Any:
    """Without what differs from case to case by chance: how a value was sealed, and the hash of a text with an id."""
    if isinstance(value, dict):
        return {name: _without(each) for name, each in value.items() if name not in ("nonce", "box", "sha256")}
    return [_without(each) for each in value] if isinstance(value, list) else value


def _nameless(clock: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in clock.items() if name not in ("clock", "about")}


async def flagged(office: Office, case_id: str, *, reviewed: bool = True) -> None:
    """A flag of agent 7 on the case, that lead 7 confirms."""
    stack = office.stack
    agent, lead = [await stack.key(actor=f"{role}-7", role=role, rank=RANKS[role]) for role in ("agent", "lead")]
    async with stack.client(agent) as one, stack.client(lead) as two:
        await Desk(one, stack.settle).do(case_id, "follow-up/conduct-flags", FLAG)
        if reviewed:
            own = await Desk(one, stack.settle).ask(case_id, "follow-up/conduct-reviews", REVIEW)
            assert (own.status_code, own.json()["type"].rpartition("/")[2]) == (409, "own-conduct-flag")
            await Desk(two, stack.settle).do(case_id, "follow-up/conduct-reviews", REVIEW)


async def opened(office: Office, case_id: str, part: str) -> list[dict[str, Any]]:
    asked = {"part": part, "purpose": "To know before the call."}
    answer = await office.desk.post(f"/v1/cases/{case_id}/files/followup/openings", asked)
    assert answer.status_code == 200, answer.text
    return list(answer.json()["file"]["flags"])


async def twins(office: Office) -> Twins:
    found = Twins(office, await office.desk.receive(), await office.desk.receive())
    await flagged(office, found.flagged)
    return found


@pytest.mark.practice("P158")
async def test_a_flag_until_a_day_leaves_deadlines_and_routes_as_they_are(open_office: Open) -> None:
    async with open_office(now="2026-03-02", zone="Europe/London") as office:
        pair = await twins(office)
        for step in STEPS:
            if step.endswith("-offer") or step == "closure":
                assert await pair.alike() > 1
            assert (await pair.both(step))[0] == 200, step
        await pair.alike()
        # On its last day it holds; then it has ended, and nobody did anything.
        (flag,) = await opened(office, pair.flagged, "conduct")
        assert (flag["done"], flag["until"], flag["raised_by"]) == (DONE, "2026-06-30", "agent-7")
        assert [(each["by"], each["confirmed"]) for each in flag["reviews"]] == [("lead-7", True)]
        assert flag["standing"] == "holds"
        await office.go_to("2026-06-30T23:59")
        assert len(await opened(office, pair.flagged, "conduct")) == 1
        await office.go_to("2026-07-01T00:00")
        assert await opened(office, pair.flagged, "conduct") == []
        assert [each["standing"] for each in await opened(office, pair.flagged, "conduct-history")] == ["over"]


async def test_a_flag_that_nobody_reviewed_is_only_listed_and_none_of_it_is_in_the_clear(open_office: Open) -> None:
    async with open_office(now="2026-03-02", zone="Europe/London") as office:
        case_id = await office.desk.receive()
        await flagged(office, case_id, reviewed=False)
        assert await opened(office, case_id, "conduct") == []
        assert [each["standing"] for each in await opened(office, case_id, "conduct-history")] == ["waits-for-review"]
        free = await office.desk.http.get(f"/v1/cases/{case_id}/files/followup")
        assert "conduct" not in free.json()["file"]
        assert {"conduct", "conduct-history"} <= set(free.json()["restricted"])
        events = (await office.desk.http.get(f"/v1/cases/{case_id}/events")).text
        for said in ("insult", "called the agent", "辱骂", "Recording 17", "listens in"):
            assert said not in events
            assert said not in free.text
        # Conduct, not character, and not how often somebody complains.
        for conduct in ("querulous", "complains-often"):
            answer = await office.desk.ask(case_id, "follow-up/conduct-flags", FLAG | {"conduct": conduct})
            assert answer.status_code == 422
        past = await office.desk.ask(case_id, "follow-up/conduct-flags", FLAG | {"until": "2026-03-01"})
        assert past.json()["type"].rpartition("/")[2] == "conduct-flag-would-be-over"


@pytest.mark.practice("R12")
async def test_under_every_policy_a_flagged_complaint_takes_the_same_way_in_the_same_time(open_office: Open) -> None:
    async with open_office(now="2026-03-02", zone="Europe/London", institution=EVERY_POLICY) as office:
        pair = await twins(office)
        armed = await pair.alike()
        assert armed > 20, "an institution that asks for every deadline has many of them from the receipt on"
        # Nobody does anything for a while: what is missed climbs alike.
        await office.wait_until("2026-03-06")
        await pair.alike()
        assert (await pair.both("acknowledgement"))[0] == 409
        for step in STEPS:
            if step != "closure":
                assert (await pair.both(step, SAID if step == "acknowledgement" else None))[0] == 200, step
        # What is refused is refused to both, in the same words; and what is asked after is asked after for both.
        assert (await pair.both("closure"))[0] == 409
        await pair.both("follow-up/opinion-requests", {"channel": "phone"})
        assert (await pair.both("closure"))[0] == 200
        assert (await pair.both("reopening", {"reason": "It came back."}))[0] == 200
        await pair.both("withdrawal", {"reason": "Settled."})
        await office.wait_until("2026-03-20")
        assert await pair.alike() >= armed
