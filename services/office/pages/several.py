"""One act on several cases of a list: first what it would do to each, then what it did to each."""

import asyncio
from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any, NamedTuple
from uuid import uuid4

import orjson
from fastapi.responses import Response

from services.casework.actions import actions
from services.casework.case import Case
from services.casework.table import ROWS
from services.casework.who import ROLES
from services.office.bodies import BODIES
from services.office.body import ActBody
from services.office.lists import PAGE, ListName
from services.office.pages import act_forms, history
from services.office.pages.act_forms import Desk
from services.office.pages.act_words import ACTS
from services.office.pages.case import assignees, key_of, typed, where
from services.office.pages.history import Step
from services.office.pages.site import EVERYBODY, Rule, Site, Visit
from services.office.person import person
from services.office.refusing import doing
from services.office.serving import Office, may_be_number
from services.pages.phrases import Name, Phrase, Words
from services.runtime.fold import Loaded
from services.runtime.http.problem import Problem
from services.runtime.http.reading import body_mac, parsed

AT_HAND: Mapping[ListName, Sequence[str]] = {
    "due": ("claim", "assign", "release", "accept", "refer"),
    "mine": ("release", "assign", "accept", "refer"),
    "free": ("claim", "assign", "accept", "refer"),
    "all": ("claim", "assign", "release", "accept", "refer"),
    "offered": ("acknowledge", "refuse"),
    "sent": ("request_recall",),
    "closed": ("archive",),
}
"""What is done to several cases of a list at once: acts whose form says the same for every case."""
SEVERAL = frozenset(name for names in AT_HAND.values() for name in names)
DIRECTED = frozenset({"csrf", "key", "act", "list", "number"})
"""Fields of the form that are no field of the act."""


class Planned(NamedTuple):
    """What the act would do to one case. `refused`: why it cannot be done now; None when it can."""

    number: str
    item: Name | Phrase | None = None
    phase: str | None = None
    where: Phrase | None = None
    head: str = ""
    refused: Name | None = None


class Outcome(NamedTuple):
    """What became of one case: done when `problem` and `changed` are None. `changed`: what others did since it was
    looked at; the act was not done then."""

    planned: Planned
    pos: int | None = None
    problem: Problem | None = None
    changed: Sequence[Step] | None = None


class SeveralPages:
    def __init__(self, office: Office) -> None:
        self._office = office

    def routes(self, site: Site) -> None:
        rule = Rule(EVERYBODY - {"operator"})
        site.get("/several", rule, self._preview)
        site.post("/several", rule, self._do)

    async def _preview(self, visit: Visit) -> Response:
        asked = visit.request.query_params
        if "act" not in asked:
            return visit.to("/work")
        return await self._planned(visit, asked["act"], asked.getlist("number"), asked.get("list", ""))

    async def _planned(
        self,
        visit: Visit,
        act: str,
        said: Sequence[str],
        from_list: str,
        tried: Mapping[str, Sequence[str]] | None = None,
        problem: Problem | None = None,
    ) -> Response:
        """`tried` and `problem`: what was typed, and why it was not taken."""
        name, numbers = _act(act), _numbers(said)
        loaded = [await self._read(visit, number) for number in numbers]
        plans = [self._plan(visit, name, one) for one in loaded]
        possible = [one for one, plan in zip(loaded, plans, strict=True) if plan.refused is None]
        people = await assignees(self._office, visit)
        first = next((one.state for one in possible if isinstance(one, Loaded)), None)
        return visit.page(
            "several.html",
            problem.status if problem else 200,
            act=name,
            label=ACTS[name],
            from_list=from_list if from_list in AT_HAND else "due",
            plans=plans,
            possible=len(possible),
            fields=act_forms.fields(name, self._desk(visit, first, people)) if first else (),
            typed=tried or {},
            problem=problem,
            key=uuid4().hex,
            names=self._names,
            forms=act_forms,
        )

    async def _do(self, visit: Visit) -> Response:
        form = visit.form
        name, numbers = _act(form.one("act")), _numbers(form.all("number"))
        key, said = key_of(form.one("key")), typed(visit, DIRECTED)
        heads = {number: form.one(f"head-{number}") for number in numbers}
        loaded = [one for one in [await self._read(visit, number) for number in numbers] if isinstance(one, Loaded)]
        if not loaded:
            raise Problem(404, "case_unknown", "This office has none of these cases.", "本单位没有这些办件。")
        asked = act_forms.fields(name, self._desk(visit, loaded[0].state, await assignees(self._office, visit)))
        body = orjson.dumps(act_forms.body(asked, said))
        try:
            model = parsed(BODIES[name], body)
        except Problem as problem:
            return await self._planned(visit, name, numbers, form.one("list"), said, problem)
        # All at once: the log takes them together.
        outcomes = await asyncio.gather(
            *(self._one(visit, name, one, heads[one.state.number], key, body, model) for one in loaded)
        )
        places = [one.pos for one in outcomes if one.pos is not None]
        return visit.page(
            "several_done.html",
            label=ACTS[name],
            from_list=form.one("list") if form.one("list") in AT_HAND else "due",
            outcomes=outcomes,
            done=len(places),
            after=str(max(places)) if places else None,
            names=self._names,
        )

    async def _one(
        self, visit: Visit, name: str, loaded: Loaded[Case], head: str, key: str, body: bytes, model: ActBody
    ) -> Outcome:
        case, by = loaded.state, visit.by
        plan = self._plan(visit, name, loaded)
        if head != loaded.head.hex():
            steps = await history.since(self._office.pool, case.number, self._desk(visit, case), head)
            # What this person did since is this very form, sent again.
            if steps and any(step.person != by.subject for step in steps):
                return Outcome(plan, changed=steps)
        mac = body_mac(self._office.mac_key, f"page/{case.number}/{name}", body)
        try:
            answer = await doing(
                self._office.acts.perform(name, case.number, by, own_key(key, case.number), mac, model)
            )
        except Problem as problem:
            return Outcome(plan, problem=problem)
        return Outcome(plan, pos=answer.pos)

    async def _read(self, visit: Visit, number: str) -> Loaded[Case] | Planned:
        try:
            return await doing(self._office.cases.read(number, visit.by))
        except Problem as problem:
            return Planned(number, refused=self._names.problem(problem))

    def _plan(self, visit: Visit, name: str, loaded: Loaded[Case] | Planned) -> Planned:
        if isinstance(loaded, Planned):
            return loaded
        case, book = loaded.state, self._office.cases.book
        words = Words(book, book.item(case.item, case.item_version))
        (action,) = actions(case, person(visit.by), book, (ROWS[name],))
        refused = words.refusal(action.refusal) if action.refusal is not None else None
        return Planned(case.number, words.item_name(), case.phase.value, where(case, words), loaded.head.hex(), refused)

    @property
    def _names(self) -> Words:
        return Words(self._office.cases.book, None)

    def _desk(self, visit: Visit, case: Case, people: Sequence[str] = ()) -> Desk:
        book = self._office.cases.book
        return Desk(case, book.item(case.item, case.item_version), book, visit.by.unit, colleagues=people)


def at_hand(name: ListName, roles: frozenset[Any]) -> list[tuple[str, str]]:
    """The acts that this person may try on several cases of a list, with what they are called."""
    return [(act, ACTS[act]) for act in AT_HAND.get(name, ()) if roles & ROLES[act]]


def own_key(key: str, number: str) -> str:
    """Of one case under the key of a form: sent again, each is done once."""
    return sha256(f"{key}/{number}".encode()).hexdigest()[:32]


def _act(said: str) -> str:
    if said not in SEVERAL:
        raise Problem(404, "act_unknown", "This is not done to several cases at once.", "该操作不支持批量办理。")
    return said


def _numbers(said: Sequence[str]) -> list[str]:
    """As they were ticked, each once. Raises Problem 422."""
    numbers = list(dict.fromkeys(said))
    if not numbers:
        raise Problem(422, "none_ticked", "Tick the cases first.", "请先勾选办件。")
    if len(numbers) > PAGE:
        raise Problem(422, "too_many", f"At most {PAGE} cases at once.", f"一次最多办理 {PAGE} 件。")
    if not all(map(may_be_number, numbers)):
        raise Problem(422, "number_wrong", "Tick cases of the list.", "请在列表中勾选办件。")
    return numbers
