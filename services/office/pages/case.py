"""The page of one case: what it is, what this person may do with it, what happened, and why its dates are what they
are. Its forms are made from the acts of the API, and do the same."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple
from uuid import uuid4

import orjson
import structlog
from fastapi.responses import Response

from services.casework.actions import Action, actions
from services.casework.case import Case, Offered
from services.casework.ledger import ledgers
from services.casework.reading import may_read_texts
from services.casework.refusals import Refusal
from services.casework.who import ROLES
from services.office import superseded, waiting
from services.office.accounts import reads
from services.office.accounts.colleagues import colleagues
from services.office.choices import CHOICES
from services.office.pages import act_forms, case_orders, history
from services.office.pages.act_forms import Desk, Field
from services.office.pages.act_words import ACTS, URGENT
from services.office.pages.case_orders import Ordered
from services.office.pages.deeds import PAGE_BODIES, Deeds
from services.office.pages.history import Step
from services.office.pages.site import EVERYBODY, Rule, Site, Visit
from services.office.papers.keeping import Lying
from services.office.person import person
from services.office.refusing import doing
from services.office.serving import Office, case_number
from services.office.superseded import Lost
from services.office.texts_api import opened, pdf
from services.pages.languages import N_
from services.pages.phrases import Name, Phrase, Words
from services.runtime.fold import Loaded
from services.runtime.http.problem import Problem
from services.runtime.http.reading import body_mac, parsed
from services.runtime.statements import statement

log = structlog.get_logger(__name__)
NOT_ON_PAGES = frozenset({"settle", "correct"})
"""An act of the importer, and one that names a record by its hash: they come by the API."""
OF_THE_LOST = frozenset({"adopt", "revoke"})
DIRECTED = frozenset({"csrf", "key", "head"})
"""Fields of an act's form that are no field of the act."""
WHY_READ = {
    "handling": N_("To handle the case"),
    "calling": N_("To call the applicant"),
    "checking": N_("To check who it is"),
    "supervising": N_("To supervise"),
}
"""What the applicant's data is opened for; it is kept with who opened it."""


class Doing(NamedTuple):
    """An act that is possible now, its form, and what was typed when it did not go through."""

    name: str
    route: str
    label: str
    fields: Sequence[Field]
    typed: dict[str, list[str]]
    key: str
    problem: Problem | None = None


class Shown(NamedTuple):
    """Of a case, for its page."""

    case: Case
    head: str
    item: Name | Phrase
    where: Phrase
    desk: Desk
    possible: Sequence[Doing]
    refused: Sequence[tuple[str, Refusal]]
    steps: Sequence[Step]
    limits: Sequence[Any]
    requests: Sequence[waiting.Waiting]
    papers: Sequence[Lying]
    lost: Sequence[tuple[Lost, Mapping[str, Any]]]
    """What was superseded when the city assumed custody, and what became of each."""
    orders: Sequence[Ordered]

    @property
    def here(self) -> Collection[str]:
        """SHA-256 of the papers that can be opened."""
        return {one.paper.digest for one in self.papers if one.here}


class CasePages:
    def __init__(self, office: Office, deeds: Deeds) -> None:
        self._office = office
        self._deeds = deeds

    def routes(self, site: Site) -> None:
        rule = Rule(EVERYBODY - {"operator"})
        site.get("/cases/{number}", rule, self._show)
        site.post("/cases/{number}/texts", rule, self._texts)
        site.get("/cases/{number}/texts", rule, self._again)
        site.post("/cases/{number}/order-texts", Rule(case_orders.READ_BY), self._order_texts)
        site.get("/cases/{number}/order-texts", rule, self._again)
        site.get("/cases/{number}/notices/{notice}", rule, self._notice)
        for name in PAGE_BODIES:
            if name not in NOT_ON_PAGES:
                path = f"/cases/{{number}}/{name.replace('_', '-')}"
                site.post(path, rule, self._act(name))
                site.get(path, rule, self._again)

    async def _show(self, visit: Visit) -> Response:
        return await self._page(visit, await self._loaded(visit))

    async def _again(self, visit: Visit) -> Response:
        """Whoever comes back to what a form answered, in the other language, say, begins with the case."""
        return visit.to(f"/cases/{case_number(visit.request)}")

    async def _loaded(self, visit: Visit) -> Loaded[Case]:
        return await doing(self._office.cases.read(case_number(visit.request), visit.by))

    async def _page(
        self,
        visit: Visit,
        loaded: Loaded[Case],
        tried: Doing | None = None,
        changed: Sequence[Step] | None = None,
        texts: Sequence[dict[str, Any]] | None = None,
        status: int = 200,
        *,
        order_texts: bool = False,
    ) -> Response:
        """`tried`: an act that did not go through. `changed`: what others did since its form was opened."""
        shown = await self._shown(visit, loaded, tried)
        done = visit.request.query_params.get("done")
        return visit.page(
            "case.html",
            status,
            shown=shown,
            case=shown.case,
            tried=tried,
            changed=changed,
            texts=texts,
            order_texts=order_texts,
            reads_orders=bool(visit.by.roles & case_orders.READ_BY),
            done=ACTS.get(done or ""),
            why_read=WHY_READ,
            notice_words=CHOICES["issue_notice.notice"],
            order_reasons=CHOICES["order_supervision.reason"],
            names=Words(shown.desk.book, shown.desk.item),
            forms=act_forms,
        )

    async def _shown(self, visit: Visit, loaded: Loaded[Case], tried: Doing | None) -> Shown:
        office, case = self._office, loaded.state
        book = office.cases.book
        item = book.item(case.item, case.item_version)
        waits = [one for one in await waiting.about(office.pool, [case.number]) if one.waits]
        lost = await superseded.lost(office.pool, case.number) if case.epoch else []
        people = await assignees(office, visit)
        now = case.last_time if case.importing else office.cases.clock()
        orders = await self._orders(visit, case.number)
        open_ = case_orders.unanswered(orders, visit.by.unit)
        desk = Desk(case, item, book, visit.by.unit, waits, superseded.waiting(case, lost), people, open_)
        found = actions(case, person(visit.by), book, office.cases.offered(visit.by))
        found += case_orders.accounting(desk, person(visit.by))
        offered = [a for a in found if _on_page(a) and _concerns(a, desk)]
        possible = [_doing(action, desk, tried) for action in offered if action.possible]
        possible.sort(key=lambda one: URGENT.index(one.name) if one.name in URGENT else len(URGENT))
        words = Words(book, item)
        return Shown(
            case,
            loaded.head.hex(),
            words.item_name(),
            where(case, words),
            desk,
            possible,
            [(ACTS[_name(a)], a.refusal) for a in offered if a.refusal is not None],
            history.steps(await office.pool.fetch(statement("log/stream"), case.number), desk),
            ledgers(case.times, book, now),
            waits,
            await office.papers.lying(case),
            list(zip(lost, superseded.shown(case, lost), strict=True)),
            orders,
        )

    async def _orders(self, visit: Visit, number: str) -> list[Ordered]:
        return await case_orders.on_case(self._office, self._deeds.orders, number, visit.by.unit)

    def _act(self, name: str) -> Any:
        async def act(visit: Visit) -> Response:
            loaded = await self._loaded(visit)
            office, case = self._office, loaded.state
            desk = Desk(case, office.cases.book.item(case.item, case.item_version), office.cases.book, visit.by.unit)
            if name == "assign":
                desk = replace(desk, colleagues=await assignees(office, visit))
            if name in OF_THE_LOST:
                desk = replace(desk, lost=superseded.waiting(case, await superseded.lost(office.pool, case.number)))
            if name == "submit_supervision_answer":
                desk = replace(
                    desk, orders=case_orders.unanswered(await self._orders(visit, case.number), visit.by.unit)
                )
            asked = act_forms.fields(name, desk)
            said = typed(visit, DIRECTED)
            tried = Doing(name, name.replace("_", "-"), ACTS[name], asked, said, uuid4().hex)
            if (seen := visit.form.one("head")) != loaded.head.hex():
                steps = await history.since(office.pool, case.number, desk, seen)
                mine = steps and all(step.person == visit.by.subject for step in steps)
                if not mine:
                    return await self._page(visit, loaded, tried, steps, status=409)
            try:
                body = orjson.dumps(act_forms.body(asked, said))
                key = visit.form.one("key")
                mac = body_mac(office.mac_key, f"page/{case.number}/{name}", body)
                model = parsed(PAGE_BODIES[name], body)
                await doing(self._deeds.perform(name, case.number, visit.by, key_of(key), mac, model))
            except Problem as problem:
                again = await self._loaded(visit)
                return await self._page(visit, again, tried._replace(problem=problem), status=problem.status)
            return visit.to(f"/cases/{case.number}?done={name}")

        return act

    async def _notice(self, visit: Visit) -> Response:
        """A notice as it was issued, once it is noted who reads it."""
        number, notice = case_number(visit.request), visit.request.path_params["notice"]
        return pdf(await doing(self._office.notices.open(number, notice, visit.by, "printing")))

    async def _texts(self, visit: Visit) -> Response:
        """What lies sealed, opened once it is noted who reads it and why."""
        loaded = await self._loaded(visit)
        why = visit.form.one("why")
        if why not in WHY_READ:
            raise Problem(422, "why_unsaid", "Say what you open it for.", "请说明查看原因。")
        try:
            may_read_texts(loaded.state, person(visit.by))
        except Refusal as refusal:
            raise Problem(403, refusal.code, refusal.en, refusal.zh) from None
        found = await doing(opened(self._office, loaded.state.number, visit.by))
        by = visit.by
        await reads.note(
            self._office.pool, by.subject, by.unit, loaded.state.number, why, sorted({one["event"] for one in found})
        )
        log.info("texts_read", case=loaded.state.number, unit=by.unit, person=by.subject, reason=why, texts=len(found))
        return await self._page(visit, loaded, texts=found)

    async def _order_texts(self, visit: Visit) -> Response:
        """What orders on the case ask and how they were accounted for, once it is noted who reads it."""
        loaded = await self._loaded(visit)
        number, by = loaded.state.number, visit.by
        if found := case_orders.texts(await self._orders(visit, number)):
            await reads.note(self._office.pool, by.subject, by.unit, number, "supervising", found)
        return await self._page(visit, loaded, order_texts=True)


async def assignees(office: Office, visit: Visit) -> list[str]:
    """To whom this person may give a case; nobody where that is not this person's to do."""
    return await colleagues(office.pool, visit.by.unit) if visit.by.roles & ROLES["assign"] else []


def _concerns(action: Action, desk: Desk) -> bool:
    """Whether there is what this act is about."""
    return bool(desk.lost) or _name(action) not in OF_THE_LOST


def _on_page(action: Action) -> bool:
    return _name(action) in ACTS and _name(action) not in NOT_ON_PAGES


def _name(action: Action) -> str:
    return action.name.replace("-", "_")


def _doing(action: Action, desk: Desk, tried: Doing | None) -> Doing:
    name = _name(action)
    if tried is not None and tried.name == name:
        return tried
    return Doing(name, action.name, ACTS[name], act_forms.fields(name, desk), {}, uuid4().hex)


def typed(visit: Visit, directed: Collection[str]) -> dict[str, list[str]]:
    """What the form says by field, but for what directs it."""
    found: dict[str, list[str]] = {}
    for name, value in visit.form.fields:
        if name not in directed:
            found.setdefault(name, []).append(value)
    return found


def key_of(said: str) -> str:
    """The key of a form, under which it acts once. Raises Problem 400."""
    if len(said) != 32 or not said.isalnum() or not said.isascii():
        raise Problem(400, "idempotency_key", "Send the form of this page.", "请通过本页面的表单提交。")
    return said


def where(case: Case, words: Words) -> Phrase:
    """Who has it, or between whom it is."""
    custody = case.custody
    if isinstance(custody, Offered):
        said = {"by": words.unit(custody.by), "unit": words.unit(custody.to)}
        if not case.arrived:
            return Phrase(N_("On its way from {by} to {unit}"), said)
        return Phrase(N_("Offered by {by} to {unit}, not acknowledged yet"), said)
    if not case.arrived:
        return Phrase(N_("On its way to {unit}"), {"unit": words.unit(custody.unit)})
    if custody.person is None:
        return Phrase(N_("At {unit}, on nobody's desk"), {"unit": words.unit(custody.unit)})
    return Phrase(N_("At {unit}, with {person}"), {"unit": words.unit(custody.unit), "person": custody.person})
