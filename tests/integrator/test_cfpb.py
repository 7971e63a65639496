"""Reading CFPB files: small files that hold one difficulty each. The real files are in test_cfpb_real.py."""

from __future__ import annotations

import gzip
from datetime import UTC, datetime
from pathlib import Path

import pytest

from casework.shared.integrator.cfpb import read_cfpb
from casework.shared.integrator.posts import MAX_WORDS, ComplaintPost
from casework.shared.integrator.table import BadRow, UnknownHeader

MINIMAL = "Complaint ID,Date received,Product"


def read(tmp_path: Path, text: str | bytes, limit: int | None = None) -> list[ComplaintPost | BadRow]:
    path = tmp_path / "complaints.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return list(read_cfpb(path, limit))


def posts(tmp_path: Path, text: str | bytes) -> list[ComplaintPost]:
    rows = read(tmp_path, text)
    assert [row for row in rows if isinstance(row, BadRow)] == []
    return [row for row in rows if isinstance(row, ComplaintPost)]


def facts(post: ComplaintPost) -> dict[str, str]:
    return {fact.name: fact.value for fact in post.facts}


EXPORT = (
    "Date received,Product,Sub-product,Issue,Sub-issue,Consumer complaint narrative,Company public response,"
    "Company,State,ZIP code,Tags,Consumer consent provided?,Submitted via,Date sent to company,"
    "Company response to consumer,Timely response?,Consumer disputed?,Complaint ID\r\n"
    '03/12/2014,Consumer Loan,Vehicle loan,Managing the loan,N/A,"They said ""wait"",\r\nand XXXX took {$1400.00}.",'
    "None,EXAMPLE BANK,MI,335XX,Older American,Consent provided,Postal mail,03/17/2014,Closed,Yes,No,759217\r\n"
)
API = (
    "company,company_public_response,company_response,complaint_id,complaint_what_happened,"
    "consumer_consent_provided,consumer_disputed,date_received,date_sent_to_company,issue,product,state,sub_issue,"
    "sub_product,submitted_via,tags,timely,zip_code\n"
    'EXAMPLE BANK,,Closed,759217,"They said ""wait"",\r\nand XXXX took {$1400.00}.",Consent provided,No,'
    "2014-03-12T12:00:00-05:00,2014-03-17T12:00:00-05:00,Managing the loan,Consumer loan,MI,null,"
    "Vehicle loan,Postal mail,Older American,Yes,335XX\n"
)
OLD = (
    "Complaint ID,Product,Sub-product,Issue,Sub-issue,State,ZIP code,Submitted via,Date received,"
    "Date sent to company,Company,Company response,Timely response?,Consumer disputed?\n"
    "759217,Consumer Loan,Vehicle loan,Managing the loan,?,MI,335XX,Postal mail,3/12/2014,3/17/2014,"
    "EXAMPLE BANK,Closed,Yes,No\n"
)
SAID_BY_ALL = {
    "sub_product": "Vehicle loan",
    "company_response": "Closed",
    "timely_response": "Yes",
    "consumer_disputed": "No",
    "state": "MI",
    "zip_code": "335XX",
    "date_sent_to_company": "2014-03-17",
}
SAID_BY_NEWER = SAID_BY_ALL | {"consumer_consent": "Consent provided", "tags": "Older American"}


@pytest.mark.parametrize("bom", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("zipped", [False, True])
@pytest.mark.parametrize(
    ("dialect", "said", "hour", "words"),
    [
        (EXPORT, SAID_BY_NEWER, 0, 'They said "wait",\r\nand XXXX took {$1400.00}.'),
        (API, SAID_BY_NEWER, 17, 'They said "wait",\r\nand XXXX took {$1400.00}.'),
        (OLD, SAID_BY_ALL, 0, None),
    ],
    ids=["export", "api", "old"],
)
def test_the_three_dialects_say_the_same(
    tmp_path: Path, dialect: str, said: dict[str, str], hour: int, words: str | None, zipped: bool, bom: bytes
) -> None:
    content = bom + dialect.encode()
    (post,) = posts(tmp_path, gzip.compress(content) if zipped else content)
    assert facts(post) == said
    assert post.received_at == datetime(2014, 3, 12, hour, tzinfo=UTC)
    assert (post.source, post.source_reference, post.channel, post.language) == ("cfpb", "759217", "letter", "en")
    assert (post.category, post.issue, post.organisation) == ("Consumer loan", "Managing the loan", "EXAMPLE BANK")
    assert post.words == words
    assert post.complainant is None


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("2023-06-14T12:00:00-05:00", datetime(2023, 6, 14, 17, tzinfo=UTC)),
        ("2023-06-14T12:00:00Z", datetime(2023, 6, 14, 12, tzinfo=UTC)),
        ("2023-06-14", datetime(2023, 6, 14, tzinfo=UTC)),
        ("03/22/23", datetime(2023, 3, 22, tzinfo=UTC)),
        ("03/12/2014", datetime(2014, 3, 12, tzinfo=UTC)),
        ("10/16/2014", datetime(2014, 10, 16, tzinfo=UTC)),
        ("1/5/2014", datetime(2014, 1, 5, tzinfo=UTC)),
        ("29/2/2016", datetime(2016, 2, 29, tzinfo=UTC)),
    ],
)
def test_each_date_style(tmp_path: Path, written: str, meant: datetime) -> None:
    (post,) = posts(tmp_path, f"{MINIMAL}\n1,{written},Mortgage\n")
    assert post.received_at == meant


def test_the_order_of_day_and_month_is_one_for_the_whole_file(tmp_path: Path) -> None:
    days = [
        post.received_at.date().isoformat() for post in posts(tmp_path, f"{MINIMAL}\n1,3/2/2016,A\n2,29/2/2016,A\n")
    ]
    assert days == ["2016-02-03", "2016-02-29"]


def test_one_date_of_the_other_order_does_not_turn_the_file_over(tmp_path: Path) -> None:
    rows = read(tmp_path, f"{MINIMAL}\n1,13/01/2014,A\n2,02/03/2014,A\n3,01/31/2014,A\n4,01/30/2014,A\n")
    assert rows[0] == BadRow(2, "date_received is not a date; this file writes month/day/year or ISO 8601")
    assert [row.received_at.day for row in rows[1:] if isinstance(row, ComplaintPost)] == [3, 31, 30]


def test_dates_sent_tell_the_order_too(tmp_path: Path) -> None:
    text = f"{MINIMAL},Date sent to company\n1,3/2/2016,A,29/2/2016\n"
    (post,) = posts(tmp_path, text)
    assert post.received_at.date().isoformat() == "2016-02-03"
    assert facts(post) == {"date_sent_to_company": "2016-02-29"}


@pytest.mark.parametrize("empty", ["", "N/A", "None", "null", "?", " n/a ", "NULL"])
def test_every_spelling_of_nothing_says_nothing(tmp_path: Path, empty: str) -> None:
    header = f"{MINIMAL},Company,Issue,Consumer complaint narrative,Tags,Submitted via,Date sent to company,Language"
    (post,) = posts(tmp_path, f"{header}\n1,2014-01-02,A" + f",{empty}" * 7 + "\n")
    assert (post.organisation, post.issue, post.words, post.facts) == (None, None, None, ())
    assert (post.channel, post.language) == ("api", "en")


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("1,2014-01-02", "2 fields, but the header has 3"),
        ("1,2014-01-02,A,B", "4 fields, but the header has 3"),
        ("N/A,2014-01-02,None", "no Complaint ID and no Product"),
        ("1,,A", "no Date received"),
        ("1,02/30/2014,A", "date_received is not a date; this file writes month/day/year or ISO 8601"),
        ("1,yesterday,A", "date_received is not a date; this file writes month/day/year or ISO 8601"),
        ("1,0001-01-01T00:00:00+05:00,A", "date_received is not a date; this file writes"),
        ("1,2014-01-02,A\x00B", "product contains a NUL character"),
        ("1,2014-01-02," + "A" * 140_000, "not a CSV row: field larger than field limit"),
    ],
)
def test_a_row_that_cannot_be_read_is_told_and_the_next_is_read(tmp_path: Path, row: str, reason: str) -> None:
    bad, good = read(tmp_path, f"{MINIMAL}\n{row}\n2,2014-01-02,A\n")
    assert isinstance(bad, BadRow)
    assert bad.line == 2
    assert bad.reason.startswith(reason)
    assert isinstance(good, ComplaintPost)


def test_bytes_that_are_not_utf8_spoil_their_row_only(tmp_path: Path) -> None:
    rows = read(tmp_path, MINIMAL.encode() + b"\n1,2014-01-02,Caf\xe9\n2,2014-01-02,Caf\xc3\xa9\n")
    assert rows[0] == BadRow(2, "product is not UTF-8 text")
    assert isinstance(rows[1], ComplaintPost)
    assert rows[1].category == "Café"


def test_words_are_verbatim_and_never_cut(tmp_path: Path) -> None:
    header = f"{MINIMAL},Consumer complaint narrative\n"
    words = "x" * (MAX_WORDS - 7) + '  "\n , '
    quoted = words.replace('"', '""')
    kept, refused = read(tmp_path, f'{header}1,2014-01-02,A,"{quoted}"\n2,2014-01-02,A,{"x" * (MAX_WORDS + 1)}\n')
    assert isinstance(kept, ComplaintPost)
    assert kept.words == words
    assert refused == BadRow(4, "a narrative of 20,001 characters; at most 20,000 can be posted")


def test_an_unknown_channel_or_language_is_a_bad_row(tmp_path: Path) -> None:
    rows = read(
        tmp_path,
        f"{MINIMAL},Submitted via,Language\n1,2014-01-02,A,Pigeon,\n2,2014-01-02,A,,fr\n3,2014-01-02,A,Chat,zh\n",
    )
    assert isinstance(rows[0], BadRow)
    assert rows[0].reason.startswith("submitted_via is not a way to submit a complaint; known are web, phone")
    assert isinstance(rows[1], BadRow)
    assert rows[1].reason.startswith("language is not one Casework speaks")
    assert isinstance(rows[2], ComplaintPost)
    assert (rows[2].channel, rows[2].language) == ("chat", "zh")


def test_a_compressed_file_cut_short_gives_what_is_whole_and_says_so(tmp_path: Path) -> None:
    lines = "".join(f"{number},2014-01-02,{number * 7919 % 10007}\n" for number in range(20_000))
    rows = read(tmp_path, gzip.compress(f"{MINIMAL}\n{lines}".encode())[:40_000])
    assert all(isinstance(row, ComplaintPost) for row in rows[:-1])
    assert len(rows) > 1_000
    assert isinstance(rows[-1], BadRow)
    assert rows[-1].reason.startswith("the compressed file is damaged")


def test_the_limit_counts_rows(tmp_path: Path) -> None:
    text = f"{MINIMAL}\n\n1,2014-01-02,A\nbad\n3,2014-01-02,A\n"
    assert [type(row) for row in read(tmp_path, text, 2)] == [ComplaintPost, BadRow]
    assert len(read(tmp_path, text)) == 3
    assert read(tmp_path, text, 0) == []


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "Columns found: none."),
        ("\ufeffname,town\n1,2\n", "Complaint ID, Date received, Product not found. Columns found: name, town."),
        ("Complaint ID,Product\n1,2\n", "Date received not found."),
        (f"{MINIMAL},product\n", "The header names 'product' twice, as column 3 and 4."),
    ],
)
def test_an_unknown_header_names_what_was_found_and_what_is_expected(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(UnknownHeader) as caught:
        read(tmp_path, text)
    assert told in str(caught.value)


@pytest.mark.parametrize(
    ("written", "normal"),
    [
        ("Consumer Loan", "Consumer loan"),
        ("Consumer loan", "Consumer loan"),
        ("Payday loan, title loan, or personal loan", "Payday loan, title loan, or personal loan"),
        ("FHA  Mortgage", "FHA mortgage"),
        ("投诉 API", "投诉 API"),
    ],
)
def test_one_spelling_a_category(tmp_path: Path, written: str, normal: str) -> None:
    (post,) = posts(tmp_path, f'{MINIMAL}\n1,2014-01-02,"{written}"\n')
    assert post.category == normal
