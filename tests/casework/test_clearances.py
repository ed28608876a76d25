"""A clearance round (清理): windows propose, the office reviews, the government approves, the catalogue changes."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from contracts.clearance import ClearanceOpened, ProposalReviewed, ProposalSubmitted, StepLimit
from contracts.events import Event
from contracts.reference import ItemRetired, ItemRevised, ItemStep
from services.casework.actor import Actor
from services.casework.book import Book
from services.casework.clearance_versions import publish_clearance, versions_of_clearance
from services.casework.clearances import (
    approve_clearance,
    open_clearance,
    review_proposals,
    submit_proposals,
)
from services.casework.items import item_key, revise_item
from services.casework.reengineering import Line, changes, cleared, of_clearance
from services.casework.refusals import Conflict, Forbidden, Refusal, Unlawful
from services.office.clearances import shown_clearance
from tests.office.story import BOOK, CITY, DISTRICT, MORNING, VILLAGE_ONLY, item_published

TODAY = date(2026, 11, 23)
UNTIL = date(2026, 12, 4)
MANAGER = Actor("manager", CITY, None, frozenset({"catalogue_manager"}))
HISTORIAN = Actor("manager", CITY, None, frozenset({"catalogue_manager", "clerk", "integrator"}))
DISTRICT_MANAGER = Actor("manager", DISTRICT, None, frozenset({"catalogue_manager", "clerk"}))
WINDOW = Actor("w-1", CITY, "market", frozenset({"clerk"}))
OTHER_WINDOW = Actor("w-2", CITY, "health", frozenset({"clerk"}))
MAYOR = Actor("mayor", CITY, None, frozenset({"government_head"}))
ROUND, PERMIT, SHOP, CARD = "round-1", "permit", "shop", "card"
STEPS = tuple(ItemStep(code=code, name=code, days=4) for code in ("check", "visit", "sign"))


def written_book() -> Book:
    book = BOOK
    for code, department in ((PERMIT, "market"), (SHOP, "market"), (CARD, "health")):
        item = item_published(code, department=department, steps=STEPS, committed_days=12)
        book = book.evolve(f"item/{code}", item)
    return book


WRITTEN = written_book()


def after(book: Book, *events: Event, key: str = ROUND) -> Book:
    for event in events:
        book = book.evolve(f"clearance/{key}", event)
    return book


def round_of(**differs: Any) -> ClearanceOpened:
    content = {"unit": CITY, "name": "2026 清理", "items": (PERMIT, SHOP, CARD), "until": UNTIL}
    return ClearanceOpened.model_validate({**content, **differs})


def form(item: str = PERMIT, n: int = 1, **differs: Any) -> ProposalSubmitted:
    content: dict[str, Any] = {
        "proposal": f"{n:032x}",
        "item": item,
        "item_version": 1,
        "window": "A-12",
        "committed_days": 7,
        "ground": "a visit finds nothing",
        "drops": ("visit",),
        "days": (StepLimit(step="check", days=2),),
    }
    return ProposalSubmitted.model_validate({**content, **differs})


def review(n: int = 1, verdict: str = "agreed", comment: str | None = None) -> ProposalReviewed:
    return ProposalReviewed.model_validate({"proposal": f"{n:032x}", "verdict": verdict, "comment": comment})


OPENED = after(WRITTEN, round_of())
ANSWERED = after(OPENED, form())
REVIEWED = after(ANSWERED, review())


def approved(book: Book = REVIEWED) -> Book:
    return after(book, *approve_clearance(by=MAYOR, book=book, key=ROUND, document="gov-2026-9"))


def opening(by: Actor = MANAGER, book: Book = WRITTEN, key: str = ROUND, **differs: Any) -> list[ClearanceOpened]:
    return open_clearance(by=by, at=MORNING, book=book, key=key, opened=round_of(**differs))


def submitting(
    *forms: ProposalSubmitted, by: Actor = WINDOW, book: Book = OPENED, key: str = ROUND, at: datetime = MORNING
) -> list[ProposalSubmitted]:
    return submit_proposals(by=by, at=at, book=book, key=key, forms=forms or (form(),))


def reviewing(
    *reviews: ProposalReviewed, by: Actor = MANAGER, book: Book = ANSWERED, key: str = ROUND
) -> list[ProposalReviewed]:
    return review_proposals(by=by, book=book, key=key, reviews=reviews or (review(),))


def versions(by: Actor = MANAGER, book: Book | None = None, valid_from: date | None = None) -> list[ItemRevised]:
    return versions_of_clearance(by=by, at=MORNING, book=book or approved(), key=ROUND, valid_from=valid_from)


def published(book: Book | None = None) -> Book:
    book = book or approved()
    for version in versions(book=book):
        book = book.evolve(f"item/{item_key(version)}", version)
    return after(book, *publish_clearance(by=MANAGER, at=MORNING, book=book, key=ROUND))


def test_a_round_goes_from_forms_to_the_next_versions() -> None:
    assert opening() == [round_of()]
    assert submitting() == [form()]
    assert reviewing() == [review()]
    [approval] = approve_clearance(by=MAYOR, book=REVIEWED, key=ROUND, document="gov-2026-9")
    assert approval.proposals == (f"{1:032x}",)
    [version] = versions()
    assert (version.item_version, version.committed_days, version.clearance) == (2, 7, ROUND)
    assert [(step.code, step.days) for step in version.steps] == [("check", 2), ("sign", 4)]
    assert (version.valid_from, version.ground) == (TODAY, "a visit finds nothing")
    end = published().clearances[ROUND].published
    assert end is not None
    assert [(one.item, one.item_version) for one in end.versions] == [(PERMIT, 2)]


def test_each_act_again_writes_nothing() -> None:
    assert opening(book=OPENED) == []
    assert submitting(form(n=2), book=ANSWERED) == []
    assert reviewing(book=REVIEWED) == []
    assert approve_clearance(by=MAYOR, book=approved(), key=ROUND, document="gov-2026-9") == []
    assert versions(book=published()) == []
    assert publish_clearance(by=MANAGER, at=MORNING, book=published(), key=ROUND) == []


def test_a_publication_that_was_cut_short_goes_on_with_its_first_day() -> None:
    book = after(OPENED, form(), form(SHOP, 2), review(), review(2))
    book = approved(book)
    first, second = versions(book=book, valid_from=date(2026, 12, 1))
    half = book.evolve(f"item/{PERMIT}", first)
    assert versions(book=half) == [second]
    with pytest.raises(Conflict) as refusal:
        publish_clearance(by=MANAGER, at=MORNING, book=half, key=ROUND)
    assert refusal.value.code == "versions_outstanding"
    later = datetime(2027, 1, 4, 1, 0, tzinfo=UTC)
    assert versions_of_clearance(by=MANAGER, at=later, book=half, key=ROUND) == [second], "days later too"


def test_a_window_may_say_something_else_until_it_is_agreed_to() -> None:
    other = form(n=2, committed_days=9)
    assert submitting(other, book=ANSWERED) == [other]
    sent_back = after(ANSWERED, review(1, "sent_back", "which law?"))
    assert submitting(form(n=2), book=sent_back) == [form(n=2)], "the same again is a new form once it was sent back"
    book = after(sent_back, other)
    assert [one.proposal for one in book.clearances[ROUND].of(PERMIT)] == [other.proposal]


def test_two_windows_answer_for_one_item_and_one_of_them_is_agreed_to() -> None:
    book = after(ANSWERED, form(n=2, window="A-13", committed_days=9))
    assert len(list(book.clearances[ROUND].of(PERMIT))) == 2
    with pytest.raises(Unlawful) as refusal:
        reviewing(review(), review(2), book=book)
    assert refusal.value.code == "item_agreed_already"
    assert reviewing(review(), review(2, "sent_back", "A-12 says more"), book=book)


def test_a_form_that_changes_nothing_makes_no_version() -> None:
    same = form(committed_days=12, drops=(), days=())
    book = approved(after(OPENED, same, review()))
    assert versions(book=book) == []
    end = published(book).clearances[ROUND].published
    assert end is not None
    assert end.versions == ()


def test_an_item_that_was_retired_meanwhile_gets_no_version() -> None:
    book = approved().evolve(f"item/{PERMIT}", ItemRetired(ground="merged", retired_on=TODAY))
    assert versions(book=book) == []


def test_what_a_made_up_round_changes_says_that_it_is_made_up() -> None:
    book = after(WRITTEN, round_of(illustrative=True), form(), review())
    [version] = versions(book=approved(book))
    assert {"steps", "committed_days"} <= set(version.illustrative)


def test_an_importer_of_history_runs_a_round_of_years_ago() -> None:
    past = date(2007, 9, 1)
    assert opening(HISTORIAN, until=date(2007, 6, 30))
    book = after(WRITTEN, round_of(until=date(2007, 6, 30)))
    assert submitting(by=HISTORIAN, book=book)
    [version] = versions(HISTORIAN, book=approved(after(book, form(), review())), valid_from=past)
    assert version.valid_from == past


def test_the_form_shows_each_step_and_what_the_windows_say_of_it() -> None:
    shown = shown_clearance(ANSWERED, ANSWERED.clearances[ROUND])
    assert shown["outstanding"] == [SHOP, CARD]
    first = shown["forms"][0]
    assert [step["code"] for step in first["steps"]] == ["check", "visit", "sign"]
    assert [(one["window"], one["drops"], one["verdict"]) for one in first["answers"]] == [("A-12", ["visit"], None)]


def test_a_round_that_is_heard_of_before_its_items_is_shown_all_the_same() -> None:
    shown = shown_clearance(Book(), ANSWERED.clearances[ROUND])
    assert [(one["item"], len(one["answers"])) for one in shown["forms"]] == [(PERMIT, 1), (SHOP, 0), (CARD, 0)]


def test_what_a_round_did_is_told_apart_from_what_was_done_before_it() -> None:
    before = WRITTEN.items[SHOP].newest
    revised = ItemRevised.model_validate({**dict(before), "item_version": 2, "ground": "x", "committed_days": 11})
    book = after(WRITTEN.evolve(f"item/{SHOP}", revised), round_of(), form(), review())
    book = published(approved(book))
    found = changes(book, TODAY)
    line = of_clearance(book, found, book.clearances[ROUND], TODAY)
    assert (line.items, line.re_engineered, line.steps_before, line.steps_after) == (3, 1, 3, 2)
    assert (line.days_before, line.days_after, line.share) == (12, 7, 33.3)
    assert Line.of(cleared(book, found)).re_engineered == 2
    yesterday = TODAY - timedelta(days=1)
    assert of_clearance(book, changes(book, yesterday), book.clearances[ROUND], yesterday).re_engineered == 0


LATE = datetime(2026, 12, 4, 16, 0, tzinfo=UTC)
"""Midnight in the office after the last day."""
TWICE_REVIEWED = after(ANSWERED, review(1, "sent_back", "why?"))
WRONG: dict[str, tuple[Callable[[], object], type[Refusal], str]] = {
    "opened by a clerk": (lambda: opening(WINDOW), Forbidden, "role_missing"),
    "opened for another unit": (lambda: opening(DISTRICT_MANAGER), Forbidden, "own_catalogue"),
    "opened for a district's item by the city": (lambda: opening(items=(VILLAGE_ONLY,)), Forbidden, "own_catalogue"),
    "opened with an unknown item": (lambda: opening(items=("unheard-of",)), Unlawful, "item_unknown"),
    "opened with an item twice": (lambda: opening(items=(PERMIT, PERMIT)), Unlawful, "item_twice"),
    "opened with a retired item": (
        lambda: opening(book=WRITTEN.evolve(f"item/{PERMIT}", ItemRetired(ground="x", retired_on=TODAY))),
        Unlawful,
        "item_retired",
    ),
    "opened with its last day gone by": (lambda: opening(until=date(2026, 11, 22)), Unlawful, "clearance_over"),
    "opened again, otherwise": (lambda: opening(book=OPENED, name="another"), Unlawful, "clearance_exists"),
    "a second round for an item": (lambda: opening(book=OPENED, key="round-2"), Conflict, "item_in_clearance"),
    "answered by a supervisor": (
        lambda: submitting(by=Actor("s", CITY, None, frozenset({"supervisor"}))),
        Forbidden,
        "role_missing",
    ),
    "answered at another unit": (lambda: submitting(by=DISTRICT_MANAGER), Forbidden, "clearance_of_other_unit"),
    "answered by another body": (lambda: submitting(by=OTHER_WINDOW), Forbidden, "other_department"),
    "an answer to no round": (lambda: submitting(key="round-9"), Unlawful, "clearance_unknown"),
    "an answer after the last day": (lambda: submitting(at=LATE), Unlawful, "clearance_over"),
    "an answer about another item": (lambda: submitting(form("birth-certificate")), Unlawful, "item_not_in_clearance"),
    "two answers about one item": (lambda: submitting(form(), form(n=2)), Unlawful, "item_twice"),
    "an unknown step": (lambda: submitting(form(drops=("nap",))), Unlawful, "step_unknown"),
    "an unknown step's days": (
        lambda: submitting(form(days=(StepLimit(step="nap", days=1),))),
        Unlawful,
        "step_unknown",
    ),
    "no step left": (lambda: submitting(form(drops=("check", "visit", "sign"))), Unlawful, "no_step_left"),
    "more days for a step": (
        lambda: submitting(form(days=(StepLimit(step="check", days=5),))),
        Unlawful,
        "days_raised",
    ),
    "more days for the whole": (lambda: submitting(form(committed_days=13)), Unlawful, "days_raised"),
    "something else after agreement": (
        lambda: submitting(form(n=2, committed_days=9), book=REVIEWED),
        Conflict,
        "proposal_agreed",
    ),
    "an answer after approval": (lambda: submitting(form(SHOP, 2), book=approved()), Conflict, "clearance_closed"),
    "reviewed by a clerk": (lambda: reviewing(by=WINDOW), Forbidden, "role_missing"),
    "an unknown form": (lambda: reviewing(review(9)), Unlawful, "proposal_unknown"),
    "sent back without a word": (lambda: reviewing(review(1, "sent_back")), Unlawful, "comment_missing"),
    "reviewed otherwise before": (lambda: reviewing(book=TWICE_REVIEWED), Conflict, "proposal_reviewed_already"),
    "approved by the manager": (
        lambda: approve_clearance(by=MANAGER, book=REVIEWED, key=ROUND, document="d"),
        Forbidden,
        "role_missing",
    ),
    "approved with a form unread": (
        lambda: approve_clearance(by=MAYOR, book=ANSWERED, key=ROUND, document="d"),
        Unlawful,
        "proposals_unreviewed",
    ),
    "approved by another document": (
        lambda: approve_clearance(by=MAYOR, book=approved(), key=ROUND, document="other"),
        Conflict,
        "clearance_closed",
    ),
    "published before approval": (lambda: versions(book=REVIEWED), Conflict, "clearance_closed"),
    "published by a clerk": (lambda: versions(WINDOW), Forbidden, "role_missing"),
    "published for a day gone by": (lambda: versions(valid_from=date(2026, 11, 1)), Unlawful, "version_for_the_past"),
    "revised beside the round": (
        lambda: revise_item(
            by=MANAGER,
            at=MORNING,
            book=OPENED,
            key=PERMIT,
            revision=ItemRevised.model_validate(
                {**dict(OPENED.items[PERMIT].newest), "item_version": 2, "ground": "x"}
            ),
        ),
        Conflict,
        "item_in_clearance",
    ),
    "a revision that names a round": (
        lambda: revise_item(
            by=MANAGER,
            at=MORNING,
            book=WRITTEN,
            key=PERMIT,
            revision=ItemRevised.model_validate(
                {**dict(WRITTEN.items[PERMIT].newest), "item_version": 2, "ground": "x", "clearance": ROUND}
            ),
        ),
        Unlawful,
        "version_of_clearance",
    ),
}


@pytest.mark.parametrize(("act", "kind", "code"), WRONG.values(), ids=WRONG)
def test_what_is_wrong_is_refused_in_both_languages(act: Callable[[], object], kind: type[Refusal], code: str) -> None:
    with pytest.raises(kind) as refusal:
        act()
    assert refusal.value.code == code
    assert refusal.value.zh
    assert "{" not in refusal.value.zh + refusal.value.en


def test_what_is_said_of_a_round_that_is_not_here_changes_nothing() -> None:
    assert after(WRITTEN, form(), review()).clearances == {}
