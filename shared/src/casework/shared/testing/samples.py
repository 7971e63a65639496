"""One realistic event of every registered type, following one case where that is possible.

`python -m casework.shared.testing.samples DIR` stores those that DIR does not have yet. A stored sample is never
rewritten: it stands for what a released version wrote, and must decode for ever.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from uuid import UUID

from casework.shared.contracts import appeals, closing, conduct, followup, intake, investigation, resolution, sanctions
from casework.shared.contracts.clocks import DeadlineRef
from casework.shared.contracts.registry import to_data, type_name
from casework.shared.contracts.standing import StandingRef
from casework.shared.contracts.types import Fact, Money, Sealed
from casework.shared.testing.answer_samples import ANSWER_SAMPLES
from casework.shared.testing.around_samples import AROUND_SAMPLES
from casework.shared.testing.assessment_samples import ASSESSMENT_SAMPLES
from casework.shared.testing.card_samples import CARD_SAMPLES, FORM_SAMPLES
from casework.shared.testing.clock_samples import CLOCK_SAMPLES
from casework.shared.testing.contact_samples import CONTACT_SAMPLES
from casework.shared.testing.demand_samples import DEMAND_SAMPLES
from casework.shared.testing.eight_d_samples import EIGHT_D_SAMPLES
from casework.shared.testing.evidence_samples import EVIDENCE_SAMPLES
from casework.shared.testing.inquiry_samples import INQUIRY_SAMPLES
from casework.shared.testing.privacy_samples import PRIVACY_SAMPLES
from casework.shared.testing.remedy_samples import REMEDY_SAMPLES
from casework.shared.testing.timed_samples import TIMED_SAMPLES

_PERSON = UUID("0192f3a1-5c1e-7a40-9b1d-2f6f4c1d7e01")
_FIRST_OFFER = UUID("0192f3a4-0b2d-7c11-8e55-90f1a7c3d210")
_SECOND_OFFER = UUID("0192f3b9-6f7a-7d02-a1c4-3be8d0f5a911")
_THIRD_OFFER = UUID("0192f3d0-11c8-7e93-b7f6-5c02e4a86f37")
_CONTESTATION = UUID("0192f3e7-4a90-7f21-90ad-c8d15b7e3a64")
_FACTS = UUID("0192f3ea-7d31-7b58-8c0e-1f94a2d6b075")
_APPEAL = UUID("0192f3f2-0c61-7e35-b0a9-44d27f9be861")
_STANDING = StandingRef(name="charge-refunded", version=1)


def _sealed(nonce: str, box: str) -> Sealed:
    return Sealed(person=_PERSON, nonce=nonce, box=box)


SAMPLES: tuple[object, ...] = (
    intake.ComplaintReceived(
        source="crm-harbour",
        source_reference="HB-2026-004117",
        channel="phone",
        received_at=datetime(2026, 3, 2, 9, 10, 0, 250_000, UTC),
        language="zh",
        organisation="Harbour Savings Bank",
        category="Checking or savings account",
        issue="年费被重复扣取",
        words=_sealed("q3T1v0ZkP8mWcY2d", "V1n0b3hvZnRoZXdvcmRzc3Bva2VuYnl0aGVjYWxsZXI"),
        complainant=_sealed("Xb7LhQ4sNe9RfA1u", "d2hvX2FuZF9ob3dfdG9fcmVhY2hfdGhlbQ"),
        wish=_sealed("m2KjVt6GzC5oPy8E", "dGhlX3JlbWVkeV9hc2tlZF9mb3I"),
        facts=(Fact(name="account_opened", value="2019-06-11"), Fact(name="timely_response", value="Yes")),
        owner="Mei Chen",
    ),
    intake.ComplaintAcknowledged(
        channel="phone", next_step="We look at the fee entries and call back by 2026-03-06, 17:00."
    ),
    intake.ComplaintAssessed(
        severity="low",
        complexity="simple",
        safety=False,
        immediate_action=False,
        reason="One fee, documented, no hardship named.",
    ),
    intake.FactsAdded(
        facts=(Fact(name="fee_reference", value="ANNUAL-2026"),),
        words=_sealed("Fw9DnR3xTq6HbS0k", "YV9zZWNvbmRfY2FsbF9hYm91dF90aGVfc2FtZV9mZWU"),
    ),
    intake.ComplaintWithdrawn(reason="The fee was credited at the branch meanwhile.", channel="email"),
    intake.ComplaintResumed(withdrawal=1),
    intake.HandOffOffered(
        to="investigation",
        reason="Assessed; the fee entries have to be checked.",
        ready=("acknowledgement", "assessment"),
        open=("fee entries of 2026",),
        category="Checking or savings account",
        owner="Mei Chen",
        standing=_STANDING,
    ),
    intake.HandOffTakenBack(offer_id=_FIRST_OFFER, reason="The card number is missing; ask the complainant for it."),
    investigation.InvestigationOpened(
        offer_id=_FIRST_OFFER, category="Checking or savings account", owner="Mei Chen", standing=_STANDING
    ),
    investigation.HandOffAccepted(offer_id=_FIRST_OFFER, holder="Ravi Patel"),
    investigation.HandOffDeclined(
        offer_id=_FIRST_OFFER, reason="The card number is missing; ask the complainant for it."
    ),
    investigation.HandOffLapsed(offer_id=_FIRST_OFFER),
    investigation.FindingRecorded(
        finding="The annual fee was booked on 2026-01-05 and again on 2026-01-09. 年费被扣两次。", side="organisation"
    ),
    investigation.InvestigationConcluded(outcome="upheld", summary="The second booking has no ground in the terms."),
    investigation.InvestigationDiscontinued(reason="The complaint was withdrawn."),
    investigation.InvestigationResumed(withdrawal=1),
    investigation.HandOffOffered(
        to="resolution",
        reason="Concluded: one booking too many.",
        ready=("findings", "conclusion"),
        open=(),
        category="Checking or savings account",
        owner="Mei Chen",
    ),
    investigation.HandOffTakenBack(offer_id=_SECOND_OFFER, reason="Please establish which system booked twice."),
    resolution.ResolutionOpened(offer_id=_SECOND_OFFER, category="Checking or savings account", owner="Mei Chen"),
    resolution.HandOffAccepted(offer_id=_SECOND_OFFER, holder="Aoife Byrne"),
    resolution.HandOffDeclined(offer_id=_SECOND_OFFER, reason="Please establish which system booked twice."),
    resolution.HandOffLapsed(offer_id=_SECOND_OFFER),
    resolution.RemedyProposed(
        kind="refund",
        description="Refund of the second annual fee.",
        amount=Money(amount="12.50", currency="GBP"),
    ),
    resolution.DecisionCommunicated(
        outcome="upheld", answer="You were right: the fee was taken twice and goes back today.", channel="phone"
    ),
    resolution.DecisionAccepted(channel="phone"),
    resolution.DecisionContested(reason="The interest on the overdraft was not refunded.", channel="letter"),
    resolution.WithdrawalHonoured(reason="The fee was credited at the branch meanwhile."),
    resolution.WithdrawalCameAfterDecision(reason="The fee was credited at the branch meanwhile."),
    resolution.ResolutionReopened(
        reason="The refund did not arrive.", category="Checking or savings account", owner="Mei Chen"
    ),
    resolution.HandOffOffered(
        to="followup",
        reason="Decided and communicated.",
        ready=("decision", "refund order"),
        open=("arrival of the refund",),
        category="Checking or savings account",
        owner="Mei Chen",
    ),
    resolution.HandOffTakenBack(offer_id=_THIRD_OFFER, reason="The refund order has no approval."),
    followup.FollowUpOpened(
        owner="Mei Chen",
        source="crm-harbour",
        category="Checking or savings account",
        received_at=datetime(2026, 3, 2, 9, 10, 0, 250_000, UTC),
    ),
    followup.HandOffAccepted(offer_id=_THIRD_OFFER, holder="Tomasz Nowak"),
    followup.HandOffDeclined(offer_id=_THIRD_OFFER, reason="The refund order has no approval."),
    followup.HandOffLapsed(offer_id=_THIRD_OFFER),
    followup.HandOffOverdue(offer_id=_THIRD_OFFER, giver="resolution", receiver="followup"),
    followup.CaseClosed(outcome="decided", reason="The refund arrived and the complainant is content."),
    followup.CaseReopened(
        reason="The interest on the overdraft was not refunded.",
        category="Checking or savings account",
        owner="Mei Chen",
        contestation=_CONTESTATION,
    ),
    followup.HandOffReturned(reason="The interest on the overdraft was not refunded."),
    followup.FactsReceivedAfterClosure(facts_event=_FACTS),
    followup.CaseEscalated(
        about=_THIRD_OFFER,
        ladder=DeadlineRef(id="internal.unanswered", version=1),
        rung=1,
        role="supervisor",
        reason="deadline-missed",
    ),
    followup.SeverityNoted(severity="high"),
    followup.MotiveCompared(
        motive="respect",
        given=("refund",),
        words=_sealed("q3T1v0ZkP8mWcY2d", "SV93YXNfaGVhcmRfc2FpZF90aGVfY2FsbGVy"),
        result="matched",
    ),
    followup.HandOffFollowed(offer_id=_THIRD_OFFER, giver="resolution", receiver="followup", move=1),
    followup.ActingOwnerNamed(offer_id=_THIRD_OFFER, acting_owner="campus-head"),
    followup.WorkCovered(holder="Tomasz Nowak", cover="Mei Chen", reason="absent"),
    followup.CoverEnded(holder="Tomasz Nowak", cover="Mei Chen"),
    followup.EscalationTaken(about=_THIRD_OFFER, rung=1),
    *CARD_SAMPLES,
    *FORM_SAMPLES,
    *DEMAND_SAMPLES,
    *AROUND_SAMPLES,
    *CLOCK_SAMPLES,
    *TIMED_SAMPLES,
    *ANSWER_SAMPLES,
    *REMEDY_SAMPLES,
    *INQUIRY_SAMPLES,
    *EIGHT_D_SAMPLES,
    *ASSESSMENT_SAMPLES,
    resolution.PromiseHeldBack(
        promise_id=_APPEAL, waits_for="teacher-12", reason="The teacher wants to call the parents in person."
    ),
    appeals.DecisionAppealed(
        appeal_id=_APPEAL, grounds="The fee was taken twice, and the second entry was not looked at."
    ),
    appeals.DecisionAppealDecided(
        appeal_id=_APPEAL, succeeded=False, reason="Both entries were looked at.", judge="reviewer-2"
    ),
    sanctions.InfringementUpheld(
        infringement_id=_APPEAL,
        party="shop-2211",
        ladder=sanctions.LadderRef(id="platform.general", version=1),
        on=date(2026, 3, 2),
        serious=False,
        ground="Goods other than described, upheld in this case.",
        count=1,
        step=sanctions.SanctionStep(kind="points", points=4),
    ),
    sanctions.InfringementReversed(
        infringement_id=_APPEAL, party="shop-2211", on=date(2026, 3, 9), reason="The description was changed by us."
    ),
    sanctions.PartySanctioned(
        sanction_id=_APPEAL,
        party="shop-2211",
        kind="deposit-cut",
        ground="Parcels not sent for ten days.",
        starts_on=date(2026, 3, 2),
        amount=Money(amount="1000.00", currency="CNY"),
    ),
    sanctions.PartySanctionAppealed(
        sanction_id=_APPEAL, party="shop-2211", on=date(2026, 3, 4), grounds="The carrier was on strike."
    ),
    sanctions.PartySanctionConfirmed(
        sanction_id=_APPEAL, party="shop-2211", on=date(2026, 3, 6), reason="The strike was over by then."
    ),
    sanctions.PartySanctionReversed(
        sanction_id=_APPEAL,
        party="shop-2211",
        on=date(2026, 3, 9),
        reason="The strike lasted longer than was known.",
        amount=Money(amount="1000.00", currency="CNY"),
    ),
    closing.OpinionAsked(channel="phone"),
    closing.OpinionNotToBeHad(cause="contact-refused", reason="No more calls are wanted."),
    closing.OpinionRecorded(
        on="process", score=5, channel="phone", words=_sealed("Hs4LqP1mXe8TzR6w", "SGVfbGlzdGVuZWRfdG9fbWU")
    ),
    closing.SecondContactWanted(holder="Aoife Byrne"),
    closing.SecondContactMade(channel="phone", reached=False),
    closing.OwnerChanged(owner="Mei Chen", before="complaints-desk", reason="She took the first call."),
    closing.OwnerLookedIn(note="The workshop has the part."),
    conduct.ConductFlagged(
        number=1,
        conduct=_sealed("Vw3KpN8sYd5RgH2j", "aW5zdWx0X29uX3RoZV9waG9uZQ"),
        done=_sealed("Qa7MzL4tXc9BvF1e", "Q2FsbGVkX3RoZV9hZ2VudF9uYW1lcw"),
        evidence=_sealed("Ub6HyJ2wOk8EiP0r", "UmVjb3JkaW5nXzE3XzA0X21pbnV0ZXM"),
        by="agent-7",
        until=date(2026, 6, 30),
        zone="Asia/Shanghai",
        care=_sealed("Tn5GcS1mAl3QxD9u", "QV9jb2xsZWFndWVfbGlzdGVuc19pbg"),
    ),
    conduct.ConductFlagReviewed(
        number=1, by="lead-2", confirmed=True, reason=_sealed("Yi4ZfE7kWb2OsV6h", "SGVhcmRfb25fdGhlX3JlY29yZGluZw")
    ),
    *CONTACT_SAMPLES,
    *PRIVACY_SAMPLES,
    *EVIDENCE_SAMPLES,
    intake.FileOpened(part="words", purpose="Prepare the call back."),
    intake.FileRefused(part="words", purpose="Prepare the call back."),
    investigation.FileOpened(part="words", purpose="Prepare the call back."),
    investigation.FileRefused(part="words", purpose="Prepare the call back."),
    resolution.FileOpened(part="words", purpose="Prepare the call back."),
    resolution.FileRefused(part="words", purpose="Prepare the call back."),
    followup.FileOpened(part="words", purpose="Prepare the call back."),
    followup.FileRefused(part="words", purpose="Prepare the call back."),
)


def sample_files() -> Mapping[str, str]:
    """File name -> text of the sample of each type, such as casework.intake.facts-added.v1.json."""
    files = {}
    for event in SAMPLES:
        text = json.dumps(to_data(event), indent=2, sort_keys=True, ensure_ascii=False)
        files[f"{type_name(type(event))}.json"] = text + "\n"
    return files


def store(directory: Path) -> int:
    """Write the samples `directory` does not have; returns how many were written."""
    directory.mkdir(parents=True, exist_ok=True)
    new = {name: text for name, text in sample_files().items() if not (directory / name).exists()}
    for name, text in new.items():
        (directory / name).write_text(text, encoding="utf-8")
    return len(new)


if __name__ == "__main__":
    print(f"{store(Path(sys.argv[1]))} samples written to {sys.argv[1]}")
