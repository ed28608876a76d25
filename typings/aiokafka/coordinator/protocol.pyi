from collections.abc import Sequence

class ConsumerProtocolMemberMetadata:
    subscription: Sequence[str]
    @classmethod
    def decode(cls, data: bytes) -> ConsumerProtocolMemberMetadata: ...
