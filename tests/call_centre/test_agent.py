"""What an agent reads while the caller waits: words to say, what was promised, who called, whom to put through."""

from __future__ import annotations

from typing import Any, get_args
from uuid import UUID

from tests.clocks.conftest import Open, installed_database, open_office

from casework.followup import queries
from casework.followup.caller import with_sentences
from casework.followup.caller_words import MAY, MAY_NOT, SAID, Rule
from casework.followup.progress import Progress, advance, status_document
from casework.followup.stage_words import Stage
from casework.shared.contracts.envelope import envelope_of
from casework.shared.contracts.registry import from_data
from casework.shared.runtime.database import begin
from casework.shared.testing.desk import STEPS

__all__ = ["installed_database", "open_office"]

NUMBER, NOTE = "+86 21 6123 4567", "若她再来电，请直接转接。"


def _codes(document: dict[str, Any], what: str) -> set[str]:
    return {each["code"] for each in document["caller"][what]}


def test_every_stage_has_words_for_a_caller_in_both_languages_without_our_terms() -> None:
    assert set(SAID) == set(get_args(Stage))
    assert set(get_args(Rule)) == MAY.keys() | MAY_NOT.keys()
    assert not MAY.keys() & MAY_NOT.keys()
    for said in SAID.values():
        for english, chinese in said:
            assert english.isascii()
            assert english.endswith(".")
            assert chinese.endswith("。")
            assert not any(
                term in english.lower() for term in ("assessment", "hand-off", "resolution", "clause", "case ")
            )


async def test_each_stage_says_where_it_stands_what_comes_next_and_who_has_it(open_office: Open) -> None:
    async with open_office(now="2026-03-02", zone="Europe/London") as office:
        case_id = await office.desk.receive()
        seen = {}
        for step in (None, *STEPS):
            if step is not None:
                await office.desk.do(case_id, step)
            shown = await office.desk.show(case_id)
            seen[shown["stage"]] = shown
            said, following = SAID[shown["stage"]]
            assert shown["caller"]["where"] == {"en": said[0], "zh": said[1]}
            assert shown["caller"]["next"] == {"en": following[0], "zh": following[1]}
            assert shown["owner"]
            assert shown["holder"] or not shown["open"]
            assert ("due" in shown) == shown["open"], shown["stage"]
            # No guess at the outcome before it was communicated, and the decision only then.
            decided = "decision" in shown
            assert ("outcome" in _codes(shown, "may_not_say")) != decided
            assert ("decision" in _codes(shown, "may_say")) == decided
            assert "identity" in _codes(shown, "may_not_say")
        assert seen.keys() == {*get_args(Stage)} - {"withdrawn"}


async def test_promises_with_their_state_and_a_broken_one_is_never_shown_as_open(open_office: Open) -> None:
    async with open_office(now="2026-03-02", zone="Europe/London") as office:
        case_id = await office.desk.receive()
        await office.desk.walk(case_id, "resolution/acceptance")
        today = {"kind": "other", "words": "We call you today.", "due_on": "2026-03-02", "owner": "Mei Chen"}
        await office.desk.do(case_id, "resolution/promises", today)
        (promise,) = (await office.desk.show(case_id))["promises"]
        assert (promise["words"], promise["day"], promise["owner"]) == ("We call you today.", "2026-03-02", "Mei Chen")
        assert promise["state"] == "open"
        assert "promises" in _codes(await office.desk.show(case_id), "may_say")
        # Resolution knows nothing yet of the clock that has run out: followup alone says so.
        office.stack.away.add("resolution")
        await office.wait_until("2026-03-03T00:02")
        assert "casework.resolution.promise-broken.v1" not in await office.desk.types(case_id, "resolution")
        assert (await office.desk.show(case_id))["promises"][0]["state"] == "broken"
        office.stack.away.clear()
        await office.stack.settle()
        assert (await office.desk.show(case_id))["promises"][0]["state"] == "broken"
        await office.desk.do(
            case_id, "resolution/kept-promises", {"promise_id": promise["promise_id"], "proof": "Recording 0117."}
        )
        assert (await office.desk.show(case_id))["promises"][0]["state"] == "kept-late"


async def test_the_last_contacts_and_whom_to_put_through(open_office: Open) -> None:
    async with open_office(now="2026-03-02T10:00", zone="Asia/Shanghai") as office:
        case_id = await office.desk.receive()
        log = (await office.desk.show(case_id))["caller"]["log_contact"]
        attempt = {"number": NUMBER, "result": "no-answer"}
        await office.desk.do(case_id, "contact-attempts", attempt)
        await office.go_to("2026-03-02T11:00")
        answer = await office.desk.post(log, {"channel": "phone", "said": "She asks when the money comes."})
        assert answer.status_code == 200, answer.text
        watch = {"number": NUMBER, "note": NOTE, "until": "2026-03-03T08:00:00+08:00"}
        await office.desk.do(case_id, "watches", watch)
        shown = await office.desk.show(case_id)
        assert [(each["what"], each["by"]) for each in shown["contacts"]] == [
            ("talk", "handler-1"),
            ("attempt", "handler-1"),
        ]
        (standing,) = shown["watches"]
        assert (standing["route_to"], standing["until"]) == (shown["owner"], "2026-03-03T00:00:00.000000Z")
        # What the note says is opened on record, where the document says.
        notes = shown["caller"]["watch_notes"]
        opened = await office.desk.post(notes["path"], {"part": notes["part"], "purpose": "She is on the line."})
        assert opened.status_code == 200, opened.text
        assert opened.json()["file"]["watches"][0]["note"] == NOTE
        # Nothing personal anywhere in it, nor in what is stored and sent.
        async with begin(office.stack.runtimes["followup"].engine) as work:
            stored = bytes(await work.fetch_value("SELECT document || progress FROM case_status")).decode()
        for piece in (NUMBER, "6123", NOTE, "She asks"):
            assert piece not in stored
            assert piece not in str(shown)
        await office.go_to("2026-03-03T08:00")
        assert (await office.desk.show(case_id))["watches"] == []
        await office.desk.do(case_id, "watch-endings", {"watch_id": standing["watch_id"]})


async def test_representatives_and_public_posts_change_what_may_be_said(open_office: Open) -> None:
    async with open_office(now="2026-03-02", zone="Europe/London") as office:
        case_id = await office.desk.receive()
        assert _codes(await office.desk.show(case_id), "may_not_say") == {"identity", "outcome", "promise", "own-words"}
        await office.desk.do(case_id, "representatives", {"role": "guardian", "name": "Li Xiaoming"})
        shown = await office.desk.show(case_id)
        assert shown["representatives"] == [{"number": 1, "role": "guardian", "authority": False}]
        assert "authority" in _codes(shown, "may_not_say")
        papers = {"representative": 1, "proof": "Court order 12", "valid_from": "2026-03-01"}
        await office.desk.do(case_id, "authorities", papers)
        shown = await office.desk.show(case_id)
        assert (
            shown["representatives"][0] | {"valid_from": "2026-03-01", "authority": True} == shown["representatives"][0]
        )
        await office.desk.do(
            case_id, "contact-preferences", {"language": "zh", "channel": "phone", "hours": ["morning"]}
        )
        assert (await office.desk.show(case_id))["prefers"] == {
            "language": "zh",
            "channel": "phone",
            "hours": "morning",
        }
        public = await office.desk.receive(channel="post", complainant=None)
        assert "public" in _codes(await office.desk.show(public), "may_not_say")


async def test_folded_anew_the_document_is_the_same(open_office: Open) -> None:
    async with open_office(now="2026-03-02", zone="Europe/London") as office:
        case_id = await office.desk.receive()
        await office.desk.walk(case_id, "resolution/acceptance")
        promise = {"kind": "other", "words": "We call you.", "due_on": "2026-03-04", "owner": "Mei Chen"}
        await office.desk.do(case_id, "resolution/promises", promise)
        await office.desk.do(case_id, "contacts", {"channel": "phone"})
        before = await office.desk.show(case_id)
        progress = Progress()
        for each in await queries.events_of(office.stack.runtimes["followup"], UUID(case_id)):
            envelope = envelope_of(each["event"])
            advance(progress, envelope, from_data(envelope.type, envelope.data))
        again = status_document(UUID(case_id), progress)
        del before["caller"]["log_contact"]
        assert {name: before[name] for name in again} == again | {"caller": with_sentences(again["caller"])}
