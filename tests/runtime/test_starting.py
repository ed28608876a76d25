"""A program that is set up wrongly does not start, and says in one sentence why and what to do."""

import asyncio
import os
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from aiokafka import AIOKafkaConsumer

from deploy.local.ports import free_port
from services.runtime import claims, starting
from services.runtime.database import MIGRATIONS, connect, migrate
from services.runtime.issuer import PUBLIC_FILE, make_issuer
from services.runtime.kafka_link import KafkaLink
from services.runtime.kafka_topics import Wanted, ensure_topics, inboxes
from services.runtime.keys import make_unit_keys
from services.runtime.settings import Settings
from services.runtime.starting import EX_CONFIG, CannotStart

ROOT = Path(__file__).parents[2]
UNIT = "340402100"
NO_KAFKA = "127.0.0.1:9"


@pytest.fixture
def said(database: str, bootstrap: str, topic_prefix: str, tmp_path: Path) -> dict[str, str]:
    """Settings of a township's service with which it would start."""
    make_issuer(tmp_path / "issuer")
    make_unit_keys(tmp_path / "keys", UNIT)
    return {
        "SANJI_SERVICE": "township",
        "SANJI_UNITS": UNIT,
        "SANJI_DATABASE": database,
        "SANJI_KAFKA": bootstrap,
        "SANJI_TOPIC_PREFIX": topic_prefix,
        "SANJI_KEYS": str(tmp_path / "keys"),
        "SANJI_ISSUER_KEYS": str(tmp_path / "issuer" / PUBLIC_FILE),
        "SANJI_STATE": str(tmp_path / "markers"),
        "SANJI_PORT": str(free_port()),
    }


async def refused(said: dict[str, str], **other: str) -> str:
    """What the program says when it ends at once."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), **said, **other}
    command = [sys.executable, "-m", "services.township"]
    done = await asyncio.to_thread(
        subprocess.run, command, env=environment, capture_output=True, text=True, timeout=90, check=False
    )
    assert done.returncode == EX_CONFIG, done.stderr
    *_, last = done.stderr.strip().splitlines()
    assert "Traceback" not in done.stderr
    return last


async def test_a_setting_that_is_missing_or_makes_no_sense_is_named(said: dict[str, str]) -> None:
    assert "SANJI_PORT" in await refused(said, SANJI_PORT="eighty")
    without = {name: value for name, value in said.items() if name != "SANJI_KAFKA"}
    assert await refused(without) == (
        "SANJI_KAFKA: Field required. Set it in the environment. 请在环境变量中正确设置 SANJI_KAFKA。"
    )
    assert "SANJI_WITNESS_TOKEN" in await refused(said, SANJI_WITNESSES="http://127.0.0.1:1")


async def test_a_wrong_address_of_the_database_is_told_apart_by_what_is_wrong(
    said: dict[str, str], database: str
) -> None:
    before, _, name = database.rpartition("/")
    scheme, _, rest = database.partition("://")
    user, _, place = rest.rpartition("@")
    nobody = f"{scheme}://{user}@127.0.0.1:{free_port()}/{name}"
    stranger = f"{scheme}://{user.partition(':')[0]}:wrong@{place}"
    for address, english, chinese in (
        (f"{before}/no_such", "does not exist", "数据库不存在"),
        (nobody, "no PostgreSQL answers there", "没有 PostgreSQL 应答"),
        (stranger, "password", "用户名或密码不正确"),
        ("mysql://somewhere/else", "no address of a PostgreSQL database", "不是 PostgreSQL 数据库地址"),
    ):
        words = await refused(said, SANJI_DATABASE=address)
        assert english in words
        assert chinese in words
        assert ":wrong@" not in words, "a password is told to nobody"


async def test_keys_that_are_missing_are_named_with_the_command_that_makes_them(said: dict[str, str]) -> None:
    assert "sanji keys 340402101" in await refused(said, SANJI_UNITS=f"{UNIT},340402101")


async def test_a_port_that_another_program_has_is_said(said: dict[str, str]) -> None:
    with socket.create_server(("127.0.0.1", int(said["SANJI_PORT"]))):
        assert said["SANJI_PORT"] in await refused(said)


def settings(said: dict[str, str], **other: object) -> Settings:
    named = {name.removeprefix("SANJI_").lower(): value for name, value in said.items()}
    return Settings.model_validate({"tier": "township", **named, **other})


async def opened(given: Settings, **more: object) -> None:
    pool = await starting.database(given, (MIGRATIONS,), **more)  # type: ignore[arg-type]
    await pool.close()


async def test_a_database_of_another_service_is_left_alone(said: dict[str, str]) -> None:
    await opened(settings(said))
    await opened(settings(said))
    with pytest.raises(CannotStart, match="database of service township, and this is district"):
        await opened(settings(said, service="district"))


async def test_a_database_that_a_newer_program_has_shaped_is_left_alone(said: dict[str, str], tmp_path: Path) -> None:
    newer = tmp_path / "newer"
    newer.mkdir()
    (newer / "9999_more.sql").write_text("create table more (n integer)")
    given = settings(said)
    pool = await starting.database(given, (MIGRATIONS, newer))
    await pool.close()
    with pytest.raises(CannotStart, match="9999"):
        await opened(given)


@pytest.mark.parametrize("hours", [-2, 2])
async def test_a_clock_far_from_the_databases_is_said_before_a_date_follows_from_it(
    said: dict[str, str], hours: int
) -> None:
    def now() -> datetime:
        return datetime.now(UTC) + timedelta(hours=hours)

    with pytest.raises(CannotStart, match=r"7[12]\d\d s apart"):
        await opened(settings(said), now=now)
    await opened(settings(said, clock_tolerance=7300), now=now)


@asynccontextmanager
async def reading(bootstrap: str, topic: str, name: str, group: str) -> AsyncIterator[None]:
    async with AIOKafkaConsumer(topic, bootstrap_servers=bootstrap, client_id=name, group_id=group) as consumer:
        while not consumer.assignment():
            await consumer.getmany(timeout_ms=100)
        yield


async def test_a_unit_that_another_service_reads_for_is_not_served_twice(said: dict[str, str], bootstrap: str) -> None:
    topics = settings(said).topics
    link, wanted = KafkaLink(bootstrap), inboxes(topics, [UNIT, "340402101"])
    await ensure_topics(link, wanted)
    inbox, us = topics.inbox(UNIT), claims.reader("township", "one")
    group = f"{said['SANJI_TOPIC_PREFIX']}other"
    async with reading(bootstrap, inbox, claims.reader("other", "two"), group):
        with pytest.raises(CannotStart, match="service other@two reads the inbox"):
            await starting.kafka(link, wanted, [inbox], us, patience=0)
        await starting.kafka(link, wanted, [topics.inbox("340402101")], us, patience=0)
        words = await refused(said)
        assert "一个单位只能由一个服务承办" in words
    async with reading(bootstrap, inbox, us, group), reading(bootstrap, inbox, "a tool that looks", f"{group}.tool"):
        await starting.kafka(link, wanted, [inbox], us, patience=0)


async def test_topics_that_are_not_as_agreed_are_said_and_a_kafka_that_is_away_is_not_waited_for(
    said: dict[str, str], bootstrap: str
) -> None:
    name = f"{said['SANJI_TOPIC_PREFIX']}odd"
    await ensure_topics(KafkaLink(bootstrap), [Wanted(name, 2, None)])
    with pytest.raises(CannotStart, match="has 2 partitions, and must have 3"):
        await starting.kafka(KafkaLink(bootstrap), [Wanted(name, 3, None)], [], "us", patience=0)
    await starting.kafka(KafkaLink(NO_KAFKA), [Wanted(name, 3, None)], [], "us", patience=0)


async def test_a_unit_that_moved_to_another_service_is_not_hosted_here_any_more(said: dict[str, str]) -> None:
    async with await connect(said["SANJI_DATABASE"], size=1) as pool, pool.acquire() as connection:
        await migrate(connection)
        await connection.execute("insert into unit_moved (unit, service) values ($1, 'own')", UNIT)
    last = await refused(said)
    assert f"SANJI_UNITS: unit {UNIT} moved to service own on" in last
    assert "sanji move" in last
    assert "迁至服务 own" in last
