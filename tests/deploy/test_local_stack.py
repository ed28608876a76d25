"""The servers of one state folder, through everything that a developer's machine does to them."""

import asyncio
import signal
import socket
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from deploy.local import AlreadyRunning, NotUsable, Stack
from deploy.local.processes import marked


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    path = Path(tempfile.mkdtemp(prefix="sanji-test-"))
    path.chmod(0o711)
    yield path
    Stack(path).discard()


@pytest.fixture
def own(folder: Path) -> Iterator[Stack]:
    """Servers that no other test is using, for what would disturb it."""
    with Stack(folder) as own:
        yield own


def heeds_ctrl_c() -> None:
    """As from a terminal, wherever the tests are run: a shell has what it starts in the background ignore Ctrl-C."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def up(folder: Path) -> subprocess.Popen[str]:
    """`python -m deploy.local up`, once both servers answer."""
    owner = subprocess.Popen(
        [sys.executable, "-m", "deploy.local", "up", "--state", str(folder)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        preexec_fn=heeds_ctrl_c,
    )
    assert owner.stdout is not None
    assert owner.stdout.readline().startswith("PostgreSQL 127.0.0.1:")
    assert owner.stdout.readline().startswith("Kafka")
    return owner


def end(owner: subprocess.Popen[str], how: signal.Signals) -> int:
    assert owner.stdout is not None
    owner.send_signal(how)
    code = owner.wait(60)
    owner.stdout.close()
    return code


def left_running(folder: Path) -> list[int]:
    return [process.pid for process in marked(Stack(folder).state.kept.mark)]


async def note(address: str, word: str) -> None:
    connection = await asyncpg.connect(address)
    await connection.execute("create table if not exists book (word text)")
    await connection.execute("insert into book values ($1)", word)
    await connection.close()


async def noted(address: str) -> list[str]:
    connection = await asyncpg.connect(address)
    words = await connection.fetch("select word from book order by word")
    await connection.close()
    return [row["word"] for row in words]


async def test_both_servers_killed_with_9_come_back_with_what_they_had_acknowledged(own: Stack) -> None:
    address = own.postgres.create_database("killed")
    bootstrap = own.kafka.bootstrap()
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    await admin.create_topics([NewTopic("killed", 1, 1)])
    await admin.close()
    await note(address, "收件")
    async with AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all") as producer:
        await producer.send_and_wait("killed", "收件".encode())

    own.kafka.kill9()
    own.postgres.kill9()
    assert (own.kafka.pid, own.postgres.pid) == (None, None)
    own.postgres.start()
    own.kafka.start()

    assert await noted(address) == ["收件"]
    async with AIOKafkaConsumer(bootstrap_servers=bootstrap) as consumer:
        consumer.assign([TopicPartition("killed", 0)])
        await consumer.seek_to_beginning()
        assert (await consumer.getone()).value == "收件".encode()


async def test_a_wiped_kafka_is_another_cluster_on_the_same_port_with_no_topics(own: Stack) -> None:
    before, port = own.kafka.cluster_id, own.kafka.bootstrap()
    own.kafka.wipe()
    assert own.kafka.cluster_id != before
    assert own.kafka.bootstrap() == port
    admin = AIOKafkaAdminClient(bootstrap_servers=port)
    await admin.start()
    assert await admin.list_topics() == []
    await admin.close()


async def test_a_service_cannot_enter_the_database_of_another(stack: Stack) -> None:
    mine, others = stack.postgres.create_database("mine"), stack.postgres.create_database("others")
    assert mine == stack.postgres.create_database("mine") == stack.postgres.dsn("mine")
    await (await asyncpg.connect(mine)).close()
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await asyncpg.connect(mine.rpartition("/")[0] + "/others")
    with pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(others.replace("others", "mine", 1))
    stack.postgres.drop_database("mine")
    stack.postgres.drop_database("others")
    with pytest.raises(NotUsable, match="no database"):
        stack.postgres.dsn("mine")


def test_passwords_are_for_the_owner_of_the_folder_only(stack: Stack) -> None:
    assert stat.S_IMODE((stack.state.folder / "stack.json").stat().st_mode) == 0o600
    assert not (stack.state.folder / "postgres.secret").exists()


def test_postgresql_keeps_every_promise_of_durability(stack: Stack) -> None:
    for setting in ("fsync", "full_page_writes", "synchronous_commit", "data_checksums"):
        assert stack.postgres.sql(f"show {setting}") == "on"
    assert stack.postgres.sql("select count(*) > 0 from pg_settings where name = 'pg_stat_statements.max'") == "t"


def test_a_second_start_is_refused_and_names_the_first(stack: Stack) -> None:
    folder = stack.state.folder
    holder = stack.state.holder()
    with pytest.raises(AlreadyRunning, match=f"process {holder}"):
        Stack(folder).start()
    second = [sys.executable, "-m", "deploy.local", "up", "--state", str(folder)]
    refused = subprocess.run(second, capture_output=True, text=True)
    assert refused.returncode == 3
    assert f"process {holder}" in refused.stderr.replace("\n", " ")
    assert stack.postgres.sql("select 1") == "1"


async def test_what_a_killed_owner_left_behind_is_stopped_by_the_next_start_and_its_data_kept(folder: Path) -> None:
    owner = up(folder)
    orphans = left_running(folder)
    end(owner, signal.SIGKILL)
    assert set(left_running(folder)) >= {min(orphans)}
    with Stack(folder) as stack:
        await note(stack.postgres.create_database("orphaned"), "受理")
        assert {stack.kafka.pid, stack.postgres.pid} <= set(left_running(folder))
        assert not set(orphans) & set(left_running(folder))
        ports = stack.postgres.port, stack.kafka.bootstrap()
    with Stack(folder) as again:
        assert (again.postgres.port, again.kafka.bootstrap()) == ports
        assert await noted(again.postgres.dsn("orphaned")) == ["受理"]


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_nothing_is_left_running_when_the_owner_is_told_to_end(folder: Path, how: signal.Signals) -> None:
    owner = up(folder)
    assert left_running(folder)
    assert end(owner, how) == 0
    assert left_running(folder) == []


def test_down_ends_what_up_started_and_status_tells(folder: Path) -> None:
    def run(command: str) -> int:
        arguments = [sys.executable, "-m", "deploy.local", command, "--state", str(folder)]
        return subprocess.run(arguments, capture_output=True).returncode

    owner = up(folder)
    assert run("status") == 0
    assert run("down") == 0
    assert end(owner, signal.SIGTERM) == 0
    assert left_running(folder) == []
    assert run("status") == 3


def test_a_start_that_fails_halfway_stops_what_it_had_started_and_says_what_to_do(folder: Path) -> None:
    stack = Stack(folder)
    with socket.create_server(("127.0.0.1", stack.postgres.port)), pytest.raises(NotUsable, match="taken by another"):
        stack.start()
    assert left_running(folder) == []
    assert stack.state.holder() is None


def test_the_first_start_tells_each_step(tmp_path: Path) -> None:
    heard: list[str] = []

    def step(words: str) -> None:
        heard.append(words)
        if words.startswith("Starting PostgreSQL"):
            raise KeyboardInterrupt

    stack = Stack(tmp_path, step=step)
    with pytest.raises(KeyboardInterrupt):
        stack.start()
    stack.discard()
    assert [words.split()[0] for words in heard if "cannot enter" not in words] == [
        "Formatting",
        "Starting",
        "Creating",
        "Starting",
    ]


async def test_a_start_that_is_given_up_leaves_nothing_running(tmp_path: Path) -> None:
    begun = asyncio.Event()
    loop = asyncio.get_running_loop()

    def step(words: str) -> None:
        if words.startswith("Starting Kafka"):
            loop.call_soon_threadsafe(begun.set)

    stack = Stack(tmp_path, step=step)
    entering = asyncio.ensure_future(stack.__aenter__())
    await begun.wait()
    entering.cancel()
    with pytest.raises(asyncio.CancelledError):
        await entering
    assert left_running(tmp_path) == []
    stack.discard()


def test_a_folder_that_only_root_may_enter_serves_all_the_same(tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    stack = Stack(tmp_path / "state")
    with stack:
        assert stack.postgres.sql("select 1") == "1"
    outside = stack.state.outside
    stack.discard()
    assert not outside.exists()
