"""Recorded histories: what each row of the two logs becomes, and what is told of rows that make no sense."""

from __future__ import annotations

import csv
import gzip
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

from casework.shared.integrator.histories import History
from casework.shared.integrator.servicenow import read_servicenow
from casework.shared.integrator.sf311 import read_sf311
from casework.shared.integrator.table import BadRow, UnknownHeader

USUAL = {
    "number": "INC1",
    "incident_state": "New",
    "sys_mod_count": "0",
    "opened_at": "29/2/2016 01:16",
    "sys_created_at": "29/2/2016 01:23",
    "sys_updated_at": "29/2/2016 01:23",
    "assignment_group": "Group 1",
    "contact_type": "Phone",
    "caller_id": "Caller 7",
    "category": "Category 55",
    "priority": "3 - Moderate",
    "closed_code": "code 5",
    "resolved_at": "2/3/2016 10:00",
    "closed_at": "7/3/2016 10:00",
}
REQUEST = {
    "unique_key": "1",
    "created_date": "2016-07-13 15:11:07+00:00",
    "closed_date": "2016-07-14 12:13:22+00:00",
    "resolution_action_updated_date": "2016-07-14 12:13:22+00:00",
    "status": "Closed",
    "agency_name": "PUC Sewer Ops",
    "category": "Sewer Issues",
    "source": "Mobile/Open311",
}


def _write(path: Path, usual: Mapping[str, str], rows: Sequence[Mapping[str, str]]) -> Path:
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, [*usual])
        writer.writeheader()
        writer.writerows({**usual, **row} for row in rows)
    return path


def _log(tmp_path: Path, *rows: Mapping[str, str]) -> list[History | BadRow]:
    return list(read_servicenow(_write(tmp_path / "log.csv", USUAL, rows)))


def _rows(*changes: tuple[str, str, str]) -> list[dict[str, str]]:
    """Rows of one case: when, which state, which group."""
    return [
        {"sys_mod_count": str(number), "sys_updated_at": at, "incident_state": state, "assignment_group": group}
        for number, (at, state, group) in enumerate(changes)
    ]


def _steps(found: History | BadRow) -> list[tuple[str, str]]:
    assert isinstance(found, History)
    return [(step.path, step.occurred_at.strftime("%d %H:%M")) for step in found.steps]


DECIDED = ("resolution/remedies", "resolution/decision")


def test_the_life_of_an_incident(tmp_path: Path) -> None:
    (found,) = _log(
        tmp_path,
        *_rows(
            ("29/2/2016 01:23", "New", "Group 1"),
            ("29/2/2016 02:00", "Active", "Group 2"),
            ("1/3/2016 08:00", "Awaiting User Info", "Group 2"),
            ("2/3/2016 09:00", "Resolved", "Group 2"),
            ("2/3/2016 10:00", "Resolved", "Group 2"),
            ("7/3/2016 10:00", "Closed", "Group 2"),
        ),
    )
    assert isinstance(found, History)
    assert _steps(found) == [
        ("acknowledgement", "29 01:23"),
        ("assessment", "29 01:23"),
        ("investigation-offer", "29 01:23"),
        ("investigation/declination", "29 02:00"),
        ("investigation-offer", "29 02:00"),
        ("investigation/acceptance", "29 02:00"),
        *((path, "02 10:00") for path in ("investigation/findings", "investigation/conclusion")),
        *((path, "02 10:00") for path in ("investigation/resolution-offer", "resolution/acceptance")),
        *((path, "02 10:00") for path in (*DECIDED, "resolution/follow-up-offer", "follow-up/acceptance")),
        ("closure", "07 10:00"),
    ]
    assert found.post.received_at == datetime(2016, 2, 29, 1, 16, tzinfo=UTC)
    assert (found.rows, found.line) == (6, 2)
    by_path = {step.path: step.body for step in found.steps}
    assert by_path["investigation/acceptance"] == {"holder": "Group 2"}
    assert (by_path["assessment"]["severity"], by_path["assessment"]["complexity"]) == ("medium", "complex")


def test_resolved_and_active_again_was_contested_and_closed_and_active_again_was_reopened(tmp_path: Path) -> None:
    (found,) = _log(
        tmp_path,
        *_rows(
            ("29/2/2016 01:23", "Active", "Group 1"),
            ("29/2/2016 03:00", "Resolved", "Group 1"),
            ("29/2/2016 04:00", "Active", "Group 1"),
            ("29/2/2016 05:00", "Resolved", "Group 1"),
            ("29/2/2016 06:00", "Closed", "Group 1"),
            ("1/3/2016 07:00", "Active", "Group 3"),
            ("2/3/2016 10:00", "Resolved", "Group 3"),
            ("7/3/2016 10:00", "Closed", "Group 3"),
        ),
    )
    assert _steps(found)[8:] == [
        *((path, "29 03:00") for path in DECIDED),
        ("resolution/reply", "29 04:00"),
        *((path, "29 05:00") for path in (*DECIDED, "resolution/follow-up-offer", "follow-up/acceptance")),
        ("closure", "29 06:00"),
        ("reopening", "01 07:00"),
        *((path, "02 10:00") for path in (*DECIDED, "resolution/follow-up-offer", "follow-up/acceptance")),
        ("closure", "07 10:00"),
    ]


def test_an_incident_that_nobody_resolved_yet(tmp_path: Path) -> None:
    rows = _rows(("29/2/2016 01:23", "New", "?"), ("29/2/2016 02:00", "New", "Group 1"))
    (waiting,) = _log(tmp_path, *({**row, "resolved_at": "?", "closed_at": "?"} for row in rows))
    assert _steps(waiting) == [
        ("acknowledgement", "29 01:23"),
        ("assessment", "29 02:00"),
        ("investigation-offer", "29 02:00"),
    ]


@pytest.mark.parametrize(
    ("change", "line", "said"),
    [
        ({"sys_updated_at": "2016-02-29"}, 3, "sys_updated_at is not a time"),
        ({"sys_updated_at": "30/2/2016 01:00"}, 3, "is not a time"),
        ({"incident_state": "Lost"}, 3, "incident_state is not a state"),
        ({"sys_mod_count": "x"}, 3, "sys_mod_count is not a number"),
        ({"opened_at": "28/2/2016 01:16"}, 3, "opened_at differs from the first row of INC1"),
        ({"closed_at": "?"}, 3, "closed_at differs from the first row of INC1"),
        ({"number": "?"}, 3, "no number"),
        ({"sys_updated_at": "29/2/2016 01:20"}, 3, "sys_updated_at goes back"),
    ],
)
def test_one_bad_row_makes_its_case_unreadable_and_no_other(
    tmp_path: Path, change: Mapping[str, str], line: int, said: str
) -> None:
    rows = _rows(("29/2/2016 01:23", "New", "Group 1"), ("29/2/2016 02:00", "New", "Group 1"))
    found = _log(tmp_path, rows[0], {**rows[1], **change}, {"number": "INC2"})
    bad = [each for each in found if isinstance(each, BadRow)]
    assert [each.line for each in bad] == [line]
    assert said in bad[0].reason
    assert isinstance(found[-1], History)
    assert found[-1].post.source_reference == "INC2"


def test_rows_whose_own_count_goes_back(tmp_path: Path) -> None:
    (found,) = _log(tmp_path, {"sys_mod_count": "2"}, {"sys_mod_count": "1"})
    assert isinstance(found, BadRow)
    assert "sys_mod_count goes back" in found.reason


def test_rows_of_a_case_stand_together(tmp_path: Path) -> None:
    found = _log(tmp_path, {}, {"number": "INC2"}, {})
    assert [isinstance(each, BadRow) for each in found] == [False, False, True]
    assert found[2] == BadRow(4, "the rows of INC1 do not stand together")


@pytest.mark.parametrize(
    "change", [{"closed_at": "28/2/2016 10:00"}, {"resolved_at": "28/2/2016 10:00"}, {"resolved_at": "8/3/2016 10:00"}]
)
def test_a_case_that_contradicts_itself_is_posted_as_it_is_without_steps(
    tmp_path: Path, change: Mapping[str, str]
) -> None:
    (found,) = _log(tmp_path, change)
    assert isinstance(found, History)
    assert found.steps == ()
    assert found.post.history is not None


def test_a_request_from_opening_to_closing(tmp_path: Path) -> None:
    path = _write(tmp_path / "requests.csv", REQUEST, [{}])
    (found,) = read_sf311(path)
    assert isinstance(found, History)
    opened, closed = "13 15:11", "14 12:13"
    assert _steps(found) == [
        *((path, opened) for path in ("acknowledgement", "assessment", "investigation-offer")),
        *((path, closed) for path in ("investigation/acceptance", "investigation/findings")),
        *((path, closed) for path in ("investigation/conclusion", "investigation/resolution-offer")),
        *((path, closed) for path in ("resolution/acceptance", *DECIDED)),
        *((path, closed) for path in ("resolution/follow-up-offer", "follow-up/acceptance", "closure")),
    ]
    assert found.post.channel == "web"
    assert found.post.organisation == "PUC Sewer Ops"


def test_an_open_request_is_with_its_agency_once_that_did_something(tmp_path: Path) -> None:
    still = {"status": "Open", "closed_date": ""}
    same = {**still, "resolution_action_updated_date": REQUEST["created_date"]}
    updated, untouched = read_sf311(_write(tmp_path / "requests.csv", REQUEST, [still, same]))
    assert _steps(updated)[3:] == [("investigation/acceptance", "14 12:13")]
    assert _steps(untouched)[3:] == []


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"status": "Open"}, "status Open contradicts closed_date, which is given"),
        ({"closed_date": ""}, "status Closed contradicts closed_date, which is empty"),
        ({"status": "Lost"}, "status is neither Open nor Closed"),
        ({"created_date": "13.7.2016"}, "created_date is not a time"),
        ({"created_date": ""}, "no created_date"),
        ({"source": "Pigeon"}, "source is not a way to make a request"),
    ],
)
def test_a_request_that_cannot_be_read(tmp_path: Path, change: Mapping[str, str], said: str) -> None:
    path = _write(tmp_path / "requests.csv", REQUEST, [change, {}])
    bad, good = read_sf311(path)
    assert isinstance(bad, BadRow)
    assert bad.line == 2
    assert said in bad.reason
    assert isinstance(good, History)


@pytest.mark.parametrize("read", [read_servicenow, read_sf311])
def test_another_file_is_told_from_its_header(
    tmp_path: Path, read: Callable[[Path], Iterator[History | BadRow]]
) -> None:
    path = tmp_path / "other.csv.gz"
    path.write_bytes(gzip.compress(b"a,b\n1,2\n"))
    with pytest.raises(UnknownHeader, match="Columns found: a, b"):
        next(read(path))
