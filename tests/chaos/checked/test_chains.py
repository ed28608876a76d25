"""An event that may not be there is found."""

from dataclasses import replace

import pytest

from tests.chaos.checked.sound import FOUR, ONE, Sound, forged, violated, written
from tests.chaos.handmade import story
from tests.chaos.handmade.chains import CITY, TOWNSHIP, Chain
from tests.chaos.handmade.story import REQUEST

SPOILT_CHAINS = {
    "an act that was done twice": (
        "twice", forged(lambda c: c.add("CaseSuspended", TOWNSHIP, key="two-suspend", ground="hearing",
                                         expected_days=3, notice="n1")),
    ),
    "an act that was refused": ("refused", forged(lambda c: c.add("CaseDecided", TOWNSHIP, key="early",
                                                                   outcome="granted"), FOUR)),
    "an act that nobody asked for": ("unheard", forged(lambda c: c.add("StepStarted", TOWNSHIP, key="x", step="r"))),
    "an act of who does not hold": ("custody", forged(lambda c: c.add("CaseClaimed", CITY, TOWNSHIP, key="x",
                                                                       person="C01"))),
    "a holder changed by no pass": ("custody", forged(lambda c: c.add("CaseClaimed", TOWNSHIP, CITY, key="x",
                                                                       person="A01"))),
    "a pass to another than it says": ("custody", forged(lambda c: c.add("CaseReferred", TOWNSHIP, CITY, key="x",
                                                                          to=TOWNSHIP, referral="transfer",
                                                                          reason="x"))),
    "a pass that does not raise the term": ("order", forged(lambda c: c.add("CaseReferred", TOWNSHIP, CITY, key="x",
                                                                             term=0, to=CITY, referral="transfer",
                                                                             reason="x"))),
    "a term that falls": ("order", forged(lambda c: c.add("CaseArchived", CITY, key="x", term=0, retention_years=3,
                                                           shelf="s"), ONE)),
    "an epoch raised by no custody": ("order", forged(lambda c: c.add("StepStarted", TOWNSHIP, key="x", epoch=1,
                                                                       step="r"))),
    "a custody assumed by a township": ("custody", forged(lambda c: c.add("CustodyAssumed", TOWNSHIP, TOWNSHIP,
                                                                           key="x", order="o", reason="r"))),
    "a custody that raises no epoch": ("order", forged(lambda c: c.add("CustodyAssumed", CITY, CITY, key="x", epoch=0,
                                                                        order="o", reason="r"))),
    "a recall that nobody asked for": (
        "request", forged(lambda c: c.add("ReferralRecalled", CITY, TOWNSHIP, key="x", actor="service", to=TOWNSHIP,
                                           request="0" * 32), ONE),
    ),
    "a recall of what was acknowledged": (
        "recall", forged(lambda c: c.add("ReferralRecalled", CITY, TOWNSHIP, key="x", actor="service", to=TOWNSHIP,
                                          request=REQUEST.partition("/")[2]), ONE),
    ),
    "a request that is answered twice": (
        "request", forged(lambda c: c.add("RequestDeclined", TOWNSHIP, key="x", actor="service", asked="urge",
                                           ground="late", request=REQUEST.partition("/")[2]), FOUR),
    ),
    "two holders in one epoch": (
        "two_holders", forged(lambda c: c.add("CaseReferred", TOWNSHIP, CITY, key="x", at=2, to=CITY,
                                               referral="transfer", reason="x")),
    ),
}  # fmt: skip


@pytest.mark.parametrize(("invariant", "chain"), SPOILT_CHAINS.values(), ids=SPOILT_CHAINS)
async def test_an_event_that_may_not_be_there_is_found(sound: Sound, invariant: str, chain: Chain) -> None:
    """Written into all copies alike; what contradicts a live one lies beside it."""
    beside = any(
        chain.stream == made.columns["stream"] and chain.made[-1].columns["seq"] == made.columns["seq"]
        for made in story.world().logs["portal"]
    )
    assert invariant in await violated(await sound.everywhere(written(chain, not beside)))


async def test_a_forged_event_may_lie_aside_and_nowhere_else(sound: Sound) -> None:
    chain = forged(lambda c: c.add("StepStarted", CITY, TOWNSHIP, key="x", step="forged"))
    aside = written(chain).replace("insert into log (pos, ", "insert into quarantined (")
    aside = aside.replace("live, superseded_at", "reason").replace("select pos, ", "select ")
    aside = aside.replace("True, null from", "'not_the_holder' from").replace("update log_head set pos = pos + 1;", "")
    spoilt = await sound.everywhere(aside)
    assert await violated(spoilt) == {"quarantined", "unheard"}
    assert await violated(replace(spoilt, injected=frozenset({chain.made[-1].hash}))) == set()
    live = replace(await sound.everywhere(written(chain)), injected=frozenset({chain.made[-1].hash}))
    assert "forged" in await violated(live)
