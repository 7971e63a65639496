"""The AsyncAPI 3.0 document of an installation: its six topics and everything that travels on them.

Written out rather than read off the subscribers: those take bytes and parse them themselves, so that no stranger's
record can stop them, and so know nothing of payloads. Invariant: the schemas of events and posts are those that
check them; the tests hold the others to what really goes out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias, get_args

from casework.shared.contracts.actors import ActorKind
from casework.shared.contracts.clauses import CLAUSES
from casework.shared.contracts.envelope import CONTENT_TYPE
from casework.shared.contracts.followup import Closure
from casework.shared.contracts.ids import SERVICES
from casework.shared.contracts.inbox import COMPLAINT_POSTED, InboxMessage, PostedComplaint
from casework.shared.contracts.registry import EVENT_TYPES, dataschema, json_schema, split_name
from casework.shared.contracts.vocabulary import Outcome
from casework.shared.runtime.topics import Topic, Topics

Schema: TypeAlias = dict[str, Any]

BINDING = "0.5.0"
_REF = "#/components/schemas/"
_UUID: Schema = {"type": "string", "format": "uuid"}
_HASH: Schema = {"type": "string", "pattern": "^[0-9a-f]{64}$"}
_TIME: Schema = {"type": "string", "format": "date-time", "description": "UTC, six decimals, Z"}
_TRACE: Schema = {"type": "string", "description": "W3C Trace Context"}
_NUMBER: Schema = {"type": "string", "pattern": "^[0-9]+$"}
_SOURCE: Schema = {"enum": [f"/casework/{service}" for service in SERVICES]}
_CASE_KEY: Schema = {**_UUID, "description": "The case id"}
_POST_KEY: Schema = {
    "type": "string",
    "description": "source|source_reference: whatever is said about one complaint stays in order",
}

_ENVELOPE: Schema = {
    "description": "A CloudEvents 1.0 document in canonical form (RFC 8785). Absent attributes are left out.",
    "type": "object",
    "required": [
        "specversion", "id", "source", "type", "subject", "time", "datacontenttype", "dataschema", "data",
        "streamversion", "correlationid", "causationid", "actor", "actorkind",
    ],
    "properties": {
        "specversion": {"const": "1.0"},
        "id": _UUID,
        "source": _SOURCE,
        "type": {"type": "string"},
        "subject": {**_UUID, "description": "The case"},
        "time": {**_TIME, "description": "When it was recorded: UTC, six decimals, Z"},
        "datacontenttype": {"const": "application/json"},
        "dataschema": {"type": "string", "format": "uri-reference"},
        "data": {"type": "object"},
        "streamversion": {"type": "integer", "minimum": 1, "description": "In the case's stream of this service"},
        "prevhash": {**_HASH, "description": "Of the event before it in that stream; absent on the first"},
        "correlationid": {**_UUID, "description": "The case's first event"},
        "causationid": {**_UUID, "description": "The event or request that caused it"},
        "causesource": {**_SOURCE, "description": "Who recorded the cause, where that is an event"},
        "causeposition": {"type": "integer", "minimum": 0, "description": "Its position in the same shard there"},
        "actor": {"type": "string"},
        "actorkind": {"enum": list(get_args(ActorKind))},
        "occurredat": {**_TIME, "description": "When it happened, where that is another time"},
        "traceparent": _TRACE,
    },
}  # fmt: skip

_RECEIPT: Schema = {
    "description": "The post is committed: its case, and what came of it.",
    "type": "object",
    "required": ["post_id", "source", "source_reference", "case_id", "outcome", "intake_version"],
    "properties": {
        "post_id": {"type": "string", "description": "The id of the message that was posted"},
        "source": {"type": "string"},
        "source_reference": {"type": "string"},
        "case_id": _UUID,
        "outcome": {
            "enum": ["accepted", "updated", "duplicate"],
            "description": "A new case; facts added to an existing one; nothing that was not known",
        },
        "intake_version": {"type": "integer", "minimum": 1},
    },
}

_REJECTION: Schema = {
    "description": "An RFC 9457 problem, and which record it is about. The record itself is not repeated.",
    "type": "object",
    "required": ["type", "title", "status", "detail", "sha256", "topic", "partition", "offset"],
    "properties": {
        "type": {"type": "string", "format": "uri-reference"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "What to do"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["detail", "pointer"],
                "properties": {"detail": {"type": "string"}, "pointer": {"type": "string", "format": "json-pointer"}},
            },
        },
        "sha256": {**_HASH, "description": "Of the record's value"},
        "topic": {"type": "string"},
        "partition": {"type": "integer", "minimum": 0},
        "offset": {"type": "integer", "minimum": 0},
        "post_id": {"type": "string", "description": "Where the message could be read that far"},
    },
}

_WORDS: Schema = {
    "type": "object",
    "required": ["en", "zh"],
    "properties": {"en": {"type": "string"}, "zh": {"type": "string"}},
}

_STATUS: Schema = {
    "description": "Where a case stands now. Nothing in it is personal. Drop one with a lower statusversion.",
    "type": "object",
    "required": [
        "case_id", "statusversion", "stage", "stage_words", "open", "owner", "holder", "next_action", "category",
        "source", "received_at", "changed_at", "versions",
    ],
    "properties": {
        "case_id": _UUID,
        "statusversion": {"type": "integer", "minimum": 1},
        "stage": {
            "enum": [
                "received", "acknowledged", "assessed", "awaiting-investigation", "in-investigation",
                "awaiting-resolution", "in-resolution", "decided", "in-follow-up", "closed", "withdrawn",
            ]
        },
        "stage_words": _WORDS,
        "clause": {
            **_WORDS,
            "description": "The clause of ISO 10002 that names the state; absent from documents of an earlier release",
            "properties": {**_WORDS["properties"], "number": {"enum": [each.number for each in CLAUSES]}},
        },
        "open": {"type": "boolean"},
        "owner": {"type": "string", "description": "Who answers for the case to the complainant"},
        "holder": {"type": "string", "description": "Who has the work now; empty once closed"},
        "next_action": {**_WORDS, "properties": {**_WORDS["properties"], "code": {"type": "string"}}},
        "category": {"type": "string"},
        "source": {"type": "string"},
        "received_at": {"type": "string"},
        "changed_at": {"type": "string"},
        "versions": {
            "type": "object",
            "required": list(SERVICES),
            "properties": {service: {"type": "integer", "minimum": 0} for service in SERVICES},
        },
        "next_step": {
            "type": "object",
            "description": "What the complainant agreed comes next, until there is a decision",
            "required": ["words", "by"],
            "properties": {"words": {"type": "string"}, "by": {"type": "string"}},
        },
        "decision": {"enum": list(get_args(Outcome))},
        "reply": {"enum": ["accepted", "contested"]},
        "outcome": {"enum": list(get_args(Closure))},
        "due": {
            "type": "object",
            "description": "What is due first; absent where nothing has a date, and once closed",
            "required": ["by", "policy", "purpose", "missed"],
            "properties": {
                "by": _TIME,
                "policy": {"type": "string"},
                "purpose": {"type": "string"},
                "missed": {"type": "boolean"},
                "paused": {"const": True},
                "day": {"type": "string", "format": "date", "description": "The last day, where a whole day is given"},
            },
        },
        "facts_after_closure": {"type": "integer", "minimum": 1},
        "contained_at": {"type": "string"},
        "asked": {
            "type": "array",
            "description": "Who is asked to take the case by the offer that stands, first to be asked first",
            "items": {"type": "string"},
        },
    },
}  # fmt: skip


def asyncapi_document(topics: Topics) -> dict[str, Any]:
    """The document for an installation with these topics. Stable: the same topics, the same document."""
    schemas: dict[str, Schema] = {
        "Envelope": _ENVELOPE,
        "Receipt": _RECEIPT,
        "Rejection": _REJECTION,
        "Status": _STATUS,
        **_hoisted("InboxMessage", InboxMessage.model_json_schema()),
    }
    for name in EVENT_TYPES:
        schemas |= _hoisted(name, json_schema(name))
    messages = {
        "ComplaintPosted": _message("A complaint is posted", CONTENT_TYPE, _ref("InboxMessage"))
        | {"examples": [{"name": "post", "payload": _posted()}], "bindings": _keyed(_POST_KEY)},
        "ComplaintPostedInBinaryMode": _message(
            "A complaint is posted, its attributes in headers", "application/json", _ref(PostedComplaint.__name__)
        )
        | {"headers": _binary_headers(), "bindings": _keyed(_POST_KEY)},
        "Receipt": _message("A post was accepted", "application/json", _ref("Receipt"))
        | {"bindings": _keyed({**_POST_KEY, "description": "The key of the post"})},
        "Rejection": _message("A post was refused", "application/json", _ref("Rejection"))
        | {"bindings": _keyed({**_POST_KEY, "description": "The key of the post"})},
        "Status": _message("Where a case stands", "application/json", _ref("Status"))
        | {"headers": _status_headers(), "bindings": _keyed(_CASE_KEY)},
        "Checkpoint": _message("What the logs were at one moment", "text/plain", {"type": "string"})
        | {"summary": "A signed note: sizes and Merkle roots of all shards, each naming the checkpoint before it"},
        **{name: _event(name) for name in EVENT_TYPES},
    }
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Casework",
            "version": "1.0.0",
            "description": "Complaints from receipt to closure. Operations are named from Casework's point of view: "
            "what it receives you may post, what it sends you may read.",
        },
        "defaultContentType": "application/json",
        "channels": {
            "inbox": _channel(
                topics.inbox,
                "Post here, again and again until the receipt or the rejection comes: reposting is harmless.",
                "ComplaintPosted",
                "ComplaintPostedInBinaryMode",
            ),
            "receipts": _channel(topics.receipts, "One for each post that is committed.", "Receipt"),
            "rejections": _channel(topics.rejections, "One for each post that can never be accepted.", "Rejection"),
            "events": _channel(
                topics.events,
                "The log of every case, by all four services. A record may come again; its source, shard and position "
                "tell. What is missing is in that service's feed, GET /v1/feeds/{service}.",
                *EVENT_TYPES,
            ),
            "status": _channel(topics.status, "Compacted: one current document for each case.", "Status"),
            "checkpoints": _channel(
                topics.checkpoints,
                "Signed by the notary, at least every minute when something changed, by number. One may come again.",
                "Checkpoint",
            ),
        },
        "operations": {
            "receivePosts": _operation("receive", "inbox", "Take in what integrators post"),
            "sendReceipts": _operation("send", "receipts", "Say which posts are committed"),
            "sendRejections": _operation("send", "rejections", "Say which posts are refused, and why"),
            "sendEvents": _operation("send", "events", "Publish what was recorded"),
            "receiveEvents": _operation("receive", "events", "Each service goes on from what the others recorded"),
            "sendStatus": _operation("send", "status", "Say where each case stands, whenever that changes"),
            "sendCheckpoints": _operation("send", "checkpoints", "Say what the logs were, signed"),
        },
        "components": {"messages": messages, "schemas": schemas},
    }


def _channel(topic: Topic, description: str, *messages: str) -> Schema:
    return {
        "address": topic.name,
        "description": description,
        "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in messages},
        "bindings": {
            "kafka": {
                "topic": topic.name,
                "partitions": topic.partitions,
                "topicConfiguration": dict(_configuration(topic.config)),
                "bindingVersion": BINDING,
            }
        },
    }


def _configuration(config: Mapping[str, str]) -> Iterator[tuple[str, Any]]:
    for name, value in config.items():
        yield name, value.split(",") if name == "cleanup.policy" else int(value)


def _operation(action: str, channel: str, summary: str) -> Schema:
    return {"action": action, "channel": {"$ref": f"#/channels/{channel}"}, "summary": summary}


def _message(title: str, content_type: str, payload: Schema) -> Schema:
    return {"title": title, "contentType": content_type, "payload": payload}


def _event(name: str) -> Schema:
    """One type of event: the envelope with this type's data in it."""
    service, stem, _ = split_name(name)
    about: Schema = {
        "type": {"const": name},
        "source": {"const": f"/casework/{service}"},
        "dataschema": {"const": dataschema(name)},
        "data": _ref(name),
    }
    title = stem.rpartition(".")[2].replace("-", " ")
    return _message(f"{service}: {title}", CONTENT_TYPE, {"allOf": [_ref("Envelope")], "properties": about}) | {
        "name": name,
        "headers": _event_headers(name),
        "bindings": _keyed(_CASE_KEY),
    }


def _event_headers(name: str) -> Schema:
    return {
        "description": "Hints: compare them with the bytes before anything rests on them.",
        "type": "object",
        "required": ["content-type", "installation", "source", "shard", "position", "type", "hash"],
        "properties": {
            "content-type": {"const": CONTENT_TYPE},
            "installation": _UUID,
            "source": {"const": split_name(name)[0]},
            "shard": {**_NUMBER, "description": "The partition"},
            "position": {**_NUMBER, "description": "In the source's log of that shard, from 0, without holes"},
            "type": {"const": name},
            "hash": {**_HASH, "description": "SHA-256 of a zero byte and the record's value"},
            "shardprev": {**_HASH, "description": "The hash at the position before; absent at position 0"},
            "traceparent": _TRACE,
        },
    }


def _binary_headers() -> Schema:
    return {
        "description": "The attributes of CloudEvents 1.0, as the Kafka protocol binding writes them.",
        "type": "object",
        "required": ["ce_specversion", "ce_id", "ce_source", "ce_type"],
        "properties": {
            "content-type": {"const": "application/json"},
            "ce_specversion": {"const": "1.0"},
            "ce_id": {"type": "string", "minLength": 1, "maxLength": 200},
            "ce_source": {"type": "string", "minLength": 1, "maxLength": 200},
            "ce_type": {"const": COMPLAINT_POSTED},
            "ce_time": {"type": "string", "format": "date-time"},
        },
    }


def _status_headers() -> Schema:
    return {
        "type": "object",
        "required": ["content-type", "installation", "change", "statusversion"],
        "properties": {
            "content-type": {"const": "application/json"},
            "installation": _UUID,
            "change": {**_NUMBER, "description": "Counts the changes of the partition's cases"},
            "statusversion": {**_NUMBER, "description": "Of this case: it only grows"},
        },
    }


def _keyed(key: Schema) -> Schema:
    return {"kafka": {"key": key, "bindingVersion": BINDING}}


def _posted() -> Schema:
    """An example of a post: what an integrator's system would put on the inbox topic."""
    examples = PostedComplaint.model_json_schema()["examples"]
    return {
        "specversion": "1.0",
        "id": "crm-post-42",
        "source": "crm",
        "type": COMPLAINT_POSTED,
        "datacontenttype": "application/json",
        "data": examples[0],
    }


def _ref(name: str) -> Schema:
    return {"$ref": f"{_REF}{name}"}


def _hoisted(name: str, schema: Schema) -> dict[str, Schema]:
    """The schema and those it defines for itself, all as components: readers look for no definitions elsewhere."""
    own = {key: value for key, value in schema.items() if key not in ("$schema", "$id", "$defs")}
    return {each: _pointing_here(value) for each, value in {**schema.get("$defs", {}), name: own}.items()}


def _pointing_here(value: Any) -> Any:
    match value:
        case dict():
            return {
                key: each.replace("#/$defs/", _REF) if key == "$ref" else _pointing_here(each)
                for key, each in value.items()
            }
        case list():
            return [_pointing_here(each) for each in value]
        case _:
            return value
