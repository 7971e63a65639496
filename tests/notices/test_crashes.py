"""Processes that die between claim and record: what was perhaps sent is never sent again, and somebody is told so."""

from __future__ import annotations

import asyncio
import os
import sys
from contextlib import suppress
from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest
from tests.notices.office import DEADLINE_S, SENDER, Office, address, member, nears, people

from casework.followup import outbox
from casework.followup.mail import Mail
from casework.shared.runtime.database import begin
from casework.shared.runtime.logging import own_lines_to
from casework.shared.runtime.mail_server import parse_smtp_url

CUT = 137
REPOSITORY = Path(__file__).parents[2]


async def cut_at(office: Office, point: str) -> int:
    """Let a process send until it is cut at a failpoint; returns its exit code."""
    life = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.notices.one_life", office.url, office.post_office.url,
        cwd=REPOSITORY, env={**os.environ, "CASEWORK_FAILPOINT": point},
    )  # fmt: skip
    try:
        return await asyncio.wait_for(life.wait(), DEADLINE_S)
    finally:
        with suppress(ProcessLookupError):
            life.kill()


@pytest.mark.parametrize("point, taken", [("notice.claimed", 0), ("notice.taken", 1)])
async def test_killed_after_the_claim_it_is_not_sent_again_but_recorded_as_uncertain(
    office: Office, point: str, taken: int
) -> None:
    office.people = people(member("ann"))
    await office.put(nears("ann"))
    assert await cut_at(office, point) == CUT
    assert (await office.states(), len(office.post_office.taken)) == (["claimed"], taken)
    lines = StringIO()
    own_lines_to(lines)
    # Another notice goes out meanwhile; this one is left alone, and then given up.
    async with office.sending():
        await office.put(nears("ann"))
        await office.until(lambda rows: sorted(row["state"] for row in rows) == ["claimed", "sent"])
    assert len(office.post_office.taken) == taken + 1
    async with office.sending(forgotten=timedelta()):
        rows = await office.until_settled()
        await asyncio.sleep(0.2)
    assert sorted((row["state"], row["reason"]) for row in rows) == [("sent", None), ("uncertain", "claim-forgotten")]
    assert (len(office.post_office.taken), office.counted("uncertain")) == (taken + 1, 1)
    assert '"event":"notices.uncertain"' in lines.getvalue()
    assert "it is not sent again" in lines.getvalue()


async def test_killed_before_the_claim_nothing_happened_and_the_next_process_sends_it(office: Office) -> None:
    office.people = people(member("ann"))
    await office.put(nears("ann"))
    async with begin(office.engine) as work:
        row = await outbox.take_due(work, "mail")
        assert row is not None
        # Held by somebody, it is passed over by everybody else; let go without a commit, it is as before.
        async with begin(office.engine) as other:
            assert await outbox.take_due(other, "mail") is None
    async with office.sending():
        await office.until_settled()
    assert office.post_office.to == [address("ann")]


async def test_asked_to_end_while_it_sends_a_process_waits_for_the_answer_and_records_it(office: Office) -> None:
    office.people = people(member("ann"))
    office.post_office.may_answer.clear()
    await office.put(nears("ann"))
    ending = asyncio.create_task(office.notifier(office.mail()).run())
    await office.until(lambda _rows: len(office.post_office.taken) == 1)
    ending.cancel()
    await asyncio.sleep(0.1)
    office.post_office.may_answer.set()
    with suppress(asyncio.CancelledError):
        await ending
    assert await office.states() == ["sent"]


class KeepsItToItself(Mail):
    """A channel in which being asked to end gets lost, as it does in the mail client when an answer comes just then."""

    closing = asyncio.Event()
    kept = False

    async def close(self) -> None:
        self.closing.set()
        try:
            if not self.kept:
                await asyncio.sleep(DEADLINE_S)
        except asyncio.CancelledError:
            self.kept = True
        await super().close()


async def test_asked_to_end_a_process_ends_also_where_its_mail_client_did_not_hear_it(office: Office) -> None:
    office.people = people(member("ann"))
    await office.put(nears("ann"))
    mail = KeepsItToItself(parse_smtp_url(office.post_office.url), SENDER)
    ending = asyncio.create_task(office.notifier(mail).run())
    await mail.closing.wait()
    ending.cancel()
    done, _ = await asyncio.wait({ending}, timeout=DEADLINE_S / 4)
    ending.cancel()
    assert done == {ending}


async def test_who_comes_back_late_knows_better_than_uncertain(office: Office) -> None:
    office.people = people(member("ann"))
    office.post_office.may_answer.clear()
    await office.put(nears("ann"))
    async with office.sending():
        await office.until(lambda _rows: len(office.post_office.taken) == 1)
        async with office.sending(forgotten=timedelta()):
            await office.until(lambda rows: rows[0]["state"] == "uncertain")
        office.post_office.may_answer.set()
        await office.until(lambda rows: rows[0]["state"] == "sent")
    assert len(office.post_office.taken) == 1


async def test_a_transaction_that_fails_leaves_no_notice(office: Office) -> None:
    with pytest.raises(RuntimeError):
        await put_and_fail(office)
    assert await office.rows() == []


async def put_and_fail(office: Office) -> None:
    async with begin(office.engine) as work:
        assert await outbox.enqueue(work, nears("ann")) == 1
        raise RuntimeError
