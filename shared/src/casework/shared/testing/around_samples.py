"""One sample of every event about what belongs to a complaint beside its receipt, and of the answers to demands."""

from __future__ import annotations

from datetime import UTC, date, datetime
from uuid import UUID

from casework.shared.contracts import around, demand_answers
from casework.shared.contracts.types import Sealed

_PERSON = UUID("0192f3a1-5c1e-7a40-9b1d-2f6f4c1d7e01")
_DEMAND = UUID("0192f3a5-2c44-7d90-8b31-0c6e9f27a152")
_DEMAND_BEFORE = UUID("0192f3a4-9e02-7a11-94c6-7be3d1508f39")
_RESPONDENT = UUID("0192f3a6-71b8-7c25-9f04-3a5d8e60b7c1")
_DUE = datetime(2026, 3, 11, 9, 0, 0, 0, UTC)


def _sealed(nonce: str, box: str) -> Sealed:
    return Sealed(person=_PERSON, nonce=nonce, box=box)


AROUND_SAMPLES: tuple[object, ...] = (
    around.DemandTaken(
        number=1,
        version=2,
        demand_id=_DEMAND,
        owner="Mei Chen",
        urgency="at-once",
        due_at=_DUE,
        replaces=_DEMAND_BEFORE,
    ),
    around.DemandPassedOn(number=1, owner="Aoife Byrne", urgency="soon"),
    around.ItemListed(number=1, goods="Carton 纸箱", quantity=6, delivered=50, condition="missing", demand=1),
    around.ItemSettled(number=1, result="replaced", note="Six cartons went out by air."),
    around.ProblemStated(
        version=2,
        statement=_sealed("Tr5YwQ1zLk8JmV3b", "aXNfbXlfaWRlbnRpdHlfZGF0YV9zYWZl"),
        next_step="We tell what the data check found.",
        next_by=_DUE,
    ),
    around.ProblemAgreed(version=2, channel="phone", next_step="We tell what the data check found.", next_by=_DUE),
    around.ContactLinked(
        number=2,
        channel="letter",
        contacted_at=datetime(2026, 3, 4, 8, 30, 0, 0, UTC),
        source="regulator",
        source_reference="NFRA-2026-0311",
        words=_sealed("Gd7NcX2pWb4RhT9s", "dGhlX3NhbWVfYnlfbGV0dGVy"),
    ),
    around.RespondentNamed(number=1, respondent_id=_RESPONDENT, name="Harbour Savings Bank"),
    around.RespondentWithdrawn(
        number=1, respondent_id=_RESPONDENT, reason="The bank has paid the fee back.", channel="phone"
    ),
    around.RespondentAnswered(number=1, respondent_id=_RESPONDENT, outcome="upheld", reason="The fee had no ground."),
    around.DisputeLinked(number=1, third_party="forwarder", item=1),
    around.DisputeStateNoted(number=1, state="settled"),
    around.DisputeWordsRecorded(
        number=1, side="third-party", words=_sealed("Jx3KfP6vSa0ZnU5e", "d2VfbG9hZGVkX2ZpZnR5X2NhcnRvbnM")
    ),
    around.PostLinked(
        number=1,
        medium="micro-blog",
        posted_on=date(2026, 3, 4),
        address=_sealed("Bq9MzE1hOy6LtC4r", "d2hlcmVfaXRfc3RhbmRzX25vdw"),
    ),
    around.PostStatementApproved(
        number=1,
        statement="No account was opened in that name. 未以该姓名开立账户。",
        by="head-press",
    ),
    around.PostAnswered(
        number=1,
        statement="No account was opened in that name. 未以该姓名开立账户。",
        author="press",
        approved_by="head-press",
    ),
    around.PostReported(number=1, to="head-office-media-watch", reported_on=date(2026, 3, 5)),
    around.GroundRecorded(
        ground="loan-without-consent",
        organisation="Harbour Savings Bank",
        received_at=datetime(2026, 3, 2, 9, 10, 0, 250_000, UTC),
    ),
    demand_answers.DemandsNoted(
        demands=(demand_answers.NotedDemand(number=1, version=2, kind="repair", demand_id=_DEMAND, owner="Mei Chen"),)
    ),
    demand_answers.DemandAnswered(
        number=1,
        version=2,
        answer="refused",
        reason="The repair was done on 2026-03-04; nothing is left to repair.",
        evidence=(4, 7),
        demand_id=_DEMAND,
    ),
)
