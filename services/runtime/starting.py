"""How a program starts, and why it does not: one sentence in both languages, and an exit code that says it is no use to
start it again as it is."""

import asyncio
import signal
import sys
from collections.abc import Awaitable, Callable, Collection, Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn, TypeVar

import asyncpg
import structlog
import uvloop
from aiokafka.errors import KafkaError
from fastapi import FastAPI
from pydantic import ValidationError

from services.runtime import claims
from services.runtime.database import NewerDatabase, connect, migrate
from services.runtime.http.server import Server
from services.runtime.kafka_link import KafkaLink
from services.runtime.kafka_topics import TopicsDiffer, Wanted, ensure_topics
from services.runtime.keys import KeysDamaged
from services.runtime.secret_files import SecretFileError
from services.runtime.settings import Settings
from services.runtime.statements import statement

if TYPE_CHECKING:
    from asyncpg import Record
    from asyncpg.pool import Pool
    from pydantic_core import ErrorDetails

log = structlog.get_logger(__name__)
EX_CONFIG = 78
"""sysexits.h: something was found in an unconfigured or misconfigured state."""
SECONDS = 10
"""To reach the database in."""
S = TypeVar("S", bound=Settings)


class CannotStart(Exception):
    """What is wrong and what to do, in English and Chinese."""

    def __init__(self, english: str, chinese: str) -> None:
        super().__init__(english)
        self.chinese = chinese


def run(service: Callable[[S], Awaitable[None]], settings: type[S], **fixed: str) -> None:
    """Run a service with settings from the environment and these. What hinders it is said on standard error, and ends
    the process with EX_CONFIG."""
    try:
        said = settings(**fixed)  # type: ignore[arg-type]
    except ValidationError as error:
        _end(*(_setting(one) for one in error.errors(include_url=False, include_input=False)))
    try:
        uvloop.run(_as_coroutine(service, said))
    except CannotStart as error:
        _end((str(error), error.chinese))
    except (SecretFileError, KeysDamaged) as error:
        _end((str(error), "密钥文件有问题，请按上句处理。"))


async def _as_coroutine(service: Callable[[S], Awaitable[None]], settings: S) -> None:
    """Asked to end before it listens to signals itself (`stop_on_signals`), it gives up what it has begun."""
    beginning, asked = asyncio.current_task(), asyncio.Event()
    assert beginning is not None

    def give_up() -> None:
        asked.set()
        beginning.cancel()

    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, give_up)
    try:
        await service(settings)
    except asyncio.CancelledError:
        if not asked.is_set():
            raise
        log.info("stopped_before_it_began")


def _setting(error: "ErrorDetails") -> tuple[str, str]:
    if not error["loc"]:
        return f"{error['msg'].removeprefix('Value error, ')}.", "请检查相互关联的设置。"
    name = "_".join(("SANJI", *map(str, error["loc"]))).upper()
    return f"{name}: {error['msg']}. Set it in the environment.", f"请在环境变量中正确设置 {name}。"


def _end(*sentences: tuple[str, str]) -> NoReturn:
    for english, chinese in sentences:
        print(f"{english} {chinese}", file=sys.stderr)
    raise SystemExit(EX_CONFIG)


async def database(
    settings: Settings,
    migrations: tuple[Path, ...],
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> "Pool[Record]":
    """The service's own database, brought to this program's shape. Raises CannotStart when it is not there or takes
    no such user, belongs to another service or to a newer program, or when its clock is not this machine's."""
    dsn = settings.database.get_secret_value()
    try:
        pool = await connect(
            dsn, size=settings.database_pool, statement_cache=settings.database_statement_cache, patience=SECONDS
        )
    except asyncpg.InvalidCatalogNameError as error:
        raise CannotStart(
            f"SANJI_DATABASE: {error}. Create it, or name the right one.",
            "数据库不存在，请先创建或改正 SANJI_DATABASE。",
        ) from error
    except asyncpg.InvalidAuthorizationSpecificationError as error:
        raise CannotStart(
            f"SANJI_DATABASE: {error}. Look at the user and the password in it.",
            "数据库用户名或密码不正确，请改正 SANJI_DATABASE。",
        ) from error
    except (OSError, TimeoutError) as error:
        raise CannotStart(
            f"SANJI_DATABASE: no PostgreSQL answers there ({error or type(error).__name__}). "
            "Start it, or mend the address.",
            "该地址没有 PostgreSQL 应答，请启动数据库或改正 SANJI_DATABASE。",
        ) from error
    except ValueError as error:
        raise CannotStart(
            f"SANJI_DATABASE is no address of a PostgreSQL database ({error}). Write postgresql://user:password@host/name.",
            "SANJI_DATABASE 不是 PostgreSQL 数据库地址，应写成 postgresql://用户:密码@主机/库名。",
        ) from error
    try:
        await _prepare(pool, settings, migrations, now)
    except BaseException:
        pool.terminate()
        raise
    return pool


async def _prepare(
    pool: "Pool[Record]", settings: Settings, migrations: tuple[Path, ...], now: Callable[[], datetime]
) -> None:
    async with pool.acquire() as connection:
        before = now()
        there = await connection.fetchval("select clock_timestamp()")
        apart = (there - before - (now() - before) / 2).total_seconds()
        if abs(apart) > settings.clock_tolerance:
            raise CannotStart(
                f"This machine's clock and the database's are {abs(apart):.0f} s apart, and dates follow from them. "
                "Set both by NTP.",
                f"本机时钟与数据库时钟相差 {abs(apart):.0f} 秒，期限将因此出错，请先用 NTP 校时。",
            )
        try:
            await migrate(connection, migrations)
        except NewerDatabase as error:
            raise CannotStart(
                f"SANJI_DATABASE: {error}. Start the newer program, or restore a backup from before it.",
                "数据库结构比本程序新，请启动新版程序，或恢复升级前的备份。",
            ) from error
        except asyncpg.InsufficientPrivilegeError as error:
            raise CannotStart(
                f"SANJI_DATABASE: {error}. The service's own role must own its database.",
                "数据库用户权限不足，该数据库应归本服务的用户所有。",
            ) from error
        owner = await connection.fetchval(statement("starting/belongs"), settings.service)
        if owner != settings.service:
            raise CannotStart(
                f"SANJI_DATABASE is the database of service {owner}, and this is {settings.service}: each has its own.",
                f"该数据库属于服务 {owner}，本服务为 {settings.service}，各服务须使用各自的数据库。",
            )
        if (gone := await connection.fetchrow(statement("starting/moved"), list(settings.units))) is not None:
            raise CannotStart(
                f"SANJI_UNITS: unit {gone['unit']} moved to service {gone['service']} on {gone['since']:%Y-%m-%d}. "
                "Take it out, or move it back with `sanji move`.",
                f"单位 {gone['unit']} 已迁至服务 {gone['service']}，请从 SANJI_UNITS 中删除，或用 sanji move 迁回。",
            )


async def kafka(
    link: KafkaLink, wanted: Iterable[Wanted], inboxes: Collection[str], us: str, patience: float = claims.PATIENCE
) -> None:
    """Look at Kafka before anything is read or sent: make the topics that are missing, and see that nobody else reads
    these inboxes. Where it is away the office opens all the same. Raises CannotStart."""
    try:
        async with asyncio.timeout(SECONDS + patience):
            await ensure_topics(link, wanted)
            other = await claims.read_elsewhere(link, inboxes, us, patience)
    except TopicsDiffer as error:
        raise CannotStart(
            f"SANJI_KAFKA: topics {error}. Have its operator make them as contracts/schemas/asyncapi.json says.",
            "Kafka 主题缺失或分区数不符，请管理员按 contracts/schemas/asyncapi.json 创建。",
        ) from error
    except (KafkaError, OSError, TimeoutError) as error:
        log.warning("kafka_away", error=f"{type(error).__name__}: {error}")
        return
    if other is not None:
        raise CannotStart(
            f"SANJI_UNITS: service {other} reads the inbox of a unit named here, and one unit has one service. "
            "Stop the other, or take the unit out of one of the two.",
            f"SANJI_UNITS 中有单位的收件箱正由服务 {other} 读取，一个单位只能由一个服务承办。",
        )


def listening(app: FastAPI, settings: Settings) -> Server:
    """The server, on its port already. Raises CannotStart when another program has it."""
    try:
        return Server(app, settings.host, settings.port, settings.stop_seconds)
    except OSError as error:
        raise CannotStart(
            f"SANJI_HOST, SANJI_PORT: cannot listen at {settings.host}:{settings.port} ({error.strerror}). Stop the "
            "program that does, or choose another port.",
            f"无法监听 {settings.host}:{settings.port}，请停用占用该端口的程序或改用其他端口。",
        ) from error
