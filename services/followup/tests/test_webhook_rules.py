"""Pure rules of webhooks: what is told, in which words, and when it is tried again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import orjson
import pytest

from casework.followup.progress import Part, Progress, advance, stage_of
from casework.followup.webhooks.filters import STATUS_TYPES, Filters
from casework.followup.webhooks.payload import MOST_BYTES, body_of, delivery_id, message_id, without_sealed
from casework.followup.webhooks.retries import SCHEDULE, Retries, retry_after, schedule_of
from casework.shared.contracts.actors import Actor
from casework.shared.contracts.envelope import CommandCause, Envelope
from casework.shared.contracts.registry import EVENT_TYPES, service_of
from casework.shared.errors import InvalidMessage
from casework.shared.testing.samples import SAMPLES

NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)
SEALED = {"person": str(uuid4()), "nonce": "n" * 16, "box": "b" * 40}


def envelope(data: dict[str, object]) -> Envelope:
    return Envelope(
        id=uuid4(), source="intake", type="casework.intake.facts-added.v1", case_id=uuid4(), version=3, time=NOW,
        prevhash=None, correlation=uuid4(), cause=CommandCause(uuid4()), actor=Actor("li-na", "person"),
        occurred_at=None, traceparent=None, data=data,
    )  # fmt: skip


def test_a_body_holds_nothing_sealed_and_nobodys_name() -> None:
    told = envelope({"category": "Fees", "words": SEALED, "facts": [{"name": "a", "value": SEALED}, SEALED, 7]})
    body = body_of(told, 12)
    data = orjson.loads(body)["data"]
    assert data["event"] == {"category": "Fees", "facts": [{"name": "a"}, 7]}
    assert (data["case_id"], data["version"], data["position"]) == (str(told.case_id), 3, 12)
    assert b"box" not in body
    assert b"li-na" not in body
    assert without_sealed(SEALED) == {}


def test_a_body_is_never_larger_than_20_kb() -> None:
    body = body_of(envelope({"reason": "长" * 20_000}), 1)
    assert len(body) <= MOST_BYTES
    assert orjson.loads(body)["data"]["event_left_out"] is True
    assert "event" in orjson.loads(body_of(envelope({"reason": "x" * 19_000}), 1))["data"]


def test_an_id_is_worked_out_from_webhook_and_event_alone() -> None:
    webhook, event = uuid4(), uuid4()
    assert delivery_id(webhook, event) == delivery_id(webhook, event)
    assert len({delivery_id(webhook, event), delivery_id(uuid4(), event), delivery_id(webhook, uuid4())}) == 3
    assert message_id(event) == f"msg_{event.hex}"


NONE = timedelta()


def test_ten_tries_take_75_hours_on_average_with_full_jitter() -> None:
    assert len(SCHEDULE) + 1 == 10
    assert timedelta(hours=75) < timedelta(seconds=sum(SCHEDULE)) < timedelta(hours=76)
    earliest, latest = Retries(draw=lambda: 0.0), Retries(draw=lambda: 1.0)
    for tries, mean in enumerate(SCHEDULE, 1):
        if tries < len(SCHEDULE):
            assert earliest.after(tries, NONE, None) == NONE
        assert latest.after(tries, timedelta(days=3), None) == timedelta(seconds=2 * mean)
    assert latest.after(10, timedelta(days=3), timedelta(seconds=1)) is None


@pytest.mark.parametrize("drawn", [0.0, 0.1, 0.5, 1.0])
def test_however_the_pauses_are_drawn_the_last_try_is_no_sooner_than_the_schedule_says(drawn: float) -> None:
    retries, since_first = Retries(draw=lambda: drawn), NONE
    for tries in range(1, 10):
        pause = retries.after(tries, since_first, None)
        assert pause is not None
        since_first += pause
    assert since_first == timedelta(seconds=sum(SCHEDULE) * max(1, 2 * drawn))


def test_what_a_receiver_asks_for_is_waited_but_no_longer_than_a_day() -> None:
    retries = Retries(draw=lambda: 0.5)
    assert retries.after(1, NONE, timedelta(minutes=2)) == timedelta(minutes=2)
    assert retries.after(3, NONE, timedelta(minutes=2)) == timedelta(minutes=30)
    assert retries.after(1, NONE, timedelta(days=30)) == timedelta(days=1)
    assert retry_after("120", NOW) == timedelta(minutes=2)
    assert retry_after("Mon, 02 Mar 2026 10:05:00 GMT", NOW) == timedelta(minutes=5)
    for nothing in (None, "", "soon", "-5", "1e3", "Mon, 02 Mar 2026 09:00:00 GMT", "٣", "Mon, 99 Foo 2026"):
        assert retry_after(nothing, NOW) is None
    huge = "99999999999"
    for nonsense in (f"01 Jan {huge} 00:00:00", f"{huge} Jan 2026 00:00:00", f"01 Jan 2026 {huge}:00:00"):
        assert retry_after(f"Mon, {nonsense} GMT", NOW) is None
    assert retry_after("9" * 40, NOW) == timedelta(days=1)


def test_a_schedule_of_the_settings() -> None:
    assert schedule_of("5, 300") == (5.0, 300.0)
    assert schedule_of(",".join(f"{each:g}" for each in SCHEDULE)) == SCHEDULE
    for wrong in ("", "0", "-1", "x", "nan", "1e9", ",".join(["1"] * 51)):
        with pytest.raises(ValueError):
            schedule_of(wrong)


def test_filters() -> None:
    assert Filters(events=["all"]).wants_type("casework.intake.of-tomorrow.v1")
    assert Filters(events=["intake"]).wants_type("casework.intake.of-tomorrow.v1")
    assert not Filters(events=["resolution"]).wants_type("casework.intake.facts-added.v1")
    assert Filters(events=["casework.intake.facts-added.v1"]).wants_type("casework.intake.facts-added.v1")
    assert not Filters(events=["casework.intake.facts-added.v1"]).wants_type("casework.intake.complaint-received.v1")
    assert Filters(events=["all"]).wants_case("Fees", "crm")
    chosen = Filters(events=["all"], categories=["Fees"], sources=["crm"])
    assert chosen.wants_case("Fees", "crm")
    assert not chosen.wants_case("Fees", "shop")
    assert not chosen.wants_case("Cards", "crm")
    with pytest.raises(InvalidMessage) as caught:
        Filters(events=["all", "everything"]).require_known()
    assert caught.value.errors[0].pointer == "/filters/events/1"


def test_who_stands_in_whose_way_is_told_to_no_webhook() -> None:
    services = [
        Filters(events=[each]) for each in ("all", "status", "intake", "investigation", "resolution", "followup")
    ]
    untold = {name for name, kind in EVENT_TYPES.items() if kind.__name__.startswith(("BarredFrom", "StakeDeclared"))}
    assert len(untold) == 3
    for name in untold:
        assert not any(each.wants_type(name) for each in services)
        with pytest.raises(InvalidMessage) as caught:
            Filters(events=["all", name]).require_known()
        assert "no webhook is told" in caught.value.errors[0].detail
    assert all(services[0].wants_type(name) for name in set(EVENT_TYPES) - untold)


def _states() -> list[Progress]:
    """A progress at every stage there is, each fresh."""

    def at(**fields: object) -> Progress:
        return Progress(owner="desk", **fields)  # type: ignore[arg-type]

    working = {service: Part("working", "ann") for service in ("investigation", "resolution", "followup")}
    return [
        at(),
        *(at(at_intake=step) for step in ("acknowledged", "assessed", "offered", "withdrawn")),
        at(at_intake="offered", investigation=working["investigation"]),
        at(at_intake="offered", investigation=Part("offered", "ann")),
        at(at_intake="offered", investigation=Part("done", "ann"), resolution=working["resolution"]),
        at(at_intake="offered", investigation=Part("done", "ann"), resolution=Part("done", "ann"), decision="upheld"),
        at(
            at_intake="offered", investigation=Part("done", "ann"), resolution=Part("offered", "ann"),
            decision="upheld", offer=uuid4(),
        ),
        at(at_intake="offered", resolution=Part("done", "ann"), followup=working["followup"]),
        at(at_intake="offered", resolution=Part("done", "ann"), followup=Part("done", "ann"), closure="decided"),
    ]  # fmt: skip


def test_what_moves_a_case_to_another_stage_is_in_the_group_status() -> None:
    assert set(EVENT_TYPES) >= STATUS_TYPES
    names = {kind: name for name, kind in EVENT_TYPES.items()}
    moved = set()
    for event in SAMPLES:
        type_name = names[type(event)]
        for progress in _states():
            before = stage_of(progress)
            told = envelope({})._replace(source=service_of(type_name), type=type_name, version=9)
            advance(progress, told, event)
            if stage_of(progress) != before:
                moved.add(type_name)
    assert len(moved) > 15
    assert moved <= STATUS_TYPES
