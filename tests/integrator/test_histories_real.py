"""The two public logs, read in place beside the repository; nothing of them is copied into it."""

from __future__ import annotations

import csv
import gzip
import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import cache
from itertools import pairwise
from pathlib import Path
from uuid import uuid4

import pytest

from casework.shared.contracts.inbox import read_message
from casework.shared.errors import InvalidMessage
from casework.shared.integrator.histories import History
from casework.shared.integrator.servicenow import read_servicenow
from casework.shared.integrator.sf311 import read_sf311
from casework.shared.integrator.table import BadRow

DATA = Path(__file__).parents[2].parent / "shared" / "data"
INCIDENTS = DATA / "servicenow_incident_log_2016-03_first-week.csv.gz"
REQUESTS = DATA / "sf311_2008-2018_sample.csv.gz"

pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason="the logs are not here: ../shared/data is absent")


@cache
def histories(read: Callable[[Path], Iterator[History | BadRow]], path: Path) -> list[History]:
    found = list(read(path))
    assert [each for each in found if isinstance(each, BadRow)] == []
    return [each for each in found if isinstance(each, History)]


@cache
def raw(path: Path) -> list[dict[str, str]]:
    with gzip.open(path, "rt", newline="") as file:
        return list(csv.DictReader(file))


def _cases() -> dict[str, list[dict[str, str]]]:
    cases: dict[str, list[dict[str, str]]] = defaultdict(list)
    for row in raw(INCIDENTS):
        cases[row["number"]].append(row)
    return cases


def _refusals(found: list[History]) -> dict[str, str]:
    """What the receiver says to each complaint that it refuses."""
    refused = {}
    for history in found:
        try:
            read_message(json.loads(history.post.inbox_value(uuid4(), datetime.now(UTC))))
        except InvalidMessage as error:
            (field,) = error.errors
            assert field.pointer == "/data/history"
            refused[history.post.source_reference] = field.detail
    return refused


def test_every_event_of_every_incident_is_read() -> None:
    found = histories(read_servicenow, INCIDENTS)
    assert (sum(history.rows for history in found), len(found)) == (17_479, 2_465)
    assert (len(raw(INCIDENTS)), len(_cases())) == (17_479, 2_465)
    assert len(list(read_servicenow(INCIDENTS, 7))) == 7


def test_the_incidents_that_contradict_themselves_are_refused_and_no_others() -> None:
    def time(text: str) -> datetime:
        return datetime.strptime(text, "%d/%m/%Y %H:%M")

    contradicting = {
        number
        for number, rows in _cases().items()
        for row in rows
        for name in ("sys_created_at", "sys_updated_at", "resolved_at", "closed_at")
        if row[name] != "?" and time(row[name]) < time(row["opened_at"])
    }
    assert contradicting
    refused = _refusals(histories(read_servicenow, INCIDENTS))
    assert refused.keys() == contradicting
    assert all(said.startswith("first_step_at lies before received_at") for said in refused.values())


def test_the_requests_that_closed_before_they_opened_are_refused_and_no_others() -> None:
    closed = {row["unique_key"] for row in raw(REQUESTS) if "" < row["closed_date"] < row["created_date"]}
    acted = {
        row["unique_key"]
        for row in raw(REQUESTS)
        if not row["closed_date"] and row["resolution_action_updated_date"] < row["created_date"]
    }
    assert len(closed) == 17
    assert acted
    refused = _refusals(histories(read_sf311, REQUESTS))
    assert {key for key, said in refused.items() if said.startswith("closed_at lies before received_at")} == closed
    assert {key for key, said in refused.items() if said.startswith("first_step_at lies before received")} == acted
    assert len(histories(read_sf311, REQUESTS)) == len(raw(REQUESTS)) == 10_000


@pytest.mark.parametrize(("read", "path"), [(read_servicenow, INCIDENTS), (read_sf311, REQUESTS)])
def test_every_life_runs_forward_from_its_receipt(
    read: Callable[[Path], Iterator[History | BadRow]], path: Path
) -> None:
    for history in histories(read, path):
        times = [history.post.received_at, *(step.occurred_at for step in history.steps)]
        assert all(before <= after for before, after in pairwise(times)), history.post.source_reference


def test_what_became_active_again_was_contested_or_reopened() -> None:
    again: Counter[str] = Counter()
    for rows in _cases().values():
        for before, row in pairwise(rows):
            if before["incident_state"] in ("Resolved", "Closed") and row["incident_state"] not in (
                "Resolved",
                "Closed",
            ):
                again[before["incident_state"]] += 1
    done = Counter(step.path for history in histories(read_servicenow, INCIDENTS) for step in history.steps)
    assert (done["resolution/reply"], done["reopening"]) == (again["Resolved"], again["Closed"])
    accepted = sum(1 for history in histories(read_servicenow, INCIDENTS) if history.steps)
    assert done["closure"] == accepted + done["reopening"]
