from collections.abc import Mapping, Sequence
from typing import Any

class NewTopic:
    def __init__(
        self,
        name: str,
        num_partitions: int,
        replication_factor: int,
        replica_assignments: Mapping[int, Sequence[int]] | None = ...,
        topic_configs: Mapping[str, str] | None = ...,
    ) -> None: ...

class CreateTopicsResponse:
    topic_errors: list[tuple[Any, ...]]

Member = tuple[str, str, str, bytes, bytes]

class DescribeGroupsResponse:
    groups: list[tuple[int, str, str, str, str, list[Member]]]

class AIOKafkaAdminClient:
    def __init__(
        self,
        *,
        bootstrap_servers: str | Sequence[str] = ...,
        client_id: str = ...,
        request_timeout_ms: int = ...,
        metadata_max_age_ms: int = ...,
        **security: Any,
    ) -> None: ...
    async def start(self) -> None: ...
    async def close(self) -> None: ...
    async def create_topics(
        self, new_topics: Sequence[NewTopic], timeout_ms: int | None = ..., validate_only: bool = ...
    ) -> CreateTopicsResponse: ...
    async def delete_topics(self, topics: Sequence[str], timeout_ms: int | None = ...) -> Any: ...
    async def list_topics(self) -> list[str]: ...
    async def describe_topics(self, topics: Sequence[str] | None = ...) -> list[dict[str, Any]]: ...
    async def describe_cluster(self) -> dict[str, Any]: ...
    async def list_consumer_groups(self, broker_ids: Sequence[int] | None = ...) -> list[tuple[str, str]]: ...
    async def describe_consumer_groups(self, group_ids: Sequence[str]) -> list[DescribeGroupsResponse]: ...
