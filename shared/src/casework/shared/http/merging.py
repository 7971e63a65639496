"""What four services say about themselves, as one document each: metrics, and the description of the interface."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from prometheus_client import Metric, generate_latest
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.registry import Collector


def merge_metrics(texts: Mapping[str, str]) -> bytes:
    """One Prometheus text out of those of several processes (name -> text).

    A sample without the label `service` gets its process's name there, so that no two are the same.
    """
    families: dict[str, Metric] = {}
    for process, text in texts.items():
        for family in text_string_to_metric_families(text):
            merged = families.setdefault(family.name, Metric(family.name, family.documentation, family.type))
            # Another kind of metric under the same name is another release's: it cannot stand beside this one's.
            if merged.type == family.type:
                merged.samples += [
                    sample._replace(labels={"service": process, **sample.labels}) for sample in family.samples
                ]
    return generate_latest(_Merged(families.values()))


class _Merged(Collector):
    def __init__(self, families: Iterable[Metric]) -> None:
        self._families = families

    def collect(self) -> Iterable[Metric]:
        return self._families


def merge_openapi(documents: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """One OpenAPI document out of those of several services (name -> document), the first one's where they agree.

    A component that is another one than an earlier service's of the same name is called `<service>.<name>`.
    """
    merged: dict[str, Any] = {}
    for service, document in documents.items():
        other = _others(_components(merged), _components(document))
        names = {_ref(kind, name): _ref(kind, f"{service}.{name}") for kind, name in other}
        for key, value in document.items():
            if key in ("paths", "webhooks"):
                merged[key] = {**_renamed(value, names), **merged.get(key, {})}
            else:
                merged.setdefault(key, value if key != "components" else {})
        for (kind, name), component in _components(document).items():
            own = f"{service}.{name}" if (kind, name) in other else name
            merged["components"].setdefault(kind, {}).setdefault(own, _renamed(component, names))
    return merged


_Key = tuple[str, str]


def _components(document: Mapping[str, Any]) -> dict[_Key, Any]:
    kinds: Mapping[str, Mapping[str, Any]] = document.get("components", {})
    return {(kind, name): component for kind, named in kinds.items() for name, component in named.items()}


def _others(there: Mapping[_Key, Any], here: Mapping[_Key, Any]) -> set[_Key]:
    """The components of `here` that are not what `there` has under their name, themselves or through what they
    refer to."""
    other = {key for key in here.keys() & there.keys() if here[key] != there[key]}
    while True:
        refs = {_ref(*key) for key in other}
        more = {key for key in (here.keys() & there.keys()) - other if not refs.isdisjoint(_texts(here[key]))}
        if not more:
            return other
        other |= more


def _ref(kind: str, name: str) -> str:
    return f"#/components/{kind}/{name}"


def _texts(value: Any) -> Iterator[str]:
    """Every text in a JSON value: references are among them, also those of discriminators."""
    match value:
        case str():
            yield value
        case dict():
            for each in value.values():
                yield from _texts(each)
        case list():
            for each in value:
                yield from _texts(each)


def _renamed(value: Any, names: Mapping[str, str]) -> Any:
    match value:
        case str():
            return names.get(value, value)
        case dict():
            return {key: _renamed(each, names) for key, each in value.items()}
        case list():
            return [_renamed(each, names) for each in value]
        case _:
            return value
