"""One complaint through every step of the staff, from receipt to closure, over HTTP."""

from __future__ import annotations

from casework.shared.contracts.ids import SERVICES
from casework.shared.testing.desk import STEPS, Desk, complaint
from casework.shared.testing.stack import Stack

OWNER = "complaints-desk"
EXPECTED: dict[str, tuple[str, str, str, tuple[int, int, int, int]]] = {
    "acknowledgement": ("acknowledged", OWNER, "assess", (2, 0, 2, 4)),
    "assessment": ("assessed", OWNER, "offer-to-investigation", (3, 0, 2, 4)),
    "investigation-offer": ("awaiting-investigation", OWNER, "accept-investigation", (4, 1, 2, 6)),
    "investigation/acceptance": ("in-investigation", "handler-1", "investigate", (4, 2, 2, 7)),
    "investigation/findings": ("in-investigation", "handler-1", "investigate", (4, 3, 3, 7)),
    "investigation/conclusion": ("in-investigation", "handler-1", "investigate", (4, 4, 4, 7)),
    "investigation/resolution-offer": ("awaiting-resolution", "handler-1", "accept-resolution", (4, 5, 5, 9)),
    "resolution/acceptance": ("in-resolution", "Wei", "decide", (4, 5, 6, 10)),
    "resolution/remedies": ("in-resolution", "Wei", "decide", (4, 5, 7, 10)),
    "resolution/decision": ("decided", "Wei", "hear-reply", (4, 5, 8, 12)),
    "resolution/reply": ("decided", "Wei", "hear-reply", (4, 5, 9, 12)),
    "resolution/follow-up-offer": ("decided", "Wei", "hear-reply", (4, 5, 10, 14)),
    "follow-up/acceptance": ("in-follow-up", "handler-1", "close", (4, 5, 10, 16)),
    "closure": ("closed", "", "none", (4, 5, 10, 18)),
}
"""After each step: stage, holder, what is next, and the version of each service's stream."""
SERVICE = {"investigation": "investigation", "resolution": "resolution", "follow-up": "followup", "closure": "followup"}


async def test_a_complaint_from_receipt_to_closure(desk: Desk, stack: Stack) -> None:
    assert EXPECTED.keys() == STEPS.keys()
    posted = await desk.post("/v1/complaints", complaint())
    case_id = posted.json()["case_id"]
    assert posted.headers["location"] == f"/v1/cases/{case_id}"
    # Followup has not heard of it yet: intake's own knowledge answers.
    at_once = await desk.show(case_id)
    assert (at_once["stage"], at_once["owner"], at_once["versions"]["followup"]) == ("received", OWNER, 0)
    await stack.settle()
    received = await desk.show(case_id)
    assert (received["stage"], received["holder"], received["next_action"]["code"]) == (
        "received",
        OWNER,
        "acknowledge",
    )
    for step, (stage, holder, following, versions) in EXPECTED.items():
        body = {"holder": "Wei"} if step == "resolution/acceptance" else None
        done = await desk.do(case_id, step, body)
        service = SERVICE.get(step.partition("/")[0], "intake")
        assert done.headers["etag"] == f'"{service}:{done.json()["version"]}"'
        assert done.headers["location"] == f"/v1/cases/{case_id}"
        first, *clocks = (event.removeprefix("casework.") for event in done.json()["events"])
        assert first.startswith(f"{service}.")
        assert all(map(_keeps_watch, clocks))
        status = await desk.show(case_id)
        assert (status["stage"], status["holder"], status["next_action"]["code"]) == (stage, holder, following), step
        assert tuple(status["versions"][name] for name in SERVICES) == versions, step
        assert status["versions"][service] == done.json()["version"]
        assert status["statusversion"] == sum(versions)
        assert status["owner"] == OWNER
        assert status["open"] == (step != "closure")
    closed = await desk.show(case_id)
    assert (closed["decision"], closed["reply"], closed["outcome"]) == ("upheld", "accepted", "decided")


async def test_what_happened_can_be_read_in_order(desk: Desk) -> None:
    case_id = await desk.receive()
    await desk.walk(case_id, until="closure")
    events = [each["event"] for each in (await desk.http.get(f"/v1/cases/{case_id}/events")).json()]
    assert [name for event in events if not _keeps_watch(name := event["type"].removeprefix("casework."))] == [
        "intake.complaint-received.v1",
        "followup.follow-up-opened.v1",
        "intake.complaint-acknowledged.v1",
        "intake.complaint-assessed.v1",
        "intake.hand-off-offered.v1",
        "investigation.investigation-opened.v1",
        "investigation.hand-off-accepted.v1",
        "investigation.finding-recorded.v1",
        "investigation.investigation-concluded.v1",
        "investigation.hand-off-offered.v1",
        "resolution.resolution-opened.v1",
        "resolution.hand-off-accepted.v1",
        "resolution.remedy-proposed.v1",
        "resolution.decision-communicated.v1",
        "resolution.decision-accepted.v1",
        "resolution.hand-off-offered.v1",
        "followup.hand-off-accepted.v1",
        "followup.case-closed.v1",
    ]
    known = set()
    for event in events:
        assert "causesource" not in event or event["causationid"] in known
        known.add(event["id"])
    assert {event["correlationid"] for event in events} == {events[0]["id"]}
    by_people = [event for event in events if event["actorkind"] == "person" and not _keeps_watch(event["type"])]
    assert {event["actor"] for event in by_people} == {"handler-1"}
    assert len(by_people) == 1 + len(STEPS)
    assert {event["actor"] for event in events if event["actorkind"] == "service"} == {
        "casework-followup",
        "casework-investigation",
        "casework-resolution",
    }


def _keeps_watch(name: str) -> bool:
    """Whether it was written down to keep watch over the case, or to know what another service recorded."""
    return ".clock-" in name or name.endswith((".hand-off-followed.v1", "-noted.v1"))
