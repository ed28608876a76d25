"""Receiving an application on one screen: the item, who applies, which papers are there, and one notice for all that
are not."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple
from uuid import uuid4

import orjson
import segno
from fastapi.responses import Response

from services.casework.moment import local_day
from services.casework.who import ROLES
from services.office.bodies import BODIES, Receive
from services.office.cases import Answer
from services.office.choices import CHOICES
from services.office.item_search import Found, ItemSearch
from services.office.notices.issuing import SIZES
from services.office.pages.act_forms import FORMS, MISSING_REASONS, handed_in
from services.office.pages.case import key_of
from services.office.pages.shell import DOCUMENTS, SEALED
from services.office.pages.site import Rule, Site, Visit
from services.office.refusing import doing
from services.office.serving import Office, may_be_number, unknown_case
from services.office.texts_api import pdf
from services.pages.phrases import Words
from services.runtime.http.problem import Problem
from services.runtime.http.reading import body_mac, parsed
from services.runtime.vault import Vault

CHANNELS = {code: CHOICES["channel"][code] for code in ("window", "post", "email")}
MADE_SO = re.compile(r"[0-9A-Z]{10}")
"""How a query code looks."""
PERSON = ("name", "document_kind", "document_number", "phone", "address")


class Draft(NamedTuple):
    """What is typed so far. `same`: open cases of this person about the same item, that the clerk has to look at."""

    found: Found
    typed: Mapping[str, Sequence[str]]
    key: str
    problem: Problem | None = None
    same: Sequence[str] = ()


class ReceivePages:
    """`tracking`: the public address at which an applicant follows a case; None prints no QR code."""

    def __init__(self, office: Office, vault: Vault, tracking: str | None) -> None:
        self._office = office
        self._vault = vault
        self._tracking = tracking
        self._search = ItemSearch()

    def routes(self, site: Site) -> None:
        rule = Rule(frozenset(ROLES["receive"]))
        site.get("/receive", rule, self._ask)
        site.post("/receive", rule, self._take)
        site.post("/receive/receipt", rule, self._receipt)
        site.get("/receive/receipt", rule, self._back)

    async def _ask(self, visit: Visit) -> Response:
        typed, key = visit.request.query_params.get("q", ""), visit.request.query_params.get("item")
        if key is None:
            return visit.page("items.html", typed=typed, found=self._items(visit, typed))
        return self._form(visit, Draft(self._item(visit, key), {}, uuid4().hex))

    def _items(self, visit: Visit, typed: str) -> list[Found]:
        day = local_day(self._office.cases.clock())
        return self._search.find(self._office.cases.book, visit.by.unit, day, typed[:60])

    def _item(self, visit: Visit, key: str) -> Found:
        """Raises Problem 404 for an item that is not received here today."""
        book, day = self._office.cases.book, local_day(self._office.cases.clock())
        item = book.items.get(key)
        version = item.on(day) if item is not None and not item.retired(day) else None
        if version is None or not book.offers(visit.by.unit, version):
            raise Problem(404, "item_unknown", "This office does not receive that item.", "本单位不受理该事项。")
        return Found(key, version)

    def _form(self, visit: Visit, draft: Draft, status: int = 200) -> Response:
        return visit.page(
            "receive.html",
            status,
            draft=draft,
            item=draft.found.item,
            channels=CHANNELS,
            documents=DOCUMENTS,
            labels=SEALED,
            reasons=MISSING_REASONS,
            paper_forms=FORMS,
            names=Words(self._office.cases.book, draft.found.item),
        )

    async def _take(self, visit: Visit) -> Response:
        """The receipt, and with it the notice for all papers that are not there."""
        typed: dict[str, list[str]] = {}
        for name, value in visit.form.fields:
            typed.setdefault(name, []).append(value)
        draft = Draft(self._item(visit, visit.form.one("item")), typed, key_of(visit.form.one("key")))
        try:
            body = orjson.dumps(_body(draft))
            wanted = parsed(Receive, body)
            if not visit.form.one("all_the_same") and (same := await self._same(visit, draft, wanted)):
                return self._form(visit, draft._replace(same=same), 409)
            mac = body_mac(self._office.mac_key, "page/receive", body)
            done = await doing(self._office.receiving.receive(visit.by, draft.key, mac, wanted))
        except Problem as problem:
            return self._form(visit, draft._replace(problem=problem), problem.status)
        told, refused = await self._tell_what_is_missing(visit, draft, done)
        return visit.page(
            "received.html", 201, done=done, told=told, refused=refused, item=draft.found.item, code=self._code(done),
            names=Words(self._office.cases.book, draft.found.item),
        )  # fmt: skip

    async def _receipt(self, visit: Visit) -> Response:
        """The receipt as PDF. The code comes with the form, so that it stands in no address."""
        number, code, size = (visit.form.one(name) for name in ("number", "code", "size"))
        if not may_be_number(number):
            raise unknown_case()
        if size not in SIZES or not MADE_SO.fullmatch(code):
            raise Problem(400, "receipt_unknown", "Print it from the page of the receipt.", "请在收件凭证页面打印。")
        notices, now = self._office.notices, self._office.cases.clock()
        return pdf(await doing(notices.receipt(number, visit.by, size, code, now)))

    async def _back(self, visit: Visit) -> Response:
        return visit.to("/receive")

    def _code(self, done: Answer) -> str | None:
        """A QR code as an address that a page shows by itself; None when the receipt was printed before."""
        if self._tracking is None or done.query_code is None:
            return None
        made = segno.make(f"{self._tracking}#{done.case.number}/{done.query_code}", error="m", micro=False)
        return made.svg_data_uri(scale=4, border=2)

    async def _same(self, visit: Visit, draft: Draft, wanted: Receive) -> list[str]:
        """Open cases of the same person about the same item, by the blind index; the vault knows no name."""
        number = str(wanted.applicant.document_number)
        pool = self._office.pool
        found: list[str] = []
        for stream in await self._vault.find_by_blind(pool, visit.by.unit, number):
            loaded = await self._office.cases.commands.load(stream)
            if loaded and loaded.state.item == draft.found.key and loaded.state.ending is None:
                found.append(stream)
        return found

    async def _tell_what_is_missing(
        self, visit: Visit, draft: Draft, done: Answer
    ) -> tuple[Sequence[str], Problem | None]:
        """The kinds that the applicant is told of; why that could not be done, if so: the receipt stands all the same,
        and the page of the case offers it again."""
        missing = _missing(draft)
        if not missing or not draft.typed.get("tell"):
            return (), None
        note = _one(draft.typed, "note")
        body = orjson.dumps({"items": missing, **({"note": note} if note else {})})
        office, number = self._office, done.case.number
        try:
            mac = body_mac(office.mac_key, f"page/{number}/request_supplement", body)
            model = parsed(BODIES["request_supplement"], body)
            key = f"{draft.key}-missing"
            await doing(office.acts.perform("request_supplement", number, visit.by, key, mac, model))
        except Problem as problem:
            return (), problem
        return [one["kind"] for one in missing], None


def _body(draft: Draft) -> dict[str, Any]:
    typed = draft.typed
    applicant = {name: _one(typed, name) for name in PERSON if _one(typed, name)}
    if "document_number" in applicant:
        said = unicodedata.normalize("NFKC", applicant["document_number"])
        applicant["document_number"] = "".join(said.split()).upper()
    return {
        "item": draft.found.key,
        "channel": _one(typed, "channel") or "window",
        "applicant": applicant,
        "materials": handed_in(typed.get("here", ()), typed),
    }


def _missing(draft: Draft) -> list[dict[str, str]]:
    here = draft.typed.get("here", ())
    return [
        {"kind": paper.kind, "reason": _one(draft.typed, f"reason-{paper.kind}") or "missing"}
        for paper in draft.found.item.materials
        if paper.required and paper.kind not in here
    ]


def _one(typed: Mapping[str, Sequence[str]], name: str) -> str:
    return (typed.get(name) or [""])[-1].strip()
