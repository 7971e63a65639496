"""Case files: what is free is read, what is restricted is opened, and that is on record, granted or not."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID, uuid4

import pytest
from tests.clocks.conftest import Open

from casework.intake.domain import access
from casework.shared.keys.sealing_for import seal

WORDS = "年费被重复扣取，无人回复。"


async def test_a_file_tells_what_is_free_and_names_what_is_not(open_office: Open) -> None:
    async with open_office() as office:
        case_id = await office.desk.receive(words=WORDS, wish="Give it back.")
        answer = await office.desk.http.get(f"/v1/cases/{case_id}/files/intake")
        assert answer.status_code == 200, answer.text
        assert answer.headers["etag"] == '"intake:1"'
        body = answer.json()
        assert body["file"]["receipt"]["category"] == "Credit card"
        assert "words" in body["restricted"]
        assert "words" not in body["file"], "not even which of its values are there"
        assert WORDS not in answer.text


async def test_what_is_restricted_is_opened_for_a_purpose_and_recorded(open_office: Open) -> None:
    async with open_office() as office:
        case_id = await office.desk.receive(words=WORDS, wish="Give it back.")
        answer = await office.desk.post(
            f"/v1/cases/{case_id}/files/intake/openings", {"part": "words", "purpose": "Prepare the call back."}
        )
        assert answer.status_code == 200, answer.text
        found = answer.json()["file"]
        assert (found["words"], found["wish"]) == (WORDS, "Give it back.")
        assert await office.desk.types(case_id, "intake") == ["complaint-received.v1", "file-opened.v1"]


async def test_who_may_not_read_a_part_is_refused_and_recorded(
    open_office: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    rules: Mapping[str, object] = {"words": lambda state, reader: False}
    monkeypatch.setattr(access, "RULES", rules)
    async with open_office() as office:
        case_id = await office.desk.receive(words=WORDS)
        answer = await office.desk.post(
            f"/v1/cases/{case_id}/files/intake/openings", {"part": "words", "purpose": "Curiosity."}
        )
        assert answer.status_code == 403
        assert answer.json()["type"].endswith("part-not-for-reader")
        assert await office.desk.types(case_id, "intake") == ["complaint-received.v1", "file-refused.v1"]


async def test_what_is_not_there_cannot_be_read(open_office: Open) -> None:
    async with open_office() as office:
        case_id = await office.desk.receive()
        asked = {"part": "receipt", "purpose": "To look."}
        free = await office.desk.post(f"/v1/cases/{case_id}/files/intake/openings", asked)
        assert (free.status_code, free.json()["type"].rpartition("/")[2]) == (404, "no-such-part")
        assert (await office.desk.http.get(f"/v1/cases/{uuid4()}/files/intake")).status_code == 404


@pytest.mark.parametrize("complainant", [{"name": "A. Example"}, None], ids=["known", "unknown"])
async def test_what_any_service_seals_belongs_to_the_complainant_of_the_case(
    open_office: Open, complainant: object
) -> None:
    async with open_office() as office:
        case_id = UUID(await office.desk.receive(complainant=complainant, words=None if complainant is None else WORDS))
        resolution = office.stack.runtimes["resolution"]
        one, other = await seal(resolution, case_id, "I want the 3,300 back.", "什么时候退？")
        (again,) = await seal(office.stack.runtimes["intake"], case_id, "Once more.")
        assert one.person == other.person == again.person
        assert one.box != other.box
