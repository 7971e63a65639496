"""PostgreSQL and Apache Kafka in containers, where a Docker engine answers; a skip with the reason where none does."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager

import docker
import docker.errors
import pytest
from testcontainers.core.container import DockerContainer
from testcontainers.core.wait_strategies import LogMessageWaitStrategy

from casework.shared.runtime.claims import LOOPBACK, free_port
from casework.shared.runtime.topics import MAX_RECORD_BYTES

POSTGRES_IMAGE = "postgres:18"
KAFKA_IMAGE = "apache/kafka:4.1.1"


@contextmanager
def postgres_container() -> Iterator[str]:
    """A PostgreSQL; gives the superuser's URL."""
    require_docker()
    password = secrets.token_urlsafe(16)
    port = free_port()
    container = (
        DockerContainer(POSTGRES_IMAGE)
        .with_env("POSTGRES_PASSWORD", password)
        .with_env("POSTGRES_DB", "casework")
        .with_env("POSTGRES_INITDB_ARGS", "--locale-provider=builtin --locale=C.UTF-8")
        .with_bind_ports(5432, port)
        # The image starts the server twice; only the second start listens on the network.
        .waiting_for(LogMessageWaitStrategy("listening on IPv4 address"))
    )
    with container:
        yield f"postgresql://postgres:{password}@{LOOPBACK}:{port}/casework"


@contextmanager
def kafka_container() -> Iterator[str]:
    """Apache Kafka, one KRaft node that makes no topic by itself; gives the bootstrap servers."""
    require_docker()
    port = free_port()
    # The image drops all its defaults as soon as one setting is given, so here are all that are needed.
    settings = {
        "NODE_ID": "1",
        "PROCESS_ROLES": "broker,controller",
        "CONTROLLER_QUORUM_VOTERS": "1@localhost:9093",
        "CONTROLLER_LISTENER_NAMES": "CONTROLLER",
        "LISTENERS": "OUTSIDE://:9092,CONTROLLER://:9093",
        "ADVERTISED_LISTENERS": f"OUTSIDE://{LOOPBACK}:{port}",
        "LISTENER_SECURITY_PROTOCOL_MAP": "CONTROLLER:PLAINTEXT,OUTSIDE:PLAINTEXT",
        "INTER_BROKER_LISTENER_NAME": "OUTSIDE",
        "OFFSETS_TOPIC_REPLICATION_FACTOR": "1",
        "TRANSACTION_STATE_LOG_REPLICATION_FACTOR": "1",
        "TRANSACTION_STATE_LOG_MIN_ISR": "1",
        "GROUP_INITIAL_REBALANCE_DELAY_MS": "0",
        "AUTO_CREATE_TOPICS_ENABLE": "false",
        "MESSAGE_MAX_BYTES": str(2 * MAX_RECORD_BYTES),
    }
    container = DockerContainer(KAFKA_IMAGE).with_bind_ports(9092, port)
    for name, value in settings.items():
        container = container.with_env(f"KAFKA_{name}", value)
    with container.waiting_for(LogMessageWaitStrategy("Kafka Server started")):
        yield f"{LOOPBACK}:{port}"


def require_docker() -> None:
    """Skip what asks, with the reason, where no Docker engine answers."""
    try:
        docker.from_env().ping()
    except docker.errors.DockerException as error:
        pytest.skip(f"no Docker engine answers here: {error}")
