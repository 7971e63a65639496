"""Items of evidence for cases whose tests are about something else."""

from __future__ import annotations

from tests.clocks.office import Office


async def items(office: Office, case_id: str, *given_by: str) -> None:
    """So many items of evidence, numbered on from those there are. Investigation has accepted the case."""
    for giver in given_by:
        item = {
            "kind": "photograph" if giver == "complainant" else "document",
            "given_by": giver,
            "what": "What it shows.",
            "sha256": "0" * 64,
            "reference": "s3://evidence/one",
        }
        await office.desk.do(case_id, "investigation/evidence-items", item)
