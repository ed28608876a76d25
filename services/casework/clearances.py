"""Acts of a clearance round (清理): open it, answer its forms, review them, approve what was agreed to."""

from collections.abc import Sequence
from datetime import date, datetime

from contracts.clearance import (
    ClearanceApproved,
    ClearanceOpened,
    ProposalReviewed,
    ProposalSubmitted,
)
from services.casework.actor import Actor
from services.casework.book import Book, ItemVersion
from services.casework.clearance import Clearance, Stage, runs_for
from services.casework.items import keeps_catalogue, own_catalogue
from services.casework.moment import local_day
from services.casework.refusals import Conflict, forbidden, role_missing, unlawful

AT_WINDOWS = frozenset({"clerk", "approver", "chief_representative", "head"})
"""Who answers a form for the window."""
APPROVES = frozenset({"government_head"})


def open_clearance(*, by: Actor, at: datetime, book: Book, key: str, opened: ClearanceOpened) -> list[ClearanceOpened]:
    """Ask the windows of these items, all of the own catalogue and none of another round that still runs. `[]` when the
    round is open with this content.

    Only the role integrator opens one whose last day is gone by: it tells a history. Raises Forbidden `role_missing`,
    `own_catalogue`; Unlawful `unit_unknown`, `clearance_exists`, `item_twice`, `item_unknown`, `item_retired`,
    `clearance_over`; Conflict `item_in_clearance`.
    """
    _keeps(by, book, opened.unit)
    known = book.clearances.get(key)
    if known is not None:
        if known.opened == opened:
            return []
        raise unlawful("clearance_exists", None, clearance=key)
    today = local_day(at)
    for item in opened.items:
        if opened.items.count(item) > 1:
            raise unlawful("item_twice", None, item=item)
        found = book.items.get(item)
        if found is None:
            raise unlawful("item_unknown", None, item=item)
        own_catalogue(by, book, found.first.unit)
        if found.retired_on is not None:
            raise unlawful("item_retired", None, item=item, day=found.retired_on.isoformat())
        if (other := runs_for(book.clearances, item)) is not None:
            raise Conflict("item_in_clearance", None, item=item, clearance=other.key)
    _in_time(by, opened.until, today)
    return [opened]


def submit_proposals(
    *, by: Actor, at: datetime, book: Book, key: str, forms: Sequence[ProposalSubmitted]
) -> list[ProposalSubmitted]:
    """A window hands in its forms, all or none. What it had said before it may change until somebody agreed to it; a
    form that stands with this content is not written again.

    Raises Forbidden `role_missing`, `clearance_of_other_unit`, `other_department`; Unlawful `clearance_unknown`,
    `clearance_over`, `item_not_in_clearance`, `item_twice`, `step_unknown`, `days_raised`, `no_step_left`;
    Conflict `clearance_closed`, `proposal_agreed`.
    """
    clearance = running(by, AT_WINDOWS, book, key, "collecting")
    _in_time(by, clearance.opened.until, local_day(at))
    items = [form.item for form in forms]
    for form in forms:
        if form.item not in clearance.opened.items:
            raise unlawful("item_not_in_clearance", None, item=form.item, clearance=key)
        if items.count(form.item) > 1:
            raise unlawful("item_twice", None, item=form.item)
        _fits(form, book.items[form.item].newest, by)
    return [form for form in forms if not _said(clearance, form)]


def review_proposals(*, by: Actor, book: Book, key: str, reviews: Sequence[ProposalReviewed]) -> list[ProposalReviewed]:
    """Agree to forms or send them back with a comment, all or none. Of one item one form is agreed to.

    Raises Forbidden `role_missing`, `clearance_of_other_unit`; Unlawful `clearance_unknown`, `proposal_unknown`,
    `comment_missing`, `item_agreed_already`; Conflict `clearance_closed`, `proposal_reviewed_already`.
    """
    clearance = running(by, frozenset({"catalogue_manager"}), book, key, "collecting")
    agreed = {form.said.item: form.proposal for form in clearance.agreed}
    new: list[ProposalReviewed] = []
    for review in reviews:
        form = clearance.form(review.proposal)
        if form is None:
            raise unlawful("proposal_unknown", None, proposal=review.proposal, clearance=key)
        if form.review == review:
            continue
        if form.review is not None:
            raise Conflict("proposal_reviewed_already", None, proposal=review.proposal)
        if review.verdict == "sent_back" and review.comment is None:
            raise unlawful("comment_missing", None, proposal=review.proposal)
        if review.verdict == "agreed" and agreed.setdefault(form.said.item, form.proposal) != form.proposal:
            raise unlawful("item_agreed_already", None, item=form.said.item)
        new.append(review)
    return new


def approve_clearance(*, by: Actor, book: Book, key: str, document: str) -> list[ClearanceApproved]:
    """The government's head approves what was agreed to; nothing may be left unreviewed. `[]` when it is approved by
    this document.

    Raises Forbidden `role_missing`, `clearance_of_other_unit`; Unlawful `clearance_unknown`, `proposals_unreviewed`;
    Conflict `clearance_closed`.
    """
    clearance = running(by, APPROVES, book, key, "collecting", "approved")
    if clearance.approved is not None:
        if clearance.approved.document == document:
            return []
        raise Conflict("clearance_closed", None, clearance=key)
    if waiting := sum(form.review is None for form in clearance.forms.values()):
        raise unlawful("proposals_unreviewed", None, count=str(waiting), clearance=key)
    return [ClearanceApproved(document=document, proposals=tuple(form.proposal for form in clearance.agreed))]


def _keeps(by: Actor, book: Book, unit: str) -> None:
    keeps_catalogue(by, book, None if book.tier(by.unit) == "city" else by.unit)
    if unit != by.unit:
        raise forbidden("own_catalogue", None, unit=by.unit)


def running(by: Actor, roles: frozenset[str], book: Book, key: str, *stages: Stage) -> Clearance:
    """The round, which is that of the person's unit and in one of these stages.

    Raises Forbidden `role_missing`, `clearance_of_other_unit`; Unlawful `clearance_unknown`; Conflict
    `clearance_closed`.
    """
    if not by.roles & roles:
        raise role_missing(roles)
    clearance = book.clearances.get(key)
    if clearance is None:
        raise unlawful("clearance_unknown", None, clearance=key)
    if clearance.opened.unit != by.unit:
        raise forbidden("clearance_of_other_unit", None, clearance=key, unit=clearance.opened.unit)
    if clearance.stage not in stages:
        raise Conflict("clearance_closed", None, clearance=key)
    return clearance


def _in_time(by: Actor, until: date, today: date) -> None:
    if until < today and "integrator" not in by.roles:
        raise unlawful("clearance_over", None, day=until.isoformat())


def _fits(form: ProposalSubmitted, item: ItemVersion, by: Actor) -> None:
    if by.department not in (None, item.department):
        raise forbidden("other_department", None, item=form.item, department=item.department)
    now = {step.code: step.days for step in item.steps}
    for step in (*form.drops, *(limit.step for limit in form.days)):
        if step not in now:
            raise unlawful("step_unknown", None, item=form.item, step=step)
    if now and not now.keys() - set(form.drops):
        raise unlawful("no_step_left", None, item=form.item)
    most = {step: item.committed_days if days is None else days for step, days in now.items()}
    if form.committed_days > item.committed_days or any(limit.days > most[limit.step] for limit in form.days):
        raise unlawful("days_raised", None, item=form.item)


def _said(clearance: Clearance, form: ProposalSubmitted) -> bool:
    """Whether the window's form stands with this content. Raises Conflict `proposal_agreed`."""
    known = clearance.forms.get((form.item, form.window))
    if known is None:
        return False
    same = known.said.model_copy(update={"proposal": form.proposal}) == form
    if known.agreed and not same:
        raise Conflict("proposal_agreed", None, item=form.item, window=form.window)
    return same and (known.review is None or known.agreed)
