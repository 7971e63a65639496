"""The table of the front knows every route of every service, and gives it to that service alone."""

from __future__ import annotations

import re

import pytest
from fastapi.routing import iter_route_contexts

from casework.shared.contracts.ids import SERVICES, ServiceName
from casework.shared.http.export import described
from casework.shared.http.front_routes import OWN, TABLE, services_for


def paths_of(*services: ServiceName) -> set[str]:
    """Every path a process with these services answers, with something in place of its parameters."""
    return {
        re.sub(r"\{[^}]+\}", "0f9b", context.path)
        for context in iter_route_contexts(described(services).routes)
        if context.path is not None
    }


BY_SERVICE = {service: paths_of(service) for service in SERVICES}
COMMON = set.intersection(*BY_SERVICE.values())


@pytest.mark.parametrize("service", SERVICES)
def test_every_route_of_a_service_is_sent_to_it_alone(service: ServiceName) -> None:
    own = BY_SERVICE[service] - COMMON
    assert own
    assert {path: services_for(path) for path in own} == dict.fromkeys(own, (service,))


def test_what_all_services_have_is_answered_by_the_front_or_by_any_of_them() -> None:
    assert COMMON >= OWN
    shared = COMMON - OWN
    assert {path: services_for(path) for path in shared} == dict.fromkeys(shared, SERVICES)


def test_no_two_services_have_the_same_route() -> None:
    for service in SERVICES:
        for other in SERVICES[SERVICES.index(service) + 1 :]:
            assert BY_SERVICE[service] & BY_SERVICE[other] == COMMON


def test_no_path_is_in_two_rows() -> None:
    for path in set.union(*BY_SERVICE.values()) - OWN:
        assert len([pattern for pattern, _ in TABLE if pattern.fullmatch(path)]) == 1, path


def test_no_row_is_without_a_route() -> None:
    paths = set.union(*BY_SERVICE.values())
    for pattern, _ in TABLE:
        assert any(pattern.fullmatch(path) for path in paths), pattern.pattern


@pytest.mark.parametrize(
    "path", ["/", "/v1", "/v1/cases/", "/v1/cases/1/2/3", "/v1/feeds/other", "/v1/complaints/1", "/v2/cases", "//docs"]
)
def test_what_is_no_route_is_sent_nowhere(path: str) -> None:
    assert services_for(path) == ()
