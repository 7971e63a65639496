"""Silence is never acceptance: what nobody answers stays with the giver and climbs."""

from __future__ import annotations

import pytest
from tests.clocks.conftest import Open

OFFERS = {"investigation-offer": "intake", "investigation/resolution-offer": "investigation"}


@pytest.mark.practice("P185")
@pytest.mark.parametrize("offer", OFFERS)
async def test_nobody_answers_and_nothing_is_accepted(open_office: Open, offer: str) -> None:
    async with open_office(now="2026-03-02T09:00", zone="Europe/London") as office:
        case_id = await office.desk.receive()
        await office.desk.walk(case_id, offer)
        receiver = "investigation" if OFFERS[offer] == "intake" else "resolution"
        giver = (await office.desk.show(case_id))["holder"]
        assert await office.due(case_id, "internal.hand-off") == "2026-03-02T13:00"
        await office.wait_until("2026-03-20")
        assert not [each for each in await office.desk.types(case_id, receiver) if each.startswith("hand-off-accepted")]
        assert (await office.desk.show(case_id))["holder"] == giver
        climbed = [
            each["data"]["role"]
            for each in await office.events(case_id, "case-escalated")
            if each["data"]["ladder"]["id"] == "internal.unanswered"
        ]
        assert climbed[:1] == ["supervisor"]
