"""What an integrator posts: the shape on the wire, and an id that knows a repetition."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import orjson

from casework.shared.contracts.types import Fact
from casework.shared.integrator.posts import Complainant, ComplaintPost

NOON = datetime(2025, 3, 4, 12, 30, tzinfo=timezone(timedelta(hours=8)))
BARE = ComplaintPost(
    source="shop-crm",
    source_reference="R-17",
    channel="chat",
    received_at=NOON,
    language="zh",
    category="Online shopping",
)
FULL = replace(
    BARE,
    organisation="青禾优选",
    issue="Refund not paid",
    words="等了两周,退款还没有到。",
    complainant=Complainant(name="林晓", phone="555-0142"),
    wish="退款",
    facts=(Fact(name="order_total", value="128.00 CNY"),),
)


def test_the_body_holds_what_is_known_and_leaves_out_what_is_not() -> None:
    assert BARE.to_json() == {
        "source": "shop-crm",
        "source_reference": "R-17",
        "channel": "chat",
        "received_at": "2025-03-04T04:30:00.000000Z",
        "language": "zh",
        "category": "Online shopping",
        "facts": [],
    }
    assert FULL.to_json() == BARE.to_json() | {
        "organisation": "青禾优选",
        "issue": "Refund not paid",
        "words": "等了两周,退款还没有到。",
        "complainant": {"name": "林晓", "phone": "555-0142"},
        "wish": "退款",
        "facts": [{"name": "order_total", "value": "128.00 CNY"}],
    }


def test_the_message_is_a_structured_cloudevent_around_the_same_body() -> None:
    value = FULL.inbox_value(FULL.post_id, datetime(2025, 3, 5, tzinfo=UTC))
    assert orjson.loads(value) == {
        "specversion": "1.0",
        "id": str(FULL.post_id),
        "source": "shop-crm",
        "type": "casework.inbox.complaint-posted.v1",
        "time": "2025-03-05T00:00:00.000000Z",
        "datacontenttype": "application/json",
        "data": FULL.to_json(),
    }
    assert FULL.inbox_key() == b"shop-crm|R-17"
    assert replace(FULL, source_reference="单-1").inbox_key() == "shop-crm|单-1".encode()


def test_the_post_id_depends_on_the_content_and_nothing_else() -> None:
    # The vector holds for ever: another id for the same content would make every repetition a new post.
    assert str(BARE.post_id) == "e42ba6fc-bae7-8326-bf82-0ea4f20d6d6e"
    assert replace(BARE, received_at=NOON.astimezone(UTC)).post_id == BARE.post_id
    assert replace(BARE, complainant=Complainant()).post_id == BARE.post_id
    changed = [
        replace(BARE, source="other"),
        replace(BARE, source_reference="R-18"),
        replace(BARE, received_at=NOON + timedelta(seconds=1)),
        replace(BARE, facts=(Fact(name="a", value="1"),)),
        replace(BARE, complainant=Complainant(name="林晓")),
        FULL,
    ]
    assert len({post.post_id for post in [BARE, *changed]}) == 1 + len(changed)
