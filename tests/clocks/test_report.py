"""The report on clocks: met and missed as it was in truth, and the time in each stage by business time."""

from __future__ import annotations

from tests.clocks.conftest import Open

from casework.shared.cli.report import _length


async def test_what_was_met_and_missed_and_how_long_it_took(open_office: Open) -> None:
    async with open_office(now="2026-03-02T10:00", zone="Europe/London") as office:
        in_time, late, open_still = [await office.desk.receive() for _ in range(3)]
        await office.wait_until("2026-03-02T12:00")
        await office.desk.do(in_time, "acknowledgement")
        await office.wait_until("2026-03-05T10:00")
        await office.desk.do(late, "acknowledgement")
        report = (await office.desk.http.get("/v1/clock-report")).json()
        (acknowledge,) = [each for each in report["clocks"] if each["policy"] == "internal.acknowledge"]
        assert (acknowledge["armed"], acknowledge["met"], acknowledge["missed"]) == (3, 1, 2)
        (stage,) = [each for each in report["stages"] if each["to"] == "acknowledged"]
        assert (stage["from"], stage["cases"]) == ("received", 2)
        assert stage["seconds"] == {"p50": 2 * 3600, "p75": 72 * 3600, "p90": 72 * 3600, "p99": 72 * 3600}
        assert {each["case_id"] for each in (await office.desk.http.get("/v1/worklist")).json()["items"]} == {
            in_time,
            late,
            open_still,
        }


async def test_a_fact_that_was_earlier_corrects_the_report(open_office: Open) -> None:
    async with open_office(now="2026-03-02T10:00", zone="Europe/London") as office:
        case_id = await office.desk.receive()
        await office.wait_until("2026-03-06T10:00")
        answer = await office.desk.http.post(
            f"/v1/cases/{case_id}/acknowledgement",
            params={"occurred_at": "2026-03-02T15:00:00Z"},
            json={"channel": "phone", "next_step": "We look into it."},
            headers={"idempotency-key": "late-word"},
        )
        assert answer.status_code == 200, answer.text
        await office.stack.settle()
        report = (await office.desk.http.get("/v1/clock-report")).json()
        (acknowledge,) = [each for each in report["clocks"] if each["policy"] == "internal.acknowledge"]
        assert (acknowledge["met"], acknowledge["missed"]) == (1, 0)


def test_lengths_are_told_in_two_units() -> None:
    assert [_length(each) for each in (59, 3_600 + 120, 3 * 86_400 + 7_200)] == ["0 min 59 s", "1 h 02 min", "3 d 02 h"]
