"""Touching a case moves none of its deadlines, and no deadline lies in a time that nobody can mean."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, timedelta
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from services.followup.tests.clock_cases import CLOCK_ID, internal
from tests.clocks.bulk import OWN, institution
from tests.clocks.conftest import Open
from tests.clocks.office import Office

from casework.followup.domain import clock_errors as errors
from casework.followup.domain.clock import CLOCK
from casework.followup.domain.clock_counting import recomputed_due
from casework.followup.domain.clock_events import ClockArmed
from casework.shared.contracts.lengths import Length
from casework.shared.runtime.database import begin
from casework.shared.testing.given import given

DAYS = 12
