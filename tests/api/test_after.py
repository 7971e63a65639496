"""`?after=`: whoever is asked knows what was written a moment ago, wherever that was."""

from __future__ import annotations

import asyncio
from uuid import uuid4

import pytest

from casework.shared.http import awaiting
from casework.shared.testing.desk import STEPS, Desk
from casework.shared.testing.stack import Stack

HIGH = 999_999


async def offered(desk: Desk) -> tuple[str, str]:
    """A case offered to investigation, which has not heard of it, and the ETag of the offer."""
    case_id = await desk.receive()
    await desk.walk(case_id, "assessment")
    answer = await desk.ask(case_id, "investigation-offer")
    assert answer.status_code == 200, answer.text
    return case_id, answer.headers["etag"].strip('"')


@pytest.mark.parametrize("path", ["", "/events", "/clauses", "/clocks", "/files/followup", "/files/investigation"])
async def test_a_reading_waits_for_what_it_comes_after(path: str, stack: Stack, desk: Desk) -> None:
    case_id, etag = await offered(desk)
    reading = asyncio.create_task(desk.http.get(f"/v1/cases/{case_id}{path}", params={"after": etag}))
    await asyncio.sleep(3 * awaiting.LOOK_S)
    assert not reading.done()
    await stack.settle()
    answer = await reading
    assert answer.status_code == 200, answer.text
    if path == "":
        assert answer.json()["versions"]["intake"] >= int(etag.partition(":")[2])


async def test_a_command_waits_and_is_then_done(stack: Stack, desk: Desk) -> None:
    case_id, etag = await offered(desk)
    step = "investigation/acceptance"
    asked = asyncio.create_task(desk.post(f"/v1/cases/{case_id}/{step}?after={etag}", STEPS[step]))
    await asyncio.sleep(3 * awaiting.LOOK_S)
    assert not asked.done()
    await stack.settle()
    assert (await asked).status_code == 200, (await asked).text


async def test_a_command_that_waited_in_vain_did_nothing(
    stack: Stack, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(awaiting, "AWAIT_S", 0.1)
    case_id, etag = await offered(desk)
    step, key = "investigation/acceptance", str(uuid4())
    path = f"/v1/cases/{case_id}/{step}?after={etag}"
    answer = await desk.post(path, STEPS[step], **{"idempotency-key": key})
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/not-yet-known")
    assert answer.headers["retry-after"] == "1"
    assert etag in answer.json()["detail"]
    await stack.settle()
    # The same request, word for word, is done now.
    assert (await desk.post(path, STEPS[step], **{"idempotency-key": key})).status_code == 200


async def test_several_services_are_waited_for_and_a_version_that_is_not_there_is_not(
    stack: Stack, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    case_id, etag = await offered(desk)
    await stack.settle()
    path = f"/v1/cases/{case_id}/files/followup"
    several = {"after": [etag, "intake:1", "followup:1"]}
    assert (await desk.http.get(path, params=several)).status_code == 200
    step = "investigation/acceptance"
    for named in (f"intake:{HIGH}", f"investigation:{HIGH}"):
        answer = await desk.post(f"/v1/cases/{case_id}/{step}?after={named}", STEPS[step])
        assert (answer.status_code, answer.json()["type"]) == (409, "/problems/not-yet-known")
    for wrong in ("intake", "nobody:3", "intake:x", "intake:-1"):
        answer = await desk.http.get(path, params={"after": wrong})
        assert (answer.status_code, answer.json()["type"]) == (422, "/problems/invalid-message")


async def test_the_answer_to_a_command_names_its_events(stack: Stack, desk: Desk) -> None:
    case_id, _ = await offered(desk)
    await stack.settle()
    answer = (await desk.ask(case_id, "investigation/acceptance")).json()
    events = (await desk.http.get(f"/v1/cases/{case_id}/events")).json()
    of = {each["event"]["id"]: each["event"] for each in events}
    assert [each["type"] for each in answer["recorded"]] == answer["events"] != []
    for each in answer["recorded"]:
        event = of[each["id"]]
        assert (event["type"], event["streamversion"]) == (each["type"], each["version"])
        assert event["source"] == f"/casework/{each['service']}" == "/casework/investigation"
    assert answer["recorded"][-1]["version"] == answer["version"]
