"""The city takes cases over (提级办理), one that it never had and one on which others worked on unseen."""

import pytest

from tests.journeys.clerk import Answer, Body, Clerk
from tests.journeys.places import CITY, DATONG, SHANGYAO
from tests.journeys.system import System
from tests.journeys.waiting import until

ORDER = {"order": "HN-2026-17", "reason": "no-answer"}


def leader(system: System) -> Clerk:
    return system.clerk(CITY, "government_head", subject="L01")


async def accepted(clerk: Clerk) -> str:
    number = (await clerk.receive()).number
    assert (await clerk.act(number, "accept")).done
    return number


async def superseded(clerk: Clerk, number: str) -> list[Body]:
    return (await clerk.get(f"/cases/{number}/superseded")).body["superseded"]


async def deal(clerk: Clerk, number: str, how: str, **body: str) -> Answer:
    return await clerk.post(f"/cases/{number}/{how}", body)


async def with_its_key(clerk: Clerk, number: str, act: str, **body: str) -> Answer:
    """The key of a case that was assumed is asked for at the earlier holders, and arrives in a moment."""

    async def once() -> Answer:
        return await clerk.act(number, act, **body)

    return await until(once, lambda seen: seen.code != "key_missing", 60)


async def test_the_city_takes_over_a_case_that_it_never_had_and_finishes_it(system: System) -> None:
    township, city = system.clerk(SHANGYAO), system.clerk(CITY)
    number = await accepted(township)
    await system.at_rest()
    assert (await city.case(number)).code == "case_unknown"
    assert (await city.act(number, "assume-custody", **ORDER)).code == "role_missing"
    assert (await system.clerk(DATONG, "government_head").act(number, "assume-custody", **ORDER)).status == 404

    taken = await leader(system).act(number, "assume-custody", "take-over-1", **ORDER)
    assert (taken.case["custody"]["unit"], taken.case["phase"]) == (CITY, "accepted")
    last = (await city.get(f"/cases/{number}/history")).body["events"][-1]
    assert (last["type"], last["epoch"], last["term"]) == ("sanji.case.CustodyAssumed.v1", 1, 0)
    again = await leader(system).act(number, "assume-custody", "take-over-1", **ORDER)
    assert again.body["pos"] == taken.body["pos"], "the same key takes it over once"

    await township.sees(number, unit=CITY)
    assert (await township.act(number, "complete-step", step="review", outcome="done")).code == "not_holder"
    assert (await city.act(number, "start-step", step="review")).done
    noted = await with_its_key(city, number, "complete-step", step="review", outcome="done", note="已核实")
    assert noted.done, noted
    assert (await city.act(number, "decide", outcome="granted")).done
    assert (await city.act(number, "conclude", outcome="issued")).done
    assert (await city.act(number, "deliver", how="window")).done
    await system.holds()
    assert (await township.case(number)).case["phase"] == "delivered"


@pytest.mark.timeout(240)
async def test_what_was_decided_unseen_before_the_city_took_over_is_adopted_or_revoked_before_the_case_ends(
    system: System,
) -> None:
    assert system.link is not None
    township, city = system.clerk(SHANGYAO), system.clerk(CITY)
    kept, dropped = await accepted(township), await accepted(township)
    await system.at_rest()
    await system.link.cut()
    try:
        for number in (kept, dropped):
            assert (await township.act(number, "decide", f"decide-{number}", outcome="granted")).done
            assert (await leader(system).act(number, "assume-custody", **ORDER)).done
    finally:
        await system.link.mend()
    await system.at_rest()

    for number in (kept, dropped):
        repeated = await township.act(number, "decide", f"decide-{number}", outcome="granted")
        assert (repeated.status, repeated.code) == (409, "superseded")
        (beaten,) = await superseded(city, number)
        assert (beaten["event"], beaten["unit"], beaten["open"]) == ("CaseDecided", SHANGYAO, True)
        early = await city.act(number, "conclude", outcome="void")
        assert (early.status, early.code) == (409, "superseded_acts_open")

    (beaten,) = await superseded(city, kept)
    unknown = await deal(city, kept, "adopt", act="0" * 64, ground="lawful")
    assert (unknown.status, unknown.code) == (422, "act_not_superseded")
    adopted = await deal(city, kept, "adopt", act=beaten["act"], ground="lawful")
    assert adopted.case["phase"] == "decided"
    assert (await city.act(kept, "conclude", outcome="issued")).done

    (beaten,) = await superseded(city, dropped)
    assert (await deal(city, dropped, "revoke", act=beaten["act"], ground="no-basis")).code == "invalid"
    assert (await deal(city, dropped, "revoke", act=beaten["act"], ground="no-basis", notice="HN-2026-18")).done
    assert (await city.act(dropped, "conclude", outcome="void")).done

    for number, was_adopted in ((kept, True), (dropped, False)):
        (beaten,) = await superseded(city, number)
        assert (beaten["open"], beaten["adopted"]) == (False, was_adopted)
    await system.holds()
