"""Every operation that the description names, with what it says may be sent and with what it says may not.

Cases are made by schemathesis from the description itself; the same ones each time.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import hypothesis
import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    missing_required_header,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)
from tests.fuzz.conftest import Served

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    negative_data_rejection,
    missing_required_header,
    unsupported_method,
]
CI_SECONDS = 90.0
LONG_CASES = 10_000


def _operations(served: Served) -> Iterator[Any]:
    schema = schemathesis.openapi.from_dict(served.description)
    for found in schema.get_all_operations():
        assert isinstance(found, Ok), found
        yield found.ok()


def _try(served: Served, operation: Any, mode: GenerationMode, examples: int, problems: list[str]) -> Counter[int]:
    answered: Counter[int] = Counter()
    session = requests.Session()

    @hypothesis.settings(
        max_examples=examples,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @hypothesis.given(case=operation.as_strategy(generation_mode=mode))
    def attempt(case: Case[Any]) -> None:
        if "case_id" in case.path_parameters and mode is GenerationMode.POSITIVE:
            case.path_parameters["case_id"] = served.case_id
        if operation.path.endswith("/stream"):
            given = case.query or {}  # without an end of its own it would go on for an hour
            case.query = {**given, "seconds": 1} if mode is GenerationMode.POSITIVE else {"seconds": 1, **given}
        headers = {"authorization": f"Bearer {served.key}"}
        if mode is GenerationMode.POSITIVE and case.method == "POST":
            headers["idempotency-key"] = str(uuid4())
        answer = case.call(base_url=served.url, session=session, headers=headers, timeout=30)
        answered[answer.status_code] += 1
        try:
            case.validate_response(answer, checks=CHECKS, headers=headers)
        except FailureGroup as group:
            for failure in group.exceptions:
                said = f"{operation.method.upper()} {operation.path} [{mode.value}]: {failure}"
                problems.append(f"{said[:600]} || {answer.status_code} {answer.text[:300]} || {str(case.body)[:300]}")

    attempt()
    return answered


async def _run(served: Served, examples: int) -> None:
    problems: list[str] = []
    answered: Counter[int] = Counter()
    begun = time.monotonic()
    operations = list(_operations(served))
    took: dict[str, float] = {}
    for operation in operations:
        started = time.monotonic()
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
            try:
                answered += await asyncio.to_thread(_try, served, operation, mode, examples, problems)
            except hypothesis.errors.Unsatisfiable:
                continue  # nothing that could be sent wrongly
        took[f"{operation.method.upper()} {operation.path}"] = round(time.monotonic() - started, 1)
    seconds = time.monotonic() - begun
    print(f"{len(operations)} operations, {answered.total()} cases in {seconds:.0f} s: {sorted(answered.items())}")
    print("slowest:", sorted(took.items(), key=lambda each: -each[1])[:5])
    assert not problems, "\n".join([f"{len(problems)} problems", *dict.fromkeys(problems)])


async def test_every_operation_answers_as_described(served: Served) -> None:
    await _run(served, 2)


@pytest.mark.long
@pytest.mark.timeout(7_200)
async def test_ten_thousand_cases_answer_as_described(served: Served) -> None:
    operations = len(list(_operations(served)))
    await _run(served, -(-LONG_CASES // (2 * operations)))
