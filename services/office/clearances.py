"""Clearance rounds of this service's catalogues: writing them, and how they are shown."""

import asyncio
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from contracts.clearance import ClearanceOpened, ProposalReviewed, ProposalSubmitted
from contracts.envelope import command_id
from services.casework.book import Book
from services.casework.clearance import Clearance, Form
from services.casework.clearance_versions import publish_clearance, versions_of_clearance
from services.casework.clearances import (
    approve_clearance,
    open_clearance,
    review_proposals,
    submit_proposals,
)
from services.casework.items import item_key
from services.office.clearance_bodies import Answered
from services.office.person import person
from services.office.reference_log import ReferenceLog
from services.runtime.tokens import Actor

Shown = tuple[dict[str, Any], int]


class Clearances:
    """Writes the streams `clearance/<id>` of this service's units, and with a publication those of the items."""

    def __init__(self, log: ReferenceLog) -> None:
        self._log = log
        self._opening = asyncio.Lock()
        self._publishing = asyncio.Lock()

    async def open(self, by: Actor, key: str, mac: bytes, opened: ClearanceOpened) -> Shown:
        """The round as it is in the book, and this log's position. Its id comes from the Idempotency-Key."""
        clearance = command_id(by.unit, key).hex()[:32]
        # Whether another round has one of the items is seen by the book alone.
        async with self._opening:
            pos = await self._log.write(
                f"clearance/{clearance}",
                by,
                key,
                mac,
                lambda at: open_clearance(by=person(by), at=at, book=self._log.book, key=clearance, opened=opened),
            )
        return self._shown(clearance), pos

    async def submit(self, clearance: str, by: Actor, key: str, mac: bytes, answered: Answered) -> Shown:
        """The round as it is in the book, and this log's position."""

        def decide(at: datetime) -> Sequence[ProposalSubmitted]:
            forms = proposed(self._log.book, by.unit, key, answered)
            return submit_proposals(by=person(by), at=at, book=self._log.book, key=clearance, forms=forms)

        pos = await self._log.write(f"clearance/{clearance}", by, key, mac, decide)
        return self._shown(clearance), pos

    async def review(
        self, clearance: str, by: Actor, key: str, mac: bytes, reviews: Sequence[ProposalReviewed]
    ) -> Shown:
        """The round as it is in the book, and this log's position."""
        pos = await self._log.write(
            f"clearance/{clearance}",
            by,
            key,
            mac,
            lambda _: review_proposals(by=person(by), book=self._log.book, key=clearance, reviews=reviews),
        )
        return self._shown(clearance), pos

    async def approve(self, clearance: str, by: Actor, key: str, mac: bytes, document: str) -> Shown:
        """The round as it is in the book, and this log's position."""
        pos = await self._log.write(
            f"clearance/{clearance}",
            by,
            key,
            mac,
            lambda _: approve_clearance(by=person(by), book=self._log.book, key=clearance, document=document),
        )
        return self._shown(clearance), pos

    async def publish(self, clearance: str, by: Actor, key: str, mac: bytes, valid_from: date | None) -> Shown:
        """The round as it is in the book, and this log's position.

        Each version goes into its item's stream and the end of the round into its own, so that what is cut short goes
        on when it is sent again: what stands is not written twice.
        """
        who = person(by)

        def wanting(at: datetime) -> dict[str, Any]:
            book = self._log.book
            found = versions_of_clearance(by=who, at=at, book=book, key=clearance, valid_from=valid_from)
            return {item_key(version): version for version in found}

        async def version(item: str) -> None:
            def decide(at: datetime) -> Sequence[Any]:
                found = wanting(at).get(item)
                return [] if found is None else [found]

            await self._log.write(f"item/{item}", by, f"{key}/{item}", mac, decide)

        # One at a time: all versions of a round begin on one day.
        async with self._publishing:
            await asyncio.gather(*(version(item) for item in wanting(self._log.now)))
            pos = await self._log.write(
                f"clearance/{clearance}",
                by,
                key,
                mac,
                lambda at: publish_clearance(by=who, at=at, book=self._log.book, key=clearance, valid_from=valid_from),
            )
        return self._shown(clearance), pos

    def _shown(self, clearance: str) -> dict[str, Any]:
        return shown_clearance(self._log.book, self._log.book.clearances[clearance])


def proposed(book: Book, unit: str, key: str, answered: Answered) -> list[ProposalSubmitted]:
    """Each with an id made of the Idempotency-Key, and the version that the window has before it."""
    return [
        ProposalSubmitted(
            proposal=command_id(unit, f"{key}/{form.item}").hex()[:32],
            item_version=book.items[form.item].newest.item_version if form.item in book.items else 1,
            window=answered.window,
            **dict(form),
        )
        for form in answered.forms
    ]


def shown_round(clearance: Clearance) -> dict[str, Any]:
    """Where it stands, in few words."""
    opened, approved, published = clearance.opened, clearance.approved, clearance.published
    return {
        "id": clearance.key,
        "unit": opened.unit,
        "name": opened.name,
        "until": opened.until.isoformat(),
        "illustrative": opened.illustrative,
        "stage": clearance.stage,
        "items": len(opened.items),
        "outstanding": len(clearance.outstanding()),
        "unreviewed": sum(form.review is None for form in clearance.forms.values()),
        "agreed": len(clearance.agreed),
        "document": approved.document if approved else None,
        "valid_from": published.valid_from.isoformat() if published else None,
        "versions": len(published.versions) if published else 0,
    }


def shown_clearance(book: Book, clearance: Clearance) -> dict[str, Any]:
    """The round with the form of each item: what the catalogue says of its steps and days, and what the windows say."""
    return {
        **shown_round(clearance),
        "outstanding": clearance.outstanding(),
        "forms": [_form(book, clearance, item) for item in clearance.opened.items],
    }


def _form(book: Book, clearance: Clearance, item: str) -> dict[str, Any]:
    answers = [_answer(form) for form in clearance.of(item)]
    if (known := book.items.get(item)) is None:
        # Elsewhere the round may be heard of before the item.
        return {"item": item, "answers": answers}
    newest = known.newest
    return {
        "item": item,
        "name": newest.name,
        "department": newest.department,
        "item_version": newest.item_version,
        "committed_days": newest.committed_days,
        "statutory_days": newest.statutory_days,
        "steps": [step.model_dump(mode="json", exclude_none=True) for step in newest.steps],
        "answers": answers,
    }


def _answer(form: Form) -> dict[str, Any]:
    said = form.said.model_dump(mode="json", exclude={"item"})
    review = form.review
    return {**said, "verdict": review.verdict if review else None, "comment": review.comment if review else None}
