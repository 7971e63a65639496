"""What an acknowledgement must say, by the rules in force for the complaint."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from casework.intake.domain.statements import require_said
from casework.shared.clocks.deadlines import StatementMissing
from casework.shared.policies.shipped_deadlines import deadlines_of_package

DISP = tuple(policy for policy in deadlines_of_package() if policy.regime == "uk.disp")
JUNE = datetime(2026, 6, 1, 9, tzinfo=UTC)
BASIC = ("received", "being-dealt-with")


def test_the_time_limit_must_be_said_under_the_text_of_2026_06_01() -> None:
    with pytest.raises(StatementMissing, match=r"1\.6\.1R"):
        require_said(DISP, JUNE, BASIC)
    require_said(DISP, JUNE, (*BASIC, "time-limit"))


def test_the_date_of_receipt_is_that_of_the_rules_zone() -> None:
    # 23:30 UTC on 31 May is half past midnight of 1 June in London.
    with pytest.raises(StatementMissing, match="time limit"):
        require_said(DISP, datetime(2026, 5, 31, 23, 30, tzinfo=UTC), BASIC)
    require_said(DISP, datetime(2026, 5, 31, 22, 30, tzinfo=UTC), BASIC)


def test_without_rules_nothing_is_asked_for() -> None:
    require_said((), JUNE, ())
    require_said((policy for policy in DISP if policy.purpose != "acknowledge"), JUNE, ())
