"""One event to one subscriber, and what its answer means.

CloudEvents over HTTP in structured mode: the body is the record as it lies in the log, so whoever checks chains can.
Permission is asked first, as the CloudEvents web hook specification (1.0.2, section 4) has it.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

import httpx

from services.runtime.turns import end_if_asked
from services.runtime.webhooks.signing import signature

CONTENT_TYPE = "application/cloudevents+json; charset=utf-8"
TIMEOUT = httpx.Timeout(10.0, connect=5.0)
MOST_OF_AN_ANSWER = 64 * 1024
"""Bytes read, so that the connection can be used again; nothing in them is looked at."""
AWAY = frozenset({408, 425, 429, 502, 503, 504})
GONE = 410
LONGEST_ASKED = 3600.0
"""Seconds that a subscriber may ask to be left alone for (Retry-After)."""
LOCAL = frozenset({"127.0.0.1", "::1", "localhost"})


class Away(Exception):
    """The subscriber does not answer, or asks to be left alone for `seconds`: no event is at fault."""

    def __init__(self, problem: str, seconds: float = 0.0) -> None:
        super().__init__(problem)
        self.problem = problem
        self.seconds = seconds


class Gone(Exception):
    """It wants nothing more (410)."""


class NotAllowed(Exception):
    """It did not say that it wants to hear from us."""


@dataclass(frozen=True, slots=True)
class Message:
    """`id`: of the event's record, its hash in hex; the same whenever it is sent."""

    id: str
    body: bytes


def url_problem(url: str, hosts: frozenset[str]) -> str | None:
    """Why nothing may be sent there; a stable code. `hosts`: those that the operator named."""
    try:
        at = urlsplit(url)
        _ = at.port
    except ValueError:
        return "webhook_url"
    if at.scheme not in ("https", "http") or not at.hostname or at.username or at.password or at.fragment:
        return "webhook_url"
    if at.scheme == "http" and at.hostname not in LOCAL:
        return "webhook_https"
    return None if at.hostname in hosts else "webhook_host"


class Poster:
    """Of one subscription: posts over a few connections of its own, so that a slow subscriber holds nobody else's."""

    def __init__(self, url: str, origin: str, connections: int) -> None:
        limits = httpx.Limits(max_connections=connections, max_keepalive_connections=connections)
        # Neither a proxy of the environment nor a redirect leads elsewhere than the operator allowed.
        self._client = httpx.AsyncClient(timeout=TIMEOUT, limits=limits, trust_env=False, follow_redirects=False)
        self._url = url
        self._origin = origin

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._client.aclose()

    async def ask(self) -> None:
        """Ask whether it wants to hear from us. Raises NotAllowed, Away."""
        status, headers = await self._answer("OPTIONS", b"", {"WebHook-Request-Origin": self._origin})
        allowed = [word.strip() for word in headers.get("webhook-allowed-origin", "").split(",")]
        if status >= 300 or not {"*", self._origin} & set(allowed):
            raise NotAllowed(f"status {status}, WebHook-Allowed-Origin {allowed[0][:100]!r}")

    async def post(self, message: Message, secrets: Sequence[bytes]) -> str | None:
        """None: it has it; else why it refused this event. Raises Away, Gone."""
        now = int(time.time())
        headers = {
            "Content-Type": CONTENT_TYPE,
            "Webhook-Id": message.id,
            "Webhook-Timestamp": str(now),
            "Webhook-Signature": signature(secrets, message.id, now, message.body),
            "WebHook-Request-Origin": self._origin,
        }
        status, answered = await self._answer("POST", message.body, headers)
        if 200 <= status < 300:
            return None
        if status == GONE:
            raise Gone
        if status in AWAY:
            raise Away(f"status {status}", _retry_after(answered.get("retry-after")))
        return f"status {status}"

    async def _answer(self, method: str, body: bytes, headers: dict[str, str]) -> tuple[int, httpx.Headers]:
        try:
            async with self._client.stream(method, self._url, content=body, headers=headers) as answer:
                size = 0
                async for part in answer.aiter_raw():
                    size += len(part)
                    if size > MOST_OF_AN_ANSWER:
                        break
                return answer.status_code, answer.headers
        except (httpx.HTTPError, OSError) as error:
            end_if_asked()
            raise Away(type(error).__name__) from None


def _retry_after(said: str | None) -> float:
    """Seconds (RFC 9110, 10.2.3); 0 when nothing was said that can be read."""
    if not said:
        return 0.0
    try:
        seconds = float(said) if said.isdecimal() else parsedate_to_datetime(said).timestamp() - time.time()
    except ValueError:
        return 0.0
    return min(max(seconds, 0.0), LONGEST_ASKED)
