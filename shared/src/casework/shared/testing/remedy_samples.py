"""One sample of every event of remedies, of authority, and of what else goes up."""

from __future__ import annotations

from datetime import UTC, date, datetime
from uuid import UUID

from casework.shared.contracts import authority, followup, remedies
from casework.shared.contracts.authority import Option, PolicyRef
from casework.shared.contracts.remedies import Offerable, Withheld
from casework.shared.contracts.standing import StandingRef
from casework.shared.contracts.types import Money, Sealed

_OFFER = UUID("019cb0a1-2f10-7c4e-8a11-6d0e5b7f9c05")
_APPROVAL = UUID("019cb0a1-2f10-7c4e-8a11-6d0e5b7f9c06")
_LIMITS = PolicyRef(id="internal.authority", version=1)
_CATALOGUE = PolicyRef(id="internal.remedies", version=1)
_GUIDE = StandingRef(name="fitting-guide", version=1)


def _cny(amount: str) -> Money:
    return Money(amount=amount, currency="CNY")


def _sealed(nonce: str, box: str) -> Sealed:
    return Sealed(person=UUID("0192f3a1-5c1e-7a40-9b1d-2f6f4c1d7e01"), nonce=nonce, box=box)


_OPTIONS = (
    Option(
        what="Rework the goods.",
        cost=Money(amount="2600.00", currency="USD"),
        days=30,
        payer="organisation",
        risk="The buyer misses the season.",
    ),
    Option(
        what="Send a new batch.",
        cost=Money(amount="3000.00", currency="USD"),
        days=9,
        payer="organisation",
        risk="The old batch has to be scrapped.",
    ),
)

REMEDY_SAMPLES: tuple[object, ...] = (
    remedies.RemediesChecked(
        on=date(2026, 3, 2),
        catalogue=_CATALOGUE,
        offered=(
            Offerable(remedy="refund", kind="refund", title_en="Refund", title_zh="退款", proof="payment-confirmation"),
        ),
        withheld=(
            Withheld(
                remedy="replace",
                reason_en="Replace the goods is possible within 30 days of delivery; 40 days have passed.",
                reason_zh="换货须在收货后30天内提出;现已过40天。",
            ),
        ),
        delivered_on=date(2026, 1, 21),
    ),
    remedies.RefundAssessed(
        rule="pro-rata",
        catalogue=_CATALOGUE,
        paid=_cny("299.00"),
        days=30,
        used=10,
        eligible=_cny("199.33"),
        path="partial",
    ),
    remedies.RemedyOffered(offer_id=_OFFER, remedy=1, until=datetime(2026, 3, 20, 16, 0, tzinfo=UTC), channel="phone"),
    remedies.RemedyOfferAnswered(offer_id=_OFFER, remedy=1, answer="accepted", channel="phone"),
    remedies.RemedyOfferUnanswered(offer_id=_OFFER, remedy=1),
    remedies.NothingOffered(reason="The fee is in the contract, and was explained before it was signed."),
    remedies.RemedySent(remedy=1, proof="Transfer 2026-03-04-0017.", amount=_cny("199.33")),
    remedies.RemedyReceived(remedy=1, kind="payment-confirmation", proof="Bank advice of 2026-03-05."),
    remedies.RemedyCameBack(remedy=1, reason="The account is closed."),
    remedies.RemedyWaived(remedy=1, proof="E-mail of 2026-03-06."),
    remedies.RemedyFailed(remedy=1, kind="replacement", failure=1, reason="One board is missing again."),
    remedies.SecondTryChecked(remedy=1, by="lead-7", checked="All 36 boards counted and photographed in the box."),
    remedies.ReadyAnswerOffered(answer=_GUIDE, steps=("Check the polarity.", "Fit it by the drawing.")),
    remedies.ReadyAnswerTaken(answer=_GUIDE),
    remedies.ReadyAnswerLeft(answer=_GUIDE, reason="The part is of the older series."),
    remedies.LimitsTalkHeld(
        number=1,
        held_at=datetime(2026, 3, 2, 15, 10, tzinfo=UTC),
        by="agent-7",
        said=_sealed("q3T1v0ZkP8mWcY2d", "d2hhdF93YXNfc2FpZF9vZl9saW1pdHM"),
        agreed=False,
        hardship=_sealed("Xb7LhQ4sNe9RfA1u", "YV90cnVlX2hhcmRzaGlwX29mX291cnM"),
        hardship_shown_by="Stock list of 2026-03-01.",
    ),
    remedies.LeaderAsked(offer_id=_OFFER, talk=1, asked_by="agent-7", roles=("lead", "manager"), rank=2),
    remedies.LeaderTookOver(offer_id=_OFFER, talk=1, by="lead-2"),
    remedies.LeaderDeclined(offer_id=_OFFER, talk=1, by="lead-2", reason="The agent may give this alone."),
    authority.ApprovalAsked(
        approval_id=_APPROVAL,
        number=1,
        kind="refund",
        description="Give back all that was paid.",
        amount=_cny("3300.00"),
        asked_by="agent-7",
        ground="over-limit",
        roles=("manager",),
        rank=3,
        authority=_LIMITS,
        needs_pack=True,
    ),
    authority.ApprovalGiven(approval_id=_APPROVAL, number=1, by="manager-1"),
    authority.ApprovalRefused(approval_id=_APPROVAL, number=1, by="manager-1", reason="The rule gives 2,000.00."),
    authority.ApprovalPackBrought(
        number=1,
        facts=("3,300.00 was paid on 2026-01-12.",),
        scenarios=("They go to the regulator.", "They take the middle."),
        options=_OPTIONS,
        floor=_sealed("m2KjVt6GzC5oPy8E", "MTUwMC4wMF9DTllfbm9fZnVydGhlcg"),
        quote=_sealed("Fw9DnR3xTq6HbS0k", "SV93YW50X3RoZV8zMzAwX2JhY2s"),
        reading=_sealed("Lp4XcB7yVu1JdT3g", "d2lsbF90YWtlXzIwMDBfb3JfbW9yZQ"),
    ),
    authority.ReadingAmended(number=1, reading=_sealed("Ks8WnM2zRq5HgY0f", "d2lsbF90YWtlX25vdGhpbmdfbGVzcw")),
    authority.OptionsCompared(number=1, options=_OPTIONS),
    authority.OptionChosen(number=1, option=2, left=(1,), reason="The buyer needs it within two weeks."),
    authority.OutsideActionAllowed(
        number=1, action="police", by="lead-2", reason=_sealed("Zt6VbN9xQw2KcF4m", "dGhyZWF0c190b19zdGFmZl9zZWVu")
    ),
    authority.OutsideActionTaken(
        number=1,
        action="police",
        by="agent-7",
        reason=_sealed("Hd3RgJ8sPy5LaE7v", "dGhyZWF0c190b19zdGFmZl9hZ2Fpbg"),
        ground="danger",
    ),
    authority.OutsideActionReported(
        number=1, to="lead-2", report=_sealed("Cq1MxU4tWo6ZiB9n", "d2hhdF93YXNfcmVwb3J0ZWRfYWZ0ZXI")
    ),
    followup.RemedyOwed(remedy=1),
    followup.RemedySettled(remedy=1),
)
