"""Items of evidence, custody, checklists, papers, tariffs, meetings and recordings: what is recorded, what refused."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from services.investigation.tests import proof_cases as cases
from services.investigation.tests.evidence_cases import (
    ARRIVED,
    DUE,
    INVOICES,
    LAPSE_IT,
    LATE,
    NOTHING_CAME,
    REQUEST,
    REQUESTED,
)
from services.investigation.tests.test_evidence_rules import CONCLUDED, INVESTIGATING, STOPPED

from casework.investigation.domain import errors, evidence_refusals, party_papers, proof_packs, recordings, tariffs
from casework.investigation.domain.commands import ConcludeInvestigation, OfferHandOff, RecordFinding
from casework.investigation.domain.evidence_items import ReceiveItem
from casework.investigation.domain.investigation import DECIDER
from casework.investigation.domain.party_papers import GivenPaper
from casework.investigation.domain.proof import ProofCommand
from casework.shared.contracts.canonical import canonical
from casework.shared.contracts.evidence import (
    MOST_ITEMS,
    ChecklistAnswer,
    CustodyRecorded,
    EvidenceCompleted,
    EvidenceItemReceived,
    EvidenceRuled,
    EvidenceStanding,
    Fault,
    MeetingReady,
)
from casework.shared.contracts.investigation import (
    FileRefused,
    FindingRecorded,
    HandOffOffered,
    InvestigationConcluded,
)
from casework.shared.contracts.registry import to_data
from casework.shared.contracts.resolution import DecisionCommunicated
from casework.shared.contracts.types import Money
from casework.shared.contracts.vocabulary import Side
from casework.shared.errors import Refusal
from casework.shared.evidence import rules
from casework.shared.evidence.recordings import RecordingUnheard
from casework.shared.handoffs.receiving import HandOffNotAccepted
from casework.shared.money import require_payable
from casework.shared.testing.given import given, require_readable
from casework.shared.which import NotOnThisCase

WORK = given(DECIDER, *INVESTIGATING)
TASK_ENTERED = replace(
    cases.PHOTOGRAPHED, kind="task-entry", given_by="respondent", what="Delivered 12:31.", giver="courier-17"
)
AT_THE_DOOR = replace(
    cases.PHOTOGRAPHED,
    number=2,
    given_by="respondent",
    what="The bag on the shelf of the reception.",
    giver="courier-17",
)
NOT_UPHELD = ConcludeInvestigation(outcome="not-upheld", summary="It was delivered.")
HEARD: tuple[Side, ...] = ("organisation", "complainant")
FIND = RecordFinding(finding="It was left at the reception.", side="third-party", sides_heard=HEARD)
FOUND = FindingRecorded(finding="It was left at the reception.", side="third-party", sides_heard=HEARD)


def _meeting(entry: str) -> ReceiveItem:
    return replace(cases.PHOTOGRAPH, kind="document", meets=(entry,))


def _met(number: int, entry: str) -> EvidenceItemReceived:
    return replace(cases.PHOTOGRAPHED, number=number, kind="document", meets=(entry,))


def test_items_are_numbered_from_1_and_a_ruling_travels_with_the_case() -> None:
    ruled = WORK.when(cases.PHOTOGRAPH, cases.NOT_THIS, cases.GONE).then(
        cases.PHOTOGRAPHED, cases.NOT_THIS_RULED, replace(cases.UNAVAILABLE, number=2)
    )
    ruled.when(cases.NOT_THIS).then()
    done = given(DECIDER, *ruled.events, FOUND, CONCLUDED)
    offer = OfferHandOff(reason="Concluded.")
    gone = EvidenceStanding(
        number=2,
        what="Payroll records of 1999.",
        rule="cn-accounting-vouchers-1998",
        years=15,
        disposed_on=date(2014, 12, 31),
        said_en=cases.UNAVAILABLE.said_en,
        said_zh=cases.UNAVAILABLE.said_zh,
    )
    photograph = EvidenceStanding(
        number=1,
        what="A shirt with a torn sleeve.",
        kind="photograph",
        given_by="complainant",
        sha256=cases.HASH,
        ruling="invalid",
        reason="not this garment",
    )
    offered = HandOffOffered(
        to="resolution",
        reason="Concluded.",
        ready=(),
        open=(),
        category="Trade mark",
        owner="Mei Chen",
        evidence=(photograph, gone),
    )
    done.when(offer).then(offered)


@pytest.mark.parametrize("command", cases.PROOF_COMMANDS, ids=lambda each: type(each).__name__)
def test_evidence_is_for_who_holds_the_case_until_it_is_discontinued(command: ProofCommand) -> None:
    given(DECIDER, INVESTIGATING[0]).when(command).refused(HandOffNotAccepted)
    given(DECIDER, *INVESTIGATING, STOPPED).when(command).refused(errors.InvestigationIsDiscontinued)


def test_evidence_may_still_come_after_the_conclusion() -> None:
    given(DECIDER, *INVESTIGATING, FOUND, CONCLUDED).when(cases.PHOTOGRAPH).then(cases.PHOTOGRAPHED)


def test_an_item_that_answers_a_request_ends_it_and_says_who_asked_and_whether_it_was_late() -> None:
    asked = replace(REQUESTED, asked_by="handler-1")
    WORK.when(replace(REQUEST, asked_by="handler-1")).then(asked)
    answer = replace(cases.PHOTOGRAPH, request_id=INVOICES, what=ARRIVED.what)
    item = replace(
        cases.PHOTOGRAPHED, request_id=INVOICES, what=ARRIVED.what, asked_by="handler-1", due_at=DUE, late=False
    )
    given(DECIDER, *INVESTIGATING, asked).when(answer, answer).then(ARRIVED, item, replace(item, number=2))
    lapsed = given(DECIDER, *INVESTIGATING, asked, NOTHING_CAME)
    lapsed.when(replace(answer, at=LATE)).then(replace(ARRIVED, late=True), replace(item, late=True, received_at=LATE))
    WORK.when(answer).refused(NotOnThisCase)


def test_that_it_is_no_longer_there_answers_a_request_too() -> None:
    asked = given(DECIDER, *INVESTIGATING, REQUESTED)
    gone = replace(cases.GONE, request_id=INVOICES)
    answered = replace(cases.UNAVAILABLE, request_id=INVOICES)
    done = asked.when(gone).then(replace(ARRIVED, what="Payroll records of 1999."), answered)
    done.when(LAPSE_IT).then()


@pytest.mark.parametrize(
    ("command", "refusal", "saying"),
    [
        (replace(cases.PHOTOGRAPH, bytes_sha256=cases.OTHER_HASH), evidence_refusals.HashMismatch, "SHA-256"),
        (replace(cases.SKETCH, made_at=None), evidence_refusals.PreContractUndated, "give both"),
        (replace(cases.SKETCH, ordered_at=None), evidence_refusals.PreContractUndated, "give both"),
        (replace(cases.SKETCH, made_at=cases.SKETCH.ordered_at), evidence_refusals.NotPreContract, "not agreed before"),
        (replace(cases.SKETCH, made_at=cases.NOW), evidence_refusals.NotPreContract, "not agreed before"),
        (replace(cases.PHOTOGRAPH, kind="own-record"), evidence_refusals.OwnRecordUnsourced, "source"),
        (replace(cases.SLIP, slip=None), evidence_refusals.SlipMisplaced, "who signed"),
        (replace(cases.PHOTOGRAPH, slip=cases.SLIP.slip), evidence_refusals.SlipMisplaced, "who signed"),
        (replace(cases.ATTACH, today=date(2027, 6, 1)), evidence_refusals.CredentialExpired, "2027-05-31"),
        (replace(cases.GONE, rule=None), evidence_refusals.RetentionRuleMissing, "id of the rule"),
        (replace(cases.GONE, dated=date(2001, 1, 1)), evidence_refusals.RuleOfAnotherTime, "2001-01-01"),
        (replace(cases.GONE, today=date(2014, 12, 31)), evidence_refusals.StillRetained, "2014-12-31"),
        (cases.VALID, evidence_refusals.UnknownItem, "none so far"),
        (cases.DENIAL, evidence_refusals.UnknownItem, "none so far"),
        (replace(cases.HAND_OVER, shown_by=1), evidence_refusals.UnknownItem, "none so far"),
        (replace(cases.WAIVE, entry="passport"), evidence_refusals.NotOnChecklist, "payment-proof"),
        (replace(cases.TARIFF, principal=Money(amount="1", currency="EUR")), tariffs.AnotherCurrency, "CNY"),
        (replace(cases.TARIFF, principal=Money(amount="0", currency="CNY")), tariffs.PrincipalNotPositive, "over zero"),
        (replace(cases.TARIFF, principal=Money(amount="-1", currency="CNY")), tariffs.PrincipalNotPositive, "over"),
        (replace(cases.TARIFF, years=0), tariffs.NoTerm, "days"),
        (cases.PAPERS, evidence_refusals.UnknownItem, "none so far"),
        (
            replace(cases.PAPERS, papers={"passport": GivenPaper(item=1)}),
            party_papers.PaperNotWanted,
            "authorisation, certificate",
        ),
        (cases.INVITE, proof_packs.UnknownMeeting, "none so far"),
        (replace(cases.INVITE, meeting=2), proof_packs.UnknownMeeting, "none so far"),
        (cases.LISTEN, recordings.UnknownRecording, "none so far"),
    ],
)
def test_what_does_not_fit_is_refused_and_told_what_would(
    command: ProofCommand, refusal: type[Refusal], saying: str
) -> None:
    WORK.when(command).refused(refusal, saying=saying)


def test_a_case_has_so_many_items_and_no_more() -> None:
    full = [replace(cases.PHOTOGRAPHED, number=number) for number in range(1, 81)]
    given(DECIDER, *INVESTIGATING, *full).when(cases.PHOTOGRAPH).refused(evidence_refusals.TooManyItems, saying="80")


def test_a_decision_about_so_many_items_fits_into_an_event() -> None:
    standing = EvidenceStanding(
        number=80,
        what="字" * 200,
        kind="delivery-slip",
        given_by="complainant",
        sha256=cases.HASH,
        ruling="contested",
        reason="字" * 300,
    )
    decision = DecisionCommunicated(
        outcome="upheld", answer="字" * 20_000, channel="letter", evidence=(standing,) * MOST_ITEMS
    )
    assert len(canonical(to_data(decision))) < 240_000


def test_nothing_is_ruled_on_that_is_no_longer_there() -> None:
    WORK.when(cases.GONE, cases.VALID).refused(evidence_refusals.ItemUnavailable)


def test_that_nobody_counted_makes_a_slip_contested_and_not_void() -> None:
    slip = replace(
        cases.PHOTOGRAPHED,
        kind="delivery-slip",
        given_by="respondent",
        what="Warehouse slip for 50 pieces.",
        slip=cases.SLIP.slip,
    )
    signed = replace(cases.DENIAL, by="respondent", disputes=None)
    said = replace(cases.DENIED, by="respondent", disputes=None)
    both = WORK.when(cases.SLIP, signed, cases.DENIAL).then(slip, said, replace(cases.DENIED, statement=2))
    both.when(replace(cases.VALID, ruling="invalid")).refused(evidence_refusals.ContestedNotVoid, saying="contested")
    contested = EvidenceRuled(number=1, ruling="contested", reason="It shows the garment.", statements=(1, 2))
    both.when(cases.VALID).then(contested)
    both.when(replace(cases.VALID, ruling="contested")).then(contested)
    WORK.when(cases.SLIP, signed, replace(cases.VALID, ruling="contested")).refused(evidence_refusals.NothingContests)
    # Another ground can make it void.
    forged = replace(cases.DENIAL, disputes="altered")
    WORK.when(cases.SLIP, forged, replace(cases.VALID, ruling="invalid")).then(
        slip, replace(cases.DENIED, disputes="altered"), replace(contested, ruling="invalid", statements=None)
    )


def test_complete_is_what_nothing_is_missing_from() -> None:
    entries = ("order-number", "merchant", "evidence")
    received = tuple(_met(number, entry) for number, entry in enumerate(entries, 1))
    here = given(DECIDER, *INVESTIGATING, *received)
    here.when(cases.COMPLETE).refused(evidence_refusals.ChecklistIncomplete, saying="Missing: payment-proof.")
    answers = (
        ChecklistAnswer(entry="order-number", item=1),
        ChecklistAnswer(entry="merchant", item=2),
        ChecklistAnswer(entry="payment-proof"),
        ChecklistAnswer(entry="evidence", item=3),
    )
    done = EvidenceCompleted(checklist="marketplace", version=1, entries=answers)
    waived = cases.WAIVED
    here.when(cases.WAIVE, cases.WAIVE, cases.COMPLETE).then(waived, done)
    here.when(cases.WAIVE, replace(cases.NOT_THIS, number=3), cases.COMPLETE).refused(
        evidence_refusals.ChecklistIncomplete, saying="Missing: evidence."
    )


def test_a_conclusion_does_not_rest_on_the_respondents_own_word_alone() -> None:
    one_sided = WORK.when(cases.TASK_DONE, FIND).then(TASK_ENTERED, FOUND)
    one_sided.when(NOT_UPHELD).refused(evidence_refusals.OneSidedEvidence, saying="photograph of the hand-over")
    one_sided.when(replace(NOT_UPHELD, outcome="partly-upheld")).refused(evidence_refusals.OneSidedEvidence)
    # An admission is enough, and so is what was decided long ago.
    upheld = replace(NOT_UPHELD, outcome="upheld")
    one_sided.when(upheld).then(InvestigationConcluded(outcome="upheld", summary="It was delivered."))
    concluded = InvestigationConcluded(outcome="not-upheld", summary="It was delivered.")
    one_sided.when(replace(NOT_UPHELD, settled=True)).then(concluded)
    both = one_sided.when(cases.DOOR).then(AT_THE_DOOR)
    both.when(NOT_UPHELD).then(concluded)
    both.when(replace(cases.NOT_THIS, number=2), NOT_UPHELD).refused(evidence_refusals.OneSidedEvidence)
    # Without any evidence findings stand for themselves, as they always did.
    WORK.when(FIND, NOT_UPHELD).then(FOUND, concluded)


def test_the_finding_names_the_last_holder_that_is_shown() -> None:
    first = replace(cases.HAND_OVER, holder="kitchen-3", since=cases.DELIVERED - timedelta(hours=1))
    chain = (first, replace(cases.HAND_OVER, shown_by=2), replace(cases.HAND_OVER, holder="complainant", shown_by=1))
    links = tuple(
        CustodyRecorded(link=number, holder=each.holder, since=each.since, shown_by=each.shown_by)
        for number, each in enumerate(chain, 1)
    )
    here = given(DECIDER, *INVESTIGATING, TASK_ENTERED, AT_THE_DOOR).when(*chain).then(*links)
    here.when(FIND).then(replace(FOUND, last_holder="courier-17"))
    given(DECIDER, *INVESTIGATING, TASK_ENTERED, *links[:1], replace(links[2], link=2)).when(FIND).then(FOUND)
    here.when(first).refused(evidence_refusals.CustodyBackwards)


@pytest.mark.parametrize(
    ("amount", "years", "days", "basis", "rate", "interest"),
    [
        ("100000", 1, 0, 365, "3.30", "3300.00"),
        ("12345.67", 3, 0, 365, "3.30", "1222.22"),
        ("12345.67", 0, 90, 365, "3.30", "100.46"),
        ("12345.67", 0, 90, 360, "3.30", "101.85"),
        ("0.50", 1, 0, 365, "1", "0.01"),
        ("999999999999.99", 5, 364, 365, "3.85", "230894520547.94"),
    ],
)
def test_interest_is_right_to_the_cent(
    amount: str, years: int, days: int, basis: int, rate: str, interest: str
) -> None:
    version = replace(cases.DEPOSIT, rate=rate, days_a_year=basis)  # type: ignore[arg-type]
    principal = Money(amount=amount, currency="CNY")
    command = replace(cases.TARIFF, version=version, principal=principal, years=years, days=days, remembered=None)
    (event,) = tariffs.decide(command)
    assert event.interest == Money(amount=interest, currency="CNY")


@pytest.mark.parametrize(
    ("currency", "principal", "interest"),
    [("JPY", "123456", "4753"), ("KWD", "123.456", "4.753"), ("CNY", "999999999999999", "38499999999999.96")],
)
def test_interest_is_an_amount_that_can_be_paid(currency: str, principal: str, interest: str) -> None:
    version = replace(cases.DEPOSIT, rate="3.85", currency=currency)
    command = replace(cases.TARIFF, version=version, principal=Money(amount=principal, currency=currency))
    (event,) = tariffs.decide(replace(command, remembered=None))
    assert event.interest == Money(amount=interest, currency=currency)
    require_payable(event.interest)
    require_readable([event])


@pytest.mark.parametrize(("rate", "remembered"), [("12", None), ("1", "12")])
def test_interest_beyond_what_can_be_written_down_is_refused(rate: str, remembered: str | None) -> None:
    command = replace(
        cases.TARIFF,
        version=replace(cases.DEPOSIT, rate=rate),
        principal=Money(amount="999999999999999", currency="CNY"),
        years=10,
        remembered=remembered,
    )
    WORK.when(command).refused(tariffs.InterestTooLarge, saying="CNY")


def test_the_tariff_is_that_of_the_day_of_the_contract() -> None:
    WORK.when(cases.TARIFF).then(cases.CONSULTED)
    later = replace(cases.DEPOSIT, version=3, in_force_from=date(2025, 5, 20), rate="2.80")
    of_both = rules.EvidenceRules(tariff=(later, cases.DEPOSIT))
    assert of_both.tariff_on("fixed-deposit-1y", date(2025, 5, 19)) == cases.DEPOSIT
    assert of_both.tariff_on("fixed-deposit-1y", date(2025, 5, 20)) == later
    with pytest.raises(rules.NoTariffThen, match="2024-11-01"):
        of_both.tariff_on("fixed-deposit-1y", date(2024, 10, 31))
    with pytest.raises(rules.UnknownPolicy, match="choose one of fixed-deposit-1y"):
        of_both.tariff_on("savings", date(2025, 5, 19))


def test_the_name_on_the_papers_is_the_complaining_one() -> None:
    authorisation = replace(cases.PHOTOGRAPHED, kind="credential", valid_until=date(2026, 12, 31))
    certificate = replace(cases.HELD, number=2)
    here = given(DECIDER, *INVESTIGATING, authorisation, certificate)
    here.when(cases.PAPERS).then(cases.MISMATCH)
    good = replace(cases.MISMATCH, complete=True, faults=())
    here.when(replace(cases.PAPERS, name="ＡＣＭＥ  ltd")).then(good)
    late = replace(cases.PAPERS, name="Acme Ltd", today=date(2027, 1, 1))
    expired = Fault(paper="authorisation", reason="expired")
    here.when(late).then(replace(good, complete=False, faults=(expired,)))
    without = replace(cases.PAPERS, name="Acme Ltd", papers={"authorisation": GivenPaper(item=1, name="Acme Ltd")})
    missing = Fault(paper="certificate", reason="missing")
    here.when(without).then(replace(good, complete=False, faults=(missing,), items=good.items[:1]))
    invalid = Fault(paper="certificate", reason="ruled-invalid")
    ruling = replace(cases.NOT_THIS, number=2)
    here.when(ruling, replace(cases.PAPERS, name="Acme Ltd")).then(
        replace(cases.NOT_THIS_RULED, number=2), replace(good, complete=False, faults=(invalid,))
    )


def test_a_meeting_is_ready_once_its_pack_is_complete() -> None:
    two = WORK.when(cases.PLAN, _meeting("signed-contract"), _meeting("handwritten-calculation")).then(
        cases.PLANNED, _met(1, "signed-contract"), _met(2, "handwritten-calculation")
    )
    two.when(cases.INVITE).refused(proof_packs.PackIncomplete, saying="lacks call-back-recording")
    pack = tuple(ChecklistAnswer(entry=entry, item=number) for number, entry in enumerate(cases.PACK.required, 1))
    ready = MeetingReady(meeting=1, at=cases.INVITE.at, pack=pack)
    three = two.when(_meeting("call-back-recording"), cases.INVITE).then(_met(3, "call-back-recording"), ready)
    three.when(replace(cases.INVITE, meeting=1)).refused(proof_packs.MeetingIsReady)
    three.when(cases.INVITE).refused(proof_packs.UnknownMeeting)
    two.when(replace(cases.INVITE, at=cases.NOW)).refused(proof_packs.MeetingInThePast)
    two.when(cases.PLAN, cases.INVITE).refused(proof_packs.SayWhichMeeting, saying="1, 2")


def test_who_calls_back_has_heard_what_may_be_heard() -> None:
    linked = WORK.when(cases.LINK).then(cases.LINKED)
    linked.when(cases.CALL).refused(RecordingUnheard, saying="listen first")
    heard = linked.when(cases.LISTEN).then(cases.HEARD)
    heard.when(replace(cases.CALL, by="handler-2")).refused(RecordingUnheard)
    heard.when(cases.CALL).then(cases.CALLED)
    heard.when(cases.LINK, cases.CALL).refused(RecordingUnheard, saying="Recording 2")


def test_what_nobody_consented_to_is_not_played_and_holds_up_nobody() -> None:
    secret = replace(cases.LINK, consent="no")
    asked = FileRefused(part="recording-1", purpose="Before calling back.")
    no_one = replace(cases.CALLED, heard=())
    WORK.when(secret, cases.LISTEN, cases.CALL).then(replace(cases.LINKED, consent="no"), asked, no_one)


def test_what_we_hold_is_not_asked_for() -> None:
    held = replace(REQUEST, document="contract 2018-114", held_at="as item 1 of case 7")
    WORK.when(held).refused(evidence_refusals.HeldAlready, saying="contract 2018-114 already, as item 1 of case 7")
    free = replace(held, held_at=None)
    WORK.when(free).then(replace(REQUESTED, document="contract 2018-114"))


def test_the_checklist_is_that_of_the_category_where_there_is_one() -> None:
    shipped = cases.SHIPPED
    assert shipped.checklist_for("Marketplace").checklist == "marketplace"
    assert shipped.checklist_for("网购平台").version == 1
    assert shipped.checklist_for("Shoes", "marketplace").checklist == "marketplace"
    newer = replace(cases.CHECKLIST, version=2, required=("order-number",))
    assert rules.EvidenceRules(checklist=(newer, cases.CHECKLIST)).checklist_for("marketplace") == newer
    with pytest.raises(rules.NoChecklist, match="choose one of marketplace"):
        shipped.checklist_for("Shoes")
    with pytest.raises(rules.AnotherChecklist, match="marketplace"):
        shipped.checklist_for("marketplace", "shoes")
    with pytest.raises(rules.UnknownPolicy, match="No checklist is called boots"):
        shipped.checklist_for("Shoes", "boots")
