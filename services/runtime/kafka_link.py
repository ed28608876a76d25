"""Where Kafka is, and how its libraries are told."""

from dataclasses import dataclass
from typing import Any

from faststream.security import BaseSecurity, SASLScram512

from services.runtime.settings import Settings


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
