"""What FastStream and aiokafka do with a handler that fails, on the wire; and what they do as we set them up.

The library's other ways are here too, each beside ours, because ours are chosen against them: whoever upgrades the
library sees here whether the reasons still hold.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
import pytest_asyncio
from faststream import AckPolicy
from faststream.exceptions import StopConsume
from tests.contract.sessions import Seen, ours, plain, post, session, settings_of

from casework.shared.runtime import messaging
from casework.shared.runtime.topic_admin import ensure_topics
from casework.shared.runtime.topic_reader import topic_reader
from casework.shared.runtime.topics import Topic, Topics
from casework.shared.testing.parts import KafkaServer, fresh_prefix

pytestmark = pytest.mark.wire

FIVE = [b"0", b"1", b"2", b"3", b"4"]
THIRD = FIVE[2]
Observed = Mapping[str, Seen]


class Fault(Exception):
    """What a handler raises."""


async def fails_on_the_third(_seen: Seen, message: Any) -> None:
    if message.raw_message.value == THIRD:
        raise Fault


async def acknowledges_what_did_not_fail(seen: Seen, message: Any) -> None:
    await fails_on_the_third(seen, message)
    await message.ack()


async def fails_three_times_on_the_third(seen: Seen, records: Any) -> None:
    if THIRD in [record.value for record in records] and seen.values.count(THIRD) <= 3:
        raise Fault


def spread(call: Any) -> bool:
    """Whether a call brought records of several partitions."""
    return len({record.partition for record in call}) > 1


async def fails_on_the_first_that_is_spread(seen: Seen, records: Any) -> None:
    if spread(records) and not any(map(spread, seen.calls[:-1])):
        raise Fault


async def stops(_seen: Seen, _records: Any) -> None:
    raise StopConsume


async def answers(_seen: Seen, _message: Any) -> str:
    return "an answer"


@pytest_asyncio.fixture(scope="module")
async def topics(kafka_server: KafkaServer) -> Mapping[str, Topic]:
    """A topic for each story."""
    prefix = fresh_prefix()
    declared = {
        name: replace(Topics.of(f"{prefix}{name}.", partitions).events, partitions=partitions)
        for name, partitions in {"five": 1, "spread": 3, "odd": 1, "told": 1, "asked": 1, "answers": 1}.items()
    }
    await ensure_topics(kafka_server.servers, list(declared.values()))
    return declared


@pytest_asyncio.fixture(scope="module")
async def observed(kafka_server: KafkaServer, topics: Mapping[str, Topic]) -> Observed:
    """Everything below, in one session."""
    servers = kafka_server.servers
    settings = settings_of(servers, kafka_server.idempotent)
    await post(servers, topics["five"], [(value, []) for value in FIVE])
    for partition in range(3):
        await post(servers, topics["spread"], [(value, []) for value in FIVE], partition)
    await post(servers, topics["odd"], [(b"before", []), (b"odd", [("h", b"\xff\xfe"), ("n", None)]), (None, [])])
    for name in ("told", "asked"):
        await post(servers, topics[name], [(b"question", [("reply_to", topics["answers"].name.encode())])])

    def group(name: str) -> str:
        return f"{topics['five'].name}.{name}"

    seen: dict[str, Seen] = {
        policy.name: plain(servers, topics["five"], group(policy.name), fails_on_the_third, ack_policy=policy)
        for policy in (AckPolicy.ACK_FIRST, AckPolicy.ACK, AckPolicy.REJECT_ON_ERROR, AckPolicy.NACK_ON_ERROR)
    }
    seen["MANUAL"] = plain(
        servers, topics["five"], group("MANUAL"), acknowledges_what_did_not_fail, ack_policy=AckPolicy.MANUAL
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(messaging, "MAX_RECORDS", 1)
        seen["ours"] = ours(settings, topics["five"], group("ours"), fails_three_times_on_the_third)
    seen["batches"] = ours(settings, topics["spread"], group("batches"), fails_on_the_first_that_is_spread)
    seen["stopped"] = ours(settings, topics["five"], group("stopped"), stops)
    seen["odd"] = ours(settings, topics["odd"], group("odd"))
    seen["odd, plain"] = plain(servers, topics["odd"], group("odd-plain"))
    seen["asked"] = ours(settings, topics["asked"], group("asked"), answers)
    seen["told, plain"] = plain(servers, topics["told"], group("told"), answers)

    def over() -> bool:
        return (
            all(seen[name].values[-1:] == FIVE[-1:] for name in ("ACK_FIRST", "ACK", "REJECT_ON_ERROR", "MANUAL"))
            and seen["NACK_ON_ERROR"].values.count(THIRD) > 20
            and seen["ours"].values[-1:] == FIVE[-1:]
            and any(map(spread, seen["batches"].calls))
            and [r.value for r in seen["batches"].calls[-1]][-1:] == FIVE[-1:]
            and len(set(_places(seen["batches"]))) == 15
            and len(seen["stopped"].calls) > 0
            and len(seen["odd"].values) == 3
            and len(seen["odd, plain"].values) >= 2
            and all(len(seen[name].values) == 1 for name in ("asked", "told, plain"))
        )

    await session(servers, list(seen.values()), over)
    return seen


def _places(seen: Seen) -> list[tuple[int, int]]:
    return [(record.partition, record.offset) for call in seen.calls for record in call]


@pytest.mark.parametrize("policy", ["ACK_FIRST", "ACK", "REJECT_ON_ERROR", "MANUAL"])
def test_every_other_policy_loses_what_its_handler_failed_on(observed: Observed, policy: str) -> None:
    seen = observed[policy]
    assert seen.values == FIVE, "the third is tried once"
    assert seen.committed == {0: 5}, "and committed all the same"


def test_nack_on_error_tries_again_at_once_and_for_ever(observed: Observed) -> None:
    """So a handler has to back off by itself, and to set aside what can never succeed."""
    seen = observed["NACK_ON_ERROR"]
    assert seen.values[:2] == FIVE[:2]
    assert set(seen.values[2:]) == {THIRD}
    assert seen.committed == {0: 2}


def test_as_we_set_it_up_nothing_is_lost_and_the_order_is_kept(observed: Observed) -> None:
    seen = observed["ours"]
    assert seen.values == [b"0", b"1", b"2", b"2", b"2", b"2", b"3", b"4"]
    assert seen.committed == {0: 5}


def test_a_batch_that_failed_comes_again_from_every_partition(observed: Observed) -> None:
    seen = observed["batches"]
    failed = next(call for call in seen.calls if spread(call))
    places = _places(seen)
    assert all(places.count((record.partition, record.offset)) == 2 for record in failed)
    assert set(places) == {(partition, offset) for partition in range(3) for offset in range(5)}
    assert len(places) == 15 + len(failed)
    assert seen.committed == {0: 5, 1: 5, 2: 5}


def test_a_handler_that_stops_its_subscription_commits_nothing(observed: Observed) -> None:
    seen = observed["stopped"]
    assert seen.calls[0][0].value == FIVE[0]
    assert len(seen.calls) == 1
    assert seen.committed == {0: None}


def test_a_header_that_is_no_text_reaches_our_handler_like_any_other(observed: Observed) -> None:
    [before, odd, tombstone] = [record for call in observed["odd"].calls for record in call]
    assert (before.value, odd.value, tombstone.value) == (b"before", b"odd", None)
    assert odd.headers == (("h", b"\xff\xfe"), ("n", None))
    assert observed["odd"].committed == {0: 3}


def test_the_librarys_own_parser_chokes_on_it(observed: Observed) -> None:
    """With `NACK_ON_ERROR` it would choke on it for ever."""
    assert b"odd" not in observed["odd, plain"].values
    assert b"before" in observed["odd, plain"].values


async def test_nobody_can_make_us_answer_to_a_topic_of_their_choice(
    kafka_server: KafkaServer, observed: Observed, topics: Mapping[str, Topic]
) -> None:
    """The one answer there comes from the library's own subscriber, which does as the record's header says."""
    assert observed["asked"].values == observed["told, plain"].values == [b"question"]
    target = topics["answers"]
    async with topic_reader(kafka_server.servers) as reader:
        first, after = (await reader.ends(target.name, [0]))[0]
        sent = [record.value async for record in reader.read(target.name, 0, first, after)]
    assert sent == [b"an answer"]
