"""Where Kafka is, and how its libraries are told."""

import asyncio
from collections.abc import AsyncGenerator, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

import structlog
from faststream.security import BaseSecurity, SASLScram512

from services.runtime.settings import Settings

log = structlog.get_logger(__name__)
LEAVE_SECONDS = 2
"""What a client may take when nobody waits for it any more."""
START_SECONDS = 60
"""What a client may take to start; Kafka answers each of its questions within aiokafka's forty, or is away."""
STOP_SECONDS = 20
"""What a client may take to stop. Those of aiokafka may wait for ever for a Kafka that went away meanwhile."""


class Starting(Protocol):
    async def start(self) -> None: ...


class Client(Starting, Protocol):
    async def stop(self) -> None: ...


C = TypeVar("C", bound=Client)


async def start(client: Starting, seconds: float = START_SECONDS) -> None:
    """Start a client of aiokafka. Raises KafkaError, OSError, TimeoutError.

    One that is cancelled in the middle of its start leaves a connection open that only it knew: so it is waited for,
    and whoever is cancelled meanwhile can stop it.
    """
    starting = asyncio.ensure_future(client.start())
    try:
        async with asyncio.timeout(seconds):
            await asyncio.shield(starting)
    except (asyncio.CancelledError, TimeoutError):
        await asyncio.wait([starting], timeout=LEAVE_SECONDS)
        starting.cancel()
        await asyncio.gather(starting, return_exceptions=True)
        raise


async def ends(work: Coroutine[Any, Any, object], seconds: float) -> bool:
    """Whether it came to its end within so many seconds; it is left then.

    For what aiokafka does when it is closed: that may end in a cancellation that nobody asked for, which would end
    whoever awaits it, or not end at all.
    """
    doing = asyncio.ensure_future(work)
    await asyncio.wait([doing], timeout=seconds)
    if doing.done():
        return not doing.cancelled() and doing.exception() is None
    doing.cancel()
    return False


async def stop(client: Client, seconds: float = STOP_SECONDS) -> bool:
    """Stop a client of aiokafka, whatever comes of it; False when it did not stop in order."""
    if await ends(client.stop(), seconds):
        return True
    log.warning("kafka_client_left", client=type(client).__name__)
    await release(client)
    return False


async def release(client: object) -> None:
    """Close the connections of one that did not stop in order; it counts itself as stopped and would not."""
    if (inner := getattr(client, "_client", None)) is not None:
        await ends(inner.close(), LEAVE_SECONDS)


@asynccontextmanager
async def started(client: C) -> AsyncGenerator[C]:
    """Started, and stopped whatever happens. Raises KafkaError, OSError."""
    try:
        await start(client)
        yield client
    finally:
        await stop(client)


@dataclass(frozen=True, slots=True)
class KafkaLink:
    """`bootstrap` is `host:port`, several separated by commas. With a user, SCRAM-SHA-512."""

    bootstrap: str
    user: str | None = None
    password: str | None = None

    @staticmethod
    def of(settings: Settings) -> "KafkaLink":
        secret = settings.kafka_password
        return KafkaLink(settings.kafka, settings.kafka_user, secret.get_secret_value() if secret else None)

    def options(self) -> dict[str, Any]:
        """For the clients of aiokafka."""
        found: dict[str, Any] = {"bootstrap_servers": self.bootstrap.split(",")}
        if self.user is not None:
            found |= {
                "security_protocol": "SASL_PLAINTEXT",
                "sasl_mechanism": "SCRAM-SHA-512",
                "sasl_plain_username": self.user,
                "sasl_plain_password": self.password or "",
            }
        return found

    def security(self) -> BaseSecurity | None:
        """For FastStream."""
        return None if self.user is None else SASLScram512(self.user, self.password or "")
