"""The CFPB's own files, read in place beside the repository; nothing of them is copied into it."""

from __future__ import annotations

import csv
import gzip
from collections import Counter
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path

import pytest

from casework.shared.integrator.cfpb import read_cfpb
from casework.shared.integrator.posts import ComplaintPost
from casework.shared.integrator.table import BadRow

DATA = Path(__file__).parents[2].parent / "shared" / "data"
SMALL, API, OLD, PAYDAY = (
    "cfpb_export_2011-2018_small_sample",
    "cfpb_api_2023-06",
    "cfpb_2014-10_disputed",
    "cfpb_export_2023_payday_narratives",
)

pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason="the CFPB files are not here: ../shared/data is absent")


def path(name: str) -> Path:
    return DATA / f"{name}.csv.gz"


@cache
def posts(name: str) -> dict[str, ComplaintPost]:
    rows = list(read_cfpb(path(name)))
    assert [row for row in rows if isinstance(row, BadRow)] == []
    found = {row.source_reference: row for row in rows if isinstance(row, ComplaintPost)}
    assert len(found) == len(rows)
    return found


def fact(post: ComplaintPost, name: str) -> str | None:
    return next((fact.value for fact in post.facts if fact.name == name), None)


@pytest.mark.parametrize(("name", "rows"), [(SMALL, 802), (API, 10_000), (OLD, 8_339), (PAYDAY, 2_827)])
def test_every_row_is_a_post(name: str, rows: int) -> None:
    assert len(posts(name)) == rows
    assert len(list(read_cfpb(path(name), 17))) == 17


def test_the_files_overlap_where_they_are_known_to() -> None:
    assert len(posts(API).keys() & posts(PAYDAY).keys()) == 56
    assert len(posts(OLD).keys() & posts(SMALL).keys()) == 13
    for left, right in [(SMALL, API), (SMALL, PAYDAY), (OLD, API), (OLD, PAYDAY)]:
        assert posts(left).keys().isdisjoint(posts(right).keys())


@pytest.mark.parametrize(
    ("name", "first", "last"),
    [
        (SMALL, datetime(2011, 12, 23, tzinfo=UTC), datetime(2018, 3, 8, tzinfo=UTC)),
        (API, datetime(2023, 5, 31, 17, tzinfo=UTC), datetime(2023, 6, 30, 17, tzinfo=UTC)),
        (OLD, datetime(2014, 10, 10, tzinfo=UTC), datetime(2014, 11, 13, tzinfo=UTC)),
        (PAYDAY, datetime(2023, 1, 1, tzinfo=UTC), datetime(2023, 8, 24, tzinfo=UTC)),
    ],
)
def test_the_days_lie_where_the_file_says(name: str, first: datetime, last: datetime) -> None:
    days = [post.received_at for post in posts(name).values()]
    assert (min(days), max(days)) == (first, last)


@pytest.mark.parametrize("name", [SMALL, OLD, PAYDAY])
def test_every_slashed_date_is_month_first(name: str) -> None:
    with gzip.open(path(name), "rt", encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            month, day, year = (int(part) for part in row["Date received"].split("/"))
            expected = date(year % 100 + 2000, month, day)
            assert posts(name)[row["Complaint ID"]].received_at == datetime(*expected.timetuple()[:3], tzinfo=UTC)


def test_the_answers_are_counted_as_the_files_describe_them() -> None:
    def count(name: str, of: str) -> Counter[str | None]:
        return Counter(fact(post, of) for post in posts(name).values())

    assert count(SMALL, "consumer_disputed") == {"No": 633, "Yes": 157, None: 12}
    assert count(OLD, "consumer_disputed") == {"Yes": 1_047, None: 7_292}
    assert count(API, "consumer_disputed") == {None: 10_000}
    assert count(API, "timely_response") == {"Yes": 9_958, "No": 42}
    assert count(PAYDAY, "timely_response") == {"Yes": 2_719, "No": 108}
    assert count(PAYDAY, "sub_issue")[None] == 2_568
    assert count(OLD, "company_response")["Closed with explanation"] == 5_075


def test_channels_categories_and_words() -> None:
    assert Counter(post.channel for post in posts(SMALL).values()) == {
        **{"web": 555, "referral": 125, "letter": 57, "phone": 49, "fax": 15, "email": 1}
    }
    assert Counter(post.channel for post in posts(API).values()) == {
        **{"web": 9_513, "phone": 365, "referral": 71, "letter": 51}
    }
    assert Counter(post.category for post in posts(SMALL).values())["Consumer loan"] == 39
    assert sum(post.words is not None for post in posts(API).values()) == 4_393
    assert sum(post.words is not None for post in posts(PAYDAY).values()) == 2_827
    assert max(len(post.words or "") for post in posts(PAYDAY).values()) == 17_097
    assert any("\n" in (post.words or "") for post in posts(PAYDAY).values())
