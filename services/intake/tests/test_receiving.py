"""Receiving posts on a real database: one complaint is one case, what people wrote is sealed, a refusal is alone."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import orjson
import pytest
import pytest_asyncio
from sqlalchemy.ext.asyncio import AsyncEngine
from uuid_utils.compat import uuid7

from casework.intake.app import SERVICE
from casework.intake.arrivals import INBOX_ACTOR, mark_of, post_of
from casework.intake.domain.commands import WithdrawComplaint
from casework.intake.domain.errors import ComplaintIsWithdrawn
from casework.intake.handlers import IntakeStore, Outcome, Receiving
from casework.intake.referencing import MOST_TAKEN, Post
from casework.intake.search_index import SearchIndex, Term
from casework.shared.business_time import Backdated
from casework.shared.contracts.actors import Actor
from casework.shared.contracts.envelope import CommandCause, Envelope, open_envelope
from casework.shared.contracts.inbox import (
    COMPLAINT_POSTED,
    ComplainantPart,
    FactPart,
    HistoryPart,
    InboxMessage,
    PostedComplaint,
    ReferencePart,
)
from casework.shared.contracts.registry import from_data
from casework.shared.contracts.standing import StandingSolution
from casework.shared.errors import Conflict
from casework.shared.eventstore.store import EnvelopeTooLarge, EventStore, Origin
from casework.shared.files.parts import SAID
from casework.shared.keys.sealing import open_sealed
from casework.shared.keys.vault import KeyFile, Vault
from casework.shared.migrations.run import migrate
from casework.shared.runtime.database import admin_engine, begin, service_engine
from casework.shared.testing.canaries import columns_holding
from casework.shared.testing.parts import PostgresServer

CANARY = "kingfisher-91"
SENDER = Actor("crm-7", "integrator")


@dataclass(frozen=True)
class Intake:
    """Receiving, its store and its vault on one database."""

    admin: AsyncEngine
    engine: AsyncEngine
    receiving: Receiving

    @property
    def store(self) -> IntakeStore:
        return self.receiving.store

    async def receive(self, *posts: Post) -> list[Outcome]:
        """One batch, in its own transaction, as often as others are in the way."""
        while True:
            try:
                async with begin(self.engine) as work:
                    unit, outcomes = await self.receiving.receive(work, posts)
                    await self.store.append(work, unit)
                return outcomes
            except Conflict:
                await asyncio.sleep(0)

    async def events(self, case_id: UUID | None) -> list[Envelope]:
        async with begin(self.engine) as work:
            rows = await work.fetch("SELECT envelope FROM event WHERE case_id = $1 ORDER BY version", case_id)
        return [open_envelope(row["envelope"]) for row in rows]

    async def typed(self, case_id: UUID | None) -> list[Any]:
        return [from_data(each.type, each.data) for each in await self.events(case_id)]

    async def references(self, reference: str) -> list[tuple[Any, ...]]:
        async with begin(self.engine) as work:
            rows = await work.fetch(
                "SELECT case_id, person, post_id FROM reference WHERE source_reference = $1", reference
            )
        return [tuple(row) for row in rows]

    async def words_of(self, case_id: UUID | None) -> list[str | None]:
        """The words of each event that can have some, opened."""
        found: list[str | None] = []
        for event in await self.typed(case_id):
            words = getattr(event, "words", None)
            if words is None:
                found.append(None)
                continue
            async with begin(self.engine) as work:
                key = (await self.receiving.vault.open(work, [words.person]))[words.person]
            assert isinstance(key, bytes)
            assert case_id is not None
            found.append(open_sealed(words, key, case_id=case_id, field="words"))
        return found


@pytest_asyncio.fixture(scope="module")
async def intake(postgres_server: PostgresServer, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Intake]:
    async with postgres_server.database("receiving") as url:
        admin, engine = admin_engine(url), service_engine(url, "intake", pool_size=16)
        installed = await migrate(admin, [SERVICE.schema], shards=4)
        key_file = KeyFile.create(tmp_path_factory.mktemp("receiving") / "person-keys")
        store: IntakeStore = EventStore(
            "intake",
            SERVICE.decider,
            state_type=SERVICE.state_type,
            state_version=SERVICE.state_version,
            shards=installed.shards,
            mint=uuid7,
        )
        yield Intake(
            admin,
            engine,
            Receiving(store, Vault(key_file), (), key_file.derive(b"repeated words"), SearchIndex.of(key_file)),
        )
        await engine.dispose()
        await admin.dispose()


def post(reference: str, *, post_id: str | None = None, may_backdate: bool = True, **changes: Any) -> Post:
    """A post of a complaint, personal unless `changes` say otherwise."""
    fields: dict[str, Any] = {
        "source": "crm",
        "source_reference": reference,
        "channel": "web",
        "category": "Credit card",
        "words": f"The fee was taken twice, says {CANARY}.",
        "complainant": ComplainantPart(name=f"A. {CANARY}", email=f"{CANARY}@example.org"),
        "wish": f"Give {CANARY} the fee back.",
        "facts": facts(account="gold"),
    }
    named = post_id or str(uuid4())
    said = InboxMessage(
        specversion="1.0",
        id=named,
        source="crm",
        type="casework.inbox.complaint-posted.v1",
        data=PostedComplaint(**{**fields, **changes}),
    )
    return Post(named, said.data, SENDER, may_backdate, mark=mark_of(said))


def message(reference: str, message_id: str, source: str = "crm", **data: Any) -> Post:
    """A post as it comes by either door: a message with a source and an id, which says only what `data` says."""
    said = {"source": "crm", "source_reference": reference, "channel": "web", "category": "Credit card", **data}
    document = {"specversion": "1.0", "id": message_id, "source": source, "type": COMPLAINT_POSTED, "data": said}
    return post_of(document, INBOX_ACTOR, may_backdate=True)


def fact(**named: str) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name, value in named.items()]


def receipts(outcomes: Sequence[Outcome]) -> list[tuple[UUID | None, str | None, int]]:
    return [(each.case_id, each.kind, each.version) for each in outcomes]


def bare(reference: str, **changes: Any) -> Post:
    """A post with nothing personal in it."""
    return post(reference, **{"words": None, "complainant": None, "wish": None, **changes})


def facts(**named: str) -> tuple[FactPart, ...]:
    return tuple(FactPart(name=name, value=value) for name, value in named.items())


def kinds(outcomes: Sequence[Outcome]) -> list[str | type]:
    return [each.kind or type(each.error) for each in outcomes]


async def test_fifty_at_once_are_one_case(intake: Intake) -> None:
    batches = await asyncio.gather(*(intake.receive(post("R-fifty")) for _ in range(50)))
    outcomes = [outcome for batch in batches for outcome in batch]
    assert sorted(kinds(outcomes), key=str) == ["accepted", *["duplicate"] * 49]
    (case_id,) = {outcome.case_id for outcome in outcomes}
    (event,) = await intake.events(case_id)
    assert event.actor == SENDER
    assert len(await intake.references("R-fifty")) == 1
    async with begin(intake.admin) as work:
        person = (await intake.references("R-fifty"))[0][1]
        assert await work.fetch_value("SELECT count(*) FROM vault.person_key WHERE person = $1", person) == 1


async def test_the_same_post_fifty_times_at_once_is_accepted_each_time(intake: Intake) -> None:
    one = post("R-one")
    batches = await asyncio.gather(*(intake.receive(one) for _ in range(50)))
    assert {(outcome.kind, outcome.version) for batch in batches for outcome in batch} == {("accepted", 1)}
    assert len({outcome.case_id for batch in batches for outcome in batch}) == 1


async def test_overlapping_batches_make_one_case_for_each_complaint(intake: Intake) -> None:
    names = [f"R-overlap-{number}" for number in range(12)]
    batches = [[post(name) for name in (*names[start:], *names[:start])] for start in range(12)]
    outcomes = await asyncio.gather(*(intake.receive(*batch) for batch in batches))
    cases: dict[str, set[UUID | None]] = {name: set() for name in names}
    for outcome in (each for batch in outcomes for each in batch):
        cases[outcome.post.complaint.source_reference].add(outcome.case_id)
    assert {len(found) for found in cases.values()} == {1}
    assert sum(kinds(batch).count("accepted") for batch in outcomes) == 12
    for (case_id,) in cases.values():
        assert len(await intake.events(case_id)) == 1


async def test_one_complaint_twice_in_a_batch(intake: Intake) -> None:
    first = post("R-twice")
    outcomes = await intake.receive(first, post("R-twice"), first, post("R-twice", facts=facts(limit="500")))
    assert kinds(outcomes) == ["accepted", "duplicate", "accepted", "updated"]
    assert [outcome.version for outcome in outcomes] == [1, 1, 1, 2]
    assert len({outcome.case_id for outcome in outcomes}) == 1


async def test_of_changed_facts_only_what_is_new_is_added(intake: Intake) -> None:
    (first,) = await intake.receive(post("R-facts", facts=facts(account="gold", limit="500")))
    changed = facts(account="gold", limit="900", branch="Harbour")
    assert kinds(await intake.receive(post("R-facts", facts=changed))) == ["updated"]
    _, added = await intake.typed(first.case_id)
    assert {fact.name: fact.value for fact in added.facts} == {"limit": "900", "branch": "Harbour"}
    assert added.words is None
    assert kinds(await intake.receive(post("R-facts", facts=changed))) == ["duplicate"]
    assert kinds(await intake.receive(post("R-facts", facts=()))) == ["duplicate"]
    assert len(await intake.events(first.case_id)) == 2


async def test_changed_words_are_added_and_repeated_ones_are_not(intake: Intake) -> None:
    (first,) = await intake.receive(post("R-words", words="The fee was taken twice."))
    outcomes = [await intake.receive(post("R-words", words=words)) for words in ("Thrice now.", "Thrice now.")]
    assert [kinds(each) for each in outcomes] == [["updated"], ["duplicate"]]
    assert kinds(await intake.receive(post("R-words", words="The fee was taken twice."))) == ["updated"]
    assert await intake.words_of(first.case_id) == [
        "The fee was taken twice.",
        "Thrice now.",
        "The fee was taken twice.",
    ]
    # Words that are left out are no change: nobody takes back what they said by saying nothing.
    assert kinds(await intake.receive(post("R-words", words=None))) == ["duplicate"]


async def test_the_very_post_that_made_the_case_is_accepted_again(intake: Intake) -> None:
    one = post("R-again", post_id="the-first")
    (first,) = await intake.receive(one)
    assert kinds(await intake.receive(post("R-again", facts=facts(limit="1")))) == ["updated"]
    (again,) = await intake.receive(one)
    assert (again.kind, again.case_id) == ("accepted", first.case_id)
    assert len(await intake.events(first.case_id)) == 2


@pytest.mark.parametrize("together", [True, False], ids=["one batch", "one by one"])
async def test_messages_that_come_again_have_no_effect_and_get_their_receipts_again(
    intake: Intake, together: bool
) -> None:
    """The process died between the commit and the offset: what was taken comes once more, in its order."""
    reference = f"again-{uuid4()}"
    came = [
        message(reference, "1", words="It began.", facts=fact(state="new")),
        message(reference, "2", words="X.", facts=fact(state="a")),
        message(reference, "3", facts=fact(state="a")),
        message(reference, "4", words="Y.", facts=fact(state="b")),
    ]
    batches = [came] if together else [[each] for each in came]
    first = [outcome for batch in batches for outcome in await intake.receive(*batch)]
    assert receipts(first) == [
        (first[0].case_id, "accepted", 1),
        (first[0].case_id, "updated", 2),
        (first[0].case_id, "duplicate", 2),
        (first[0].case_id, "updated", 3),
    ]
    again = [outcome for batch in batches for outcome in await intake.receive(*batch)]
    assert receipts(again) == receipts(first)
    assert await intake.words_of(first[0].case_id) == ["It began.", "X.", "Y."]
    _, to_a, to_b = await intake.typed(first[0].case_id)
    assert [{fact.name: fact.value for fact in each.facts} for each in (to_a, to_b)] == [{"state": "a"}, {"state": "b"}]
    # Twice in one batch, and for the first time there, is the same.
    new = message(reference, "5", facts=fact(state="c"))
    assert kinds(await intake.receive(new, came[1], new)) == ["updated", "updated", "updated"]
    assert len(await intake.events(first[0].case_id)) == 4


async def test_an_id_is_its_senders_own_and_names_one_content(intake: Intake) -> None:
    reference = f"ids-{uuid4()}"
    (first,) = await intake.receive(message(reference, "1", facts=fact(state="a")))
    outcomes = await intake.receive(
        message(reference, "1", source="erp", facts=fact(limit="500")),
        message(reference, "1", facts=fact(state="b")),
    )
    assert kinds(outcomes) == ["updated", "updated"]
    _, limit, state = await intake.typed(first.case_id)
    assert [(each.name, each.value) for event in (limit, state) for each in event.facts] == [
        ("limit", "500"),
        ("state", "b"),
    ]


async def test_the_messages_that_are_known_are_bounded_and_the_first_is_always_among_them(intake: Intake) -> None:
    reference = f"many-{uuid4()}"
    came = [message(reference, str(number), facts=fact(state=str(number))) for number in range(MOST_TAKEN + 8)]
    outcomes = await intake.receive(*came)
    (case_id,) = {each.case_id for each in outcomes}
    late = [came[0], *came[-MOST_TAKEN + 1 :]]
    assert receipts(await intake.receive(*late)) == receipts([outcomes[0], *outcomes[-MOST_TAKEN + 1 :]])
    assert len(await intake.events(case_id)) == len(came)
    async with begin(intake.engine) as work:
        size = await work.fetch_value("SELECT length(taken) FROM reference WHERE source_reference = $1", reference)
    assert size == MOST_TAKEN * 21


@pytest.mark.parametrize("message_id", ["0193c2f4-8f0e-7cc0-8000-000000000007", "7"])
async def test_of_a_case_that_was_made_before_only_an_id_that_nobody_else_gives_is_known(
    intake: Intake, message_id: str
) -> None:
    """After a restore, or an upgrade, nothing is known of the messages but the id of the first."""
    reference = f"before-{uuid4()}"
    (made,) = await intake.receive(message(reference, message_id, facts=fact(state="a")))
    await intake.receive(message(reference, "second", facts=fact(state="b")))
    async with begin(intake.engine) as work:
        await work.execute("UPDATE reference SET taken = NULL WHERE source_reference = $1", reference)
    (again,) = await intake.receive(message(reference, message_id, facts=fact(state="a")))
    assert again.kind == ("updated" if message_id == "7" else "accepted")
    assert len(await intake.events(made.case_id)) == (3 if message_id == "7" else 2)


async def test_words_that_come_second_in_a_batch_are_kept(intake: Intake) -> None:
    """The first post says nothing personal, so nobody has a key yet; the second does."""
    outcomes = await intake.receive(bare("R-later"), post("R-later", words="Now I say it."))
    assert kinds(outcomes) == ["accepted", "updated"]
    assert await intake.words_of(outcomes[0].case_id) == [None, "Now I say it.", None]


async def test_words_that_come_later_are_kept(intake: Intake) -> None:
    (first,) = await intake.receive(bare("R-much-later"))
    assert (await intake.references("R-much-later"))[0][1] is None, "nobody to have a key for"
    assert kinds(await intake.receive(post("R-much-later", words="Now I say it."))) == ["updated"]
    assert await intake.words_of(first.case_id) == [None, "Now I say it.", None]
    (person,) = {row[1] for row in await intake.references("R-much-later")}
    assert person is not None


BIRDS = "\U0001f426" * 20_000


async def test_who_complains_is_recorded_where_nobody_was_known(intake: Intake) -> None:
    reference, number = f"who-{uuid4()}", f"+44 20 {uuid4().int % 10**8:08}"
    who = {"name": "A. Example", "phone": number}
    (first,) = await intake.receive(message(reference, "1", words="It began."))
    (told,) = await intake.receive(message(reference, "2", words="It began.", complainant=who))
    assert (told.kind, told.version) == ("updated", 2)
    _, identified = await intake.typed(first.case_id)
    assert identified.reachable_by == ("phone",)
    assert first.case_id is not None
    async with begin(intake.engine) as work:
        person = identified.complainant.person
        key = (await intake.receiving.vault.open(work, [person]))[person]
        (hit,) = await intake.receiving.index.find(work, [Term("phone", number)], 9)
    said = open_sealed(identified.complainant, key, case_id=first.case_id, field=SAID)
    assert (orjson.loads(said), hit.case_id) == (who, first.case_id)
    # Senders repeat whole records; who is known is not named anew, and a correction is for staff.
    again = message(reference, "3", words="It began.", complainant=who)
    other = message(reference, "4", complainant={"name": "Somebody else"})
    assert kinds(await intake.receive(again, other)) == ["duplicate", "duplicate"]
    assert len(await intake.events(first.case_id)) == 2


async def test_what_a_public_post_has_come_to_by_now_is_noted(intake: Intake) -> None:
    reference = f"signal-{uuid4()}"
    said: dict[str, Any] = {"channel": "post", "origin": "media"}
    (first,) = await intake.receive(message(reference, "1", **said))
    grown = message(reference, "2", **said, signal={"shares": 1_200})
    same_again = message(reference, "3", **said, signal={"shares": 1_200})
    without = message(reference, "4", **said)
    assert kinds(await intake.receive(grown, same_again, without)) == ["updated", "duplicate", "duplicate"]
    _, nothing_yet, noted = await intake.typed(first.case_id)
    assert [(each.shares, each.severity) for each in (nothing_yet, noted)] == [(0, "low"), (1_200, "high")]


def _too_large(reference: str) -> Post:
    many = tuple(FactPart(name=f"f{number}", value="x" * 1_000) for number in range(60))
    return post(reference, words=BIRDS, wish=BIRDS, facts=many)


async def test_a_refused_post_disturbs_no_other_and_leaves_nothing_behind(intake: Intake) -> None:
    (withdrawn,) = await intake.receive(post("R-withdrawn"))
    assert withdrawn.case_id is not None
    async with begin(intake.engine) as work:
        unit = await intake.store.open(work, [withdrawn.case_id])
        command = WithdrawComplaint(reason="It is settled.", channel="phone")
        unit.run(withdrawn.case_id, [command], Origin(SENDER, CommandCause(uuid4())))
        await intake.store.append(work, unit)
    outcomes = await intake.receive(
        post("R-good-1"),
        post("R-withdrawn", facts=facts(limit="2")),
        _too_large("R-large"),
        post("R-good-2"),
        post("R-future", received_at=datetime.now(UTC) + timedelta(hours=1)),
        post("R-past", received_at=datetime(2020, 1, 1, tzinfo=UTC), may_backdate=False),
        post("R-good-1", facts=facts(limit="2")),
    )
    assert kinds(outcomes) == [
        "accepted",
        ComplaintIsWithdrawn,
        EnvelopeTooLarge,
        "accepted",
        Backdated,
        Backdated,
        "updated",
    ]
    for reference in ("R-large", "R-future", "R-past"):
        assert await intake.references(reference) == []
    assert len(await intake.events(withdrawn.case_id)) == 2
    assert kinds(await intake.receive(post("R-large"))) == ["accepted"]


async def test_who_made_the_case_is_who_is_accepted_again(intake: Intake) -> None:
    """The first post of a new complaint is refused, the second of the same batch makes the case."""
    refused, made = _too_large("R-second"), post("R-second")
    assert kinds(await intake.receive(refused, made)) == [EnvelopeTooLarge, "accepted"]
    assert kinds(await intake.receive(made)) == ["accepted"]
    # What is too much for one event may be little enough for two: now it only adds to the case.
    assert kinds(await intake.receive(refused)) == ["updated"]


async def test_a_time_of_receipt_that_lies_in_the_past_is_told_apart_from_the_recording(intake: Intake) -> None:
    past = datetime(2015, 6, 7, 8, 9, tzinfo=UTC)
    (old,) = await intake.receive(post("R-old", received_at=past))
    (new,) = await intake.receive(post("R-new", received_at=datetime.now(UTC)))
    (recorded,), (just_now,) = await intake.events(old.case_id), await intake.events(new.case_id)
    assert recorded.occurred_at == past
    assert recorded.time > past
    assert just_now.occurred_at is None


async def test_no_standing_solution_settles_a_recorded_history(intake: Intake) -> None:
    past = datetime(2016, 3, 1, 9, 0, tzinfo=UTC)
    solution = StandingSolution(
        name="known",
        version=1,
        categories=("Printer",),
        severity="low",
        complexity="simple",
        finding="Known.",
        outcome="upheld",
        remedy="repair",
        answer="It is being repaired.",
        reply="accepted",
    )
    knowing = replace(intake, receiving=replace(intake.receiving, standing=(solution,)))
    recorded = post("recorded", category="Printer", received_at=past, history=HistoryPart(closed_at=past))
    other = post("not-recorded", category="Printer", received_at=past)
    lived, settled = await knowing.receive(recorded, other)
    assert [each.version for each in await intake.events(lived.case_id)] == [1]
    assert [each.version for each in await intake.events(settled.case_id)] == [1, 2, 3, 4]


async def test_what_people_wrote_stands_nowhere_in_the_database(intake: Intake) -> None:
    (first,) = await intake.receive(post("R-sealed"))
    await intake.receive(post("R-sealed", words=f"{CANARY} again, and 年费被重复扣取。"))
    assert await intake.words_of(first.case_id) == [
        f"The fee was taken twice, says {CANARY}.",
        f"{CANARY} again, and 年费被重复扣取。",
    ]
    assert await columns_holding(intake.admin, CANARY) == set()
    assert await columns_holding(intake.admin, "年费被重复扣取") == set()
    # The search finds what is there.
    assert await columns_holding(intake.admin, "R-sealed") == {
        "intake.case_state.state",
        "intake.event.envelope",
        "intake.reference.source_reference",
        "intake.road.source_reference",
    }
    async with begin(intake.admin) as work:
        await work.execute(
            'INSERT INTO intake.rejection (topic, partition, "offset", sha256, problem, original)'
            " VALUES ('t', 0, 0, '', '{}', $1)",
            orjson.dumps({"words": f"{CANARY} once more"}),
        )
    assert await columns_holding(intake.admin, CANARY) == {"intake.rejection.original"}


def same(reference: str) -> ReferencePart:
    return ReferencePart(source="crm", source_reference=reference)


async def test_a_post_joins_the_complaint_that_came_before_it_in_the_same_batch(intake: Intake) -> None:
    web, forwarded, third = (f"batch-{uuid4()}" for _ in range(3))
    came = (
        bare(web),
        post(forwarded, same_as=same(web), origin="regulator-forwarded"),
        post(third, same_as=same(forwarded), words="And again."),
    )
    outcomes = await intake.receive(*came)
    assert kinds(outcomes) == ["accepted", "updated", "updated"]
    (case_id,) = {each.case_id for each in outcomes}
    names = [type(each).__name__ for each in await intake.typed(case_id)]
    assert names == [
        *("ComplaintReceived", "RoadAdded", "FactsAdded", "ComplainantIdentified"),
        *("RoadAdded", "FactsAdded"),
    ]
    # The same posts again change nothing.
    assert {each.case_id for each in await intake.receive(*came)} == {case_id}
    assert len(await intake.typed(case_id)) == len(names)


async def test_what_comes_later_in_the_batch_is_not_known_yet(intake: Intake) -> None:
    web, forwarded = f"later-{uuid4()}", f"later-{uuid4()}"
    outcomes = await intake.receive(bare(forwarded, same_as=same(web)), bare(web))
    assert kinds(outcomes) == ["accepted", "accepted"]
    assert len({each.case_id for each in outcomes}) == 2
    one, other = f"ring-{uuid4()}", f"ring-{uuid4()}"
    ring = await intake.receive(bare(one, same_as=same(other)), bare(other, same_as=same(one)))
    assert kinds(ring) == ["accepted", "updated"]
    assert ring[0].case_id == ring[1].case_id


async def test_a_post_that_names_a_refused_one_of_its_batch_is_a_case_of_its_own(intake: Intake) -> None:
    web, forwarded = f"refused-{uuid4()}", f"refused-{uuid4()}"
    first, second = await intake.receive(
        _too_large(web),
        bare(forwarded, same_as=same(web)),
    )
    assert first.error is not None
    assert second.kind == "accepted"
    assert not await intake.references(web)
    (known,) = await intake.references(forwarded)
    assert known[0] == second.case_id
    assert [type(each).__name__ for each in await intake.typed(second.case_id)] == ["ComplaintReceived"]


async def test_many_batches_that_name_each_other_at_once_are_one_case(intake: Intake) -> None:
    web = f"race-{uuid4()}"
    batches = [(bare(web), bare(f"race-{uuid4()}", same_as=same(web))) for _ in range(12)]
    answers = await asyncio.gather(*(intake.receive(*batch) for batch in batches))
    assert len({each.case_id for outcomes in answers for each in outcomes}) == 1
