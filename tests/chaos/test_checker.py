"""The checker is checked: a sound world pleases it, and whatever is spoiled in one is found and called by its name."""

import ast
import json
import sys
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from typing import Any

import asyncpg
import pytest
import pytest_asyncio

from deploy.local import Stack
from tests.chaos import checker, handmade
from tests.chaos.checker import Evidence, Restored, check, report
from tests.chaos.checker.evidence import read
from tests.chaos.handmade import CASES, CITY, NAME, PHONE, REQUEST, TOWNSHIP, Chain, Databases, Made, Topics, World

PREFIXES = count(1)
ONE, TWO, THREE, FOUR = CASES
Lines = list[dict[str, Any]]


@dataclass(slots=True)
class Sound:
    """A world in which everything holds, and how to spoil a part of it."""

    stack: Stack
    databases: Databases
    evidence: Evidence
    folder: Path
    topics: Topics

    async def spoil(self, service: str, sql: str) -> Evidence:
        """The database of one service is another."""
        dsn = self.databases.copy(service)
        db: asyncpg.Connection[asyncpg.Record] = await asyncpg.connect(dsn)
        try:
            await db.execute(sql)
        finally:
            await db.close()
        return replace(self.evidence, databases={**self.evidence.databases, service: dsn})

    async def everywhere(self, sql: str) -> Evidence:
        """All databases are spoiled alike."""
        found = self.evidence
        for service in found.databases:
            spoilt = await self.spoil(service, sql)
            found = replace(found, databases={**found.databases, service: spoilt.databases[service]})
        return found

    def told(self, change: Callable[[Lines], None]) -> Evidence:
        """The history is another."""
        lines = handmade.told()
        change(lines)
        path = self.folder / f"history-{next(PREFIXES)}.jsonl"
        return replace(self.evidence, history=handmade.write_history(path, lines))

    async def kafka(self, change: Callable[[World], None]) -> Evidence:
        """Its topics hold something else: of the same databases, in topics of this test's own."""
        made = handmade.world()
        change(made)
        topics = Topics(self.topics.bootstrap, f"checker{next(PREFIXES)}.")
        await topics.make(made.sent)
        ends = await topics.ends()
        found = replace(self.evidence, prefix=topics.prefix)
        for service in found.databases:
            sql = [
                f"update log set topic = replace(topic, '{self.topics.prefix}', '{topics.prefix}')",
                "delete from read_offset",
                *(
                    f"insert into read_offset values ('{t}', {p}, {n}, '{topics.cluster}')"
                    for (t, p), n in ends.items()
                ),
            ]
            spoilt = await self.spoil(service, "; ".join(sql))
            found = replace(found, databases={**found.databases, service: spoilt.databases[service]})
        return found


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def sound(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Sound]:
    folder, databases = tmp_path_factory.mktemp("checker"), Databases(stack, "checker")
    topics = Topics(stack.kafka.bootstrap(), "checker.")
    try:
        evidence = await handmade.evidence(stack, databases, topics, folder, handmade.world())
        yield Sound(stack, databases, evidence, folder, topics)
    finally:
        databases.drop()


async def test_a_sound_world_pleases_it_and_is_counted(sound: Sound) -> None:
    found = await report(sound.evidence)
    assert found.violations == []
    assert found.acts is not None
    assert (found.acts.acknowledged, found.acts.failed, found.acts.unknown) == (17, 1, 1)
    assert (found.acts.nothing_to_do, found.acts.lost_by_restore) == (1, 0)
    assert (found.cases, found.open, found.closed) == (4, 3, 1)
    assert (found.superseded, found.assumed, found.passes, found.dates_shown) == (1, 1, 2, 3)


async def violated(evidence: Evidence) -> set[str]:
    return {violation.invariant for violation in await check(evidence)}


COLUMNS = "stream, seq, epoch, term, holder, type, unit, actor, time, recorded, command, value, prev, hash"
ROW = f"stream = '{TWO}' and seq = 3"
ARRIVED = """
insert into request_arrival (stream, hops, arrived) values ('{}', 0, now() - {} * interval '1 second')
"""
UNMADE = (
    "delete from vault_citizen where stream = '{0}'; "
    f"insert into vault_citizen (stream, unit, code) values ('{{0}}', '{TOWNSHIP}', 'code')"
)
SPOILT_ROWS = {
    "a flipped byte of a record": ("hash", "portal", f"update log set value = set_byte(value, 200, 33) where {ROW}"),
    "a record cut short": ("hash", "township", f"update log set value = substring(value, 1, 100) where {ROW}"),
    "a flipped byte of a hash": ("hash", "portal", f"update log set hash = set_byte(hash, 0, 1) where {ROW}"),
    "a flipped byte of the link": ("column", "portal", f"update log set prev = set_byte(prev, 0, 1) where {ROW}"),
    "another command beside the record": ("column", "portal", f"update log set command = sha256('x') where {ROW}"),
    "another holder beside the record": ("column", "township", f"update log set holder = '{CITY}' where {ROW}"),
    "another time beside the record": ("column", "portal", f"update log set time = time + interval '1 s' where {ROW}"),
    "an event missing in the middle": ("number", "portal", f"delete from log where {ROW}"),
    "a tail cut from one copy": ("copies", "portal", f"delete from log where stream = '{ONE}' and seq = 7"),
    "a case missing on one copy": ("copies", "portal", f"delete from log where stream = '{FOUR}'"),
    "a case that its holder lacks": ("holder", "city", f"delete from log where stream = '{THREE}'"),
    "a holder without the key": ("key", "city", f"delete from vault_key where stream = '{ONE}'"),
    "a fence above the head": ("holder", "portal", f"update fence set epoch = 2 where stream = '{THREE}'"),
    "a superseded act not listed": ("superseded", "city", "delete from log where not live"),
    "a superseded act not listed where it was done": ("superseded", "township", "delete from log where not live"),
    "a superseded act without its instant": (
        "superseded", "portal", "update log set superseded_at = null where not live",
    ),
    "an act listed that nothing beat": (
        "superseded", "portal",
        f"update log set live = false, superseded_at = now() where stream = '{TWO}' and seq = 4",
    ),
    "a parked event": (
        "parked", "portal",
        f"""insert into parked select {COLUMNS} from log where {ROW};
        delete from log where stream = '{TWO}' and seq > 2""",
    ),
    "a quarantined event": (
        "quarantined", "city",
        f"""insert into quarantined ({COLUMNS}, reason)
        select {COLUMNS}, 'contradicts' from log where stream = '{ONE}' and seq = 1""",
    ),
    "a staged event of a case held here": (
        "staged", "city",
        f"""insert into staged select {COLUMNS} from log where stream = '{ONE}' and seq = 1""",
    ),
    "a dead letter that nobody forged": (
        "dead_letter", "city",
        """insert into dead_letter (cluster, topic, partition, "offset", value, reason, detail)
        values ('c', 't', 0, 7, 'x', 'unreadable', '')""",
    ),
    "another phase shown": ("view", "portal", f"update cases set phase = 'decided' where stream = '{TWO}'"),
    "another holder shown": ("view", "township", f"update cases set holder = '{TOWNSHIP}' where stream = '{ONE}'"),
    "a case shown as open": ("view", "portal", f"update cases set closed = false where stream = '{ONE}'"),
    "a case shown as offered": ("view", "city", f"update cases set custody = 'offered' where stream = '{ONE}'"),
    "a case not shown": ("view", "portal", f"delete from cases where stream = '{FOUR}'"),
    "a view that stands before the end": ("view", "portal", f"update cases set seq = 3 where stream = '{TWO}'"),
    "a wrong count": ("count", "portal", "update tally set n = n + 1 where name = 'phase'"),
    "a lost count": ("count", "portal", "delete from tally where name = 'flow'"),
    "a count of lights that its rows do not have": ("count", "portal", "update tally set n = 9 where name = 'light'"),
    "limits computed before the last event": (
        "deadline", "portal", f"update deadline set seq = 1 where stream = '{TWO}'",
    ),
    "an open case without a limit": ("deadline", "township", f"delete from deadline where stream = '{FOUR}'"),
    "a limit of a case that is not here": (
        "view", "city",
        f"insert into deadline (stream, seq, holder, clock, paused, provisional) values "
        f"('{TOWNSHIP}-20261125-0099', 1, '{TOWNSHIP}', 'notice', false, false)",
    ),
    "a log that is not published": ("undrained", "township", "update relay set pos = pos - 5"),
    "a relay on another Kafka": ("undrained", "portal", "update relay set cluster = 'another'"),
    "a topic not read to its end": (
        "undrained", "portal", "update read_offset set next_offset = 1 where topic like '%township%'",
    ),
    "a view that lags": ("undrained", "city", "update checkpoint set pos = pos - 1 where follower = 'waiting'"),
    "a pass that still has to be sent": (
        "undrained", "township",
        f"""insert into relay_due (kind, stream) values ('pass', '{ONE}');
        delete from log where stream = '{ONE}' and seq > 3""",
    ),
    "a request not looked at": ("undrained", "township", ARRIVED.format(REQUEST, 11)),
    "a case to be read again": ("undrained", "city", f"insert into reread (stream) values ('{ONE}')"),
    "a code of which the portal was not told": ("undrained", "township", UNMADE.format(ONE)),
    "a key nobody answered for": ("undrained", "city", f"insert into key_wanted (stream, unit) values ('{ONE}', '1')"),
    "a restored database that still reads back": ("undrained", "city", "update incarnation set reading_back = true"),
}  # fmt: skip


@pytest.mark.parametrize(("invariant", "service", "sql"), SPOILT_ROWS.values(), ids=SPOILT_ROWS)
async def test_a_spoilt_database_is_found(sound: Sound, invariant: str, service: str, sql: str) -> None:
    found = await check(await sound.spoil(service, sql))
    assert invariant in {violation.invariant for violation in found}, found
    assert service in {violation.service for violation in found if violation.invariant == invariant}


async def test_a_request_sent_once_more_is_still_to_be_looked_at(sound: Sound) -> None:
    assert await check(await sound.spoil("township", ARRIVED.format(REQUEST, 0))) == []


async def test_a_code_whose_receipt_was_lost_with_its_database_waits_for_nothing(sound: Sound) -> None:
    assert await check(await sound.spoil("township", UNMADE.format(f"{TOWNSHIP}-20261125-0099"))) == []


SPOILT_EVERYWHERE = {
    "a tail cut from every copy": ("lost", f"delete from log where stream = '{ONE}' and seq = 7"),
    "a case gone from every copy": ("lost", f"delete from log where stream = '{FOUR}'"),
    "a request without an answer": ("request", f"delete from log where stream = '{FOUR}' and seq = 2"),
    "an act of Kafka that no log has": ("stranger", f"delete from log where stream = '{FOUR}' and seq = 2"),
    "an act superseded everywhere by nothing": (
        "superseded", f"update log set live = false, superseded_at = now() where stream = '{TWO}' and seq = 4",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("invariant", "sql"), SPOILT_EVERYWHERE.values(), ids=SPOILT_EVERYWHERE)
async def test_what_all_copies_lack_is_found(sound: Sound, invariant: str, sql: str) -> None:
    assert invariant in await violated(await sound.everywhere(sql))


def _written(chain: Chain, live: bool = True) -> str:
    """The last record of a chain, as rows of a log that are not in Kafka."""
    made = chain.made[-1]
    said = {**made.columns, "live": live}
    values = ", ".join(_literal(value) for value in said.values())
    gone = "null" if live else "now()"
    return (
        f"update log_head set pos = pos + 1; insert into log (pos, {', '.join(said)}, superseded_at) "
        f"select pos, {values}, {gone} from log_head;"
    )


def _literal(value: object) -> str:
    match value:
        case None:
            return "null"
        case bytes():
            return f"'\\x{value.hex()}'"
        case int():
            return str(value)
        case _:
            return f"'{value}'"


def _forged(add: Callable[[Chain], Made], number: str = TWO) -> Chain:
    chain = handmade.world().chains[number]
    add(chain)
    return chain


SPOILT_CHAINS = {
    "an act that was done twice": (
        "twice", _forged(lambda c: c.add("CaseSuspended", TOWNSHIP, key="two-suspend", ground="hearing",
                                         expected_days=3, notice="n1")),
    ),
    "an act that was refused": ("refused", _forged(lambda c: c.add("CaseDecided", TOWNSHIP, key="early",
                                                                   outcome="granted"), FOUR)),
    "an act that nobody asked for": ("unheard", _forged(lambda c: c.add("StepStarted", TOWNSHIP, key="x", step="r"))),
    "an act of who does not hold": ("custody", _forged(lambda c: c.add("CaseClaimed", CITY, TOWNSHIP, key="x",
                                                                       person="C01"))),
    "a holder changed by no pass": ("custody", _forged(lambda c: c.add("CaseClaimed", TOWNSHIP, CITY, key="x",
                                                                       person="A01"))),
    "a pass to another than it says": ("custody", _forged(lambda c: c.add("CaseReferred", TOWNSHIP, CITY, key="x",
                                                                          to=TOWNSHIP, referral="transfer",
                                                                          reason="x"))),
    "a pass that does not raise the term": ("order", _forged(lambda c: c.add("CaseReferred", TOWNSHIP, CITY, key="x",
                                                                             term=0, to=CITY, referral="transfer",
                                                                             reason="x"))),
    "a term that falls": ("order", _forged(lambda c: c.add("CaseArchived", CITY, key="x", term=0, retention_years=3,
                                                           shelf="s"), ONE)),
    "an epoch raised by no custody": ("order", _forged(lambda c: c.add("StepStarted", TOWNSHIP, key="x", epoch=1,
                                                                       step="r"))),
    "a custody assumed by a township": ("custody", _forged(lambda c: c.add("CustodyAssumed", TOWNSHIP, TOWNSHIP,
                                                                           key="x", order="o", reason="r"))),
    "a custody that raises no epoch": ("order", _forged(lambda c: c.add("CustodyAssumed", CITY, CITY, key="x", epoch=0,
                                                                        order="o", reason="r"))),
    "a recall that nobody asked for": (
        "request", _forged(lambda c: c.add("ReferralRecalled", CITY, TOWNSHIP, key="x", actor="service", to=TOWNSHIP,
                                           request="0" * 32), ONE),
    ),
    "a recall of what was acknowledged": (
        "recall", _forged(lambda c: c.add("ReferralRecalled", CITY, TOWNSHIP, key="x", actor="service", to=TOWNSHIP,
                                          request=REQUEST.partition("/")[2]), ONE),
    ),
    "a request that is answered twice": (
        "request", _forged(lambda c: c.add("RequestDeclined", TOWNSHIP, key="x", actor="service", asked="urge",
                                           ground="late", request=REQUEST.partition("/")[2]), FOUR),
    ),
    "two holders in one epoch": (
        "two_holders", _forged(lambda c: c.add("CaseReferred", TOWNSHIP, CITY, key="x", at=2, to=CITY,
                                               referral="transfer", reason="x")),
    ),
}  # fmt: skip


@pytest.mark.parametrize(("invariant", "chain"), SPOILT_CHAINS.values(), ids=SPOILT_CHAINS)
async def test_an_event_that_may_not_be_there_is_found(sound: Sound, invariant: str, chain: Chain) -> None:
    """Written into all copies alike; what contradicts a live one lies beside it."""
    beside = any(
        chain.stream == made.columns["stream"] and chain.made[-1].columns["seq"] == made.columns["seq"]
        for made in handmade.world().logs["portal"]
    )
    assert invariant in await violated(await sound.everywhere(_written(chain, not beside)))


async def test_a_forged_event_may_lie_aside_and_nowhere_else(sound: Sound) -> None:
    chain = _forged(lambda c: c.add("StepStarted", CITY, TOWNSHIP, key="x", step="forged"))
    aside = _written(chain).replace("insert into log (pos, ", "insert into quarantined (")
    aside = aside.replace("live, superseded_at", "reason").replace("select pos, ", "select ")
    aside = aside.replace("True, null from", "'not_the_holder' from").replace("update log_head set pos = pos + 1;", "")
    spoilt = await sound.everywhere(aside)
    assert await violated(spoilt) == {"quarantined", "unheard"}
    assert await violated(replace(spoilt, injected=frozenset({chain.made[-1].hash}))) == set()
    live = replace(await sound.everywhere(_written(chain)), injected=frozenset({chain.made[-1].hash}))
    assert "forged" in await violated(live)


def _without(key: str) -> Callable[[Lines], None]:
    def change(lines: Lines) -> None:
        gone = {line["id"] for line in lines if line.get("key") == key}
        lines[:] = [line for line in lines if line["id"] not in gone]

    return change


def _answered(key: str, **said: Any) -> Callable[[Lines], None]:
    """The call with this key had another answer."""

    def change(lines: Lines) -> None:
        id_ = next(line["id"] for line in lines if line.get("key") == key)
        answer = next(line for line in lines if line["id"] == id_ and line["what"] != "call")
        answer.update(said)

    return change


def _moved(lines: Lines) -> None:
    """The date of case 2 moves before anything happened, between the first two answers."""
    first = next(n for n, line in enumerate(lines) if line.get("path", "").endswith("/deadline"))
    twice = json.loads(json.dumps(lines[first : first + 2]))
    for line in twice:
        line["id"], line["t"] = 1000, line["t"] - 0.1
    twice[1]["answer"]["limits"][0]["last_day"] = "2026-12-31"
    lines[first:first] = twice


def _began_anew(lines: Lines) -> None:
    """The same clock began twice, and nothing between began it."""
    _moved(lines)
    added = next(line for line in lines if line["id"] == 1000 and line["what"] == "ok")
    added["answer"]["limits"][0]["started"] = "2026-11-25T01:06:00Z"


def _one_number(lines: Lines) -> None:
    """Case 4 has the number of case 2."""
    _answered("four", answer={"case": {"number": TWO}, "pos": 9})(lines)


SPOILT_HISTORIES = {
    "a number given twice": ("number_twice", _one_number),
    "an acknowledged act that is nowhere": ("lost", _answered("silent", what="ok", status=200, answer={
        "case": {"number": FOUR}, "pos": 9})),
    "an act that nobody asked for": ("unheard", _without("one-decide")),
    "an act said to be refused": ("refused", _answered("one-decide", what="failed", status=409, answer={
        "code": "wrong_phase"})),
    "an act said to be written elsewhere": ("elsewhere", _answered("one-decide", answer={
        "case": {"number": TWO}, "pos": 9})),
    "an act said to be superseded that is live": ("superseded", _answered("two-resume", what="failed", status=409,
                                                                          answer={"code": "superseded"})),
    "a date that moved by itself": ("due_moved", _moved),
    "a clock that began anew by itself": ("due_moved", _began_anew),
    "a date that a suspension moved before it was made": ("due_moved", lambda lines: [
        line.update(t=line["t"] + 100) for line in lines
        if line["id"] in {x["id"] for x in lines if x.get("key") in ("two-suspend", "two-resume")}
    ]),
}  # fmt: skip


@pytest.mark.parametrize(("invariant", "change"), SPOILT_HISTORIES.values(), ids=SPOILT_HISTORIES)
async def test_a_history_that_says_otherwise_is_found(
    sound: Sound, invariant: str, change: Callable[[Lines], None]
) -> None:
    assert invariant in await violated(sound.told(change))


async def test_an_act_whose_answer_is_unknown_may_be_done_or_not(sound: Sound) -> None:
    assert await violated(sound.told(_answered("one-decide", what="unknown", why="ReadTimeout"))) == set()

    def unanswered(lines: Lines) -> None:
        id_ = next(line["id"] for line in lines if line.get("key") == "one-decide")
        lines[:] = [line for line in lines if line["id"] != id_ or line["what"] == "call"]

    assert await violated(sound.told(unanswered)) == set()


async def test_what_a_restore_loses_by_design_is_counted_and_what_else_is_missing_is_found(sound: Sound) -> None:
    told = sound.told(_answered("silent", what="ok", status=200, answer={"case": {"number": FOUR}, "pos": 9}))
    at = next(line["t"] for line in handmade.told() if line.get("key") == "silent")
    lost = await report(replace(told, restored=(Restored("township", at - 5, at + 5),)))
    assert (lost.violations, lost.acts and lost.acts.lost_by_restore) == ([], 1)
    known = replace(told, restored=(Restored("township"),), lost=frozenset())
    assert await violated(known) == {"lost"}, "the restore was looked at, and lost nothing"
    assert await violated(replace(known, lost=frozenset({b"one"}))) == set()
    for other in (Restored("city"), Restored("township", at + 5, at + 9), Restored("township", at - 9, at - 5)):
        assert await violated(replace(told, restored=(other,))) == {"lost"}


async def test_a_date_that_a_calendar_moved_is_explained_by_its_journal(sound: Sound) -> None:
    chain = _forged(lambda c: c.add(
        "DeadlineRecomputed", TOWNSHIP, key="x", actor="clock", calendar="2026.2", clock="statutory", old="2026-12-31",
        new="2026-12-23", reason="holiday"))  # fmt: skip
    told = sound.told(_moved)
    assert "due_moved" in await violated(told)
    spoilt = await sound.everywhere(_written(chain))
    assert "due_moved" not in await violated(replace(spoilt, history=told.history))


def _swap(made: World) -> None:
    sent = made.sent["township.events"]
    sent[0], sent[1] = sent[1], sent[0]


def _flip(made: World) -> None:
    made.sent["city.events"][0] = replace(
        made.sent["city.events"][0], value=made.sent["city.events"][0].value.replace(b"arrived", b"Arrived")
    )
    made.sent["city.events"][1] = replace(
        made.sent["city.events"][1], value=made.sent["city.events"][1].value.replace(b'"C01"', b'"C02"')
    )


def _leak(text: str, said: bytes | None = None) -> Callable[[World], None]:
    def change(made: World) -> None:
        record = Chain("anchor/1").add("Noted", CITY, key="x", note=f"said by {text}, today")
        made.sent["inbox.340400"] += [replace(record, value=record.value.replace(text.encode(), said or text.encode()))]

    return change


SPOILT_TOPICS = {
    "an order that is not the chain's": ("topic_order", _swap),
    "a record that was never sent": ("unpublished", lambda made: made.sent["township.events"].pop()),
    "a record of which a byte was flipped": ("stranger", _flip),
    "an inbox that heard before the feed": ("early", lambda made: made.sent[f"inbox.{CITY}"].append(
        _forged(lambda c: c.add("StepStarted", TOWNSHIP, key="x", step="s")).made[-1])),
    "a name": ("personal", _leak(NAME)),
    "a phone number": ("personal", _leak(PHONE)),
    "a name that is escaped": ("personal", _leak(NAME, NAME.encode("unicode_escape"))),
}  # fmt: skip


@pytest.mark.parametrize(("invariant", "change"), SPOILT_TOPICS.values(), ids=SPOILT_TOPICS)
async def test_what_kafka_should_not_hold_is_found(
    sound: Sound, invariant: str, change: Callable[[World], None]
) -> None:
    assert invariant in await violated(await sound.kafka(change))


async def test_copies_in_a_topic_are_no_disorder(sound: Sound) -> None:
    def again(made: World) -> None:
        made.sent["township.events"] += made.sent["township.events"][:4]

    assert await violated(await sound.kafka(again)) == set()


async def test_after_kafka_was_replaced_the_order_of_a_topic_says_nothing(sound: Sound) -> None:
    spoilt = await sound.kafka(_swap)
    assert await violated(replace(spoilt, clusters_replaced=True)) == set()


def test_evidence_is_read_from_a_file(sound: Sound, tmp_path: Path) -> None:
    said = {
        **{name: getattr(sound.evidence, name) for name in ("databases", "kafka", "prefix", "units")},
        "history": str(sound.evidence.history), "clusters_replaced": True, "lost": [], "injected": ["ab" * 32],
        "restored": ["portal", {"service": "city", "since": 1.0, "upto": 2.0}],
    }  # fmt: skip
    (tmp_path / "evidence.json").write_text(json.dumps(said))
    given = read(tmp_path / "evidence.json")
    assert given == replace(
        sound.evidence, restored=(Restored("portal"), Restored("city", 1.0, 2.0)), clusters_replaced=True,
        lost=frozenset(), injected=frozenset({bytes.fromhex("ab" * 32)}),
    )  # fmt: skip


def test_it_shares_no_code_with_what_it_checks() -> None:
    allowed = {*sys.stdlib_module_names, "asyncpg", "aiokafka"}
    for path in Path(checker.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom):
                assert node.level == 0
                names = [node.module or ""]
            for name in names:
                assert name.partition(".")[0] in allowed or name.startswith("tests.chaos.checker"), (path.name, name)
