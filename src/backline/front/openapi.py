"""One API reference out of many: the services' OpenAPI documents under the front door's paths."""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping
from typing import Any

Document = dict[str, Any]

_REFERENCE = "#/components/schemas/"
_METHODS = {"get", "put", "post", "delete", "patch", "head", "options", "trace"}
_NOT_REPEATED = "/health/"


def merge(front: Document, services: Mapping[str, Document]) -> Document:
    """Join the services' documents into the front door's own.

    Paths get their prefix `/api/<service>`, operation ids their service's name. Schemas of the
    same name are one schema if they are equal, else the later service's gets its name in front.

    Args:
        services: Service name -> the OpenAPI document as on the service's own port.
    """
    merged = copy.deepcopy(front)
    merged.setdefault("tags", [])
    components = merged.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    for name, original in services.items():
        document = copy.deepcopy(original)
        own = document.get("components", {}).get("schemas", {})
        renamed = _renamed(own, schemas, name)
        document = _with_references(document, renamed)
        own = document.get("components", {}).get("schemas", {})
        schemas.update({renamed.get(schema, schema): value for schema, value in own.items()})
        for kind, values in document.get("components", {}).items():
            if kind != "schemas":
                components.setdefault(kind, {}).update(values)
        for path, item in document.get("paths", {}).items():
            if not path.startswith(_NOT_REPEATED):
                merged["paths"][f"/api/{name}{path}"] = _of_service(item, name)
        known = {tag["name"] for tag in merged["tags"]}
        merged["tags"] += [tag for tag in document.get("tags", []) if tag["name"] not in known]
    return merged


def _renamed(own: Document, taken: Document, service: str) -> dict[str, str]:
    """The names in `own` that mean something else in `taken`, directly or by what they refer to."""
    differing = {name for name, schema in own.items() if name in taken and taken[name] != schema}
    grown = True
    while grown:
        referring = {
            name
            for name, schema in own.items()
            if name in taken
            and name not in differing
            and any(f'"{_REFERENCE}{other}"' in json.dumps(schema) for other in differing)
        }
        differing |= referring
        grown = bool(referring)
    return {name: f"{service.capitalize()}{name}" for name in differing}


def _with_references(value: Any, renamed: Mapping[str, str]) -> Any:
    match value:
        case dict():
            return {key: _with_references(inner, renamed) for key, inner in value.items()}
        case list():
            return [_with_references(inner, renamed) for inner in value]
        case str() if value.startswith(_REFERENCE):
            name = value.removeprefix(_REFERENCE)
            return _REFERENCE + renamed.get(name, name)
        case _:
            return value


def _of_service(item: Document, service: str) -> Document:
    for method, operation in item.items():
        if method in _METHODS:
            if "operationId" in operation:
                operation["operationId"] = f"{service}_{operation['operationId']}"
            operation.setdefault("tags", [service])
    return item
