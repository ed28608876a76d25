"""The vault on PostgreSQL: what is committed with a receipt, found again, and forgotten."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from contracts.case.receipt import CaseReceived
from contracts.case.work import StepCompleted
from contracts.envelope import digest, read
from contracts.events import Event
from contracts.fields import Plain
from services.runtime import companion
from services.runtime.database import connect, migrate
from services.runtime.keys import UnitKeys, make_unit_keys
from services.runtime.log import HeadMoved, Log
from services.runtime.row import Draft, write_row
from services.runtime.sealed_events import open_event, seal_event
from services.runtime.sealing import CannotOpen, Secret, new_case_key, wrap
from services.runtime.tide import Tide
from services.runtime.tracking import Cost, TrackingParts, new_query_code
from services.runtime.vault import Held, Vault, Wrapped

if TYPE_CHECKING:
    from asyncpg import Record
    from asyncpg.pool import Pool

    Database = Pool[Record]

HERE, THERE = "340405101", "340405102"
ONE, TWO, THREE = (f"{HERE}-20261122-000{n}" for n in (1, 2, 3))
CODE = "K7QMT4WXRA"
DOCUMENT = "34040519600101002X"
WAITING = "select exists (select from pg_locks where relation = 'vault_key'::regclass and not granted)"
PARTS = TrackingParts(Cost(64, 1, 1), bytes(16), bytes(32), bytes(60))


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> dict[str, UnitKeys]:
    folder = tmp_path_factory.mktemp("keys")
    return {unit: make_unit_keys(folder, unit) for unit in (HERE, THERE)}


@pytest.fixture
def vault(keys: dict[str, UnitKeys]) -> Vault:
    return Vault(keys)


@pytest.fixture
async def db(database: str) -> AsyncIterator["Database"]:
    async with await connect(database, size=4) as pool:
        async with pool.acquire() as connection:
            await migrate(connection)
        yield pool


@pytest.fixture
async def log(db: "Database") -> AsyncIterator[Log]:
    log = Log(db, Tide())
    log.open()
    running = asyncio.ensure_future(log.run())
    yield log
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running


def draft(event: Event, stream: str, seq: int, *companions: companion.Companion, prev: bytes | None = None) -> Draft:
    command = sha256(f"{stream}:{seq}:{len(companions)}:{new_query_code()}".encode()).digest()
    at = datetime(2026, 11, 22, 8, tzinfo=UTC)
    row = write_row(
        event, stream=stream, seq=seq, epoch=0, term=0, unit=HERE, holder=HERE, actor="A01",
        time=at, recorded=at, command=command, prev=prev,
    )  # fmt: skip
    return Draft(stream, prev, HERE, command, None, None, (row,), companions)


def receipt(vault: Vault, case: Held, document: str | None) -> Draft:
    received = CaseReceived(item="birth", item_version=1, channel="window", applicant=Plain("王秀英"))
    sealed = seal_event(received, case.secret, case.stream, 1)
    return draft(sealed, case.stream, 1, vault.receive(case, CODE, document))


async def receive(db: "Database", *companions: companion.Companion) -> None:
    async with db.acquire() as connection, connection.transaction():
        await companion.write(connection, companions)


async def test_a_receipt_s_key_code_and_person_are_found_again(db: "Database", vault: Vault) -> None:
    one, two = new_case_key(), new_case_key()
    await receive(
        db,
        vault.receive(Held(ONE, HERE, one), CODE, DOCUMENT),
        vault.receive(Held(TWO, HERE, two), "X2QMT4WXRA", None),
    )
    assert await vault.get_many(db, [ONE, TWO, THREE]) == {ONE: one, TWO: two}
    assert await vault.codes(db, [ONE, TWO, THREE]) == {ONE: CODE, TWO: "X2QMT4WXRA"}
    assert await vault.find_by_blind(db, HERE, DOCUMENT) == [ONE]


async def test_a_receipt_that_lost_its_number_leaves_the_winner_s_key(log: Log, db: "Database", vault: Vault) -> None:
    won, beside = new_case_key(), new_case_key()
    await log.append(receipt(vault, Held(ONE, HERE, won), DOCUMENT))
    lost, _ = await asyncio.gather(
        log.append(receipt(vault, Held(ONE, HERE, new_case_key()), "another person")),
        log.append(receipt(vault, Held(TWO, HERE, beside), None)),
        return_exceptions=True,
    )
    assert isinstance(lost, HeadMoved)
    assert await vault.get_many(db, [ONE, TWO]) == {ONE: won, TWO: beside}
    assert await vault.find_by_blind(db, HERE, "another person") == []


async def test_five_hundred_receipts_are_one_statement(db: "Database", vault: Vault) -> None:
    held = [Held(f"{HERE}-20261122-{n:04}", HERE, new_case_key()) for n in range(500)]
    await receive(db, *(vault.receive(case, CODE, f"{case.stream}X") for case in held))
    assert await vault.get_many(db, [case.stream for case in held]) == {case.stream: case.secret for case in held}


@pytest.mark.parametrize(
    "written", ["34040519600101002x", " 340405 19600101 002X", "３４０４０５１９６００１０１００２Ｘ"]
)
async def test_the_same_person_is_found_however_the_number_was_written(
    db: "Database", vault: Vault, written: str
) -> None:
    await receive(db, vault.receive(Held(ONE, HERE, new_case_key()), CODE, written))
    assert await vault.find_by_blind(db, HERE, DOCUMENT) == [ONE]
    assert await vault.find_by_blind(db, HERE, DOCUMENT[:-1]) == []


async def test_one_unit_s_blind_index_says_nothing_to_another(db: "Database", vault: Vault) -> None:
    await receive(db, vault.receive(Held(ONE, HERE, new_case_key()), CODE, DOCUMENT))
    assert await vault.find_by_blind(db, THERE, DOCUMENT) == []
    blind = await db.fetchval("select blind from vault_blind")
    await receive(db, vault.receive(Held(f"{THERE}-20261122-0001", THERE, new_case_key()), CODE, DOCUMENT))
    assert blind not in [row["blind"] for row in await db.fetch("select blind from vault_blind where unit = $1", THERE)]


async def test_no_table_shows_a_key_a_code_or_a_number(db: "Database", vault: Vault) -> None:
    key = new_case_key()
    await receive(db, vault.receive(Held(ONE, HERE, key), CODE, DOCUMENT))
    everything = ""
    for table in ("vault_key", "vault_blind", "vault_citizen"):
        everything += str([tuple(row) for row in await db.fetch(f"select * from {table}")])
        everything += str(await db.fetch(f"select t::text as row from {table} t"))
    for secret in (key.hex(), repr(key), CODE, CODE.encode().hex(), DOCUMENT, DOCUMENT.encode().hex()):
        assert secret not in everything


async def test_a_handed_over_key_is_kept_once_and_the_first_one_stays(db: "Database", vault: Vault) -> None:
    key = new_case_key()
    await vault.put_many(db, [Held(ONE, THERE, key), Held(TWO, THERE, key)])
    await vault.put_many(db, [Held(ONE, THERE, new_case_key())])
    await vault.put_many(db, [])
    assert await vault.get_many(db, [ONE, TWO]) == {ONE: key, TWO: key}


async def test_a_case_that_two_hosted_units_had_has_one_key(db: "Database", vault: Vault) -> None:
    key = new_case_key()
    await receive(db, vault.receive(Held(ONE, HERE, key), CODE, None))
    await vault.put_many(db, [Held(ONE, THERE, key)])
    assert await vault.get_many(db, [ONE]) == {ONE: key}


async def test_a_service_opens_only_what_its_own_units_hold(
    db: "Database", vault: Vault, keys: dict[str, UnitKeys]
) -> None:
    await vault.put_many(db, [Held(ONE, THERE, new_case_key())])
    assert await Vault({HERE: keys[HERE]}).get_many(db, [ONE]) == {}
    with pytest.raises(KeyError):
        await Vault({HERE: keys[HERE]}).put_many(db, [Held(ONE, THERE, new_case_key())])


async def test_a_row_moved_to_another_case_does_not_open(db: "Database", vault: Vault) -> None:
    await vault.put_many(db, [Held(ONE, HERE, new_case_key())])
    await db.execute("update vault_key set stream = $1", TWO)
    with pytest.raises(CannotOpen, match=TWO):
        await vault.get_many(db, [TWO])


async def test_another_unit_s_key_file_opens_nothing(db: "Database", keys: dict[str, UnitKeys], tmp_path: Path) -> None:
    await Vault(keys).put_many(db, [Held(ONE, HERE, new_case_key())])
    with pytest.raises(CannotOpen):
        await Vault({HERE: make_unit_keys(tmp_path, HERE)}).get_many(db, [ONE])


async def test_what_the_portal_gets_is_made_once_and_stays_the_same(db: "Database", vault: Vault) -> None:
    one, two = new_case_key(), new_case_key()
    await receive(db, vault.receive(Held(ONE, HERE, one), CODE, None), vault.receive(Held(TWO, HERE, two), CODE, None))
    await vault.put_tracking(db, {ONE: PARTS})
    await vault.put_tracking(db, {ONE: TrackingParts(Cost(64, 1, 1), bytes(16), b"\1" * 32, bytes(60))})
    assert await vault.tracking(db, [ONE, TWO]) == {ONE: PARTS}


def kept(keys: dict[str, UnitKeys], stream: str, key: bytes, code: str) -> Wrapped:
    wrapping = keys[HERE].wrapping
    return Wrapped(
        stream,
        HERE,
        wrap(key, wrapping, HERE, stream, Secret.CASE_KEY),
        wrap(code.encode(), wrapping, HERE, stream, Secret.QUERY_CODE),
    )


async def test_a_restored_vault_takes_back_keys_and_codes(
    db: "Database", vault: Vault, keys: dict[str, UnitKeys]
) -> None:
    key = new_case_key()
    await vault.put_own(db, [kept(keys, ONE, key, CODE)])
    await vault.put_own(db, [kept(keys, ONE, new_case_key(), "X2QMT4WXRA")])
    assert await vault.codes(db, [ONE]) == {ONE: CODE}
    assert await vault.get_many(db, [ONE]) == {ONE: key}


async def test_a_forgotten_case_is_unreadable_and_its_chain_still_verifies(
    log: Log, db: "Database", vault: Vault
) -> None:
    key, other = new_case_key(), new_case_key()
    await log.append(receipt(vault, Held(ONE, HERE, key), DOCUMENT))
    await log.append(receipt(vault, Held(TWO, HERE, other), None))
    first = await log.pool.fetchval("select value from log where stream = $1", ONE)
    note = StepCompleted(step="visit", outcome="passed", note=Plain("家中无人"))
    await log.append(draft(seal_event(note, key, ONE, 2), ONE, 2, prev=digest(first)))
    kept = (await vault.get_many(db, [ONE]))[ONE]
    assert open_event(CaseReceived.model_validate(read(first).data), kept, ONE, 1).applicant == "王秀英"

    async with db.acquire() as connection:
        await vault.forget(connection, [ONE])

    assert await vault.get_many(db, [ONE, TWO]) == {TWO: other}
    assert await vault.codes(db, [ONE, TWO]) == {TWO: CODE}
    assert await vault.find_by_blind(db, HERE, DOCUMENT) == []
    values = [row["value"] for row in await db.fetch("select value from log where stream = $1 order by seq", ONE)]
    assert values[0] == first
    assert read(values[1]).prevhash == sha256(values[0]).hexdigest()
    for value in values:
        assert "王秀英" not in value.decode()
    with pytest.raises(CannotOpen):
        open_event(CaseReceived.model_validate(read(first).data), other, ONE, 1)


async def test_a_key_that_comes_again_does_not_bring_a_forgotten_case_back(
    db: "Database", vault: Vault, keys: dict[str, UnitKeys]
) -> None:
    async with db.acquire() as connection:
        await vault.forget(connection, [ONE])
        await vault.forget(connection, [ONE])
    await vault.put_many(db, [Held(ONE, HERE, new_case_key()), Held(TWO, HERE, new_case_key())])
    await vault.put_own(db, [kept(keys, ONE, new_case_key(), CODE)])
    assert set(await vault.get_many(db, [ONE, TWO])) == {TWO}
    assert await vault.codes(db, [ONE]) == {}


async def test_a_key_arriving_at_the_moment_of_forgetting_is_not_left_behind(db: "Database", vault: Vault) -> None:
    async def arrive(stream: str) -> None:
        await vault.put_many(db, [Held(stream, HERE, new_case_key())])

    async def forget(stream: str) -> None:
        async with db.acquire() as connection:
            await vault.forget(connection, [stream])

    streams = [f"{HERE}-20261122-{n:04}" for n in range(100)]
    for stream in streams:
        await asyncio.gather(arrive(stream), forget(stream), arrive(stream))
    assert await vault.get_many(db, streams) == {}


async def test_a_key_held_by_a_transaction_that_is_still_open_is_forgotten_too(
    db: "Database", vault: Vault, keys: dict[str, UnitKeys]
) -> None:
    async with db.acquire() as slow, db.acquire() as other:
        async with slow.transaction():
            wrapped = wrap(new_case_key(), keys[HERE].wrapping, HERE, ONE, Secret.CASE_KEY)
            await slow.execute("insert into vault_key (stream, unit, wrapped) values ($1, $2, $3)", ONE, HERE, wrapped)
            forgetting = asyncio.ensure_future(vault.forget(other, [ONE]))
            while not await slow.fetchval(WAITING):
                pass
            assert not forgetting.done()
        await forgetting
    assert await vault.get_many(db, [ONE]) == {}
