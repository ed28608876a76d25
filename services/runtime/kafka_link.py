"""Where Kafka is, and how its libraries are told."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from faststream.security import BaseSecurity, SASLScram512

from services.runtime.settings import Settings

LEAVE_SECONDS = 2
"""What a client may take to start after nobody waits for it any more."""


class Client(Protocol):
    async def start(self) -> None: ...


class Closing(Client, Protocol):
    async def stop(self) -> None: ...


C = TypeVar("C", bound=Closing)


async def start(client: Client) -> None:
    """Start a client of aiokafka. Raises KafkaError, OSError.

    One that is cancelled in the middle of its start leaves a connection open that only it knew: so it is waited for,
    and whoever is cancelled meanwhile can stop it.
    """
    starting = asyncio.ensure_future(client.start())
    try:
        await asyncio.shield(starting)
    except asyncio.CancelledError:
        await asyncio.wait([starting], timeout=LEAVE_SECONDS)
        starting.cancel()
        await asyncio.gather(starting, return_exceptions=True)
        raise


@asynccontextmanager
async def started(client: C) -> AsyncGenerator[C]:
    """Started, and stopped whatever happens. Raises KafkaError, OSError."""
    try:
        await start(client)
        yield client
    finally:
        await client.stop()


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
