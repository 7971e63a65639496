"""Commands and events of what is around a complaint, for the tests of intake's rules."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from casework.intake.domain.around import AroundCommand, AroundEvent, Known, RecordGround
from casework.intake.domain.demand_owners import TakeDemand
from casework.intake.domain.disputes import LinkDispute, NoteDisputeState, RecordDisputeWords
from casework.intake.domain.items import ListItem, SettleItem
from casework.intake.domain.posts import AnswerPost, ApprovePostStatement, LinkPost, ReportPost
from casework.intake.domain.problem_statements import AgreeProblem, StateProblem
from casework.intake.domain.repeat_contacts import LinkContact
from casework.intake.domain.respondents import AnswerForRespondent, NameRespondent, WithdrawRespondent
from casework.shared.contracts.types import Sealed
from casework.shared.testing.around_samples import AROUND_SAMPLES

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
LATER, EARLIER = NOW + timedelta(days=3), NOW - timedelta(minutes=1)
ONE, TWO = UUID(int=51), UUID(int=52)
SAID = Sealed(person=UUID(int=1), nonce="q3T1v0ZkP8mWcY2d", box="V1n0b3hvZnRoZXdvcmRzc3Bva2VuYnl0aGVjYWxsZXI")
KNOWN = Known(organisation="Bank A", received_at=NOW, demands={1: 1, 2: 1})
LIST = ListItem(goods="carton", quantity=6, delivered=50, condition="missing")
SETTLE = SettleItem(number=1, result="replaced")
STATE = StateProblem(statement=SAID, next_step="We call.", next_by=LATER, now=NOW)
CONTACT = LinkContact(channel="phone", now=NOW)
DISPUTE = LinkDispute(third_party="forwarder")
POST = LinkPost(medium="micro-blog", posted_on=date(2026, 3, 2), address=SAID, today=date(2026, 3, 2))
A, B = NameRespondent(respondent_id=ONE, name="Bank A"), NameRespondent(respondent_id=TWO, name="Bank B")
NOT_A = WithdrawRespondent(number=1, reason="Paid.", channel="phone")
TAKE = TakeDemand(number=1, owner="mei", urgency="soon", due_at=LATER, demand_id=ONE, now=NOW)

AROUND_COMMANDS: tuple[AroundCommand, ...] = (
    TAKE,
    replace(TAKE, owner="li", due_at=None),
    LIST,
    SETTLE,
    STATE,
    AgreeProblem(version=1, channel="phone"),
    CONTACT,
    replace(CONTACT, reference=("crm", "7")),
    A,
    B,
    NOT_A,
    AnswerForRespondent(number=2, outcome="upheld", reason="No ground."),
    DISPUTE,
    NoteDisputeState(number=1, state="settled"),
    RecordDisputeWords(number=1, side="third-party", words=SAID),
    POST,
    ApprovePostStatement(number=1, statement="No account was opened.", by="li"),
    AnswerPost(number=1, statement="No account was opened.", author="mei"),
    ReportPost(number=1, to="regulator", reported_on=date(2026, 3, 2), today=date(2026, 3, 2)),
    RecordGround(ground="loan-without-consent"),
)
AROUND_EVENTS: tuple[AroundEvent, ...] = tuple(each for each in AROUND_SAMPLES if isinstance(each, AroundEvent))
