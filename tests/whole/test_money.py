"""Wherever staff give money, a currency that is none and an amount that nobody can pay are refused by name."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.clocks.conftest import Open
from tests.whole.test_authority import PACK
from tests.whole.test_demands import demand
from tests.whole.test_proof import TARIFFS
from tests.whole.test_ruling import RULING

from casework.shared.policies.shipped_evidence import read_evidence

OPENAPI = Path(__file__).parents[2] / "schemas" / "openapi.json"
WRONG = {
    "amount-does-not-fit": [("10.005", "CNY"), ("1.5", "JPY"), ("1.2345", "KWD")],
    "unknown-currency": [("10.00", "XXZ"), ("10.00", "XXX")],
}
POUND = {"amount": "1.00", "currency": "GBP"}


def steps(money: dict[str, str]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every step that takes money, with that money in each of its places."""
    option = {"what": "Rework.", "cost": POUND, "days": 3, "payer": "organisation", "risk": "Late."}
    promise = {"kind": "other", "words": "We pay.", "due_at": "2036-03-06T16:00:00Z"}
    cut = {"party": "shop-9", "kind": "deposit-cut", "ground": "A fake.", "starts_on": "2026-03-02"}
    deposit = {"tariff": "fixed-deposit-3y", "contract_date": "2023-06-08", "years": 3}
    yield "intake/card", {"goods": {"what": "desk", "price": money}}
    yield "intake/demands", demand("refund", amounts=[money])
    yield "intake/demands", demand("refund", alternatives=[POUND, money])
    yield "intake/demand-changes", demand("refund", number=1, amounts=[money])
    yield "intake/demand-changes", demand("refund", number=1, alternatives=[money, POUND])
    yield "investigation/shares", {"damage": money, "shares": [{"bearer": "us", "percent": 100}]}
    yield "investigation/tariff-consultations", deposit | {"principal": money}
    yield "resolution/agreements", {"items": [{"what": "Compensation. 补偿。", "amount": money}]}
    yield "resolution/approval-packs", PACK | {"floor": money}
    yield "resolution/approval-packs", PACK | {"options": [option, option | {"cost": money}]}
    yield "resolution/demand-answers", {"number": 1, "answer": "met", "granted": money}
    yield "resolution/option-comparisons", {"options": [option, option | {"cost": money}]}
    yield "resolution/promises", promise | {"amount": money}
    yield "resolution/refund-assessments", {"paid": money, "days": 30, "used": 10}
    yield "resolution/remedies", {"kind": "refund", "description": "Money back.", "amount": money}
    yield "resolution/ruling", {**RULING, "held": money}
    yield "resolution/ruling", {**RULING, "money": [{"to": "respondent", "amount": money}]}
    yield "resolution/sanctions", cut | {"amount": money}
    yield "resolution/sent-remedies", {"proof": "A slip.", "amount": money}


def takes_money(node: Any, schemas: dict[str, Any], seen: frozenset[str] = frozenset()) -> bool:
    """Whether a body of that schema can hold an amount."""
    match node:
        case {"$ref": str() as ref}:
            name = ref.rpartition("/")[2]
            inside = name not in seen and takes_money(schemas[name], schemas, seen | {name})
            return name.startswith("Money") or inside
        case dict():
            return any(takes_money(each, schemas, seen) for each in node.values())
        case list():
            return any(takes_money(each, schemas, seen) for each in node)
        case _:
            return False


def test_these_are_all_the_steps_that_take_money() -> None:
    described = json.loads(OPENAPI.read_bytes())
    found = {
        path.removeprefix("/v1/cases/{case_id}/")
        for path, methods in described["paths"].items()
        if takes_money(methods.get("post", {}).get("requestBody", {}), described["components"]["schemas"])
    }
    assert found == {step for step, _ in steps(POUND)}


async def test_money_that_nobody_can_pay_is_refused_wherever_it_is_given(open_office: Open, tmp_path: Path) -> None:
    own = tmp_path / "evidence"
    own.mkdir()
    (own / "tariffs.toml").write_text(TARIFFS, encoding="utf-8")
    async with open_office() as office:
        office.stack.runtimes["investigation"].evidence = read_evidence(own)
        case_id = await office.desk.receive()
        await office.desk.do(case_id, "intake/demands", demand("refund"))
        await office.desk.walk(case_id, "resolution/acceptance")
        before = {each: await office.desk.types(case_id, each) for each in ("intake", "investigation", "resolution")}
        for code, wrong in WRONG.items():
            for amount, currency in wrong:
                for step, body in steps({"amount": amount, "currency": currency}):
                    answer = await office.desk.ask(case_id, step, body)
                    told = (step, answer.status_code, answer.text)
                    assert answer.status_code == 409, told
                    assert answer.json()["type"] == f"/problems/{code}", told
                    assert currency in answer.json()["detail"], told
        assert before == {each: await office.desk.types(case_id, each) for each in before}
        # An amount that is no text gets in nowhere.
        floating = {"kind": "refund", "description": "Money.", "amount": {"amount": 10.5, "currency": "CNY"}}
        assert (await office.desk.ask(case_id, "resolution/remedies", floating)).status_code == 422
