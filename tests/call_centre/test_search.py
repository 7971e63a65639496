"""Finding a caller's cases by what they say: over keyed hashes, on record, and gone with the person."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
import pytest_asyncio

from casework.intake.search_index import IndexKeeper, SearchIndex, Term, normal
from casework.shared.keys.vault import KeyFile, Vault
from casework.shared.privacy.register import PURGES
from casework.shared.runtime.database import begin
from casework.shared.testing.canaries import columns_holding
from casework.shared.testing.desk import Desk
from casework.shared.testing.parts import PostgresServer
from casework.shared.testing.stack import Stack, stack_on

PHONE, EMAIL, ORDER = "+44 20 7946 0958", "Wren.Canary@Example.org", "SO-2026/0042"


@pytest_asyncio.fixture(scope="module")
async def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("search")


@pytest_asyncio.fixture(scope="module")
async def stack(postgres_server: PostgresServer, folder: Path) -> AsyncIterator[Stack]:
    async with postgres_server.database("search") as url, stack_on(url, folder) as running:
        yield running


@pytest_asyncio.fixture
async def desk(stack: Stack) -> AsyncIterator[Desk]:
    async with stack.client(await stack.key()) as http:
        yield Desk(http, stack.settle)


async def _wren(desk: Desk, **fields: object) -> str:
    return await desk.receive(
        complainant={"name": "Wren Canary", "phone": PHONE, "email": EMAIL},
        facts=[{"name": "order_number", "value": ORDER}, {"name": "account_type", "value": "gold"}],
        **fields,
    )


async def _search(stack: Stack, **said: str) -> list[dict[str, Any]]:
    """As somebody who may search and nothing else."""
    async with stack.client(await stack.key("cases:search", actor="agent-7")) as http:
        answer = await http.post("/v1/case-searches", json=said)
    assert answer.status_code == 200, answer.text
    assert answer.headers["cache-control"] == "no-store"
    return list(answer.json()["cases"])


async def _found(stack: Stack, **said: str) -> set[str]:
    return {each["case_id"] for each in await _search(stack, **said)}


@pytest.mark.parametrize(
    ("kind", "a", "b"),
    [
        ("phone", "+44 20 7946 0958", "0044-(20)7946.0958"),
        ("phone", "+44 20 7946 0958", "＋４４ ２０ ７９４６ ０９５８ ext. 12"),
        ("phone-ending", "+44 20 7946 0958", "020 7946 0958"),
        ("phone-ending", "+86 139 1234 5678", "13912345678"),
        ("email", " Wren.Canary@Example.org", "wren.canary@example.ORG "),
        ("order_number", "SO-2026/0042", "so 2026 0042"),
        ("reference", "C-2026-0042", "c20260042"),
        ("order_number", "订单-0042", "订单 ００４２"),
    ],
)
def test_all_spellings_of_a_value_are_one(kind: Any, a: str, b: str) -> None:
    assert normal(Term(kind, a)) == normal(Term(kind, b)) != ""


@pytest.mark.parametrize(
    ("kind", "value"), [("phone", "12 34"), ("phone-ending", "12345678"), ("email", "wren"), ("order_number", "--- ")]
)
def test_what_says_nothing_is_nothing(kind: Any, value: str) -> None:
    assert normal(Term(kind, value)) == ""


async def test_a_case_is_found_by_everything_the_caller_may_say(stack: Stack, desk: Desk) -> None:
    reference = f"C-{uuid4()}"
    case_id = await _wren(desk, source_reference=reference)
    for said in (
        {"reference": reference.upper()},
        {"phone": "0044 20 79460958"},
        {"phone": "020 7946 0958"},
        {"email": EMAIL.upper()},
        {"order_number": "so 2026 0042"},
        {"reference": reference, "email": EMAIL, "phone": PHONE},
    ):
        assert case_id in await _found(stack, **said), said
    (found,) = [each for each in await _search(stack, phone=PHONE) if each["case_id"] == case_id]
    assert found["matched"] == ["phone"]
    (found,) = [each for each in await _search(stack, phone="020 7946 0958") if each["case_id"] == case_id]
    assert found["matched"] == ["phone-ending"]
    # The link leads to where it stands.
    assert (await desk.http.get(found["status"])).json()["case_id"] == case_id
    # Known by all that was said, or not found.
    assert case_id not in await _found(stack, reference=reference, email="somebody.else@example.org")
    assert await _found(stack, phone="+44 20 7946 0000") == set()
    assert await _found(stack, order_number="---") == set()


async def test_what_is_learnt_later_is_found_too(stack: Stack, desk: Desk) -> None:
    reference, order, number = f"C-{uuid4()}", f"N{uuid4().hex}", "+49 30 1234567"
    case_id = await desk.receive(source_reference=reference)
    again = await desk.receive_again(source_reference=reference, facts=[{"name": "order_number", "value": order}])
    assert again == case_id
    assert await _found(stack, order_number=order) == {case_id}
    await desk.do(case_id, "representatives", {"role": "guardian", "name": "G. Uardian", "reach": number})
    assert await _found(stack, phone=number) == {case_id}
    public = await desk.receive(complainant=None, channel="post")
    email = f"{uuid4().hex}@example.org"
    await desk.do(public, "complainants", {"name": "P. Oster", "email": email})
    assert await _found(stack, email=email) == {public}


async def test_what_is_refused_leaves_nothing_behind(stack: Stack, desk: Desk) -> None:
    case_id = await desk.receive()
    email = f"{uuid4().hex}@example.org"
    # It is known already who complains.
    answer = await desk.ask(case_id, "complainants", {"name": "A. Nother", "email": email})
    assert answer.status_code == 409, answer.text
    assert await _found(stack, email=email) == set()


async def test_the_table_holds_nothing_to_be_read(stack: Stack, desk: Desk) -> None:
    await _wren(desk)
    async with begin(stack.admin) as work:
        rows = await work.fetch("SELECT * FROM intake.search_key")
        assert {len(row["mac"]) for row in rows} == {16}
        assert {row["kind"] for row in rows} <= {"reference", "phone", "phone-ending", "email", "order_number"}
    for piece in ("wren.canary", "Wren.Canary", "442079460958", "7946 0958"):
        assert [each for each in await columns_holding(stack.admin, piece) if "search" in str(each)] == []


async def test_who_searched_is_on_record_and_what_for_is_not(stack: Stack, desk: Desk) -> None:
    case_id = await _wren(desk)
    await _search(stack, email=EMAIL, order_number=ORDER)
    await _search(stack, phone="+44 20 7946 0001")
    async with stack.client(await stack.key("audit:read")) as http:
        answer = await http.get("/v1/case-searches", params={"limit": 2})
        none, some = answer.json()["items"]
        further = (await http.get("/v1/case-searches", params={"cursor": answer.json()["next"]})).json()["items"]
    assert (none["actor"], none["kinds"], none["hits"], none["cases"]) == ("agent-7", ["phone"], 0, [])
    assert some["kinds"] == ["email", "order_number"]
    assert case_id in some["cases"]
    assert not {each["search_id"] for each in further} & {none["search_id"], some["search_id"]}
    assert EMAIL.casefold() not in answer.text.casefold()
    assert "0042" not in answer.text
    # Only ever added to.
    with pytest.raises(Exception, match="permission denied"):
        async with begin(stack.runtimes["intake"].engine) as work:
            await work.execute("DELETE FROM search_access")


async def test_more_than_anybody_reads_says_so(stack: Stack, desk: Desk) -> None:
    email = f"{uuid4().hex}@example.org"
    for _ in range(51):
        answer = await desk.post(
            "/v1/complaints",
            {
                "source": "crm",
                "source_reference": str(uuid4()),
                "channel": "web",
                "category": "Fees",
                "complainant": {"email": email},
            },
        )
        assert answer.status_code == 201
    async with stack.client(await stack.key("cases:search")) as http:
        found = (await http.post("/v1/case-searches", json={"email": email})).json()
    assert (len(found["cases"]), found["more"]) == (50, True)
    since = [each["known_since"] for each in found["cases"]]
    assert since == sorted(since, reverse=True)


async def test_an_erased_person_is_not_found_and_leaves_no_row(stack: Stack, desk: Desk, folder: Path) -> None:
    email = f"{uuid4().hex}@example.org"
    reference = f"C-{uuid4()}"
    case_id = await desk.receive(complainant={"email": email, "phone": "+33 1 23 45 67 89"}, source_reference=reference)
    assert await _found(stack, email=email) == {case_id}
    vault = Vault(KeyFile.load(folder / "person-keys"))
    async with begin(stack.runtimes["intake"].engine) as work:
        person = UUID(
            int=(await work.fetch_value("SELECT person FROM reference WHERE case_id = $1", UUID(case_id))).int
        )
        await vault.erase(work, person)
    # The fence alone hides them; the purge takes the rows.
    assert await _found(stack, email=email) == set()
    async with begin(stack.runtimes["intake"].engine) as work:
        assert await work.execute(PURGES["intake"]["search index"], [UUID(case_id)]) == 3
    # A reference names a complaint, not a person.
    assert await _found(stack, reference=reference) == {case_id}
    # What is made anew from the events does not bring them back.
    await _made_anew(stack, folder / "person-keys")
    async with begin(stack.admin) as work:
        assert not await work.fetch_value("SELECT true FROM intake.search_key WHERE person = $1", person)


async def _rows(stack: Stack) -> set[tuple[Any, ...]]:
    async with begin(stack.admin) as work:
        rows = await work.fetch("SELECT mac, case_id, kind, person, key_id FROM intake.search_key")
    return {tuple(row) for row in rows}


async def _made_anew(stack: Stack, key_file: Path) -> int:
    loaded = KeyFile.load(key_file)
    engine = stack.runtimes["intake"].engine
    async with begin(engine) as work:
        await work.execute("DELETE FROM search_index")
    vault = Vault(KeyFile.load(key_file.with_name("person-keys")))
    return await IndexKeeper(engine, SearchIndex.of(loaded), vault).keep()


async def test_made_anew_from_the_events_it_is_the_same_and_under_another_key_another(
    stack: Stack, desk: Desk, folder: Path
) -> None:
    await _wren(desk)
    written = await _rows(stack)
    async with begin(stack.runtimes["intake"].engine) as work:
        await work.execute("DELETE FROM search_key")
    assert await _made_anew(stack, folder / "person-keys") > 0
    # Only phone endings and orders of people without a key may differ: nothing does.
    assert await _rows(stack) == written
    KeyFile.create(folder / "other-keys")
    await _made_anew(stack, folder / "other-keys")
    other = await _rows(stack)
    assert {row[1:4] for row in other} == {row[1:4] for row in written}
    assert not {row[0] for row in other} & {row[0] for row in written}
    assert len({row[4] for row in other}) == 1
    # Back again; and once it is whole, nothing is read.
    assert await _made_anew(stack, folder / "person-keys") > 0
    index = SearchIndex.of(KeyFile.load(folder / "person-keys"))
    keeper = IndexKeeper(stack.runtimes["intake"].engine, index, Vault(KeyFile.load(folder / "person-keys")))
    assert await keeper.keep() == 0


async def test_a_search_says_something_and_nothing_it_says_comes_back(stack: Stack) -> None:
    async with stack.client(await stack.key("cases:search")) as http:
        for body in ({}, {"phone": ""}, {"email": "wren"}, {"name": "Wren"}, {"phone": "1" * 300}):
            answer = await http.post("/v1/case-searches", json=body)
            assert answer.status_code == 422, body
            assert "wren" not in answer.text
