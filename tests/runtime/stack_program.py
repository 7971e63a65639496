"""A program that supervises the real parts and two services, for tests that kill it. Prints one JSON line a happening.

Arguments: the data directory.
"""

import asyncio
import json
import os
import sys
from pathlib import Path

from casework.shared.runtime.data_dir import DataDir, Stack
from casework.shared.runtime.kafka_part import EmbeddedKafka
from casework.shared.runtime.postgres_part import EmbeddedPostgres
from casework.shared.runtime.processes import ProcessRecord
from casework.shared.runtime.supervisor import ChildNews, ServiceProcess, Supervisor

SERVICE = """
import signal
from casework.shared.runtime.processes import exit_with_parent
exit_with_parent()
signal.pause()
"""


def tell(**fields: object) -> None:
    print(json.dumps(fields), flush=True)


async def main(data_dir: DataDir) -> None:
    def news(one: ChildNews) -> None:
        tell(child=one.child, happening=one.happening, detail=one.detail)

    with data_dir.hold():
        left = await data_dir.end_leftovers()
        tell(leftovers=[record.name for record in left])
        postgres, kafka = EmbeddedPostgres(data_dir.postgres), EmbeddedKafka(log_path=data_dir.logs / "kafka.log")
        services = [
            ServiceProcess(name, [sys.executable, "-c", SERVICE, name], dict(os.environ), data_dir.logs / f"{name}.log")
            for name in ("intake", "followup")
        ]
        async with Supervisor(news) as supervisor:
            await supervisor.start(postgres, kafka)
            await supervisor.start(*services)
            me = ProcessRecord.of_self("supervisor")
            stack = Stack("", postgres.url, kafka.servers, "", "now", me, supervisor.records)
            data_dir.write_stack(stack)
            tell(pids={record.name: record.pid for record in supervisor.records})
            await supervisor.run()
        data_dir.clear_stack()


asyncio.run(main(DataDir(Path(sys.argv[1]))))
