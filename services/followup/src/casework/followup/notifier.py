"""Sends the notices that are due.

Invariant: a notice is claimed, and the claim committed, before it is sent; after that it goes out again only where the
other side surely did not take it. So no crash sends one twice, and one whose fate nobody knows is counted and shown,
never repeated. Who is reached and at what hour is decided at that moment, since people come and go meanwhile.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from casework.followup import outbox
from casework.followup.channel import Channel, ChannelAway, NotTaken, Outcome, Refused, Taken, Unknown
from casework.followup.domain.notices import Notice, Recipient
from casework.followup.letters import Letter, letter_to
from casework.followup.mail import Mail
from casework.followup.outbox import Row
from casework.shared.errors import Conflict
from casework.shared.people.directory import DUTY, Directory
from casework.shared.people.members import Member
from casework.shared.people.sending import send_to
from casework.shared.runtime.back_off import with_back_off
from casework.shared.runtime.database import StoreUnavailable, begin
from casework.shared.runtime.failpoints import failpoint
from casework.shared.runtime.metrics import Metrics
from casework.shared.runtime.people import People
from casework.shared.runtime.service import ServiceRuntime
from casework.shared.runtime.stopping import end_if_cancelled

log = structlog.get_logger(__name__)

EVERY_S = 1.0
LONGEST_PAUSE_S = 60.0
GRACE_S = 10.0
"""How long an ending process waits for the answer to the letter it is sending."""
FORGOTTEN = timedelta(minutes=5)
"""After this, whoever claimed a notice is gone: longer than a letter and the record of it take together."""
STALE = timedelta(days=14)
"""What could not go out for so long tells nobody anything new. Longer than any run of days off."""
FIRST_PAUSE = timedelta(seconds=30)
LONGEST_WAIT = timedelta(minutes=30)
NO_ADDRESS = timedelta(minutes=10)
"""When to look again for an address that is missing in the directory."""


class Notifier:
    """Sends what is due by one channel; without one, counts what it cannot send."""

    def __init__(
        self,
        engine: AsyncEngine,
        people: Callable[[], Directory],
        channel: Channel | None,
        metrics: Metrics,
        *,
        every_s: float = EVERY_S,
        forgotten: timedelta = FORGOTTEN,
        first_pause: timedelta = FIRST_PAUSE,
    ) -> None:
        self._engine, self._people, self._channel, self._metrics = engine, people, channel, metrics
        self._every_s, self._forgotten, self._first_pause = every_s, forgotten, first_pause
        self._pause_s = every_s

    async def run(self) -> None:
        while True:
            try:
                await self._round()
            except (StoreUnavailable, Conflict) as error:
                log.warning("notices.not-sent", error=type(error).__name__)
            end_if_cancelled()
            await asyncio.sleep(self._pause_s)

    async def _round(self) -> None:
        await self._find_forgotten()
        if self._channel is not None:
            await self._send_due(self._channel)
        async with begin(self._engine) as work:
            if self._channel is None:
                await outbox.mark_unsendable(work, "no-channel")
            waiting = await outbox.count_waiting(work)
        self._metrics.notices_due.labels("followup").set(waiting.due)
        self._metrics.notices_unsendable.labels("followup").set(waiting.unsendable)

    async def _send_due(self, channel: Channel) -> None:
        try:
            while await self._any_due(channel):
                # Before a claim: a server that is away costs no notice anything.
                await channel.open()
                if not await self._one(channel):
                    break
                end_if_cancelled()
            self._pause_s = self._every_s
        except ChannelAway as error:
            self._pause_s = min(max(self._pause_s, self._every_s) * 2, LONGEST_PAUSE_S)
            log.warning("notices.channel-away", code=error.code, retry_s=self._pause_s)
        finally:
            await channel.close()

    async def _any_due(self, channel: Channel) -> bool:
        async with begin(self._engine) as work:
            return await outbox.any_due(work, channel.name)

    async def _one(self, channel: Channel) -> bool:
        """Take one due notice and do what is right with it. False where there was none to take."""
        async with begin(self._engine) as work:
            row = await outbox.take_due(work, channel.name)
            if row is None:
                return False
            notice, now = row.notice, work.now
            member = reach(self._people(), notice.to, now)
            if member is None:
                await outbox.put_off(work, row, now + NO_ADDRESS, "no-address")
                if row.reason != "no-address":
                    log.error("notices.no-address", **_of(row), action="give the duty in CASEWORK_PEOPLE an address")
                return True
            at = send_to(member, notice.at, now=now, not_after=notice.not_after, urgent=notice.urgent)
            if at is None or now - notice.at > STALE:
                await outbox.drop(work, row, "too-late")
                letter = None
                outcome = "too-late"
            elif at > now:
                await outbox.put_off(work, row, at, row.reason)
                return True
            else:
                letter = letter_to(notice, member)
                outcome = "claimed" if await outbox.claim(work, row, member.id) else "doubled"
        if letter is None or outcome != "claimed":
            self._count(outcome)
            return True
        failpoint("notice.claimed")
        await self._finish(channel, replace(row, attempts=row.attempts + 1), letter)
        return True

    async def _finish(self, channel: Channel, row: Row, letter: Letter) -> None:
        """Send a claimed notice and write down what became of it, also where this process is asked to end."""
        sending = asyncio.create_task(self._deliver(channel, row, letter))
        try:
            await asyncio.shield(sending)
        except asyncio.CancelledError:
            await asyncio.wait({sending}, timeout=GRACE_S)
            sending.cancel()
            raise

    async def _deliver(self, channel: Channel, row: Row, letter: Letter) -> None:
        outcome = await channel.send(letter)
        failpoint("notice.taken")
        await with_back_off(
            lambda: self._record(row, outcome),
            lambda error: log.warning("notices.not-recorded", error=type(error).__name__),
        )

    async def _record(self, row: Row, outcome: Outcome) -> None:
        async with begin(self._engine) as work:
            match outcome:
                case Taken():
                    await outbox.settle(work, row, "sent", None)
                    said = "sent"
                case Refused(code=code):
                    await outbox.settle(work, row, "refused", code)
                    # Somebody has to know all the same.
                    await outbox.enqueue(work, instead_of(row.notice, work.now), channel=row.channel)
                    said = "refused"
                case NotTaken(code=code):
                    await outbox.give_back(work, row, work.now + self._wait(row.attempts), code)
                    said = "again"
                case Unknown(code=code):
                    await outbox.settle(work, row, "uncertain", code)
                    said = "uncertain"
        self._count(said)
        if isinstance(outcome, Refused):
            log.error(
                "notices.refused",
                **_of(row),
                code=outcome.code,
                action="correct the address in CASEWORK_PEOPLE; the duty is told instead",
            )
        elif isinstance(outcome, Unknown):
            _uncertain(row, outcome.code)

    async def _find_forgotten(self) -> None:
        async with begin(self._engine) as work:
            forgotten = await outbox.settle_forgotten(work, work.now - self._forgotten)
        for row in forgotten:
            self._count("uncertain")
            _uncertain(row, "claim-forgotten")

    def _wait(self, attempts: int) -> timedelta:
        return min(self._first_pause * 2.0 ** min(attempts - 1, 20), LONGEST_WAIT)

    def _count(self, outcome: str) -> None:
        self._metrics.notices.labels("followup", outcome).inc()


def _uncertain(row: Row, code: str) -> None:
    log.error(
        "notices.uncertain",
        **_of(row),
        code=code,
        action="look in the mail server's log, by the event id, whether it was taken; it is not sent again",
    )


def _of(row: Row) -> dict[str, UUID]:
    """What a log line may say of a notice: not whom it is for."""
    return {"event_id": row.notice.id, "case_id": row.notice.case_id}


def reach(people: Directory, to: Recipient, at: datetime) -> Member | None:
    """Who is told at `at`: of a role, the first who is asked and has an address; else whoever answers for what the
    holder holds. Without an address, the duty member; None where that one has none either."""
    asked = people.with_role(to.name, at) if to.kind == "role" else (people.responsible(to.name, at).member,)
    return next((member for member in (*asked, people.duty_member(at)) if member.email is not None), None)


def instead_of(notice: Notice, at: datetime) -> tuple[Notice, ...]:
    """What is sent to the duty where a recipient's address was refused; nothing where it was the duty's."""
    duty = Recipient(kind="role", name=DUTY)
    return () if notice.to == duty else (replace(notice, to=duty, at=at),)


def notifier_of(runtime: ServiceRuntime, people: People) -> Notifier:
    """The notifier of a running service."""
    settings = runtime.settings
    server, sender = settings.mail_server, settings.mail_from
    channel = None if server is None or sender is None else Mail(server, sender)
    return Notifier(runtime.engine, people.directory, channel, runtime.metrics)
