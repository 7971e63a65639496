"""What the tests of evidence share: a case under investigation, the bodies of items, and what was recorded."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from tests.clocks.office import Office

from casework.shared.testing.desk import STEPS

ACCEPTANCE, CONCLUSION = "investigation/acceptance", "investigation/conclusion"
ITEMS, RULINGS = "investigation/evidence-items", "investigation/evidence-rulings"


def item(kind: str, given_by: str, **more: object) -> Mapping[str, object]:
    """The body of an item: its bytes are the description."""
    what = str(more.get("what", f"A {kind}."))
    usual: dict[str, object] = {
        "kind": kind,
        "given_by": given_by,
        "what": what,
        "sha256": sha256(what.encode()).hexdigest(),
        "reference": "DMS box 1",
    }
    return usual | more


async def investigated(office: Office, **fields: object) -> str:
    """A case that investigation has accepted."""
    case_id = await office.desk.receive(**fields)
    await office.desk.walk(case_id, ACCEPTANCE)
    return case_id


async def recorded(office: Office, case_id: str, service: str, name: str) -> list[Mapping[str, Any]]:
    """The data of a service's events of one type, in order."""
    answer = await office.desk.http.get(f"/v1/cases/{case_id}/events")
    found = (each["event"] for each in answer.json())
    return [each["data"] for each in found if each["type"] == f"casework.{service}.{name}.v1"]


async def refused(office: Office, case_id: str, step: str, body: Mapping[str, object], code: str) -> str:
    """The step is refused by that rule. Returns what it says."""
    answer = await office.desk.ask(case_id, step, body)
    assert (answer.status_code, answer.json()["type"]) == (409, f"/problems/{code}"), answer.text
    return str(answer.json()["detail"])


async def file_of(office: Office, case_id: str) -> Mapping[str, Any]:
    """The part of the case file about evidence."""
    answer = await office.desk.http.get(f"/v1/cases/{case_id}/files/investigation")
    assert answer.status_code == 200, answer.text
    found: Mapping[str, Any] = answer.json()["file"]["evidence"]
    return found


async def opened(office: Office, case_id: str, part: str = "evidence-statements") -> Mapping[str, Any]:
    """A restricted part of the case file."""
    asked = {"part": part, "purpose": "To decide."}
    answer = await office.desk.post(f"/v1/cases/{case_id}/files/investigation/openings", asked)
    assert answer.status_code == 200, answer.text
    found: Mapping[str, Any] = answer.json()["file"]
    return found


async def decided(office: Office, case_id: str) -> Mapping[str, Any]:
    """Find, conclude, hand on and decide. Returns the decision."""
    started = False
    for step in STEPS:
        if started:
            await office.desk.do(case_id, step)
        started = started or step == ACCEPTANCE
        if step == "resolution/decision":
            break
    (decision,) = await recorded(office, case_id, "resolution", "decision-communicated")
    return decision
