"""The AsyncAPI document is one, by its own rules, and says what really is on the topics."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from importlib.resources import files
from typing import Any, get_args

import jsonschema  # type: ignore[import-untyped] # has no types
import pytest

from casework.followup.stage_words import Stage
from casework.shared.contracts.inbox import read_message
from casework.shared.contracts.registry import EVENT_TYPES
from casework.shared.http.asyncapi import asyncapi_document
from casework.shared.runtime.topics import Topics
from casework.shared.testing.desk import Desk

from .conftest import Split

TOPICS = Topics.of("", 12)
DOCUMENT = asyncapi_document(TOPICS)


def check(value: object, schema: dict[str, Any], document: dict[str, Any] = DOCUMENT) -> None:
    """Raises when `value` is not what a schema of the document says."""
    formats = jsonschema.Draft202012Validator.FORMAT_CHECKER
    jsonschema.Draft202012Validator(schema | {"components": document["components"]}, format_checker=formats).validate(
        value
    )


def refs(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        for key, each in value.items():
            if key == "$ref":
                yield each
            else:
                yield from refs(each)
    elif isinstance(value, list):
        for each in value:
            yield from refs(each)


def specification() -> dict[str, Any]:
    """The specification's own JSON Schema, which the page's library brings with it."""
    library = files("casework.shared.http").joinpath("static", "asyncapi-react.js").read_text(encoding="utf-8")
    name = r'\{"\$id":"http://asyncapi\.com/definitions/3\.0\.0/asyncapi\.json"'
    found = re.search(rf"JSON\.parse\('({name}.*?[^\\])'\)", library)
    assert found is not None, "the library no longer carries the schema of AsyncAPI 3.0.0"
    schema: dict[str, Any] = json.loads(re.sub(r"\\(.)", r"\1", found[1]))
    return schema


def test_it_is_an_asyncapi_document() -> None:
    jsonschema.Draft7Validator(specification()).validate(DOCUMENT)


@pytest.mark.parametrize("key", ["action", "channel"])
def test_the_specification_refuses_what_is_none(key: str) -> None:
    broken = json.loads(json.dumps(DOCUMENT))
    del broken["operations"]["sendStatus"][key]
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft7Validator(specification()).validate(broken)


def test_every_reference_leads_somewhere() -> None:
    for ref in set(refs(DOCUMENT)):
        here: Any = DOCUMENT
        for step in ref.removeprefix("#/").split("/"):
            assert step in here, ref
            here = here[step]


def test_every_schema_is_one() -> None:
    for schema in DOCUMENT["components"]["schemas"].values():
        jsonschema.Draft202012Validator.check_schema(schema)


def test_the_channels_are_the_topics() -> None:
    channels = {
        (channel["address"], channel["bindings"]["kafka"]["partitions"]) for channel in DOCUMENT["channels"].values()
    }
    assert channels == {(topic.name, topic.partitions) for topic in TOPICS.all()}
    configured = DOCUMENT["channels"]["status"]["bindings"]["kafka"]["topicConfiguration"]
    assert configured["cleanup.policy"] == ["compact"]
    assert DOCUMENT["channels"]["events"]["bindings"]["kafka"]["topicConfiguration"]["retention.ms"] == -1
    prefixed = asyncapi_document(Topics.of("test.", 3))["channels"]["inbox"]
    assert (prefixed["address"], prefixed["bindings"]["kafka"]["partitions"]) == ("test.casework.inbox.v1", 3)


def test_every_registered_event_is_a_message_of_the_log() -> None:
    assert list(DOCUMENT["channels"]["events"]["messages"]) == list(EVENT_TYPES)


def test_the_example_of_a_post_is_taken() -> None:
    (example,) = DOCUMENT["components"]["messages"]["ComplaintPosted"]["examples"]
    check(example["payload"], DOCUMENT["components"]["messages"]["ComplaintPosted"]["payload"])
    assert read_message(example["payload"]).data.source == "crm"


async def test_every_event_of_a_case_is_as_described(split: Split) -> None:
    async with split.client() as http:
        desk = Desk(http, split.settle)
        case_id = await desk.receive()
        await desk.walk(case_id, "closure")
        await desk.do(case_id, "reopening", {"reason": "The refund did not arrive."})
        events = [each["event"] for each in (await http.get(f"/v1/cases/{case_id}/events")).json()]
        status = await desk.show(case_id)
    messages = DOCUMENT["components"]["messages"]
    for event in events:
        check(event, messages[event["type"]]["payload"])
    check(status, messages["Status"]["payload"])
    with pytest.raises(jsonschema.ValidationError):
        check(events[0], messages[events[1]["type"]]["payload"])


def test_the_stages_are_those_of_followup() -> None:
    assert DOCUMENT["components"]["schemas"]["Status"]["properties"]["stage"]["enum"] == list(get_args(Stage))
