"""What others wrote comes into the log, whatever order and company it comes in."""

from structlog.testing import capture_logs

from contracts.case import StepStarted
from contracts.fields import Plain
from contracts.inbox import Handover, write
from contracts.reference import WindowClosed, WindowOpened
from contracts.supervision import SupervisionAnswered, SupervisionOrdered
from services.runtime.repair import LooksAgain
from services.runtime.row import Draft
from tests.runtime.records import CITY, DISTRICT, OTHER, TOWNSHIP, Chain, case, travelled, urging
from tests.runtime.replicas import Given, Running, office


def handover(chain: Chain, to: str) -> bytes:
    assert chain.head is not None
    return write(Handover(source=TOWNSHIP, case=chain.stream, to=to, head=chain.head.hex(), epoch=chain.epoch))


async def test_the_portal_copies_every_chain_and_wakes_who_follows_the_log(database: str) -> None:
    one, two = travelled(1), travelled(2)
    async with office(database) as portal:
        await portal.take("township.events", [v for pair in zip(one.values, two.values, strict=True) for v in pair])
        assert await portal.chain(one.stream) == one.values
        assert await portal.chain(two.stream) == two.values
        assert portal.tide.pos == 14
        assert set(portal.live) == {one.stream, two.stream}
        positions = await portal.pool.fetch("select pos from log order by pos")
        assert [row["pos"] for row in positions] == list(range(1, 15))


async def test_duplicates_vanish(database: str) -> None:
    chain = travelled(1)
    async with office(database) as portal:
        await portal.take("township.events", [*chain.values, *chain.values])
        await portal.take("township.events", chain.values, first=14)
        await portal.take("city.events", [chain.values[3]])
        assert await portal.chain(chain.stream) == chain.values
        assert (await portal.count("log"), portal.tide.pos) == (7, 7)


async def test_what_is_remembered_of_a_case_does_not_hide_what_another_process_took(database: str) -> None:
    chain = travelled(1)
    async with office(database) as one, office(database) as other:
        await one.take("township.events", chain.values[:2])
        await other.take("township.events", chain.values[2:4], first=2)
        await one.take("township.events", chain.values[2:5], first=2)
        await other.take("township.events", chain.values[4:], first=4)
        assert await one.chain(chain.stream) == chain.values
        assert (await one.count("log"), await one.count("parked"), await one.count("quarantined")) == (7, 0, 0)


async def test_what_is_remembered_of_a_case_does_not_hide_what_a_crashed_database_forgot(database: str) -> None:
    chain = travelled(1)
    async with office(database) as portal:
        await portal.take("township.events", chain.values[:4])
        await portal.pool.execute("delete from log where seq > 2")
        await portal.pool.execute("update log_head set pos = 2")
        await portal.pool.execute("update read_offset set next_offset = 2")
        await portal.take("township.events", chain.values[4:], first=4)
        assert (await portal.chain(chain.stream), await portal.count("parked")) == (chain.values[:2], 3)
        await portal.take("township.events", chain.values[2:4], first=2)
        assert (await portal.chain(chain.stream), await portal.count("parked")) == (chain.values, 0)


async def test_early_events_wait_and_go_in_when_the_missing_one_comes(database: str) -> None:
    chain = travelled(1)
    async with office(database) as portal:
        await portal.take("city.events", [chain.values[5], chain.values[4], chain.values[2]])
        assert (await portal.count("parked"), await portal.count("log")) == (3, 0)
        await portal.take("township.events", chain.values[:2])
        assert await portal.chain(chain.stream) == chain.values[:3]
        await portal.take("district.events", [chain.values[3], chain.values[6]])
        assert await portal.chain(chain.stream) == chain.values
        assert await portal.count("parked") == 0
        assert await portal.pool.fetchval("select pos from log_head") == 7


async def test_a_foreign_record_at_a_taken_number_is_set_aside_and_changes_nothing(database: str) -> None:
    chain = travelled(1)
    forged = chain.copy()
    forged.values, forged.holder, forged.term = forged.values[:3], DISTRICT, 1
    forged.write(StepStarted(step="review"), DISTRICT)
    async with office(database) as portal:
        with capture_logs() as said:
            await portal.take("township.events", [*chain.values, forged.values[3]])
        assert await portal.chain(chain.stream) == chain.values
        row = await portal.pool.fetchrow("select hash, reason, value from quarantined")
        assert row is not None
        assert (row["hash"], row["reason"], row["value"]) == (forged.head, "contradicts", forged.values[3])
        with capture_logs() as again:
            await portal.take("township.events", [forged.values[3]], first=20)
        assert await portal.count("quarantined") == 1
        told = [[line["event"] for line in lines] for lines in (said, again)]
        assert told == [["event_quarantined"], []], "the operator hears of it once"


async def test_a_record_by_a_unit_that_is_not_the_holder_is_set_aside(database: str) -> None:
    chain = case(1)
    chain.write(StepStarted(step="review"), OTHER)
    async with office(database) as portal:
        await portal.take("township.events", chain.values)
        assert await portal.chain(chain.stream) == chain.values[:1]
        assert await portal.pool.fetchval("select reason from quarantined") == "not_the_holder"


async def test_a_tier_keeps_only_what_it_follows(database: str) -> None:
    strange, mine = case(1, OTHER).referred(CITY).arrived(), case(2).referred(DISTRICT)
    async with office(database, "district") as district:
        await district.take("township.events", strange.values)
        assert (await district.count("log"), await district.count("quarantined")) == (0, 0)
        await district.take("inbox.340405000", [*mine.values, handover(mine, DISTRICT)])
        assert await district.chain(mine.stream) == mine.values
        mine.write(StepStarted(step="review"), CITY)
        await district.take("city.events", mine.values[2:])
        assert await district.pool.fetchval("select reason from quarantined") == "not_the_holder"


async def test_the_handover_inserts_the_staged_chain_together(database: str) -> None:
    chain = case(1).referred(DISTRICT)
    async with office(database, "district") as district:
        await district.take("inbox.340405000", chain.values)
        assert (await district.count("staged"), await district.count("log")) == (2, 0)
        await district.take("inbox.340405000", chain.values, first=2)
        await district.take("inbox.340405000", [handover(chain, DISTRICT)], first=4)
        assert await district.chain(chain.stream) == chain.values
        assert await district.count("staged") == 0
        assert district.live == [chain.stream]
        await district.take("township.events", chain.values)
        assert await district.count("log") == 2


async def test_the_same_events_by_feed_and_by_inbox_in_one_batch_do_not_hide_each_other(database: str) -> None:
    chain = case(1).referred(DISTRICT)
    async with office(database, "district") as district:
        feed = [Given("township.events", 0, at, b"", value) for at, value in enumerate(chain.values)]
        values = [*chain.values, handover(chain, DISTRICT)]
        inbox = [Given("inbox.340405000", 0, at, b"", value) for at, value in enumerate(values)]
        await district.replica.take([*feed, *inbox], "here")
        assert await district.chain(chain.stream) == chain.values


async def test_a_handover_with_a_record_missing_waits_until_it_is_sent_again(database: str) -> None:
    chain = case(1).referred(DISTRICT)
    async with office(database, "district") as district:
        await district.take("inbox.340405000", [chain.values[1], handover(chain, DISTRICT)])
        assert (await district.count("staged"), await district.count("log")) == (1, 0)
        await district.take("inbox.340405000", [*chain.values, handover(chain, DISTRICT)], first=2)
        assert await district.chain(chain.stream) == chain.values


async def test_a_handover_below_the_fence_is_set_aside(database: str) -> None:
    chain = case(1).referred(DISTRICT)
    taken = chain.copy().assumed()
    async with office(database, "district") as district:
        await district.take("city.events", [taken.values[2]])
        assert await district.pool.fetchval("select epoch from fence where stream = $1", chain.stream) == 1
        assert await district.count("log") == 0
        await district.take("inbox.340405000", [*chain.values, handover(chain, DISTRICT)])
        assert (await district.count("log"), await district.count("staged")) == (0, 0)


async def test_an_assumed_custody_cuts_the_tail_that_it_beats(database: str) -> None:
    chain = case(1).referred(DISTRICT).arrived()
    taken = chain.copy()
    taken.values = taken.values[:2]
    taken.assumed()
    chain.write(StepStarted(step="review"), DISTRICT)
    async with office(database) as portal:
        await portal.take("township.events", chain.values)
        await portal.take("city.events", [taken.values[2]])
        assert await portal.chain(chain.stream) == taken.values
        beaten = await portal.pool.fetch("select seq, superseded_at from log where not live order by seq")
        assert [row["seq"] for row in beaten] == [3, 4]
        assert all(row["superseded_at"] is not None for row in beaten)
        assert (
            await portal.pool.fetchval("select pos from log where stream = $1 and live and seq = 3", chain.stream) == 5
        )
        late = chain.copy()
        late.write(StepStarted(step="late"), DISTRICT)
        await portal.take("township.events", [late.values[4]], first=9)
        assert await portal.chain(chain.stream) == taken.values
        assert await portal.count("log where not live") == 3
        assert await portal.count("quarantined") == 0


async def test_what_was_set_aside_comes_back_live_under_a_new_position_when_the_city_stands_on_it(
    database: str,
) -> None:
    chain = case(1).referred(DISTRICT).arrived()
    other = chain.copy()
    other.values = other.values[:2]
    other.write(StepStarted(step="other"), DISTRICT)
    stands = other.copy().assumed()
    async with office(database) as portal:
        await portal.take("township.events", [*chain.values, other.values[2]])
        assert await portal.count("quarantined") == 1
        await portal.take("city.events", [stands.values[3]])
        assert await portal.chain(chain.stream) == stands.values
        assert await portal.count("quarantined") == 0
        rows = await portal.pool.fetch("select pos, seq from log where live order by seq")
        assert [tuple(row) for row in rows] == [(1, 1), (2, 2), (4, 3), (5, 4)]


async def test_a_request_that_arrives_again_is_looked_at_again(database: str) -> None:
    of = case(1)
    request = urging("r1", of)
    async with office(database, "township") as township:
        await township.take("inbox.340405101", request.values)
        await township.take("inbox.340405101", request.values, first=1)
        assert await township.chain(request.stream) == request.values
        rows = await township.pool.fetch("select stream, hops from request_arrival order by arrival")
        assert [tuple(row) for row in rows] == [(request.stream, 0)] * 2


async def test_an_event_in_an_own_name_that_was_never_written_here_is_reported(database: str) -> None:
    chain = case(1)
    async with office(database, "township") as township:
        await township.take("township.events", chain.values)
        assert await township.count("log") == 0
        assert await township.pool.fetchval("select reason from quarantined") == "never_written_here"


async def test_reference_data_is_kept_by_everyone_and_only_from_its_own_topic(database: str) -> None:
    window = Chain("window/w1")
    window.write(WindowOpened(unit=DISTRICT, code="w1", department="civil"), DISTRICT)
    window.write(WindowClosed(reason="moved"), DISTRICT)
    async with office(database, "township") as township:
        await township.take("district.events", window.values)
        assert await township.pool.fetchval("select reason from dead_letter limit 1") == "wrong_topic"
        await township.take("reference.events", window.values)
        assert await township.chain(window.stream) == window.values


async def test_a_case_that_begins_with_no_receipt_is_nobodys_application(database: str) -> None:
    forged = Chain(case(1).stream)
    forged.write(StepStarted(step="review"), TOWNSHIP)
    async with office(database) as portal:
        await portal.take("township.events", forged.values)
        assert await portal.count("log") == 0
        assert await portal.pool.fetchval("select reason from dead_letter") == "no_receipt"


def ordered(of: Chain, to: str) -> Chain:
    order = Chain("supervision/0123456789abcdef0123456789abcdef", key=of.key)
    order.write(SupervisionOrdered(case=of.stream, to=to, reason="overdue", days=3), CITY)
    return order


async def test_a_supervision_order_that_came_by_inbox_is_kept_with_its_answer_and_no_other_is(database: str) -> None:
    order = ordered(case(1), TOWNSHIP)
    answered = order.copy()
    answered.write(SupervisionAnswered(request="a" * 32, answer=Plain("!")), CITY)
    async with office(database, "township") as township:
        await township.take("city.events", answered.values)
        assert await township.count("log") == 0, "nobody told it"
        await township.take(f"inbox.{TOWNSHIP}", order.values)
        assert await township.chain(order.stream) == order.values
        await township.take("city.events", answered.values[1:], first=2)
        await township.take(f"inbox.{TOWNSHIP}", answered.values, first=1)
        assert await township.chain(order.stream) == answered.values


async def test_an_answer_to_no_order_is_nobodys(database: str) -> None:
    forged = Chain("supervision/0123456789abcdef0123456789abcdef")
    forged.write(SupervisionAnswered(request="a" * 32, answer=Plain("!")), CITY)
    async with office(database) as portal:
        await portal.take("city.events", forged.values)
        assert await portal.count("log") == 0
        assert await portal.pool.fetchval("select reason from dead_letter") == "no_order"


async def test_offsets_are_stored_with_the_rows_and_those_of_another_cluster_do_not_count(database: str) -> None:
    chain = travelled(1)
    async with office(database) as portal:
        await portal.take("township.events", chain.values[:3], cluster="old")
        assert await portal.replica.offsets("old") == {("township.events", 0): 3}
        assert await portal.replica.offsets("new") == {}
        await portal.take("township.events", chain.values[:2], cluster="new")
        assert await portal.replica.offsets("new") == {("township.events", 0): 2}
        await portal.replica.take([Given("township.events", 0, 0, b"", chain.values[0])], "new")
        assert await portal.replica.offsets("new") == {("township.events", 0): 2}


async def test_an_own_append_lets_in_what_waited_for_it(database: str) -> None:
    chain = case(1).referred(DISTRICT)
    follow = chain.copy().arrived()
    async with office(database, "township") as township, Running(township.log.run()):
        township.log.open()
        rows = chain.rows()
        await township.log.append(Draft(chain.stream, None, TOWNSHIP, rows[0].command, None, "t", rows[:1]))
        await township.take("district.events", [follow.values[2]])
        assert await township.count("parked") == 1
        await township.log.append(Draft(chain.stream, rows[0].hash, TOWNSHIP, rows[1].command, None, "t", rows[1:]))
        await LooksAgain(township.replica, township.tide).look()
        assert await township.chain(chain.stream) == follow.values
        assert await township.count("parked") == 0
