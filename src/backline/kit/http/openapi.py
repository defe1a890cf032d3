"""The OpenAPI description, with the refusals that every operation may answer."""

from typing import Any

from fastapi import FastAPI

from backline.kit.http.problems import MEDIA_TYPE, Problem

_EXAMPLE = {
    "type": "urn:backline:jukebox:already-queued",
    "title": "Already queued",
    "status": 409,
    "detail": "“Night Bus” is already number 4. Vote for it to hear it sooner.",
    "reason": "ALREADY_QUEUED",
    "domain": "jukebox",
    "metadata": {"position": "4"},
    "retryable": False,
    "trace_id": "4bf92f3577b34da6a3ce929d0e0e4736",
    "errors": [],
}
_REPLACED = ("HTTPValidationError", "ValidationError")
_METHODS = {"get", "put", "post", "delete", "patch", "head", "options", "trace"}


def document_problems(app: FastAPI) -> None:
    """Make `app.openapi()` describe the problem documents in place of FastAPI's own 422."""
    plain = app.openapi

    def openapi() -> dict[str, Any]:
        schema = plain()
        if "Problem" not in schema.get("components", {}).get("responses", {}):
            with_problems(schema)
        return schema

    app.openapi = openapi  # type: ignore[method-assign]


def with_problems(schema: dict[str, Any]) -> dict[str, Any]:
    """`schema` with a `default` problem response on every operation."""
    components = schema.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    for name in _REPLACED:
        schemas.pop(name, None)
    described = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas.update(described.pop("$defs", {}))
    # Every document carries every member, so a generated client need not ask.
    described["required"] = list(described["properties"])
    schemas["Problem"] = described
    components.setdefault("responses", {})["Problem"] = {
        "description": "Refused: says why, and what would make it succeed.",
        "content": {
            MEDIA_TYPE: {
                "schema": {"$ref": "#/components/schemas/Problem"},
                "example": _EXAMPLE,
            }
        },
    }
    for path in schema.get("paths", {}).values():
        for method, operation in path.items():
            if method in _METHODS:
                responses = operation.setdefault("responses", {})
                responses.pop("422", None)
                responses.setdefault("default", {"$ref": "#/components/responses/Problem"})
    return schema
