"""What a route reads of a request: the person, the key, the body. Routes take only `Request`, because a body
parameter with dependencies costs a third of an act."""

import hmac
import json
import re
from collections.abc import Mapping
from typing import Any, TypeVar

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


def operator(request: Request, verifier: Verifier) -> Actor:
    """An operator of the service. Raises Problem 401, 403."""
    by = person(request, verifier)
    if "operator" not in by.roles:
        raise Problem(403, "role_missing", "This needs the role operator.", "需要 operator 角色。")
    return by


def writer(request: Request, verifier: Verifier, units: frozenset[str]) -> Actor:
    """Who wants to write for a unit served here. A service writes for no other: that unit's own service may be writing
    at this moment, and the chain would fork. Raises Problem 401, 403."""
    by = person(request, verifier)
    if by.unit not in units:
        raise Problem(
            403,
            "unit_elsewhere",
            "Your unit is served by another service. Send this to the service of your unit.",
            "您所在单位不由本服务承办，请向本单位所属的服务提交。",
        )
    return by


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
    return await content(request, limit)


async def content(request: Request, limit: int) -> bytes:
    """The body's bytes, whatever they are said to be. Raises Problem 413 as soon as it is too long."""
    found = bytearray()
    async for chunk in request.stream():
        found += chunk
        if len(found) > limit:
            raise Problem(413, "too_large", f"At most {limit} bytes in one body.", f"请求内容最多 {limit} 字节。")
    return bytes(found)


def parsed(model: type[M], body: bytes) -> M:
    """The body as this model; unknown fields are refused. Raises Problem 400, 422."""
    try:
        found = model.model_validate_json(body or b"{}")
        if body:
            json.loads(body, object_pairs_hook=_once, parse_int=str, parse_float=str)
    except ValidationError as error:
        raise invalid(error) from None
    except _Twice as twice:
        raise Problem(
            400,
            "field_twice",
            f"The field {twice} stands twice in one object. Leave one of them out.",
            f"同一对象中字段 {twice} 重复出现，请只保留一个。",
        ) from None
    return found


class _Twice(Exception):
    """Readers differ in which of two equal names they take, so neither is taken."""


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        raise _Twice(next(name for name in names if names.count(name) > 1)[:64])
    return found


async def asked(
    request: Request, verifier: Verifier, units: frozenset[str], mac_key: bytes, route: str
) -> tuple[Actor, str, bytes, bytes]:
    """Who writes, under which key, the body, and its code for a repeated key. Raises what these four raise."""
    by, key, body = writer(request, verifier, units), idempotency_key(request), await raw(request)
    return by, key, body, body_mac(mac_key, route, body)


def parsed_query(model: type[M], query: Mapping[str, str]) -> M:
    """The query string as this model; unknown parameters are refused. Raises Problem 422."""
    try:
        return TypeAdapter(model).validate_python(dict(query))
    except ValidationError as error:
        raise invalid(error) from None


def body_mac(secret: bytes, route: str, body: bytes) -> bytes:
    """HMAC-SHA256 of route and body: tells whether a key came with another body, and nothing about the body."""
    return hmac.digest(secret, route.encode() + b"\0" + body, "sha256")
