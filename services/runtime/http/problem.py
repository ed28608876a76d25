"""Errors as application/problem+json (RFC 9457): a stable code, a sentence in both languages, and what to do next."""

from collections.abc import Mapping
from typing import Any

import orjson
from fastapi import Request
from fastapi.responses import Response
from pydantic import ValidationError

PROBLEM_JSON = "application/problem+json"


class Problem(Exception):
    """Answered as it stands. `state` is the present state for a conflict; `errors` are places in the body."""

    def __init__(
        self,
        status: int,
        code: str,
        detail: str,
        detail_zh: str,
        *,
        state: Mapping[str, Any] | None = None,
        errors: list[dict[str, str]] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(code)
        self.status = status
        self.code = code
        self.detail = detail
        self.detail_zh = detail_zh
        self.state = state
        self.errors = errors
        self.headers = dict(headers or {})

    def body(self) -> dict[str, Any]:
        found: dict[str, Any] = {
            "type": f"urn:sanji:problem:{self.code}",
            "title": self.code.replace("_", " ").capitalize(),
            "status": self.status,
            "code": self.code,
            "detail": self.detail,
            "detail_zh": self.detail_zh,
        }
        if self.state is not None:
            found["state"] = self.state
        if self.errors:
            found["errors"] = self.errors
        return found


def answer(problem: Problem) -> Response:
    return Response(orjson.dumps(problem.body()), problem.status, problem.headers, PROBLEM_JSON)


def invalid(error: ValidationError) -> Problem:
    """Where a body does not fit. What was sent is not repeated: it may be about a person."""
    found = error.errors(include_url=False, include_input=False, include_context=False)
    if found and found[0]["type"] == "json_invalid":
        return Problem(400, "not_json", "The body is not valid JSON in UTF-8.", "请求内容不是有效的 UTF-8 JSON。")
    places = [{"at": ".".join(map(str, e["loc"])), "error": e["type"], "detail": e["msg"]} for e in found[:50]]
    return Problem(
        422,
        "invalid",
        "Some fields do not fit; each is listed under errors. Correct them and send again.",
        "部分字段不符合要求，详见 errors；请更正后重新提交。",
        errors=places,
    )


async def on_problem(_: Request, error: Exception) -> Response:
    assert isinstance(error, Problem)
    return answer(error)
