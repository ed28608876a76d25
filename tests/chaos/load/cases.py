"""A case and the people who bring it from receipt to delivery, through whatever becomes of it on its way."""

import time
from contextlib import suppress
from dataclasses import dataclass, field
from random import Random

from tests.chaos.load import deeds
from tests.chaos.load.bodies import UNDECIDED, received
from tests.chaos.load.deeds import Assume, Beaten, Deed, Done, Idle, Take, Wait, holder, next_deed
from tests.chaos.load.inbox import Inboxes
from tests.chaos.load.kept import Json
from tests.chaos.load.known import Known, Left, reader
from tests.chaos.load.people import DECIDES, Act, Person, together, twice
from tests.chaos.load.plan import Race, Wishes, beyond
from tests.chaos.load.town import UNKNOWN, Answer, Town
from tests.journeys.places import CITY

THINKS = 0.4
"""Seconds between two acts on a case, on average."""
STEPS = 120
STAFF = 60
"""Persons at a counter. No two tries at a case are by the same one: who repeats what he did gets a yes and nothing is
written."""
IDLE_FIRST, IDLE_LATEST = 0.4, 5.0
"""Seconds until it is looked whether others have done their part."""
CAREFUL = 0.9
"""Share of acts that are sent again until their answer is known."""
TAPPED, RIVALLED, REPEATED = 0.03, 0.06, 0.02
"""Shares of acts that are sent twice at once, that another person does at the same instant, and whose key comes once
more much later."""
JITTER = 0.12
"""Seconds within which things are done at the same instant; a recall takes about so long to the other office."""
RIVALS = frozenset({"accept", "decide", "claim", "conclude", "deliver", "refer", "withdraw"})
LATER = (5.0, 40.0)
UNSEEN = ("decide", "notice-decision", "issue-certificate", "conclude")
"""What an office goes on with while the city assumes custody."""
PASSED_ON = 0.4
"""Share of offices that pass the case on instead: its handover comes to who has heard of the custody already, or has
not."""
MOVED = frozenset(
    {"not_holder", "not_offered", "not_acknowledged", "case_unknown", "contended", "fenced", "superseded"}
)
"""Refusals that only say that the case lies elsewhere by now."""


@dataclass(slots=True)
class Life:
    """`code` opens it at the portal, where its citizen asks for it. `staff`: letter of those who work on it."""

    wishes: Wishes
    chance: Random
    known: Known
    code: str | None = None
    staff: str = "A"
    done: Done = field(default_factory=Done)
    tries: int = 0
    hurried: bool = False

    @classmethod
    def of(cls, town: Town, inboxes: Inboxes, wishes: Wishes, chance: Random) -> "Life":
        """Of papers that are about to be handed in."""
        return cls(wishes, chance, Known(town, inboxes, wishes.receiver))

    def receipt(self) -> tuple[Person, Act]:
        """Who takes the papers in, and the act."""
        person = self._person(self.wishes.receiver, ("agent",), "agent")
        return person, person.act("/cases", received(self.wishes))

    def taken_in(self, answer: Answer) -> bool:
        """The answer to the receipt; False when there is no case of which anybody knows."""
        if answer.case is None or not answer.done:
            return False
        self.known.begin(answer.case["number"], answer.case)
        self.code = answer.body.get("query_code")
        return True

    async def found(self, number: str) -> None:
        """Others, who came upon it where it lay about, bring it to an end."""
        self.staff = "C"
        self.known.begin(number, None)
        with suppress(Left):
            await self.known.look(self.wishes.receiver)
            await self.live()

    @property
    def town(self) -> Town:
        return self.known.town

    @property
    def open(self) -> bool:
        """Whether it is known and undecided."""
        return self.known.case is not None and self.known.case["phase"] in UNDECIDED

    async def live(self) -> None:
        """To its end, or until it is given up. Raises Over."""
        with suppress(Left):
            for _ in range(STEPS):
                if time.monotonic() > self.known.ends or not await self._step():
                    return

    async def _step(self) -> bool:
        found = next_deed(self.known.now, self.wishes, self.done, self.known.shown)
        match found:
            case None:
                return False
            case Wait(unit, offered):
                await self.known.arrival(unit, offered)
                return True
            case Idle(unit):
                self.done.idled += 1
                await self.town.pause(min(IDLE_FIRST * 1.5**self.done.idled, IDLE_LATEST))
                await self.known.look(unit)
                return True
            case _:
                await self.town.pause(self.chance.expovariate(1 / THINKS))
        match found:
            case Take():
                await self._take(found)
            case Assume(unit):
                await self._assume(unit)
            case Beaten():
                await self._beaten()
            case Deed() if self.wishes.whole and found.act == "accept" and not self.hurried:
                await self._whole(found.unit)
            case Deed():
                await self._do(found)
        return True

    async def _do(self, deed: Deed) -> Answer:
        body = dict(deed.body)
        match deed.act:
            case "refer":
                self.done.tried += 1
            case "return" if body["purpose"] != "deliver_result":
                self.done.returned += 1
            case "correct":
                body["of"] = await self.known.first_record(deed.unit)
            case _:
                pass
        person = self._person(deed.unit, deed.roles, deed.what, deed.by)
        act = person.act(f"/cases/{self.known.number}/{deed.act}", body)
        roll = self.chance.random()
        if roll < TAPPED:
            answer = await twice(person, act, self.chance)
        elif roll < TAPPED + RIVALLED and deed.act in RIVALS:
            rival = self._person(deed.unit, deed.roles, deed.what)
            other = rival.act(act.path, body)
            answer, _ = await together(person.surely(act, self.chance), rival.surely(other, self.chance))
        else:
            answer = await person.surely(act, self.chance, patient=self.chance.random() < CAREFUL)
        if answer.done and self.chance.random() < REPEATED:
            self.known.inboxes.later(self.chance.uniform(*LATER), person, act)
        await self._learn(answer, deed)
        return answer

    async def _whole(self, unit: str) -> None:
        """Everything at the window, in one batch; what was not done is then done one by one."""
        self.hurried = True
        person = self._person(unit, DECIDES, "clerk")
        said: list[tuple[str, Json]] = [
            ("accept", {}),
            ("start-step", {"step": "review"}),
            ("complete-step", {"step": "review", "outcome": "passed"}),
            ("decide", {"outcome": "granted"}),
            ("conclude", {"outcome": "issued", "on_the_spot": True}),
            ("deliver", {"how": "window"}),
        ]
        acts = [person.act(f"/cases/{self.known.number}/{act}", body) for act, body in said]
        answers = await person.batch(acts, self.chance)
        for answer in answers:
            if answer.done:
                self.known.see(answer.body["case"], unit)
        if not answers[-1].done:
            await self.known.look(unit)

    async def _take(self, offer: Take) -> None:
        hop = offer.hop
        if hop is not None and self.done.refused < hop.refusals:
            self.done.refused += 1
            await self._do(Deed(offer.unit, "refuse", {"ground": "wrong_area", "note": "不属本窗口。"}))
        elif hop is not None and hop.race is not None and self.done.strike(f"race-{self.done.hop}"):
            await self._race(hop.race, offer)
        else:
            await self._do(Deed(offer.unit, "acknowledge", {}))

    async def _race(self, race: Race, offer: Take) -> None:
        """Several people at once."""
        bodies: dict[str, Json] = {
            "recall": {"reason": "mistake"},
            "acknowledge": {},
            "refuse": {"ground": "wrong_area"},
        }

        async def one(what: str) -> Answer:
            recall = what == "recall"
            person = self._person(offer.sender if recall else offer.unit, DECIDES, "clerk")
            if not recall:
                await self.town.pause(self.chance.uniform(0, JITTER))
            path = f"/cases/{self.known.number}/{'request-recall' if recall else what}"
            return await person.surely(person.act(path, bodies[what]), self.chance)

        await together(*(one(what) for what in race))
        await self.known.look(offer.unit)

    async def _assume(self, unit: str) -> None:
        """The city, while the office goes on with its work unseen."""
        leader = Person(self.town, CITY, "L01", ("government_head",), "head")
        order = {"order": f"HN-{self.wishes.n}", "reason": "overdue"}

        async def goes_on() -> Answer:
            answer = UNKNOWN
            if self.chance.random() < PASSED_ON:
                await self.town.pause(self.chance.uniform(0, 2 * JITTER))
                to, kind = beyond(unit)
                person = self._person(unit, DECIDES, "clerk")
                body = {"to": to, "kind": kind, "reason": "route"}
                return await person.surely(person.act(f"/cases/{self.known.number}/refer", body), self.chance)
            for name in UNSEEN:
                await self.town.pause(self.chance.uniform(0, 2 * JITTER))
                if name in deeds.BESIDE:
                    wish = deeds.BESIDE[name]
                    if not wish.fits(self.known.now, self.wishes):
                        continue
                    act, body = wish.act, wish.body(self.known.now, self.wishes)
                else:
                    act, body = name, {"outcome": "granted" if name == "decide" else "issued"}
                person = self._person(unit, DECIDES, "clerk")
                answer = await person.surely(person.act(f"/cases/{self.known.number}/{act}", body), self.chance)
                if answer.case is not None:
                    self.known.see(answer.case, unit)
            return answer

        assumed = leader.surely(leader.act(f"/cases/{self.known.number}/assume-custody", order), self.chance)
        answer, _ = await together(assumed, goes_on())
        if answer.done:
            self.known.see(answer.body["case"], CITY)
        else:
            await self.known.look(unit)

    async def _beaten(self) -> None:
        """The city adopts or takes back what was done on the branch that lost."""
        self.done.beaten += 1
        self.done.barred.discard("conclude")
        path = f"/cases/{self.known.number}"
        seen = await reader(self.town, CITY).read(f"{path}/superseded")
        for lost in seen.body["superseded"] if seen.done else []:
            if not lost["open"]:
                continue
            for act in ("adopt", "revoke") if self.chance.random() < 0.6 else ("revoke",):
                body = {"act": lost["act"], "ground": "looked_into", "notice": f"notice-{self.wishes.n}"}
                person = self._person(CITY, ("approver",), "clerk")
                answer = await person.surely(person.act(f"{path}/{act}", body), self.chance)
                if answer.case is not None:
                    self.known.see(answer.case, CITY)
                if answer.done:
                    break

    async def _learn(self, answer: Answer, deed: Deed) -> None:
        if answer.case is not None:
            self.known.see(answer.case, deed.unit)
        if answer.done:
            return
        if answer.settled and deed.way and answer.code not in MOVED:
            self.done.barred.add(deed.act)
        if answer.case is None or answer.code in MOVED:
            await self.known.look(holder(self.known.now))

    def _person(self, unit: str, roles: tuple[str, ...], what: str, by: str | None = None) -> Person:
        """Another one at each try."""
        self.tries += 1
        subject = f"{self.staff}{(self.wishes.n + self.tries) % STAFF:02}"
        return Person(self.town, unit, by or subject, roles, what)
