"""A promised call back waits until whoever calls has heard the recordings that may be heard."""

from __future__ import annotations

from dataclasses import replace

from services.resolution.tests.recording_cases import HEARD, LINKED, LISTEN_FIRST, NOTED, NOTED_HEARD
from services.resolution.tests.timed_cases import KEEP, KEPT, MADE, MADE_OTHER, OTHER

from casework.resolution.domain import errors
from casework.resolution.domain.events import WithdrawalHonoured
from casework.resolution.domain.resolution import DECIDER
from casework.shared.evidence.recordings import RecordingUnheard
from casework.shared.testing.given import given

HONOURED = WithdrawalHonoured(reason="Settled.")


def test_who_calls_back_has_heard_what_may_be_heard() -> None:
    linked = given(DECIDER, MADE).when(LINKED, LINKED).then(NOTED)
    linked.when(LISTEN_FIRST).refused(RecordingUnheard, saying="Recording 1")
    heard = linked.when(HEARD, HEARD).then(NOTED_HEARD)
    heard.when(LISTEN_FIRST, KEEP).then(KEPT)
    heard.when(replace(LISTEN_FIRST, by="Mei Chen")).refused(RecordingUnheard)
    given(DECIDER, MADE).when(LISTEN_FIRST).then()


def test_only_a_call_back_waits_for_recordings() -> None:
    given(DECIDER, MADE_OTHER, NOTED).when(replace(LISTEN_FIRST, promise_id=OTHER)).then()


def test_a_withdrawn_complaint_learns_of_no_recordings() -> None:
    given(DECIDER, HONOURED).when(LINKED).then()
    given(DECIDER, MADE, HONOURED).when(LISTEN_FIRST).refused(errors.WithdrawalWasHonoured)
