"""What is to be done next with a case that stands so, by whom: from what a service shows, never from what was expected,
because a fault makes that wrong. Pure, but for what it strikes off the list."""

from dataclasses import dataclass, field

from tests.chaos.load.bodies import BESIDE, ENDED, NOT_ACCEPTED, UNDECIDED, Case, digest, papers
from tests.chaos.load.kept import Json
from tests.chaos.load.people import DECIDES
from tests.chaos.load.plan import Hop, Wishes
from tests.journeys.places import CITY, tier_of

IDLES = 12
"""How often it is looked again for what others are to do."""
HOPS_TRIED = 6
"""How often a case is sent the same way before it stays where it is."""
LOOKS = 3
"""How often the city looks what lost against its custody of a case."""


@dataclass(frozen=True, slots=True)
class Deed:
    """`by`: exactly this person, where nobody else may. `way`: whether it is on the way, and no wish beside it."""

    unit: str
    act: str
    body: Json
    roles: tuple[str, ...] = DECIDES
    what: str = "clerk"
    by: str | None = None
    way: bool = True


@dataclass(frozen=True, slots=True)
class Take:
    """It is offered to `unit` by `sender`, and has arrived. `hop` unless it came another way."""

    unit: str
    sender: str
    hop: Hop | None


@dataclass(frozen=True, slots=True)
class Wait:
    """It is on its way to `unit`."""

    unit: str
    offered: bool


@dataclass(frozen=True, slots=True)
class Idle:
    """Somebody else is to do something: look again at `unit` later."""

    unit: str


@dataclass(frozen=True, slots=True)
class Assume:
    """The city takes it over, at the instant at which `unit` works on it."""

    unit: str


@dataclass(frozen=True, slots=True)
class Beaten:
    """The city looks what was done that lost against its custody."""


Next = Deed | Take | Wait | Idle | Assume | Beaten | None


@dataclass(slots=True)
class Done:
    """`struck`: wishes that were tried. `barred`: acts on the way that were refused. `hop`: how far on the route it is,
    `tried`, `refused`, `returned`: of the present hop. `applicant`: somebody at the portal wants something of it."""

    struck: set[str] = field(default_factory=set[str])
    barred: set[str] = field(default_factory=set[str])
    hop: int = 0
    tried: int = 0
    refused: int = 0
    returned: int = 0
    idled: int = 0
    assumed: bool = False
    beaten: int = 0
    applicant: bool = False

    def strike(self, name: str) -> bool:
        """Whether it was on the list still."""
        if name in self.struck:
            return False
        self.struck.add(name)
        return True


def holder(case: Case) -> str:
    """The unit that may write the next event."""
    custody = case["custody"]
    return custody["to"] or custody["unit"]


def next_deed(case: Case, wishes: Wishes, done: Done, shown: str) -> Next:
    """None when nothing is left to do. `shown`: the unit whose service showed the case; a service that has just passed
    it on knows of the new holder before that one does."""
    custody, unit = case["custody"], holder(case)
    hop = wishes.route[done.hop] if done.hop < len(wishes.route) else None
    if custody["state"] == "offered":
        if not custody["arrived"]:
            return Wait(unit, offered=True)
        return Take(unit, custody["unit"], hop if hop and hop.to == unit else None)
    if not custody["arrived"] and tier_of(shown) != tier_of(unit):
        return Wait(unit, offered=False)
    if hop and unit == hop.to and not _goes_back(case, hop, done):
        done.hop, done.tried, done.refused, done.returned = done.hop + 1, 0, 0, 0
    if wishes.assumed and not done.assumed and case["phase"] == "accepted" and unit != CITY:
        done.assumed = True
        return Assume(unit)
    if custody["epoch"] and unit == CITY and case["phase"] in UNDECIDED | {"decided"} and not done.beaten:
        return Beaten()
    return _beside(case, wishes, done, unit) or _on_the_way(case, wishes, done, unit)


def _goes_back(case: Case, hop: Hop, done: Done) -> bool:
    return done.returned < hop.returns and case["phase"] in UNDECIDED


def _beside(case: Case, wishes: Wishes, done: Done, unit: str) -> Deed | None:
    for name in wishes.beside:
        wish = BESIDE[name]
        where = wishes.receiver if wish.asked else unit
        if name in done.struck or wish.asked != (where != unit) or not wish.fits(case, wishes):
            continue
        done.strike(name)
        by = case["custody"]["person"] if wish.act == "release" else None
        return Deed(where, wish.act, wish.body(case, wishes), wish.roles, wish.what, by, way=False)
    return None


def _on_the_way(case: Case, wishes: Wishes, done: Done, unit: str) -> Next:
    found = _ways(case, wishes, done, unit)
    return next((one for one in found if not isinstance(one, Deed) or one.act not in done.barred), None)


def _ways(case: Case, wishes: Wishes, done: Done, unit: str) -> list[Next]:
    """What would bring it on, the best first."""
    phase = case["phase"]
    if phase in UNDECIDED:
        return [
            *_missing(case, wishes, done, unit),
            *_passed_on(case, wishes, done, unit),
            *_ended(case, wishes, done, unit),
        ]
    if phase == "decided":
        outcome = {"denied": "denied"}.get(case["outcome"], "done" if wishes.end == "done" else "issued")
        # More may have been found to have lost since it was looked.
        looks = case["custody"]["epoch"] and unit == CITY and done.beaten < LOOKS
        return [Deed(unit, "conclude", {"outcome": outcome}), *([Beaten()] if looks else [])]
    if phase in ENDED:
        home = {"to": wishes.receiver, "purpose": "deliver_result"}
        back = [Deed(unit, "return", home)] if wishes.home and unit != wishes.receiver else []
        return [*back, Deed(unit, "deliver", {"how": "window", "to_whom": "本人"})]
    return []


def _missing(case: Case, wishes: Wishes, done: Done, unit: str) -> list[Next]:
    if not case["missing"]:
        return []
    awaited = wishes.papers == "citizen" or (wishes.papers == "office" and "submit-supplement" in done.struck)
    if awaited and done.idled < IDLES:
        return [Idle(unit)]
    return [Deed(unit, "receive-supplement", {"materials": papers(case, wishes, f"window{done.idled}")})]


def _passed_on(case: Case, wishes: Wishes, done: Done, unit: str) -> list[Next]:
    hop = wishes.route[done.hop] if done.hop < len(wishes.route) else None
    if hop is None or "refer" in done.barred:
        return []
    if unit == hop.to:
        sender = case["path"][-1]["by"] if case["path"] else wishes.receiver
        return [Deed(unit, "return", {"to": sender, "purpose": "correction", "note": "请更正后再报。"})]
    stage = wishes.receiver if done.hop == 0 else wishes.route[done.hop - 1].to
    if unit != stage or done.tried >= HOPS_TRIED or not (hop.early or case["phase"] == "accepted"):
        return []
    opinion = {"opinion": "初审意见：同意。"} if hop.kind == "preliminary_review" else {}
    return [Deed(unit, "refer", {"to": hop.to, "kind": hop.kind, "reason": "route", **opinion})]


def _ended(case: Case, wishes: Wishes, done: Done, unit: str) -> list[Next]:
    withdraw = Deed(unit, "withdraw", {})
    terminate = Deed(unit, "terminate", {"ground": "applicant_gone"})
    void = Deed(unit, "conclude", {"outcome": "void"})
    if case["phase"] in NOT_ACCEPTED:
        decline = Deed(unit, "decline", {"reason": "not_within_authority", "right_office": "other"})
        accept = Deed(unit, "accept", {})
        return [*([decline] if wishes.end == "declined" else []), accept, terminate, withdraw]
    resume = [Deed(unit, "resume", {})] if case["clock"] == "suspended" else []
    ways = {"withdrawn": withdraw, "terminated": terminate, "void": void}
    awaited = [Idle(unit)] if done.applicant and done.idled < IDLES else []
    if wishes.end in ways:
        return [*resume, *awaited, ways[wishes.end], terminate, withdraw]
    return [*resume, *awaited, *_asked(case, done, unit), *_decided(case, wishes, done, unit), terminate, withdraw]


def _asked(case: Case, done: Done, unit: str) -> list[Next]:
    """The decision waits for whoever was asked."""
    for asked in case["consultations"]:
        if asked["unit"] == unit:
            return [Deed(unit, "answer-consultation", {"consultation": asked["consultation"], "answer": "可以。"})]
        if done.idled < IDLES:
            return [Idle(unit)]
    return []


def _decided(case: Case, wishes: Wishes, done: Done, unit: str) -> list[Next]:
    hearing = case["hearing"]
    if hearing and hearing["record"] is None:
        if hearing["requested"] or hearing["announced"]:
            # No hearing can be held on the day on which it is announced.
            return []
        if left := [party for party in hearing["told"] if party not in hearing["waived"]]:
            body = {"party": left[0], "digest": digest(wishes.n, left[0])}
            return [Deed(unit, "waive-hearing", body)]
    body: Json = {"outcome": "denied" if wishes.end == "denied" else "granted"}
    if wishes.end == "denied":
        body |= {"reason": "conditions_not_met", "remedies": ["administrative_reconsideration"]}
    if case["consultations"]:
        body["without_answer"] = "waited_enough"
    return [Deed(unit, "decide", body)]
