"""Which moments the events of intake, investigation and resolution bring."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

import pytest

from casework.shared.clocks.moments import MEANING
from casework.shared.clocks.moments_of import MOMENTS_OF, SILENT, Told, told_by
from casework.shared.contracts import intake, investigation, resolution
from casework.shared.contracts.registry import EVENT_TYPES, service_of, type_name
from casework.shared.contracts.types import Fact
from casework.shared.contracts.vocabulary import PromiseKind, Side
from casework.shared.testing.samples import SAMPLES

EVENT, OFFER = UUID(int=1), UUID(int=2)
SAMPLE = {type(event): event for event in SAMPLES}


def test_every_published_event_of_the_three_services_tells_something_or_is_silent() -> None:
    published = {payload for name, payload in EVENT_TYPES.items() if service_of(name) != "followup"}
    assert set(MOMENTS_OF) | SILENT == published
    assert set(MOMENTS_OF).isdisjoint(SILENT)
    assert {moment for moments in MOMENTS_OF.values() for moment in moments} <= set(MEANING)


@pytest.mark.parametrize("payload", [*MOMENTS_OF, *sorted(SILENT, key=type_name)], ids=type_name)
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


AT, EARLIER = datetime(2026, 3, 3, 12, tzinfo=UTC), datetime(2026, 3, 3, 11, tzinfo=UTC)


@pytest.mark.parametrize(
    ("kind", "made", "kept"),
    [
        ("call-back", "call-back-promised", "call-back-made"),
        ("complainant-deadline", "complainant-deadline-set", "complainant-deadline-kept"),
        ("cooling-period", "cooling-period-started", "cooling-period-ended"),
        ("other", "promise-made", "promise-kept"),
    ],
)
def test_each_kind_of_promise_has_moments_of_its_own_about_it(kind: PromiseKind, made: str, kept: str) -> None:
    promised = resolution.PromiseMade(promise_id=OFFER, kind=kind, words="By noon.", due_at=AT, owner="Mei Chen")
    (told,) = told_by(promised, EVENT)
    assert (told.moment, told.about, told.due_at) == (made, OFFER, AT)
    done = resolution.PromiseKept(promise_id=OFFER, kind=kind, by="Mei Chen", proof="Letter.")
    (told,) = told_by(done, EVENT)
    assert (told.moment, told.about, told.due_at) == (kept, OFFER, None)


def test_a_holder_is_wanted_by_a_time_of_its_own() -> None:
    promised = resolution.PromiseMade(
        promise_id=OFFER, kind="call-back", words="By noon.", due_at=AT, owner="Mei Chen", holder_by=EARLIER
    )
    assert told_by(promised, EVENT) == (
        Told("call-back-promised", OFFER, AT),
        Told("call-back-holder-wanted", OFFER, EARLIER),
    )


@pytest.mark.parametrize("side", ["organisation", "complainant", "third-party"])
def test_only_the_complainants_evidence_is_information_of_the_complainant(side: Side) -> None:
    asked = investigation.EvidenceRequested(
        request_id=OFFER,
        of=side,
        what="The receipt.",
        due_at=AT,
        effect="treat-as-conceded",
        said_en="Conceded.",
        said_zh="视为认可。",
        channel="email",
    )
    came = investigation.EvidenceReceived(request_id=OFFER, of=side, what="The receipt.")
    both = side == "complainant"
    assert [each.moment for each in told_by(asked, EVENT)] == ["evidence-requested", "information-requested"][
        : 1 + both
    ]
    assert [each.moment for each in told_by(came, EVENT)] == ["evidence-received", "information-received"][: 1 + both]
    assert {(each.about, each.due_at) for each in told_by(asked, EVENT)} == {(OFFER, AT)}


def test_an_acceptance_that_came_too_late_tells_nothing() -> None:
    for in_time, moments in ((True, ["summary-accepted"]), (False, [])):
        settled = resolution.QuickSettlementAccepted(channel="phone", proof="Recording.", in_time=in_time)
        assert [each.moment for each in told_by(settled, EVENT)] == moments


def test_a_measure_is_what_its_notice_and_its_appeal_are_about() -> None:
    imposed, lodged = SAMPLE[resolution.ProvisionalMeasureImposed], SAMPLE[resolution.AppealLodged]
    assert isinstance(imposed, resolution.ProvisionalMeasureImposed)
    assert told_by(imposed, EVENT) == (Told("seller-notified", imposed.measure_id),)
    assert told_by(lodged, EVENT) == (Told("appeal-lodged", imposed.measure_id),)
