"""Many cases at once in followup's store: what its consumer records of as many complaints, without the complaints.

The real rules decide and the real rows are written; only what came before followup is left out.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from itertools import islice
from pathlib import Path
from uuid import UUID, uuid4

from pydantic import SecretStr

from casework.followup.domain.case_clocks import TellMoment
from casework.followup.domain.commands import OpenFollowUp
from casework.shared.contracts.envelope import CommandCause
from casework.shared.eventstore.store import Origin
from casework.shared.runtime.database import begin
from casework.shared.runtime.discovery import installed
from casework.shared.runtime.metrics import Metrics
from casework.shared.runtime.service import ServiceRuntime, assemble
from casework.shared.runtime.settings import Settings

TOGETHER = 500
OWN = "internal.own-level"
MINUTES = 1
"""How long `OWN` is."""


def institution(folder: Path, *policies: str, minutes: int = MINUTES) -> Path:
    """The file of an institution whose cases have, beside what every institution must have, these deadlines: by default
    `OWN`, so many elapsed minutes from receipt, which nobody climbs a ladder for."""
    own = folder / "own" / "deadlines"
    own.mkdir(parents=True, exist_ok=True)
    (own / "own.toml").write_text(
        f"""
[[deadline]]
id = "{OWN}"
version = 1
kind = "internal"
regime = "internal"
purpose = "first-contact"
applies_to = "own-level"
party = "organisation"
title = {{ en = "Own level: be quick", zh = "内部标准:从速" }}
starts = "receipt"
length = {{ number = {minutes}, unit = "elapsed-minute" }}
armed_by = ["complaint-received"]
met_by = ["complaint-acknowledged"]
withdrawn_by = ["complaint-withdrawn", "case-closed"]
duty = {{ en = "Be quick.", zh = "从速。" }}
""",
        encoding="utf-8",
    )
    wanted = ", ".join(f'"{each}"' for each in (*(policies or (OWN,)), "internal.answer", "internal.finish"))
    file = folder / "institution.toml"
    file.write_text(f'calendar = "UK-ENG"\npolicies = [{wanted}]\nfolders = ["own"]\n', encoding="utf-8")
    return file


@asynccontextmanager
async def recorder(database_url: str, institution_file: Path) -> AsyncIterator[ServiceRuntime]:
    """Followup's parts on an installation's database, to record with beside its services. None of them runs."""
    credential = institution_file.with_name("no-key")
    credential.write_text("")
    settings = Settings(
        database_url=SecretStr(database_url),
        kafka_servers="127.0.0.1:1",
        key_file=credential,
        service_key_file=credential,
        institution=institution_file,
    )
    made = await assemble(installed(["followup"])[0], settings, Metrics.create())
    try:
        yield made
    finally:
        await made.aclose()


async def receive_many(followup: ServiceRuntime, received: Iterable[datetime]) -> list[UUID]:
    """One new case for each time of receipt, with the clocks that the institution has for it. Returns their ids."""
    waiting = iter(received)
    cases: list[UUID] = []
    while times := list(islice(waiting, TOGETHER)):
        cases += await _receive(followup, times)
    return cases


async def _receive(followup: ServiceRuntime, times: Sequence[datetime]) -> list[UUID]:
    cases = [uuid4() for _ in times]
    rulebook, store = followup.rulebook, followup.store
    deadlines = rulebook.ids_for("bulk", "Credit card", "")
    async with begin(followup.engine) as work:
        unit = await store.open(work, cases)
        for case_id, at in zip(cases, times, strict=True):
            complaint = uuid4()
            opened = OpenFollowUp(
                owner="desk", source="bulk", category="Credit card", received_at=at, deadlines=deadlines
            )
            told = TellMoment(moment="complaint-received", by=complaint, occurred_at=at, at=unit.now, rulebook=rulebook)
            unit.run(case_id, [opened, told], Origin(actor=followup.actor, cause=CommandCause(complaint)))
        await followup.reactor.project(work, unit, (), unit.recorded)
        await store.append(work, unit)
    return cases
