"""What a route reads of a request: the person, the key, the body. Routes take only `Request`, because a body
parameter with dependencies costs a third of an act."""

import hmac
import re
from collections.abc import Mapping
from typing import TypeVar

from fastapi import Request
from pydantic import BaseModel, TypeAdapter, ValidationError

from services.runtime.http.problem import Problem, invalid
from services.runtime.tokens import Actor, TokenRefused, Verifier, bearer

M = TypeVar("M", bound=BaseModel)
MAX_BODY = 512 * 1024
"""Bytes of one act's body; a batch may have eight times as much."""
_KEY = re.compile(r"^[\x21-\x7e]{1,200}$")


def person(request: Request, verifier: Verifier) -> Actor:
    """Who is asking. Raises Problem 401."""
    try:
        return verifier.verify(bearer(request.headers.get("authorization")))
    except TokenRefused as refused:
        raise Problem(
            401, refused.refusal.value, refused.detail, refused.detail_zh, headers={"WWW-Authenticate": "Bearer"}
        ) from None


def idempotency_key(request: Request) -> str:
    """The key under which a repeated request is answered with the first result. Raises Problem 400."""
    key = request.headers.get("idempotency-key", "")
    if not _KEY.match(key):
        raise Problem(
            400,
            "idempotency_key",
            "Send an Idempotency-Key header of 1 to 200 visible characters, new for each act.",
            "请在请求头中提供 Idempotency-Key（1 至 200 个可见字符），每次办理使用新的值。",
        )
    return key


async def raw(request: Request, limit: int = MAX_BODY) -> bytes:
    """The body's bytes. Raises Problem 413 as soon as it is too long, 415 when it is not said to be JSON."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise Problem(415, "content_type", "Send application/json.", "请以 application/json 提交。")
    found = bytearray()
    async for chunk in request.stream():
        found += chunk
        if len(found) > limit:
            raise Problem(413, "too_large", f"At most {limit} bytes in one body.", f"请求内容最多 {limit} 字节。")
    return bytes(found)


def parsed(model: type[M], body: bytes) -> M:
    """The body as this model; unknown fields are refused. Raises Problem 400, 422."""
    try:
        return model.model_validate_json(body or b"{}")
    except ValidationError as error:
        raise invalid(error) from None


def parsed_query(model: type[M], query: Mapping[str, str]) -> M:
    """The query string as this model; unknown parameters are refused. Raises Problem 422."""
    try:
        return TypeAdapter(model).validate_python(dict(query))
    except ValidationError as error:
        raise invalid(error) from None


def body_mac(secret: bytes, route: str, body: bytes) -> bytes:
    """HMAC-SHA256 of route and body: tells whether a key came with another body, and nothing about the body."""
    return hmac.digest(secret, route.encode() + b"\0" + body, "sha256")
