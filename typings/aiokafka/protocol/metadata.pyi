from collections.abc import Sequence

class MetadataRequest:
    def __init__(self, topics: Sequence[str] | None = ..., allow_auto_topic_creation: bool | None = ...) -> None: ...
