"""`sanji move`: what it takes along, and when it refuses; the services themselves move in the journeys."""

import asyncio
import json
from typing import Any

import asyncpg
import pytest

from tests.cli.test_operating import asked, begins, done, receives, run
from tests.runtime.logs import HERE, THERE, number

PUBLISHED = "update relay set pos = (select pos from log_head), followed = 7, tracked = 7"
NEW_HOME = "own"


async def told(database: str, *statements: str) -> None:
    connection = await asyncpg.connect(database)
    try:
        for statement in statements:
            await connection.execute(statement)
    finally:
        await connection.close()


async def secrets(database: str) -> None:
    """Of one case of the unit that moves, of one of a unit that stays, and of one that was forgotten."""
    await told(
        database,
        f"insert into vault_key (stream, unit, wrapped) values ('{number(1)}', '{HERE}', 'key'), "
        f"('{number(9, THERE)}', '{THERE}', 'key')",
        f"insert into vault_blind (unit, blind, stream) values ('{HERE}', 'blind', '{number(1)}')",
        f"insert into vault_citizen (stream, unit, code) values ('{number(1)}', '{HERE}', 'code')",
        f"insert into vault_forgotten (stream) values ('{number(5)}')",
    )


@pytest.fixture
def left(database: str) -> str:
    """A service with a case that is published, under its own name."""
    done(receives(database, 1))
    done(secrets(database))
    done(told(database, PUBLISHED, "insert into service (name) values ('old')"))
    return database


def moves(source: str, target: str, *more: object, unit: str = HERE, service: str = NEW_HOME) -> tuple[int, str]:
    code, said = run("move", unit, "--from", source, "--to", target, "--service", service, *more)
    return code, said.replace("\n", " ")


def vault(database: str) -> Any:
    return done(
        asked(
            database,
            "select json_build_array((select json_agg(unit order by unit) from vault_key), "
            "(select count(*) from vault_blind), (select count(*) from vault_citizen), "
            "(select count(*) from vault_forgotten))::text",
        )
    )


def test_a_units_secrets_go_with_it_and_those_of_others_stay(left: str, other_database: str) -> None:
    code, said = moves(left, other_database, "--json")
    assert (code, json.loads(said)) == (0, {"units": [HERE], "from": "old", "to": NEW_HOME, "secrets": 4})
    assert json.loads(vault(other_database)) == [[HERE], 1, 1, 1]
    assert json.loads(vault(left)) == [[HERE, THERE], 1, 1, 1]
    assert done(asked(left, "select service from unit_moved where unit = $1", HERE)) == NEW_HOME
    assert done(asked(left, "select (followed, tracked)::text from relay")) == "(0,7)"
    assert done(asked(other_database, "select name from service")) == NEW_HOME
    assert done(asked(other_database, "select reading_back from incarnation"))


def test_a_move_that_was_cut_off_is_finished_by_the_same_command(left: str, other_database: str) -> None:
    done(begins(left))
    done(told(left, f"insert into unit_moved (unit, service) values ('{HERE}', '{NEW_HOME}')"))
    for _ in range(2):
        assert moves(left, other_database)[0] == 0
        assert json.loads(vault(other_database)) == [[HERE], 1, 1, 1]
    code, said = moves(left, other_database, service="third")
    assert (code, f"is the database of service {NEW_HOME}, not of third" in said) == (2, True)


def test_what_either_service_forgot_stays_forgotten(left: str, other_database: str) -> None:
    done(begins(other_database))
    done(told(other_database, f"insert into vault_forgotten (stream) values ('{number(1)}')"))
    assert moves(left, other_database)[0] == 0
    assert json.loads(vault(other_database)) == [None, 0, 0, 2]


def test_what_was_a_copy_is_its_new_services_own_and_everything_is_read_again(left: str, other_database: str) -> None:
    done(receives(other_database, 1))
    done(
        told(
            other_database,
            "update log set topic = null",
            "insert into read_offset (topic, partition, next_offset, cluster) values ('township.events', 0, 7, 'c')",
        )
    )
    before = done(asked(other_database, "select id from incarnation"))
    assert moves(left, other_database)[0] == 0
    assert done(asked(other_database, "select array_agg(distinct topic) from log")) == ["township.events"]
    assert done(asked(other_database, "select count(*) from read_offset")) == 0
    assert done(asked(other_database, "select id from incarnation")) != before


def test_nothing_moves_while_either_service_runs(left: str, other_database: str) -> None:
    async def while_connected(database: str) -> tuple[int, str]:
        connection = await asyncpg.connect(database)
        try:
            return await asyncio.to_thread(moves, left, other_database)
        finally:
            await connection.close()

    for database in (left, other_database):
        code, said = done(while_connected(database))
        assert (code, "its service still runs" in said) == (2, True)
    assert not done(asked(left, "select to_regclass('unit_moved') is null or exists (select from unit_moved)"))


def test_nothing_moves_before_all_of_it_is_published(left: str, other_database: str) -> None:
    done(told(left, "update relay set pos = 0"))
    code, said = moves(left, other_database)
    assert (code, "2 events of these units are not published yet" in said) == (2, True)
    assert done(asked(left, "select count(*) from unit_moved")) == 0
    assert json.loads(vault(other_database)) == [None, 0, 0, 0]


def test_a_unit_that_was_never_there_or_went_elsewhere_is_not_moved(left: str, other_database: str) -> None:
    code, said = moves(left, other_database, unit=THERE)
    assert (code, f"Unit {THERE} never wrote anything there" in said) == (2, True)
    done(told(left, f"insert into unit_moved (unit, service) values ('{HERE}', 'elsewhere')"))
    code, said = moves(left, other_database)
    assert (code, f"Unit {HERE} moved to service elsewhere. Move it from there." in said) == (2, True)


def test_a_unit_stays_on_its_tier(left: str, other_database: str) -> None:
    done(receives(other_database, 1))
    done(told(other_database, "update log set topic = 'city.events'"))
    code, said = moves(left, other_database)
    assert (code, "A unit stays on its tier." in said) == (2, True)


def test_a_service_does_not_move_to_itself_nor_out_of_a_restored_database(left: str, other_database: str) -> None:
    code, said = moves(left, left)
    assert (code, "are one database" in said) == (2, True)
    done(told(left, "update incarnation set reading_back = true"))
    code, said = moves(left, other_database)
    assert (code, "has not read back what it had said" in said) == (2, True)
