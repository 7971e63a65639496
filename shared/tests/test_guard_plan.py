"""Whatever order a true history arrives in, it takes effect once, in order, causes first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from random import Random
from uuid import UUID

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from casework.shared.contracts.envelope import CausePoint
from casework.shared.contracts.ids import SERVICES, ServiceName
from casework.shared.contracts.wire import Delivery
from casework.shared.inbox.guard import Cursor, Plan, plan

SEEDED = settings(derandomize=True, deadline=None, max_examples=200)
CASE = UUID(int=7)
OWN: ServiceName = "resolution"
NOTHING_YET: Mapping[ServiceName, Cursor] = dict.fromkeys(SERVICES, Cursor(-1, None))
OTHERS = tuple(service for service in SERVICES if service != OWN)


@dataclass(frozen=True)
class History:
    """What happened in one shard: every event in the order it was recorded in, whichever service recorded it."""

    events: tuple[Delivery, ...]

    def of(self, source: ServiceName) -> list[Delivery]:
        return [event for event in self.events if event.source == source]

    @property
    def others(self) -> list[Delivery]:
        return [event for event in self.events if event.source != OWN]

    @property
    def own_head(self) -> int:
        return len(self.of(OWN)) - 1


def history_of(steps: Iterable[tuple[int, int]]) -> History:
    """A true history: dense positions, each hash the next one's `shardprev`, each cause recorded before its effect.

    Of each step the first number chooses the source, the second the cause among what was recorded before, or none."""
    events: list[Delivery] = []
    heads = dict.fromkeys(SERVICES, Cursor(-1, None))
    for which, why in steps:
        source = SERVICES[which]
        cause = events[why] if why < len(events) else None
        head, position = heads[source], heads[source].position + 1
        hash_ = sha256(f"{source} {position}".encode()).digest()
        heads[source] = Cursor(position, hash_)
        events.append(
            Delivery(
                source=source,
                shard=3,
                position=position,
                shardprev=head.hash,
                hash=hash_,
                document=b"",
                raw={},
                type="casework.test.happened.v1",
                case_id=CASE,
                cause=None if cause is None else CausePoint(CASE, cause.source, cause.position),
            )
        )
    return History(tuple(events))


HISTORIES = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 30)), max_size=25).map(history_of)
BATCHES = st.lists(st.lists(st.integers(0, 24), max_size=30), max_size=5)
"""Which events of a history come together, in which order, how often: numbers beyond its end bring nothing."""


def picked(history: History, batch: Iterable[int]) -> list[Delivery]:
    return [history.events[number] for number in batch if number < len(history.events)]


class Consumer:
    """Remembers cursors and what took effect, and checks every step of it."""

    def __init__(self, history: History) -> None:
        self.history = history
        self.cursors: Mapping[ServiceName, Cursor] = NOTHING_YET
        self.applied: list[Delivery] = []

    def take(self, batch: Iterable[Delivery]) -> Plan:
        deliveries = list(batch)
        before = {service: cursor.position for service, cursor in self.cursors.items()}
        planned = plan(deliveries, self.cursors, own=OWN, own_head=self.history.own_head)
        seen = dict(before)
        for event in planned.apply:
            assert event.source != OWN
            assert event.position == seen[event.source] + 1, "out of order, twice, or with a hole"
            if event.cause is not None and event.cause.source not in (OWN, event.source):
                assert event.cause.position <= seen[event.cause.source], "an effect before its cause"
            seen[event.source] = event.position
        for source in SERVICES:
            assert planned.cursors[source].position == seen[source]
            if seen[source] >= 0 and source != OWN:
                assert planned.cursors[source].hash == self.history.of(source)[seen[source]].hash
        assert not planned.ahead_of_us
        assert not planned.diverged
        # What is neither applied nor a duplicate waits for something, and the plan says for what.
        waiting = [d for d in deliveries if d.source != OWN and d.position > seen[d.source]]
        assert bool(planned.gaps) == bool(waiting)
        assert planned.duplicates == len([d for d in deliveries if d.source != OWN]) - len(planned.apply) - len(waiting)
        assert all(seen[source] < len(self.history.of(source)) - 1 for source in planned.gaps), "nothing is missing"
        self.cursors = planned.cursors
        self.applied += planned.apply
        return planned

    def heal(self, source: ServiceName) -> None:
        """As the consumer does: the source's log from the cursor on, then what that turned out to wait for."""
        while True:
            after = self.cursors[source].position
            page = self.history.of(source)[after + 1 :]
            if not page:
                return
            for other in sorted(self.take(page).gaps - {source}):
                self.heal(other)
            if self.cursors[source].position == after:
                return


@SEEDED
@given(HISTORIES, BATCHES)
def test_whatever_comes_is_applied_once_in_order_and_causes_first(history: History, batches: list[list[int]]) -> None:
    consumer = Consumer(history)
    for batch in batches:
        consumer.take(picked(history, batch))
    consumer.take(history.events)
    assert sorted(consumer.applied, key=_place) == sorted(history.others, key=_place)


@SEEDED
@given(HISTORIES, st.integers(0, 2**32))
def test_everything_at_once_needs_no_second_look(history: History, seed: int) -> None:
    shuffled = [*history.events, *history.events]
    Random(seed).shuffle(shuffled)
    planned = Consumer(history).take(shuffled)
    assert len(planned.apply) == len(history.others)
    assert planned.duplicates == len(history.others)


@SEEDED
@given(HISTORIES, BATCHES)
def test_what_a_gap_names_heals_it(history: History, batches: list[list[int]]) -> None:
    """The consumer's loop ends: after healing what is named, as often as there are sources, the batch fits."""
    consumer = Consumer(history)
    for batch in batches:
        for _ in range(len(OTHERS) + 1):
            gaps = consumer.take(picked(history, batch)).gaps
            if not gaps:
                break
            for source in sorted(gaps):
                consumer.heal(source)
        assert not consumer.take(picked(history, batch)).gaps


@SEEDED
@given(HISTORIES, st.integers(0, 24), st.booleans())
def test_a_history_that_was_changed_stops_its_source_and_no_other(history: History, which: int, cut: bool) -> None:
    assume(history.others)
    changed = history.others[which % len(history.others)]
    forged = changed._replace(shardprev=None if cut and changed.position else b"\x00" * 32)
    deliveries = [forged if event is changed else event for event in history.events]
    planned = plan(deliveries, NOTHING_YET, own=OWN, own_head=history.own_head)
    assert planned.diverged == {changed.source: changed.position}
    assert not [e for e in planned.apply if e.source == changed.source and e.position >= changed.position]
    # Everything that does not wait for the changed one took effect.
    free = {_place(event) for event in history.others if not _needs(history, event, changed)}
    assert free == {_place(event) for event in planned.apply}


@SEEDED
@given(HISTORIES, st.integers(0, 24))
def test_an_effect_of_what_we_do_not_have_means_that_we_were_set_back(history: History, kept: int) -> None:
    head = kept % (history.own_head + 2) - 1
    planned = plan(history.events, NOTHING_YET, own=OWN, own_head=head)
    causes = {(e.source, e.cause.position) for e in history.others if e.cause is not None and e.cause.source == OWN}
    missing = {(source, position) for source, position in causes if position > head}
    assert bool(planned.ahead_of_us) == bool(missing)
    assert planned.ahead_of_us.items() <= missing


def test_another_first_event_is_another_history() -> None:
    first = Delivery("intake", 3, 0, b"\x01" * 32, b"\x02" * 32, b"", {}, "any", CASE, None)
    planned = plan([first], NOTHING_YET, own=OWN, own_head=-1)
    assert planned.diverged == {"intake": 0}
    assert planned.apply == []


def test_nothing_is_nothing() -> None:
    assert plan([], NOTHING_YET, own=OWN, own_head=-1) == Plan(cursors=dict(NOTHING_YET))


def _place(event: Delivery) -> tuple[ServiceName, int]:
    return event.source, event.position


def _needs(history: History, event: Delivery, other: Delivery) -> bool:
    """Whether `event` is `other`, or can only be applied after it: behind it in its source, or by a chain of causes."""
    known = {_place(each): each for each in history.events}
    seen: set[tuple[ServiceName, int]] = set()
    looking = [event]
    while looking:
        at = looking.pop()
        if at is other:
            return True
        needed = [(at.source, at.position - 1)] if at.position else []
        if at.cause is not None and at.cause.source != OWN:
            needed.append((at.cause.source, at.cause.position))
        looking += [known[place] for place in needed if place not in seen]
        seen.update(needed)
    return False
