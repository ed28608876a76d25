"""Whatever is spoiled in a database is found and called by its name."""

import pytest

from tests.chaos.checked.sound import FOUR, ONE, THREE, TWO, Sound, violated
from tests.chaos.checker import check
from tests.chaos.handmade.chains import CITY, TOWNSHIP
from tests.chaos.handmade.story import REQUEST

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
    "a request that waits although it was answered": ("view", "township", "update waiting set waits = true"),
    "a request that waits elsewhere": ("view", "township", "update waiting set holder = null"),
    "a request about another case": ("view", "township", f"update waiting set about = '{TWO}'"),
    "a request that nobody sees": ("view", "township", "delete from waiting"),
    "an order for more days": ("view", "city", "update supervision set days = 5"),
    "an order that counts as answered": ("view", "township", "update supervision set answered_at = now()"),
    "an order that nobody sees": ("view", "portal", "delete from supervision"),
    "an order that nobody gave": (
        "view", "city", "insert into supervision select 'supervision/' || md5('x'), seq, epoch, number, orderer, "
        "ordered, reason, days, given_on, given_at from supervision",
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
