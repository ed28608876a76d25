"""Exactly one holder, whoever races for a case: two clerks, two units, and a recall, a thousand times."""

import asyncio
import json
import random
from collections import Counter
from collections.abc import Sequence
from typing import TypeVar

import pytest

from tests.journeys.clerk import Answer, Clerk, receipt
from tests.journeys.places import DATONG, SHANGYAO, TIANJIAAN
from tests.journeys.system import System

CASES = 1000
AT_ONCE = 24
SECONDS = 240
"""A tenth of it is enough on two quiet cores."""
SEED = 340400
DISTRICTS = (DATONG, TIANJIAAN)
TAKEN = {"ReferralAcknowledged": "acknowledged", "ReferralRefused": "refused", "ReferralRecalled": "recalled"}
T = TypeVar("T")


def lost(answer: Answer) -> bool:
    """Beaten: a conflict that says how the case stands now."""
    return answer.status == 409 and "custody" in answer.body["state"]


async def received(clerk: Clerk, count: int) -> list[str]:
    """Their numbers."""
    acts = [{"key": f"race-{at}", "act": "receive", "body": receipt()} for at in range(count)]
    numbers: list[str] = []
    for start in range(0, count, 250):
        answers = await clerk.post("/acts", {"acts": acts[start : start + 250]})
        numbers += [one["body"]["case"]["number"] for one in answers.body["answers"]]
    return numbers


class Race:
    """For one case; `run` says how it ended."""

    def __init__(self, system: System, number: str, chance: random.Random) -> None:
        self._system = system
        self._number = number
        self._chance = chance

    async def run(self) -> str:
        to = await self._two_clerks_refer()
        return await self._taken_or_recalled(to)

    async def _two_clerks_refer(self) -> str:
        """Two clerks of the township refer it to two districts at once; the one that has it now."""
        clerks = [self._system.clerk(SHANGYAO, subject=subject) for subject in ("A01", "A02")]
        tries = [
            clerk.act(self._number, "refer", to=district, kind="forward_up", reason="route")
            for clerk, district in zip(clerks, self._shuffled(DISTRICTS), strict=True)
        ]
        answers = await asyncio.gather(*tries)
        winners = [answer for answer in answers if answer.done]
        assert len(winners) == 1, answers
        assert all(lost(answer) for answer in answers if not answer.done), answers
        return winners[0].case["custody"]["to"]

    async def _taken_or_recalled(self, to: str) -> str:
        """Two clerks there take it, one refuses it, and the sender asks for it back, all at once."""
        sender = self._system.clerk(SHANGYAO, subject="A03")
        first, second, third = (self._system.clerk(to, subject=subject) for subject in ("B01", "B02", "B03"))
        recall = asyncio.create_task(sender.act(self._number, "request-recall", reason="mistake"))
        if self._chance.random() < 0.5:
            await recall
        await first.sees(self._number)
        takes = [
            first.act(self._number, "acknowledge"),
            second.act(self._number, "acknowledge"),
            third.act(self._number, "refuse", ground="wrong_area"),
        ]
        answers = await asyncio.gather(*self._shuffled(takes))
        winners = [answer for answer in answers if answer.done]
        assert len(winners) <= 1, answers
        assert all(lost(answer) for answer in answers if not answer.done), answers
        asked = await recall
        if not winners:
            assert asked.done, asked
            return "recalled"
        if winners[0].case["custody"]["unit"] != to:
            # The refusal may have come home before the recall was asked for.
            assert asked.done or asked.code == "nothing_to_recall", asked
            return "refused"
        # Whoever took it answers the recall: every request ends in an event.
        request = {"request": asked.body["request"], "asked": "recall", "ground": "work_begun"}
        declined = await first.act(self._number, "decline-request", **request)
        assert declined.done, declined
        return "acknowledged"

    def _shuffled(self, given: Sequence[T]) -> list[T]:
        return self._chance.sample(given, len(given))


@pytest.mark.timeout(500)
async def test_of_two_clerks_two_units_and_a_recall_exactly_one_gets_the_case_a_thousand_times(system: System) -> None:
    numbers = await received(system.clerk(SHANGYAO), CASES)
    ended: dict[str, str] = {}
    waiting = iter(numbers)
    chance = random.Random(SEED)

    async def races() -> None:
        for number in waiting:
            ended[number] = await Race(system, number, random.Random(chance.random())).run()

    async with asyncio.timeout(SECONDS), asyncio.TaskGroup() as group:
        for _ in range(AT_ONCE):
            group.create_task(races())
    outcomes = Counter(ended.values())
    assert outcomes.total() == CASES
    assert min(outcomes[outcome] for outcome in TAKEN.values()) > 0, outcomes
    await system.holds()
    chains = await system.chains("township")
    for number, outcome in ended.items():
        names = [str(json.loads(record)["type"]).split(".")[2] for record in chains[number]]
        assert names.count("CaseReferred") == 1
        assert [TAKEN[name] for name in names if name in TAKEN] == [outcome]
