"""The judge of every fault test: what the integrator's journal says must be so, compared with what the system has.

Invariant: it looks from outside, at the journal, at the tables with every right, at the topics and at the logs. It
asks no service anything, and believes nothing that one says of itself.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field

import orjson
from tests.faults.causes import out_of_order
from tests.faults.rig import POLICY, SHARDS, Rig, until

from casework.shared.audit.topic import verify_kafka
from casework.shared.audit.verify import Report
from casework.shared.contracts.ids import SERVICES, ServiceName
from casework.shared.contracts.standing import match, parse_standing
from casework.shared.runtime.alarms import AlarmName
from casework.shared.runtime.topic_reader import TopicUnavailable, topic_reader

DRAINED_S = 90.0
AGREED_S = 30.0
"""A relay looks back every 5 s, and needs a while to send a shard's log again."""
SHOWN = 5

_STEPS: Mapping[ServiceName, tuple[str, ...]] = {
    "intake": ("complaint-received", "complaint-acknowledged", "complaint-assessed", "hand-off-offered"),
    "investigation": (
        *("investigation-opened", "hand-off-accepted", "finding-recorded"),
        *("investigation-concluded", "hand-off-offered"),
    ),
    "resolution": (
        *("resolution-opened", "hand-off-accepted", "remedy-proposed", "decision-communicated"),
        *("decision-accepted", "hand-off-offered"),
    ),
    "followup": ("follow-up-opened", "severity-noted", "hand-off-accepted", "case-closed"),
}
"""What a complaint with a standing solution comes to in each service, once each and in this order. The reply is
recorded where the solution says so."""
_CLOCKS = ("internal.acknowledge", "internal.answer", "internal.finish")
"""What such a complaint is counted by, one clock each, and each of them ends once: it is met, in time or late."""
_FACTS: Mapping[ServiceName, str] = {"intake": "facts-added", "followup": "facts-received-after-closure"}
"""What changed facts add: one in intake for each post that brought some, one in followup where it came late."""
_FAILURES = frozenset({"consumer.batch-failed", "inbox.batch-failed"})
"""Warnings that no fault of the machinery explains: something was raised that nobody has a name for."""
_LATE: frozenset[AlarmName] = frozenset(
    {"relay-lag", "consumer-lag", "source-away", "service-away", "clock-late", "unwatched"}
)
"""Alarms that have to stand while something is killed or away: that it is late is what they are for."""
_EXPLAINED = ('"logger":"aiokafka', '"error":"CommitFailedError"')
"""Errors that a library reports at every broken connection, and at every offset that a broker that forgot the group
refuses: the records come again."""


@dataclass(slots=True)
class Verdict:
    """What was compared, and everything that must not be."""

    posts: int = 0
    closed: int = 0
    events: int = 0
    repeated: int = 0
    """Records of the case log that came more than once."""
    violations: list[str] = field(default_factory=list)

    def found(self, what: str, where: Collection[object]) -> None:
        if where:
            shown = ", ".join(str(item) for item in list(where)[:SHOWN])
            self.violations.append(f"{len(where)} {what}: {shown}")


async def assert_sound(rig: Rig, seed: object, *, allowed: Collection[str] = ()) -> Verdict:
    """Judge; nothing may be found. `allowed` names log events that this test's fault explains."""
    verdict = await judge(rig, allowed=allowed)
    assert not verdict.violations, f"seed {seed}; logs in {rig.logs}\n" + "\n".join(verdict.violations)
    rig.is_sound = True
    return verdict


async def judge(
    rig: Rig, *, drained_s: float = DRAINED_S, agreed_s: float = AGREED_S, allowed: Collection[str] = ()
) -> Verdict:
    """Wait until nothing moves any more, then compare everything. All complaints must be of standing solutions."""
    verdict = Verdict()
    deadline = time.monotonic() + drained_s
    while (left := await undone(rig)) and time.monotonic() < deadline:
        await asyncio.sleep(0.2)
    verdict.violations += left
    await _journal(rig, verdict)
    await _effects(rig, verdict)
    await _causes(rig, verdict)
    await _topics(rig, verdict, agreed_s)
    explained = [*_EXPLAINED, *(f'"{name}"' for name in allowed)]
    told = [line for line in _told(rig) if not any(text in line for text in explained)]
    verdict.found("log lines that tell of a fault", told)
    return verdict


async def undone(rig: Rig) -> list[str]:
    """What still has to be done, as far as cursors and cases show it."""
    left: list[str] = []
    for service in SERVICES:
        behind = await rig.fetch(
            f"SELECT c.shard, h.next - 1 - c.position AS many FROM {service}.relay_cursor c"
            f" JOIN {service}.log_head h USING (shard) WHERE c.topic = $1 AND c.position <> h.next - 1",
            rig.topics.events.name,
        )
        left += [f"{service} has not sent {row['many']} events of shard {row['shard']}" for row in behind]
        for source in SERVICES:
            if source == service:
                continue
            behind = await rig.fetch(
                f"SELECT g.shard, h.next - 1 - g.position AS many FROM {service}.guard g"
                f" JOIN {source}.log_head h USING (shard) WHERE g.source = $1 AND g.position <> h.next - 1",
                source,
            )
            left += [f"{service} lacks {row['many']} events of {source}, shard {row['shard']}" for row in behind]
        parked = await rig.fetch(f"SELECT case_id, reason FROM {service}.parked_case")
        left += [f"{service} has parked {row['case_id']} ({row['reason']})" for row in parked]
    behind = await rig.fetch(
        "SELECT c.shard FROM followup.relay_cursor c JOIN followup.status_head h USING (shard)"
        " WHERE c.topic = $1 AND c.position < h.next - 1",
        rig.topics.status.name,
    )
    left += [f"followup has not sent every status of shard {row['shard']}" for row in behind]
    return left


async def _journal(rig: Rig, verdict: Verdict) -> None:
    """What was posted has an answer; what was answered is a case of its own; there is no case that nobody posted."""
    entries = list(rig.journal.entries())
    verdict.posts = len(entries)
    verdict.found("posts without an answer", [e.source_reference for e in entries if e.outcome is None])
    verdict.found("complaints with several cases", rig.journal.contradictions())
    told = {e.source_reference: e.case_id for e in entries if e.case_id is not None}
    verdict.found("rejected posts", [f"{e.source_reference} ({e.reason})" for e in entries if e.outcome == "rejected"])
    verdict.found("cases named for two complaints", [told] if len(set(told.values())) != len(told) else [])
    rows = await rig.fetch("SELECT source_reference, case_id::text AS case_id FROM intake.reference")
    known = {row["source_reference"]: row["case_id"] for row in rows}
    verdict.found("receipts that name another case than the store", [r for r in told if known.get(r) != told[r]])
    verdict.found("cases that nobody posted", sorted(known.keys() - {e.source_reference for e in entries}))


async def _effects(rig: Rig, verdict: Verdict) -> None:
    """Every case went through every step once, in order, and was closed once."""
    solutions = parse_standing(POLICY.read_text(), POLICY.name)
    states = await rig.fetch("SELECT case_id, state FROM intake.case_state")
    replies: dict[str, str] = {}
    severe: set[str] = set()
    for row in states:
        solution = match(solutions, orjson.loads(row["state"])["category"])
        replies[str(row["case_id"])] = "" if solution is None else solution.reply
        if solution is not None and solution.severity == "high":
            severe.add(str(row["case_id"]))
    cases = {e.case_id for e in rig.journal.entries() if e.case_id is not None}
    updated = [e.case_id for e in rig.journal.entries() if e.outcome == "updated"]
    for service in SERVICES:
        rows = await rig.fetch(
            f"SELECT case_id::text AS case_id, array_agg(split_part(type, '.', 3) ORDER BY version) AS types"
            f" FROM {service}.event GROUP BY case_id"
        )
        found: dict[str, list[str]] = {row["case_id"]: row["types"] for row in rows}
        wrong: list[str] = []
        for case_id in cases | found.keys():
            types = found.get(case_id, [])
            left_out = {
                *(() if replies.get(case_id) == "accepted" else ("decision-accepted",)),
                *(() if case_id in severe else ("severity-noted",)),
            }
            expected = [step for step in _STEPS[service] if step not in left_out]
            types = [each for each in types if not each.startswith("clock-")]
            extra = types.count(_FACTS.get(service, ""))
            most = updated.count(case_id)
            if service == "followup":
                verdict.closed += types.count("case-closed") == 1
            if [t for t in types if t != _FACTS.get(service)] != expected or extra > most:
                wrong.append(f"{case_id} has {' '.join(types) or 'none'}")
            elif service == "intake" and extra != most:
                wrong.append(f"{case_id} has facts of {extra} posts instead of {most}")
        verdict.found(f"cases with other events of {service} than one of each step", wrong)
    verdict.found("cases with other clocks than one of each, ended once", await _wrong_clocks(rig, cases))
    rows = await rig.fetch("SELECT case_id FROM followup.case_status WHERE is_open")
    verdict.found("statuses that say open", [row["case_id"] for row in rows])


async def _wrong_clocks(rig: Rig, cases: Collection[str]) -> list[str]:
    rows = await rig.fetch(
        "SELECT case_id::text AS case_id, envelope FROM followup.event"
        " WHERE type LIKE 'casework.followup.clock-%' ORDER BY case_id, version"
    )
    of_case: dict[str, list[tuple[str, str, str]]] = {case_id: [] for case_id in cases}
    for row in rows:
        event = orjson.loads(row["envelope"])
        name, data = event["type"].split(".")[2], event["data"]
        policy = data["policy"]["id"] if name == "clock-armed" else ""
        of_case.setdefault(row["case_id"], []).append((name, policy, data["clock"]))
    wrong: list[str] = []
    for case_id, events in of_case.items():
        armed = {clock: policy for name, policy, clock in events if name == "clock-armed"}
        ended = sorted(clock for name, _, clock in events if name in ("clock-met", "clock-met-late"))
        if sorted(armed.values()) != sorted(_CLOCKS) or ended != sorted(armed) or len(events) != 2 * len(_CLOCKS):
            wrong.append(
                f"{case_id} has {' '.join(f'{name} {policy}'.strip() for name, policy, _ in events) or 'none'}"
            )
    return wrong


async def _causes(rig: Rig, verdict: Verdict) -> None:
    for shard in range(SHARDS):
        logs = {
            service: [
                row["envelope"]
                for row in await rig.fetch(
                    f"SELECT envelope FROM {service}.event WHERE shard = $1 ORDER BY position", shard
                )
            ]
            for service in SERVICES
        }
        verdict.found(f"effects before a cause in shard {shard}", out_of_order(logs))


async def _topics(rig: Rig, verdict: Verdict, agreed_s: float) -> None:
    """Stores are sound by themselves, and the topics hold what they hold."""
    report = Report("")
    stale: list[str] = []

    async def agreed() -> bool:
        nonlocal report, stale
        try:
            report = await verify_kafka(rig.postgres.url, rig.broker.servers, all_states=True)
            stale = await _stale_statuses(rig)
        except TopicUnavailable:
            return False
        # Only what the topics lack can still come by itself.
        return not (stale or report.faults) or bool(report.kinds.keys() - {"not-on-topic"})

    try:
        await until(agreed, agreed_s, "")
    except AssertionError:
        verdict.violations.append(f"the topics do not come to hold what the stores hold within {agreed_s:.0f} s")
    verdict.events, verdict.repeated = report.events, report.duplicates
    verdict.found("faults in the audit", [fault.document() for fault in report.shown])
    verdict.found("statuses that the topic lacks", stale)


async def _stale_statuses(rig: Rig) -> list[str]:
    """Cases whose newest status on the topic is not the one in followup's table."""
    newest: dict[str, tuple[int, bytes]] = {}
    topic = rig.topics.status
    async with topic_reader(rig.broker.servers) as reader:
        ends = await reader.ends(topic.name, range(topic.partitions))
        for partition, (first, end) in ends.items():
            async for record in reader.read(topic.name, partition, first, end):
                version = int(dict(record.headers)["statusversion"])
                key = record.key.decode()
                newest[key] = max(newest.get(key, (-1, b"")), (version, record.value))
    rows = await rig.fetch("SELECT case_id::text AS case_id, statusversion, document FROM followup.case_status")
    return [row["case_id"] for row in rows if newest.get(row["case_id"]) != (row["statusversion"], row["document"])]


def _told(rig: Rig) -> Iterator[str]:
    for path in sorted(rig.logs.glob("*.*.log")):
        for text in path.read_text(errors="replace").splitlines():
            try:
                line = json.loads(text)
            except json.JSONDecodeError:
                yield f"{path.name}: {text}"
                continue
            if line["event"] == "alarm.stands" and line["alarm"] in _LATE:
                continue
            if line["level"] in ("error", "critical") or line["event"] in _FAILURES:
                yield f"{path.name}: {text}"
