"""Which legal deadline a complaint may not be let cool beyond."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from casework.intake.domain.complaint import Complaint
from casework.intake.rules import leading_legal
from casework.shared.clocks.counting import DueDay
from casework.shared.policies.shipped_rulebook import rulebook

RECEIVED = Complaint(status="received", source="crm", received_at=datetime(2026, 3, 2, 2, tzinfo=UTC))
OWN = '"internal.acknowledge", "internal.answer", "internal.finish"'


def in_force(folder: Path, calendar: str, *policies: str) -> DueDay | object | None:
    """The leading legal deadline where these policies stand beside the institution's own levels."""
    file = folder / "institution.toml"
    named = ", ".join((OWN, *(f'"{each}"' for each in policies)))
    file.write_text(f'calendar = "{calendar}"\npolicies = [{named}]\n', encoding="utf-8")
    return leading_legal(RECEIVED, rulebook(file))


def test_own_levels_are_no_legal_deadlines(tmp_path: Path) -> None:
    assert in_force(tmp_path, "CN") is None
    assert leading_legal(Complaint(), rulebook()) is None


@pytest.mark.parametrize(
    ("calendar", "policies", "day", "zone"),
    [
        ("CN", ("cn.bank.15",), date(2026, 3, 17), "Asia/Shanghai"),
        ("UK-ENG", ("uk.disp.8w",), date(2026, 4, 27), "Europe/London"),
        ("UK-ENG", ("uk.disp.8w", "uk.disp.psd"), date(2026, 3, 23), "Europe/London"),
        ("AU-NSW", ("au.rg271.ack", "au.rg271.30"), date(2026, 4, 1), "Australia/Sydney"),
    ],
)
def test_the_first_to_end_leads(tmp_path: Path, calendar: str, policies: tuple[str, ...], day: date, zone: str) -> None:
    assert in_force(tmp_path, calendar, *policies) == DueDay(day, zone)
