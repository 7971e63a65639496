"""Which moments the events of intake, investigation and resolution bring."""

from __future__ import annotations

from uuid import UUID

import pytest

from casework.shared.clocks.moments import MEANING
from casework.shared.clocks.moments_of import MOMENTS_OF, SILENT, Told, told_by
from casework.shared.contracts import intake, investigation, resolution
from casework.shared.contracts.registry import EVENT_TYPES, service_of, type_name
from casework.shared.contracts.types import Fact
from casework.shared.testing.samples import SAMPLES

EVENT, OFFER = UUID(int=1), UUID(int=2)
SAMPLE = {type(event): event for event in SAMPLES}


def test_every_published_event_of_the_three_services_tells_something_or_is_silent() -> None:
    published = {payload for name, payload in EVENT_TYPES.items() if service_of(name) != "followup"}
    assert set(MOMENTS_OF) | SILENT == published
    assert set(MOMENTS_OF).isdisjoint(SILENT)
    assert {moment for moments in MOMENTS_OF.values() for moment in moments} <= set(MEANING)


@pytest.mark.parametrize("payload", [*MOMENTS_OF, *SILENT], ids=type_name)
def test_an_event_tells_the_moments_of_its_class(payload: type) -> None:
    told = told_by(SAMPLE[payload], EVENT)
    assert {each.moment for each in told} <= set(MOMENTS_OF.get(payload, ()))
    assert bool(told) == (payload in MOMENTS_OF)


@pytest.mark.parametrize("service", [intake, investigation, resolution])
def test_an_offer_is_what_its_answers_are_about(service: object) -> None:
    offered: type = service.HandOffOffered  # type: ignore[attr-defined]
    assert told_by(SAMPLE[offered], EVENT) == (Told("hand-off-offered", about=EVENT),)


@pytest.mark.parametrize(
    ("answer", "moment"),
    [
        (investigation.HandOffAccepted(offer_id=OFFER, holder="Ravi Patel"), "hand-off-accepted"),
        (investigation.HandOffDeclined(offer_id=OFFER, reason="No card number."), "hand-off-declined"),
        (intake.HandOffTakenBack(offer_id=OFFER, reason="No card number."), "hand-off-taken-back"),
        (resolution.HandOffAccepted(offer_id=OFFER, holder="Aoife Byrne"), "hand-off-accepted"),
        (investigation.HandOffLapsed(offer_id=OFFER), "hand-off-lapsed"),
    ],
)
def test_an_answer_to_an_offer_is_about_that_offer(answer: object, moment: str) -> None:
    (told,) = told_by(answer, EVENT)
    assert (told.moment, told.about, told.due_at) == (moment, OFFER, None)


def test_the_same_in_other_words_is_no_news() -> None:
    received = SAMPLE[intake.ComplaintReceived]
    assert isinstance(received, intake.ComplaintReceived)
    words = received.words
    assert words is not None
    assert told_by(intake.FactsAdded(words=words), EVENT) == ()
    new = (Fact(name="receipt", value="no. 7"),)
    assert told_by(intake.FactsAdded(facts=new, words=words), EVENT) == (Told("new-facts-received"),)


def test_what_follow_up_records_is_not_told_here() -> None:
    followups = [event for event in SAMPLES if service_of(type_name(type(event))) == "followup"]
    assert followups
    assert all(told_by(event, EVENT) == () for event in followups)
