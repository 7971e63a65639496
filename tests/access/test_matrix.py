"""Every route of every service with every kind of key: nobody, a worthless key, each single scope."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from ipaddress import IPv4Address
from typing import Any
from uuid import UUID, uuid4

import httpx2
import pytest
import pytest_asyncio
from fastapi.routing import iter_route_contexts

from casework.shared.contracts.actors import Actor
from casework.shared.contracts.envelope import open_envelope
from casework.shared.contracts.ids import SERVICES
from casework.shared.http.access import COSTLY, Requires, dependants_of, open_route
from casework.shared.platform.api_keys import (
    ROLE_SCOPES,
    SCOPES,
    Scope,
    mint_key,
    revoke_key,
    scopes_of_role,
    store_key,
)
from casework.shared.runtime.database import begin
from casework.shared.testing.calls import client_of
from casework.shared.testing.desk import complaint
from casework.shared.testing.issuer import Issuer
from casework.shared.testing.running import new_key
from casework.shared.testing.stack import Stack

CASE = "{case_id}"
HOOK = "/v1/webhooks/{webhook_id}"
STAFF = (
    *(
        f"intake/{step}"
        for step in ("card", "card-readings", "card-confirmations", "facts", "fact-standings", "codes", "form-lines")
    ),
    *("acknowledgement", "assessment", "withdrawal", "investigation-offer", "closure", "reopening"),
    *("contact-attempts", "left-messages", "contacts", "watches", "watch-endings"),
    *("representatives", "joint-complaints", "authorities", "disclosures", "receipt-proofs", "roads"),
    *("contact-preferences", "planned-contacts"),
    *("visits", "visit-items", "visit-closings", "visit-promises-kept"),
    *("media-signals", "media-signal-looks", "complainants", "public-replies"),
    *(f"investigation/{step}" for step in ("acceptance", "declination", "findings", "conclusion", "resolution-offer")),
    *(f"resolution/{step}" for step in ("acceptance", "declination", "remedies", "decision", "reply")),
    *(f"investigation/{step}" for step in ("evidence-requests", "evidence", "staff-matters")),
    *(f"investigation/evidence-{step}" for step in ("items", "rulings", "statements", "waivers", "completion")),
    *(f"investigation/{step}" for step in ("held-evidence", "unavailable-evidence", "custody")),
    *(f"investigation/{step}" for step in ("tariff-consultations", "party-papers", "meetings", "meeting-invitations")),
    *(f"investigation/{step}" for step in ("recordings", "call-backs")),
    *(
        f"investigation/{step}"
        for step in (
            "cause",
            "assignment",
            "stakes",
            "tasks",
            "task-results",
            "tasks-taken-back",
            "shares",
            "report",
            "checks",
        )
    ),
    *(f"investigation/report/{step}" for step in ("cases", "cases-left", "problem", "steps")),
    *(f"resolution/{step}" for step in ("promises", "promise-holders", "call-attempts", "kept-promises")),
    *(f"resolution/progress-{step}" for step in ("updates", "update-deliveries", "update-bounces")),
    *(f"resolution/{step}" for step in ("quick-settlement", "summary-resolution")),
    *(f"resolution/{step}" for step in ("measures", "appeals", "appeal-decisions")),
    *(
        f"resolution/{step}"
        for step in ("remedy-checks", "refund-assessments", "remedy-offers", "remedy-offer-answers")
    ),
    *(f"resolution/{step}-remedies" for step in ("sent", "received", "returned", "waived", "failed")),
    *(f"resolution/{step}" for step in ("no-offer", "approval-packs", "readings", "approvals")),
    *(f"resolution/{step}" for step in ("option-comparisons", "option-choices", "limits-talks", "leader-answers")),
    *(f"resolution/outside-{step}" for step in ("permissions", "actions", "reports")),
    *("resolution/refund-assessments", "resolution/ready-answers", "resolution/second-try-checks"),
    *("resolution/checks", "resolution/follow-up-offer", "follow-up/acceptance", "follow-up/declination"),
    *(f"resolution/{step}" for step in ("promise-delays", "decision-appeals", "decision-appeal-outcome")),
    *(f"resolution/{step}" for step in ("infringements", "infringement-reversals", "sanctions", "sanction-appeals")),
    *(f"resolution/{step}" for step in ("sanction-reversals", "sanction-confirmations")),
    *(f"follow-up/{step}" for step in ("opinion-requests", "opinion-excuses", "opinions", "second-contacts")),
    *("follow-up/owners", "follow-up/look-ins", "follow-up/conduct-flags", "follow-up/conduct-reviews"),
    *(
        f"intake/{step}"
        for step in ("demands", "demand-changes", "no-demand", "demand-owners", "items", "item-results")
    ),
    *(f"intake/{step}" for step in ("problem-statements", "problem-agreements", "linked-contacts", "ground")),
    *(f"intake/respondent{step}" for step in ("s", "-withdrawals", "-outcomes")),
    *(f"intake/third-party-dispute{step}" for step in ("s", "-states", "-words")),
    *(f"intake/post{step}" for step in ("s", "-statement-approvals", "-answers", "-reports")),
    "resolution/demand-answers",
    *(f"resolution/{step}" for step in ("apologies", "messages", "statements", "statement-approvals")),
    *(f"resolution/{step}" for step in ("negotiation-invitations", "negotiation-results", "ruling")),
    *(f"resolution/{step}" for step in ("calls", "call-results")),
    *(f"resolution/{step}" for step in ("agreements", "agreement-acceptances", "abandoned-agreements")),
    *("resolution/follow-up-offer", "follow-up/acceptance", "follow-up/declination"),
    *(f"intake/{step}" for step in ("next-contact", "immediate-actions", "immediate-actions-done", "containment")),
    *(f"intake/{step}" for step in ("flags", "lifted-flags", "their-deadlines", "their-deadlines-answered")),
    *("intake/incident-mode", "intake/incident-mode-end"),
    *("investigation/disposals", "resolution/uncontained-answer", "follow-up/motive-answers"),
    *(f"clocks/{{clock}}/{step}" for step in ("pause", "resumption", "extension")),
    "escalations/{about}/acceptance",
)
NEEDS: Mapping[str, Scope | None] = {
    "POST /v1/complaints": "complaints:write",
    "POST /v1/complaint-forms": "complaints:write",
    "POST /v1/inbox": "complaints:write",
    "GET /v1/rejections": "rejections:read",
    "POST /v1/rejections/{rejection}/openings": "personal:read",
    "GET /v1/complaint-counts": "complaints:read",
    "POST /v1/case-searches": "cases:search",
    "GET /v1/case-searches": "audit:read",
    "POST /v1/watch-lookups": "personal:read",
    "GET /v1/complaints": "complaints:read",
    "POST /v1/erasures": "privacy:write",
    "POST /v1/subject-exports": "privacy:write",
    f"POST /v1/cases/{CASE}/intake/subject-requests": "privacy:write",
    "GET /v1/erasures/{erasure_id}": "privacy:read",
    "GET /v1/cases": "cases:read",
    f"GET /v1/cases/{CASE}": "cases:read",
    f"GET /v1/cases/{CASE}/events": "cases:read",
    f"GET /v1/cases/{CASE}/clauses": "cases:read",
    f"GET /v1/cases/{CASE}/clocks": "cases:read",
    f"GET /v1/cases/{CASE}/replay": "audit:read",
    "GET /v1/access-records": "audit:read",
    "GET /v1/suppliers/scorecard": "files:read",
    "GET /v1/reports/{number}": "files:read",
    "GET /v1/worklist": "cases:read",
    "GET /v1/status/stream": "cases:read",
    "GET /v1/code-report": "cases:read",
    "GET /v1/clock-report": "cases:read",
    "GET /v1/remedy-report": "cases:read",
    "GET /v1/roster": "files:read",
    "GET /v1/procedures": "cases:read",
    "GET /v1/procedures/{procedure}/versions/{version}/readers": "files:read",
    "POST /v1/procedures/{procedure}/versions/{version}/readings": "staff:write",
    "GET /v1/equal-treatment": "cases:read",
    "GET /v1/case-counts": "cases:read",
    "GET /v1/resolution/ready-answers": "cases:read",
    "GET /v1/resolution/goodwill": "cases:read",
    "GET /v1/parties/{party}/sanctions": "files:read",
    "POST /v1/person-keys": "keys:open",
    **{f"POST /v1/cases/{CASE}/{step}": "staff:write" for step in STAFF},
    **{f"GET /v1/feeds/{service}": "feeds:read" for service in SERVICES},
    **{f"GET /v1/feeds/{service}/heads": "feeds:read" for service in SERVICES},
    **{f"GET /v1/feeds/{service}/cases/{CASE}": "feeds:read" for service in SERVICES},
    **{f"GET /v1/feeds/{service}/leaves": "feeds:read" for service in SERVICES},
    **dict.fromkeys((f"GET /v1/checkpoints{rest}" for rest in ("", "/latest", "/{number}")), "audit:read"),
    **dict.fromkeys(("GET /v1/proofs/inclusion", "GET /v1/proofs/consistency"), "audit:read"),
    **{f"GET /v1/feeds/{service}/purges/{{erasure_id}}": "feeds:read" for service in SERVICES},
    **{f"GET /v1/parked/{service}": "parked:write" for service in SERVICES},
    **{f"POST /v1/parked/{service}/{CASE}/retry": "parked:write" for service in SERVICES},
    **{f"GET /v1/cases/{CASE}/files/{service}": "files:read" for service in SERVICES},
    **{f"POST /v1/cases/{CASE}/files/{service}/openings": "personal:read" for service in SERVICES},
    f"POST /v1/cases/{CASE}/intake/sealings": "keys:open",
    f"GET /v1/cases/{CASE}/intake/like-cases": "files:read",
    f"POST /v1/cases/{CASE}/investigation/recording-openings": "personal:read",
    **dict.fromkeys(("GET /v1/webhooks", f"GET {HOOK}", f"GET {HOOK}/deliveries"), "webhooks:read"),
    **dict.fromkeys(("POST /v1/webhooks", f"PATCH {HOOK}", f"DELETE {HOOK}"), "webhooks:write"),
    **{
        f"POST {HOOK}/{step}": "webhooks:write"
        for step in ("secret-rotations", "pings", "redeliveries", "deliveries/{delivery_id}/redelivery")
    },
    "GET /metrics": "metrics:read",
    "GET /v1/alarms": "metrics:read",
    **dict.fromkeys(("GET /health/live", "GET /health/ready", "GET /docs", "GET /openapi.json")),
    **dict.fromkeys(("GET /static/{name}", "GET /problems/{code}", "GET /schemas/{stem}/{version}.json")),
}  # fmt: skip
"""What each route needs, written down by hand; None is open to all. `/metrics` is open only to this machine."""
SORTED_SCOPES: tuple[Scope, ...] = tuple(sorted(SCOPES))


@dataclass(frozen=True)
class Keys:
    """A key and an access token for each single scope, and some that are worth nothing."""

    good: Mapping[Scope, str]
    tokens: Mapping[Scope, str]
    worthless: Mapping[str, str]


@pytest_asyncio.fixture(scope="session")
async def keys(stack: Stack, issuer: Issuer) -> Keys:
    good = {scope: await stack.key(scope) for scope in SORTED_SCOPES}
    expired = await new_key(stack.admin, "late", "person", SORTED_SCOPES, timedelta(seconds=-1))
    revoked = await stack.key()
    async with begin(stack.admin) as work:
        assert await revoke_key(work, revoked.split("_")[1])
    valid = good["cases:read"]
    stranger = Issuer()
    stranger.add("ES256")
    worthless = {
        "expired": expired,
        "revoked": revoked,
        "unknown": "cw_22222222_" + "k" * 43,
        "of another secret": valid[:-43] + "k" * 43,
        "cut short": valid[:-1],
        "no key at all": "sesame",
        "expired token": issuer.token(*SORTED_SCOPES, exp=int(time.time()) - 61),
        "token for another audience": issuer.token(*SORTED_SCOPES, aud="https://shop.example"),
        "token of another issuer": stranger.token(*SORTED_SCOPES, header={"kid": next(iter(issuer.keys))}),
        "id token": issuer.token(*SORTED_SCOPES, header={"typ": "JWT"}),
        "token that looks like a key": f"cw_{issuer.token(*SORTED_SCOPES)}",
    }
    return Keys(good, {scope: issuer.token(scope) for scope in SORTED_SCOPES}, worthless)


@pytest_asyncio.fixture(scope="session")
async def case_id(stack: Stack) -> str:
    async with stack.client(await stack.key("complaints:write")) as http:
        answer = await http.post("/v1/complaints", json=complaint(), headers={"idempotency-key": str(uuid4())})
    return str(answer.json()["case_id"])


def test_the_table_names_every_route_and_what_it_declares(stack: Stack) -> None:
    declared: dict[str, Scope | None] = {}
    for context in iter_route_contexts(stack.app.routes):
        calls = [each.call for each in dependants_of(context.dependant)]
        scopes = {call.scope for call in calls if isinstance(call, Requires)}
        assert len(scopes) <= 1
        assert bool(scopes) != (open_route in calls), context.path
        for method in context.methods or ():
            declared[f"{method} {context.path}"] = next(iter(scopes), None)
    assert declared == {**NEEDS, "GET /metrics": None}


async def _ask(stack: Stack, route: str, case_id: str, key: str | None) -> httpx2.Response:
    method, path = route.split(" ")
    url = path.replace(CASE, case_id).format(
        name="swagger-ui.css",
        code="fault",
        stem="x",
        version="1",
        clock=case_id,
        about=case_id,
        number="8D-0001",
        party="shop-1",
        procedure="refunds",
        rejection="1",
        webhook_id=case_id,
        delivery_id=case_id,
        erasure_id=case_id,
    )
    # Too many refused credentials of one address are told to wait: each route is asked from its own.
    address = str(IPv4Address(0x0A00_0000 + list(NEEDS).index(route)))
    async with client_of(stack.app, key=key, address=address) as http:
        if method == "GET":
            return await http.get(url + "?seconds=1" * url.endswith("/stream"))
        if method in ("PATCH", "DELETE"):
            return await http.request(method, url, json={"unknown": 1} if method == "PATCH" else None)
        return await http.post(url, json={"unknown": 1}, headers={"idempotency-key": str(uuid4())})


@pytest.mark.parametrize("route", NEEDS)
async def test_a_route_lets_in_exactly_who_has_its_scope(route: str, stack: Stack, keys: Keys, case_id: str) -> None:
    needed = NEEDS[route]
    nobody = {"no key": None, **keys.worthless}
    for name, key in nobody.items():
        answer = await _ask(stack, route, case_id, key)
        assert (answer.status_code == 401) == (needed is not None), (name, answer.text)
        if needed is not None:
            assert answer.headers["www-authenticate"].startswith("Bearer ")
            assert answer.headers["content-type"] == "application/problem+json"
            assert key is None or key not in answer.text
    for scope, key in (*keys.good.items(), *keys.tokens.items()):
        answer = await _ask(stack, route, case_id, key)
        assert (answer.status_code == 403) == (needed is not None and scope != needed), (scope, answer.text)
        assert answer.status_code != 401
        if answer.status_code == 403:
            problem: dict[str, Any] = answer.json()
            assert (problem["type"], problem["scope"]) == ("/problems/not-allowed", needed)
            assert 'error="insufficient_scope"' in answer.headers["www-authenticate"]


WRITES = [route for route in NEEDS if not route.startswith("GET ")]
NOT_FOR_AUDITORS = [
    route for route, scope in NEEDS.items() if scope is not None and scope not in ROLE_SCOPES["auditor"]
]
SEEN_BY_AUDITORS = [route for route, scope in NEEDS.items() if scope in ROLE_SCOPES["auditor"]]


@pytest_asyncio.fixture(scope="session", params=("key", "token"))
async def auditor(stack: Stack, issuer: Issuer, request: pytest.FixtureRequest) -> str:
    """A key as `casework keys create --role auditor` makes it, and a token of an issuer that grants everything."""
    if request.param == "token":
        return issuer.token(*SORTED_SCOPES, sub="auditor-1", role="auditor", exp=int(time.time()) + 3_600)
    plain, row = mint_key("auditor-1", "person", "auditor", 0, scopes_of_role("auditor", []))
    async with begin(stack.admin) as work:
        await store_key(work, row)
    return plain


@pytest.mark.practice("P169")
@pytest.mark.parametrize("route", WRITES)
async def test_an_auditor_is_refused_by_every_route_that_writes(
    route: str, stack: Stack, auditor: str, case_id: str
) -> None:
    answer = await _ask(stack, route, case_id, auditor)
    assert (answer.status_code, answer.json()["type"]) == (403, "/problems/not-allowed")


@pytest.mark.parametrize("route", sorted(set(NOT_FOR_AUDITORS) - set(WRITES)))
async def test_an_auditor_reads_the_record_and_nothing_beside_it(
    route: str, stack: Stack, auditor: str, case_id: str
) -> None:
    """No parked events, no list of webhooks, no metrics, no report of an erasure."""
    if route == "GET /metrics":
        async with client_of(stack.app, key=auditor, address="192.0.2.1") as http:
            assert (await http.get("/metrics")).status_code == 403
        return
    assert (await _ask(stack, route, case_id, auditor)).status_code == 403


async def test_what_an_auditor_may_ask_changes_nothing(stack: Stack, auditor: str, case_id: str) -> None:
    assert all(route.startswith("GET ") for route in SEEN_BY_AUDITORS)
    assert {f"GET /v1/cases/{CASE}/replay", f"GET /v1/cases/{CASE}/events", "GET /v1/access-records"} <= set(
        SEEN_BY_AUDITORS
    )
    tables = [f"{service}.{table}" for service in SERVICES for table in ("event", "case_state", "idempotency")]

    async def counts() -> list[int]:
        async with begin(stack.admin) as work:
            return [await work.fetch_value(f"SELECT count(*) FROM {table}") for table in tables]

    before = await counts()
    for route in SEEN_BY_AUDITORS:
        assert (await _ask(stack, route, case_id, auditor)).status_code not in (401, 403), route
    assert await counts() == before


def test_what_opens_or_searches_counts_as_costly() -> None:
    """So that whoever took a key away cannot empty the house with it in a minute."""
    paths = {route.split(" ")[1] for route, scope in NEEDS.items() if scope in ("personal:read", "cases:search")}
    paths |= {"/v1/subject-exports", "/v1/cases/{case_id}/replay", "/v1/proofs/inclusion", "/v1/reports/{number}"}
    assert [path for path in sorted(paths) if COSTLY.fullmatch(re.sub(r"{.*?}", "x", path)) is None] == []
    for path in ("/v1/complaints", "/v1/cases", "/v1/cases/{case_id}", "/v1/worklist"):
        assert COSTLY.fullmatch(re.sub(r"{.*?}", "x", path)) is None


async def test_who_sends_a_token_is_who_acts(stack: Stack, issuer: Issuer) -> None:
    """The actor and the kind of an event are those of the token."""
    async with stack.client(issuer.token("complaints:write", sub="desk-app")) as http:
        posted = await http.post("/v1/complaints", json=complaint(), headers={"idempotency-key": str(uuid4())})
    assert posted.status_code == 201, posted.text
    async with stack.client(issuer.token("feeds:read")) as http:
        found = await http.get(f"/v1/feeds/intake/cases/{posted.json()['case_id']}")
    assert found.status_code == 200
    async with begin(stack.admin) as work:
        statement = "SELECT envelope FROM intake.event WHERE case_id = $1 ORDER BY version LIMIT 1"
        first = open_envelope(await work.fetch_value(statement, UUID(posted.json()["case_id"])))
    assert first.actor == Actor("desk-app", "integrator")


def test_the_description_names_both_kinds_of_credentials(stack: Stack) -> None:
    document = stack.app.openapi()
    schemes = document["components"]["securitySchemes"]
    assert {name: scheme.get("bearerFormat") for name, scheme in schemes.items()} == {
        "apiKey": None,
        "accessToken": "JWT",
    }
    for route, needed in NEEDS.items():
        method, path = route.split(" ")
        described = document["paths"].get(path, {}).get(method.lower())
        if needed is not None and described is not None:
            assert described["security"] == [{"apiKey": []}, {"accessToken": []}], route


async def test_without_the_scope_nobody_learns_which_cases_there_are(stack: Stack, keys: Keys, case_id: str) -> None:
    for key in (None, keys.good["metrics:read"]):
        for route in (f"GET /v1/cases/{CASE}", f"POST /v1/cases/{CASE}/closure", f"GET /v1/feeds/intake/cases/{CASE}"):
            known, unknown = [await _ask(stack, route, each, key) for each in (case_id, str(uuid4()))]
            assert (known.status_code, known.content) == (unknown.status_code, unknown.content)


async def test_metrics_are_open_to_this_machine_alone(stack: Stack) -> None:
    for address in ("127.0.0.1", "::1"):
        async with client_of(stack.app, key=None, address=address) as http:
            assert (await http.get("/metrics")).status_code == 200
            # A proxy on this machine speaks for others.
            assert (await http.get("/metrics", headers={"x-forwarded-for": "192.0.2.7"})).status_code == 401


async def test_recording_the_past_needs_a_scope_of_its_own(stack: Stack) -> None:
    past = complaint(received_at="2020-01-01T00:00:00Z")
    headers = {"idempotency-key": str(uuid4())}
    async with stack.client(await stack.key("complaints:write")) as http:
        refused = await http.post("/v1/complaints", json=past, headers=headers)
    assert (refused.status_code, refused.json()["type"]) == (422, "/problems/backdated")
    async with stack.client(await stack.key("complaints:write", "import")) as http:
        assert (await http.post("/v1/complaints", json=past, headers=headers)).status_code == 201
