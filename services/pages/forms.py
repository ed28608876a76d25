"""What a browser's form says."""

from collections.abc import Sequence
from typing import NamedTuple
from urllib.parse import parse_qsl

from fastapi import Request

from services.runtime.http.problem import Problem

KIND = "application/x-www-form-urlencoded"
FIELDS = 400


class Form(NamedTuple):
    """Fields in the order of the page; a name may come more than once (boxes that are ticked)."""

    fields: Sequence[tuple[str, str]]

    def one(self, name: str) -> str:
        """The last that was said under this name; nothing when the form has no such field."""
        return next((value for said, value in reversed(self.fields) if said == name), "")

    def all(self, name: str) -> list[str]:
        return [value for said, value in self.fields if said == name]


async def form(request: Request, limit: int, fields: int = FIELDS) -> Form:
    """At most so many bytes and fields of it. Raises Problem 400, 413, 415."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != KIND:
        raise Problem(415, "content_type", "Send the form of this page.", "请通过本页面的表单提交。")
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > limit:
            raise Problem(413, "too_large", "The form is too long.", "表单内容过长。")
    try:
        text = body.decode("utf-8", "replace")
        return Form(parse_qsl(text, keep_blank_values=True, max_num_fields=fields))
    except ValueError:
        raise Problem(400, "too_many_fields", "Send the form of this page.", "请通过本页面的表单提交。") from None
