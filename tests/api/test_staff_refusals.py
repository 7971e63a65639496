"""Every rule that can refuse a step of the staff is read over HTTP as a problem, and nothing happens."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from importlib import import_module
from types import ModuleType
from typing import Any
from uuid import UUID, uuid4

import httpx2

from casework.shared.contracts.ids import SERVICES, ServiceName
from casework.shared.errors import Refusal
from casework.shared.handoffs import giving, kinds, receiving
from casework.shared.testing.desk import STEPS, Body, Desk
from casework.shared.testing.overdue import say_overdue
from casework.shared.testing.stack import Stack

ELSE: Body = {"offer_id": str(uuid4())}
Refused = tuple[str, Body | None, str, str]
"""A step, its body (None: the usual one), the service that refuses it, and the code of the refusal."""


def _offers(step: str, service: str) -> Sequence[Refused]:
    """What the rules of hand-offs refuse in an offer that the service could make."""
    offer: Body = {"reason": "Done.", "ready": ["all"], "open": ["more"]}
    contact = [{"name": "contact", "value": "+44 20 7946 0000"}]
    return [
        (step, {**offer, "kind": "call-back"}, service, "checklist-incomplete"),
        (step, {**offer, "kind": "call-back", "checklist": contact}, service, "contact-not-sealed"),
        (step, {**offer, "kind": "no-such-kind"}, service, "unknown-hand-off-kind"),
        (step, {**offer, "team": "closed-desk"}, service, "team-closed"),
        (step, {**offer, "team": "no-such-team"}, service, "unknown-team"),
        (step, {**offer, "moment": "2026-01-01T08:00:00Z", "acting_owner": "Mei"}, service, "moment-has-passed"),
    ]


ON_THE_WAY: dict[str, Sequence[Refused]] = {
    "received": [
        ("assessment", None, "intake", "complaint-not-acknowledged"),
        ("investigation-offer", None, "intake", "complaint-not-assessed"),
        ("follow-up/acceptance", None, "followup", "nothing-offered"),
        ("follow-up/declination", {"reason": "No."}, "followup", "nothing-offered"),
        ("closure", None, "followup", "hand-off-not-accepted"),
        ("reopening", {"reason": "More is known."}, "followup", "case-not-closed"),
    ],
    "acknowledgement": [("acknowledgement", None, "intake", "complaint-already-acknowledged")],
    "assessment": [
        ("assessment", None, "intake", "complaint-already-assessed"),
        *_offers("investigation-offer", "intake"),
    ],
    "investigation-offer": [
        ("investigation-offer", None, "intake", "hand-off-already-offered"),
        ("investigation/acceptance", ELSE, "investigation", "another-offer"),
        ("investigation/declination", {**ELSE, "reason": "No."}, "investigation", "another-offer"),
        ("investigation/findings", None, "investigation", "hand-off-not-accepted"),
    ],
    "investigation/acceptance": [
        ("investigation/acceptance", None, "investigation", "hand-off-already-accepted"),
        ("investigation/conclusion", None, "investigation", "no-finding"),
        ("investigation/resolution-offer", None, "investigation", "investigation-not-concluded"),
    ],
    "investigation/conclusion": [
        ("investigation/findings", None, "investigation", "investigation-already-concluded"),
        *_offers("investigation/resolution-offer", "investigation"),
    ],
    "investigation/resolution-offer": [
        ("investigation/resolution-offer", None, "investigation", "hand-off-already-offered"),
        ("resolution/acceptance", ELSE, "resolution", "another-offer"),
        ("resolution/remedies", None, "resolution", "hand-off-not-accepted"),
    ],
    "resolution/acceptance": [
        ("resolution/acceptance", None, "resolution", "resolution-has-the-work"),
        ("resolution/decision", None, "resolution", "no-remedy"),
        ("resolution/reply", None, "resolution", "no-decision"),
        ("resolution/follow-up-offer", None, "resolution", "no-decision"),
    ],
    "resolution/remedies": [("resolution/remedies", None, "resolution", "remedy-already-proposed")],
    "resolution/decision": [
        ("resolution/decision", None, "resolution", "decision-already-communicated"),
        ("resolution/reply", {"reply": "contested", "channel": "web"}, "resolution", "reason-missing"),
    ],
    "resolution/reply": [
        ("resolution/reply", None, "resolution", "decision-already-accepted"),
        *_offers("resolution/follow-up-offer", "resolution"),
    ],
    "resolution/follow-up-offer": [
        ("resolution/follow-up-offer", None, "resolution", "hand-off-already-offered"),
        ("follow-up/acceptance", ELSE, "followup", "another-offer"),
    ],
    "follow-up/acceptance": [("follow-up/acceptance", None, "followup", "hand-off-already-accepted")],
    "closure": [("closure", None, "followup", "case-is-closed")],
}
"""What is refused after each step of the usual way."""

DECLINED: dict[str, tuple[str, Sequence[Refused]]] = {
    "investigation/declination": (
        "investigation-offer",
        [
            ("investigation/findings", None, "investigation", "hand-off-already-declined"),
            ("investigation/acceptance", None, "investigation", "hand-off-already-declined"),
        ],
    ),
    "resolution/declination": (
        "investigation/resolution-offer",
        [("resolution/remedies", None, "resolution", "hand-off-already-declined")],
    ),
    "follow-up/declination": (
        "resolution/follow-up-offer",
        [("follow-up/acceptance", None, "followup", "hand-off-already-answered")],
    ),
}
"""The way until a declination, and what is refused before the giver has taken the work back."""

LAPSED: dict[tuple[ServiceName, ServiceName], tuple[str, Sequence[Refused]]] = {
    ("intake", "investigation"): (
        "investigation-offer",
        [
            ("investigation/acceptance", None, "investigation", "hand-off-lapsed"),
            ("investigation/declination", {"reason": "No."}, "investigation", "hand-off-lapsed"),
            ("investigation/findings", None, "investigation", "hand-off-lapsed"),
        ],
    ),
    ("investigation", "resolution"): (
        "investigation/resolution-offer",
        [
            ("resolution/acceptance", None, "resolution", "hand-off-lapsed"),
            ("resolution/declination", {"reason": "No."}, "resolution", "hand-off-lapsed"),
            ("resolution/remedies", None, "resolution", "hand-off-lapsed"),
        ],
    ),
}
"""Giver and receiver, the way until an offer that lapses, and what is refused before it is offered anew."""

WITHDRAWN: Sequence[Refused] = [
    ("assessment", None, "intake", "complaint-is-withdrawn"),
    ("investigation/findings", None, "investigation", "investigation-is-discontinued"),
    ("investigation/acceptance", None, "investigation", "investigation-is-discontinued"),
    ("resolution/remedies", None, "resolution", "withdrawal-was-honoured"),
    ("resolution/declination", {"reason": "No."}, "resolution", "withdrawal-was-honoured"),
]

REOPENED: Sequence[Refused] = [
    ("investigation-offer", None, "intake", "resolution-has-the-case"),
    ("investigation/findings", None, "investigation", "resolution-has-the-case"),
]
"""After a withdrawal and a reopening: resolution has the case, and nobody works beside it."""

HAND_OFFS: dict[ServiceName, Sequence[ModuleType]] = {
    "intake": (giving, kinds),
    "investigation": (giving, kinds, receiving),
    "resolution": (giving, kinds, receiving),
    "followup": (),
}
"""Where the rules of hand-offs stand that each service has."""

BEHIND_404 = {
    ("intake", "complaint-not-received"),
    ("investigation", "nothing-offered"),
    ("resolution", "nothing-offered"),
    ("followup", "case-not-opened"),
}
"""Rules about a case that the service has nothing of: such a case is 404 before any rule is asked."""
NOT_A_STEP = {("intake", "complaint-already-received"), ("intake", "before-receipt")}
"""Posting a complaint again is harmless: the sender's reference finds the case. A time before the receipt is refused in
`test_business_time.py`."""

WITH_PEOPLE = {("investigation", "skills-missing"), ("resolution", "skills-missing")}
"""Asked only where the institution has a file of people; refused in `tests/whole/test_skills.py`."""


async def test_what_comes_too_early_or_again_is_refused(desk: Desk) -> None:
    case_id = await desk.receive()
    await _all_refused(desk, case_id, ON_THE_WAY["received"])
    for step in STEPS:
        await desk.do(case_id, step)
        await _all_refused(desk, case_id, ON_THE_WAY.get(step, []))


async def test_what_was_declined_is_the_givers(desk: Desk) -> None:
    for step, (until, refused) in DECLINED.items():
        case_id = await desk.receive()
        await desk.walk(case_id, until=until)
        declined = await desk.ask(case_id, step, {"reason": "This belongs to another department."})
        assert declined.status_code == 200, declined.text
        await _all_refused(desk, case_id, refused)


async def test_what_lapsed_is_the_givers(desk: Desk, stack: Stack) -> None:
    for (giver, receiver), (until, refused) in LAPSED.items():
        case_id = await desk.receive()
        await desk.walk(case_id, until=until)
        name = f"casework.{giver}.hand-off-offered.v1"
        offer = next(e["event"]["id"] for e in await _events(desk, case_id) if e["event"]["type"] == name)
        await say_overdue(stack.runtimes["followup"], UUID(case_id), UUID(offer), giver, receiver)
        await stack.settle()
        await _all_refused(desk, case_id, refused)


async def test_what_was_withdrawn_is_not_worked_on(desk: Desk) -> None:
    case_id = await desk.receive()
    await desk.do(case_id, "withdrawal", {"reason": "Settled between us.", "channel": "phone"})
    await _all_refused(desk, case_id, WITHDRAWN)


async def test_what_was_reopened_after_a_withdrawal_is_resolutions(desk: Desk) -> None:
    case_id = await desk.receive()
    await desk.walk(case_id, until="assessment")
    await desk.do(case_id, "withdrawal", {"reason": "Settled between us.", "channel": "phone"})
    await desk.do(case_id, "reopening", {"reason": "It was not settled after all."})
    await _all_refused(desk, case_id, REOPENED)


def test_no_rule_is_left_out() -> None:
    shown = [*WITHDRAWN, *REOPENED, *(each for rows in ON_THE_WAY.values() for each in rows)]
    shown += [each for _, rows in (*DECLINED.values(), *LAPSED.values()) for each in rows]
    assert {(service, code) for _, _, service, code in shown} | BEHIND_404 | NOT_A_STEP | WITH_PEOPLE == {
        (service, rule.code)
        for service in SERVICES
        for module in (import_module(f"casework.{service}.domain.errors"), *HAND_OFFS[service])
        for _, rule in inspect.getmembers(module, inspect.isclass)
        if issubclass(rule, Refusal) and rule is not Refusal
    }


async def _all_refused(desk: Desk, case_id: str, refused: Sequence[Refused]) -> None:
    before = await _events(desk, case_id)
    for step, body, _, code in refused:
        said = problem(await desk.ask(case_id, step, body), code)
        assert said["status"] == 409, said
        assert str(said["detail"]).endswith("."), said
    assert await _events(desk, case_id) == before


async def _events(desk: Desk, case_id: str) -> Any:
    return (await desk.http.get(f"/v1/cases/{case_id}/events")).json()


def problem(answer: httpx2.Response, code: str) -> dict[str, object]:
    """The problem document of an answer, which must be of that code."""
    document: dict[str, object] = answer.json()
    assert document.get("type") == f"/problems/{code}", f"{answer.request.url}: {answer.text}"
    assert answer.headers["content-type"] == "application/problem+json"
    assert document["status"] == answer.status_code
    return document
