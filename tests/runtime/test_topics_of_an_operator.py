"""Where only an operator may make topics, a service that lacks one says so and does not start."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from aiokafka.protocol.admin import CreateAclsRequest

from deploy.local import Kafka, kafka
from deploy.local.state import State
from services.runtime import starting
from services.runtime.kafka_link import KafkaLink
from services.runtime.kafka_topics import Wanted, administrator, ensure_topics
from services.runtime.starting import CannotStart

AUTHORIZER = "org.apache.kafka.metadata.authorizer.StandardAuthorizer"
TOPIC, CLUSTER, LITERAL = 2, 4, 3
ALL, CREATE = 2, 5
DENY, ALLOW = 2, 3
"""Of Kafka's protocol: kinds of resource and pattern, operations, permissions."""
THERE, LACKING = Wanted(f"there-{uuid4().hex}", 3, None), Wanted(f"lacking-{uuid4().hex}", 3, None)


@pytest.fixture
def guarded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[KafkaLink]:
    """A Kafka that looks at what each user may do, and forbids nothing yet."""
    monkeypatch.setitem(kafka.SETTINGS, "authorizer.class.name", AUTHORIZER)
    monkeypatch.setitem(kafka.SETTINGS, "allow.everyone.if.no.acl.found", "true")
    state = State(tmp_path / "stack")
    state.hold()
    server = Kafka(state, (), lambda words: None)
    try:
        server.prepare()
        server.start()
        yield KafkaLink(server.bootstrap())
    finally:
        server.stop()
        state.release()


async def leave_topics_to_the_operator(link: KafkaLink) -> None:
    """Everybody may do everything but make topics."""
    async with administrator(link) as asked:
        admin: Any = asked
        for resource, name in ((TOPIC, "*"), (CLUSTER, "kafka-cluster")):
            for operation, permission in ((ALL, ALLOW), (CREATE, DENY)):
                rule = CreateAclsRequest(resource, name, LITERAL, "User:*", "*", operation, permission)
                answer = await admin._send_to_controller(rule)
                assert [code for code, *_ in answer.creation_responses] == [0], answer


async def test_a_topic_that_is_missing_and_may_not_be_made_is_named_and_the_others_are_used(guarded: KafkaLink) -> None:
    assert await ensure_topics(guarded, [THERE]) == [THERE.name]
    await leave_topics_to_the_operator(guarded)
    words = f"topics missing, and this user may not make them: {LACKING.name}. Have its operator make them"
    with pytest.raises(CannotStart, match=words):
        await starting.kafka(guarded, [THERE, LACKING], [], "us", patience=0)
    await starting.kafka(guarded, [THERE], [], "us", patience=0)
