"""What the check says of short stories, and from when to when."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from casework.shared.audit.unattended import Seen, Unattended, in_order, unattended
from casework.shared.contracts.ids import ServiceName

NINE = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
A_DAY = {"kind": "day", "day": "2026-03-03", "zone": "Europe/London"}
AFTER_IT = datetime(2026, 3, 4, tzinfo=UTC)


class Story:
    """Events of one case, one after another, each told with its hour."""

    def __init__(self) -> None:
        self.events: list[Seen] = []
        self._versions: dict[ServiceName, int] = {}

    def tell(self, service: ServiceName, kind: str, hour: float = 0, cause: str = "", **data: Any) -> str:
        id_ = str(len(self.events))
        self._versions[service] = version = self._versions.get(service, 0) + 1
        self.events.append(
            Seen(
                id=id_,
                case_id="c",
                service=service,
                kind=kind,
                version=version,
                cause=cause,
                time=NINE + timedelta(hours=hour),
                data=data,
            )
        )
        return id_

    def lacking(self, hour: float) -> list[tuple[str, datetime, datetime | None]]:
        found: list[Unattended] = unattended(self.events, until=NINE + timedelta(hours=hour))
        return [(each.lack, each.since, each.until) for each in found]


@pytest.fixture
def story() -> Story:
    """A complaint that is tracked, and has an answer due by the end of the 3rd of March."""
    begun = Story()
    received = begun.tell("intake", "complaint-received", owner="Mei Chen")
    begun.tell("followup", "follow-up-opened", cause=received, owner="Mei Chen")
    begun.tell("followup", "clock-armed", cause=received, clock="answer", purpose="answer", due=A_DAY)
    return begun


def at(hour: float) -> datetime:
    return NINE + timedelta(hours=hour)


def test_a_tracked_case_with_a_date_is_attended_to(story: Story) -> None:
    assert story.lacking(24) == []


def test_a_case_nobody_tracks_has_neither_action_nor_due_time() -> None:
    story = Story()
    story.tell("intake", "complaint-received", owner="Mei Chen")
    assert story.lacking(1) == [("due-time", at(0), None), ("next-action", at(0), None)]


@pytest.mark.parametrize(("seconds", "counts"), [(120, False), (121, True)])
def test_what_was_on_its_way_does_not_count(seconds: int, counts: bool) -> None:
    story, late = Story(), seconds / 3600
    received = story.tell("intake", "complaint-received", owner="Mei Chen")
    story.tell("followup", "follow-up-opened", late, cause=received, owner="Mei Chen")
    story.tell("followup", "clock-armed", late, cause=received, clock="answer", purpose="answer", due=A_DAY)
    expected = [("due-time", at(0), at(late)), ("next-action", at(0), at(late))] if counts else []
    assert story.lacking(3) == expected


def test_without_a_clock_that_runs_to_a_date_nothing_is_due(story: Story) -> None:
    story.tell("followup", "clock-met", 1, clock="answer")
    story.tell("followup", "clock-armed", 2, clock="finish", purpose="finish", flags=["provisional"])
    story.tell("followup", "clock-armed", 2, clock="offer", purpose="hand-off-acceptance", about="0", due=A_DAY)
    assert story.lacking(3) == [("due-time", at(1), None)]
    story.tell("followup", "clock-scheduled", 3, clock="finish", due=A_DAY)
    assert story.lacking(4) == [("due-time", at(1), at(3))]


def test_a_pause_counts_with_the_day_it_ends_by_itself(story: Story) -> None:
    story.tell("followup", "clock-paused", 1, clock="answer", resumes={"kind": "instant", "at": "2026-03-20T09:00:00Z"})
    assert story.lacking(24 * 18) == []
    assert story.lacking(24 * 18 + 1) == [("somebody-asked", at(24 * 18), None)]


def test_a_deadline_that_passes_is_recorded_and_somebody_is_asked(story: Story) -> None:
    day_over = (AFTER_IT - NINE) / timedelta(hours=1)
    assert story.lacking(day_over + 1) == [("somebody-asked", AFTER_IT, None)]
    story.tell("followup", "clock-expired", day_over, clock="answer")
    assert story.lacking(day_over + 1) == [("somebody-asked", AFTER_IT, None)]
    story.tell("followup", "case-escalated", day_over, about="answer", rung=1, role="supervisor")
    rung = {"clock": "rung", "purpose": "escalation", "about": "answer"}
    story.tell("followup", "clock-armed", day_over, due={"kind": "instant", "at": "2026-03-04T04:00:00Z"}, **rung)
    assert story.lacking(day_over + 1) == []
    story.tell("followup", "clock-expired", day_over + 4, clock="rung")
    assert story.lacking(day_over + 5) == [("somebody-asked", AFTER_IT + timedelta(hours=4), None)]
    story.tell("followup", "case-escalated", day_over + 6, about="answer", rung=2, role="duty-owner")
    assert story.lacking(day_over + 9) == [("somebody-asked", at(day_over + 4), at(day_over + 6))]


def test_an_offer_that_gets_nowhere_leaves_nobody_to_act(story: Story) -> None:
    offer = story.tell("intake", "hand-off-offered", 1)
    assert story.lacking(2) == [("next-action", at(1), None)]
    story.tell("investigation", "investigation-opened", 1, cause=offer, offer_id=offer)
    assert story.lacking(2) == []
    story.tell("investigation", "hand-off-lapsed", 5, offer_id=offer)
    assert story.lacking(6) == [("next-action", at(5), None)]
    story.tell("intake", "hand-off-taken-back", 6, offer_id=offer)
    assert story.lacking(7) == [("next-action", at(5), at(6))]


@pytest.mark.parametrize("kind", ["decision-contested", "resolution-reopened", "decision-appealed"])
def test_an_offer_to_follow_up_ends_when_it_is_decided_anew(story: Story, kind: str) -> None:
    offer = story.tell("resolution", "hand-off-offered", hour=1)
    story.tell("resolution", kind, hour=2)
    # It is refused after it has ended: nobody has anything to take back.
    story.tell("followup", "hand-off-declined", hour=3, offer_id=offer)
    assert story.lacking(hour=9) == []


def test_a_closing_ends_what_was_due_and_a_reopening_needs_a_new_time(story: Story) -> None:
    story.tell("followup", "case-closed", 1, outcome="withdrawn")
    assert story.lacking(24 * 30) == []
    reopened = story.tell("followup", "case-reopened", 3, owner="Mei Chen")
    story.tell("resolution", "resolution-reopened", 3, cause=reopened)
    assert story.lacking(4) == [("due-time", at(3), None)]


def test_an_imported_clock_asks_nobody(story: Story) -> None:
    story.tell("followup", "clock-armed", clock="old", purpose="finish", due=A_DAY, flags=["imported"])
    story.tell("followup", "clock-met", 1, clock="answer")
    story.tell("followup", "clock-expired", 24 * 3, clock="old")
    assert story.lacking(24 * 9) == []


def test_an_effect_is_never_read_before_its_cause() -> None:
    story = Story()
    received = story.tell("intake", "complaint-received", 1, owner="Mei Chen")
    story.tell("followup", "follow-up-opened", 0, cause=received, owner="Mei Chen")
    assert [each.kind for each in in_order(story.events)] == ["complaint-received", "follow-up-opened"]
