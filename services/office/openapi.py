"""What OpenAPI says of each operation; routes read the request themselves, so it is said here."""

import re
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response
from fastapi.routing import APIRoute
from pydantic import BaseModel

from contracts.fields import CODE_PATTERN, DEPARTMENT_PATTERN
from services.office.papers.kinds import ENDINGS
from services.office.summaries import SUMMARIES

Parameter = dict[str, Any]
Endpoint = Callable[[Request], Awaitable[Response]]

PROBLEM: dict[str, Any] = {
    "type": "object",
    "required": ["type", "title", "status", "code", "detail", "detail_zh"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string"},
        "detail": {"type": "string"},
        "detail_zh": {"type": "string"},
        "state": {"type": "object"},
        "errors": {"type": "array", "items": {"type": "object"}},
    },
}
BYTES = "application/octet-stream"
KINDS: Mapping[str, Sequence[str]] = {
    "chain": ("application/x-ndjson",),
    "notice": ("application/pdf",),
    "paper": (*ENDINGS, BYTES),
    "paper_sealed": (BYTES,),
}
"""What an operation answers with, where that is no JSON object."""
REFUSED = {
    400: "The request cannot be read",
    401: "No valid token",
    403: "The role is lacking",
    404: "Not here",
    405: "Not this method",
    409: "The present state forbids it",
    412: "Changed since it was looked at",
    413: "Too large",
    415: "Not of a kind that is taken",
    416: "It has not so many bytes",
    422: "Against a rule",
    503: "Not now; send it again",
}


class Direct(APIRoute):
    """Its endpoint takes the request and reads it by itself, so nothing is resolved for it beforehand."""

    def get_route_handler(self) -> Any:
        return self.endpoint


def get(
    router: APIRouter,
    path: str,
    endpoint: Endpoint,
    name: str,
    *,
    query: type[BaseModel] | None = None,
    parameters: Sequence[Parameter] = (),
) -> None:
    """Add a reading operation. `query` or `parameters` are what may stand after the question mark."""
    asked = [*parameters, *(_query_parameters(query) if query else ())]
    router.add_api_route(
        path, endpoint, methods=["GET"], route_class_override=Direct, **_operation(name, path, None, 200, asked)
    )


def post(
    router: APIRouter,
    path: str,
    endpoint: Endpoint,
    name: str,
    body: type[BaseModel] | None = None,
    status: int = 200,
    *,
    keyed: bool = True,
) -> None:
    """Add a writing operation. `keyed`: it needs an Idempotency-Key."""
    asked = [KEY] if keyed else []
    said = _operation(name, path, body, status, asked)
    router.add_api_route(path, endpoint, methods=["POST"], route_class_override=Direct, **said)


def post_content(
    router: APIRouter, path: str, endpoint: Endpoint, name: str, kinds: Iterable[str], status: int
) -> None:
    """Add an operation to which a file of one of these media types is sent as it is; the same twice is one."""
    said = _operation(name, path, None, status, ())
    schema = {"schema": {"type": "string", "format": "binary"}}
    said["openapi_extra"]["requestBody"] = {"required": True, "content": dict.fromkeys(kinds, schema)}
    router.add_api_route(path, endpoint, methods=["POST"], route_class_override=Direct, **said)


def _operation(
    name: str, path: str, body: type[BaseModel] | None, status: int, asked: Sequence[Parameter]
) -> dict[str, Any]:
    en, zh = SUMMARIES[name]
    extra: dict[str, Any] = {"security": [{"bearer": []}]}
    if body is not None:
        extra["requestBody"] = {
            "required": True,
            "content": {"application/json": {"schema": inline(body.model_json_schema())}},
        }
    if parameters := [*asked, *(IN_PATH[part] for part in _PART.findall(path))]:
        extra["parameters"] = parameters
    refused = {
        code: {"description": text, "content": {"application/problem+json": {"schema": PROBLEM}}}
        for code, text in REFUSED.items()
    }
    schema = {} if name in KINDS else {"type": "object"}
    kinds = {kind: {"schema": schema} for kind in KINDS.get(name, ("application/json",))}
    done = {status: {"description": "Done", "content": kinds}}
    return {
        "operation_id": name,
        "summary": f"{en} · {zh}",
        "openapi_extra": extra,
        "responses": {**done, **refused},
        "status_code": status,
        "response_model": None,
    }


def _in_path(name: str, description: str, pattern: str, **more: object) -> Parameter:
    schema = {"type": "string", "pattern": pattern, **more}
    return {"name": name, "in": "path", "required": True, "description": description, "schema": schema}


_PART = re.compile(r"{(\w+)}")
_ID = "^[0-9a-f]{32}$"
IN_PATH: Mapping[str, Parameter] = {
    found["name"]: found
    for found in (
        _in_path("number", "Case number", "^[0-9]{6,12}-[0-9]{8}-[0-9]{4,}$", maxLength=40),
        _in_path("notice", "Number of a notice", r"^[0-9]{6,12}\.[a-z_]{1,20}\.[0-9]{4}-[0-9]{4,}$", maxLength=60),
        _in_path("paper", "SHA-256 of a paper, in hex", "^[0-9a-f]{64}$"),
        _in_path("year", "A published year", "^[0-9]{4}$"),
        _in_path("delegation", "Id of a grant", _ID),
        _in_path("department", "A body in a centre: unit.code", f"^{DEPARTMENT_PATTERN}$"),
        _in_path("unit", "Code of a unit", "^[0-9]{6,12}$"),
        _in_path("clearance", "Id of a clearance round", _ID),
        _in_path("webhook", "Id of a webhook", _ID),
        _in_path("item", "Key of an item: its code, in a district's own catalogue unit.code", f"^{CODE_PATTERN}$"),
    )
}
KEY: Parameter = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": True,
    "schema": {"type": "string", "pattern": "^[\\x21-\\x7e]{1,200}$"},
}


def _query_parameters(model: type[BaseModel]) -> list[Parameter]:
    schema = model.model_json_schema()
    return [
        {
            "name": name,
            "in": "query",
            "required": name in schema.get("required", ()),
            "schema": {k: v for k, v in part.items() if k != "default"},
        }
        for name, part in schema["properties"].items()
    ]


def inline(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema without `$defs`: the operation stands alone in the document."""
    defs = schema.pop("$defs", {})

    def walk(node: Any) -> Any:
        if isinstance(node, dict):
            if "$ref" in node:
                return walk(defs[node["$ref"].rpartition("/")[2]])
            return {key: walk(value) for key, value in node.items()}
        if isinstance(node, list):
            return [walk(value) for value in node]
        return node

    return walk(schema)
