"""Requests that schemathesis makes from a service's OpenAPI, sent by the harness's own client."""

import asyncio
import json
import random
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any
from uuid import uuid4

import httpx
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.errors import Unsatisfiable
from schemathesis.core import NOT_SET
from schemathesis.core.result import Ok
from schemathesis.generation import GenerationMode

from tests.journeys.operations import Operation

SEED = 20261122
SLOW = (
    HealthCheck.too_slow,
    HealthCheck.data_too_large,
    HealthCheck.filter_too_much,
    HealthCheck.large_base_example,
)
Table = dict[str, Counter[int]]
Document = dict[str, Any]


def apis(document: Document) -> Mapping[str, Any]:
    """schemathesis's operations, by operationId."""
    schema = schemathesis.openapi.from_dict(document)
    found: dict[str, Any] = {}
    for one in schema.get_all_operations():
        assert isinstance(one, Ok), one
        found[one.ok().definition.raw["operationId"]] = one.ok()
    return found


def generate(api: Any, mode: GenerationMode, count: int, use: Callable[[Any], None]) -> None:
    """`use` with so many cases of this operation. Not to be called on the loop: it takes seconds."""

    @seed(SEED)
    @settings(
        max_examples=count,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=SLOW,
    )
    @given(api.as_strategy(generation_mode=mode))
    def each(case: Any) -> None:
        use(case)

    # What takes neither parameter nor body cannot be asked in a wrong way.
    with suppress(Unsatisfiable):
        each()


def bodies(api: Any, count: int) -> list[Any]:
    """Bodies that the schema allows, so many."""
    found: list[Any] = []
    generate(api, GenerationMode.POSITIVE, count, lambda case: found.append(case.body))
    return [_whole(body) for body in found if body is not NOT_SET]


def _whole(value: Any) -> Any:
    """To a JSON Schema 5.0 is an integer; the office's records know one form of a number."""
    match value:
        case float() if value.is_integer():
            return int(value)
        case list():
            return [_whole(one) for one in value]
        case dict():
            return {name: _whole(one) for name, one in value.items()}
        case _:
            return value


def prepared(case: Any, url: str, token: str, number: str | None, key: bool) -> requests.PreparedRequest | None:
    """The request as it goes over the wire; None for one that HTTP itself cannot carry. `number`: of a case that is
    there; `key`: whether its Idempotency-Key is a new one."""
    if number is not None and "number" in (case.path_parameters or {}):
        case.path_parameters["number"] = number
    try:
        made = requests.Request(**_known(case.as_transport_kwargs(base_url=url))).prepare()
        made.headers["Authorization"] = f"Bearer {token}"
        if key and "Idempotency-Key" in made.headers:
            made.headers["Idempotency-Key"] = uuid4().hex
        httpx.Request(made.method or "", made.url or "", headers=_headers(made))
    except (requests.RequestException, httpx.InvalidURL, UnicodeError, ValueError):
        return None
    return made


def _known(sent: dict[str, Any]) -> dict[str, Any]:
    names = ("method", "url", "headers", "params", "data", "json", "cookies", "files")
    return {name: value for name, value in sent.items() if name in names}


def _headers(made: requests.PreparedRequest) -> list[tuple[bytes, bytes]]:
    def raw(value: str | bytes) -> bytes:
        return value if isinstance(value, bytes) else value.encode("latin-1")

    return [(raw(name), raw(value)) for name, value in made.headers.items()]


async def send(http: httpx.AsyncClient, made: requests.PreparedRequest) -> httpx.Response:
    """Sent as it is. Of a stream of events only the beginning is waited for."""
    body = made.body.encode() if isinstance(made.body, str) else made.body
    assert body is None or isinstance(body, bytes)
    request = http.build_request(made.method or "", made.url or "", headers=_headers(made), content=body)
    answer = await http.send(request, stream=True)
    try:
        if not answer.headers.get("content-type", "").startswith("text/event-stream"):
            await answer.aread()
    finally:
        await answer.aclose()
    return answer


def wrong(answer: httpx.Response) -> str | None:
    """What no answer may be: an error of ours, or an error that is no problem. `views_behind` is the right answer to
    who reads after a position that was never given out."""
    if answer.status_code < 400 or (answer.status_code == 503 and b'"views_behind"' in answer.content):
        return None
    if answer.status_code >= 500:
        return answer.text[:300]
    if answer.headers.get("content-type") != "application/problem+json":
        return f"no problem: {answer.text[:300]}"
    said = json.loads(answer.content)
    return None if {"code", "detail", "detail_zh"} <= said.keys() else f"no code: {said}"


def shown(table: Table) -> str:
    """Operation × status."""
    statuses = sorted({status for counts in table.values() for status in counts})
    width = max(map(len, table))
    lines = [" " * width + "".join(f"{status:>6}" for status in statuses)]
    lines += [
        f"{label:<{width}}" + "".join(f"{counts[status] or '·':>6}" for status in statuses)
        for label, counts in sorted(table.items())
    ]
    return "\n".join(lines)


def table() -> Table:
    return defaultdict(Counter)


class Fuzz:
    """schemathesis's data, sent from a thread of its own over the loop's client."""

    def __init__(self, http: httpx.AsyncClient, url: str, tokens: list[str], numbers: list[str]) -> None:
        self._http = http
        self._url = url
        self._tokens = tokens
        self._numbers = numbers
        self._loop = asyncio.get_running_loop()
        self._random = random.Random(SEED)
        self.found: list[str] = []

    async def operation(self, operation: Operation, api: Any, each: int, counts: Counter[int]) -> None:
        """So many that the schema allows, and so many that it does not."""

        def use(case: Any) -> None:
            number = self._random.choice(self._numbers) if self._random.random() < 0.8 else None
            token = self._random.choice(self._tokens)
            made = prepared(case, self._url, token, number, self._random.random() < 0.8)
            if made is None:
                return
            answer = asyncio.run_coroutine_threadsafe(send(self._http, made), self._loop).result(60)
            counts[answer.status_code] += 1
            if (how := wrong(answer)) is not None:
                self.found.append(f"{operation.label} {made.url} {made.body!r:.300}: {answer.status_code} {how}")

        for mode in GenerationMode:
            await asyncio.to_thread(generate, api, mode, each, use)
