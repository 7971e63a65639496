"""A process that sends what is due until it is killed: `python -m tests.notices.one_life DATABASE_URL SMTP_URL`."""

from __future__ import annotations

import asyncio
import sys

from tests.notices.office import SENDER, member, people

from casework.followup.mail import Mail
from casework.followup.notifier import Notifier
from casework.shared.runtime.database import service_engine
from casework.shared.runtime.mail_server import parse_smtp_url
from casework.shared.runtime.metrics import Metrics


async def _live(database: str, smtp: str) -> None:
    known = people(member("ann"))
    engine = service_engine(database, "followup", pool_size=2)
    await Notifier(engine, lambda: known, Mail(parse_smtp_url(smtp), SENDER), Metrics.create(), every_s=0.05).run()


if __name__ == "__main__":
    asyncio.run(_live(*sys.argv[1:]))
