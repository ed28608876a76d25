"""What each service says in its OpenAPI that it can do."""

from dataclasses import dataclass
from typing import Any

from tests.journeys.system import System


@dataclass(frozen=True, slots=True)
class Operation:
    """`id` is OpenAPI's operationId, the same on every tier; `raw` the operation's part of the document."""

    tier: str
    method: str
    path: str
    id: str
    raw: dict[str, Any]

    @property
    def label(self) -> str:
        return f"{self.tier} {self.method} {self.path}"

    @property
    def takes_file(self) -> bool:
        """Whether its body is no JSON."""
        return "application/json" not in self.raw.get("requestBody", {}).get("content", ("application/json",))

    @property
    def writes(self) -> bool:
        return self.method != "GET" and not self.takes_file

    @property
    def schema(self) -> dict[str, Any] | None:
        """Of the body, if there is one."""
        body = self.raw.get("requestBody")
        return body["content"]["application/json"]["schema"] if body and not self.takes_file else None

    @property
    def keyed(self) -> bool:
        """Whether it needs an Idempotency-Key."""
        return any(one["name"] == "Idempotency-Key" for one in self.raw.get("parameters", ()))

    @property
    def signed(self) -> bool:
        """Whether it needs a token."""
        return "security" in self.raw


async def document(system: System, tier: str) -> dict[str, Any]:
    """The service's OpenAPI, as it gives it."""
    found = await system.http.get(f"{system.services[tier].url}/api/v1/openapi.json")
    assert found.status_code == 200
    return found.json()


async def operations(system: System, tier: str) -> list[Operation]:
    paths = (await document(system, tier))["paths"]
    return [
        Operation(tier, method.upper(), path, raw["operationId"], raw)
        for path, methods in paths.items()
        for method, raw in methods.items()
    ]
