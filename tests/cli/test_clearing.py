"""The catalogue of the demonstration after its rounds: the report's figures come out of versions, not of a table."""

import json
from datetime import UTC, date, datetime

import pytest

from contracts.clearance import ClearanceOpened, ProposalReviewed
from contracts.reference import ItemPublished, UnitOpened
from services.casework.actor import Actor
from services.casework.book import Book
from services.casework.clearance_versions import publish_clearance, versions_of_clearance
from services.casework.clearances import (
    approve_clearance,
    open_clearance,
    review_proposals,
    submit_proposals,
)
from services.casework.items import item_key, publish_item
from services.casework.reengineering import Change, Line, changes, cleared, of_clearance
from services.cli.clearing import read_catalogue, read_rounds
from services.cli.seed import PERSON, ROLES
from services.cli.seed_files import DATA, read_items
from services.office.clearance_bodies import Answered
from services.office.clearances import proposed

CITY = "340400"
KEY = "A" * 43
NOW = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
TODAY = date(2026, 11, 23)
SEEDER = Actor(PERSON, CITY, None, ROLES)
ITEMS = read_items(DATA / "items.json")
CATALOGUE = read_catalogue(DATA / "catalogue.csv")
ROUNDS = read_rounds(DATA / "clearances.json", DATA / "catalogue.csv", ITEMS, CITY)


def published() -> Book:
    city = UnitOpened(code=CITY, name=CITY, tier="city", sealing_key=KEY, anchor_key=KEY)
    book = Book().evolve(f"unit/{CITY}", city)
    for body in [*(item for item in ITEMS if item.get("unit") is None), *CATALOGUE]:
        item = ItemPublished.model_validate_json(json.dumps(body))
        [event] = publish_item(by=SEEDER, book=book, item=item)
        book = book.evolve(f"item/{item_key(event)}", event)
    return book


def run(book: Book, key: str, n: int) -> Book:
    """The book after this round, by the acts of the office."""
    one, stream = ROUNDS[n], f"clearance/{key}"
    opened = ClearanceOpened.model_validate_json(json.dumps(one.opening))
    for event in open_clearance(by=SEEDER, at=NOW, book=book, key=key, opened=opened):
        book = book.evolve(stream, event)
    for window, forms in one.windows.items():
        answered = Answered.model_validate_json(json.dumps({"window": window, "forms": forms}))
        said = proposed(book, CITY, window, answered)
        for event in submit_proposals(by=SEEDER, at=NOW, book=book, key=key, forms=said):
            book = book.evolve(stream, event)
        reviews = [ProposalReviewed(proposal=form.proposal, verdict="agreed") for form in said]
        for event in review_proposals(by=SEEDER, book=book, key=key, reviews=reviews):
            book = book.evolve(stream, event)
    for event in approve_clearance(by=SEEDER, book=book, key=key, document=one.document):
        book = book.evolve(stream, event)
    day = date.fromisoformat(one.valid_from)
    for version in versions_of_clearance(by=SEEDER, at=NOW, book=book, key=key, valid_from=day):
        book = book.evolve(f"item/{item_key(version)}", version)
    for event in publish_clearance(by=SEEDER, at=NOW, book=book, key=key, valid_from=day):
        book = book.evolve(stream, event)
    return book


@pytest.fixture(scope="module")
def book() -> Book:
    found = published()
    for n in range(len(ROUNDS)):
        found = run(found, f"round-{n}", n)
    return found


def line(book: Book, n: int) -> Line:
    return of_clearance(book, changes(book, TODAY), book.clearances[f"round-{n}"], TODAY)


def test_the_catalogue_has_the_size_that_the_report_gives_it(book: Book) -> None:
    total = Line.of(changes(book, TODAY))
    assert (total.items, total.committed) == (214, 186)
    assert len({change.after.department for change in changes(book, TODAY)}) == 32


def test_115_of_186_committed_items_are_re_engineered(book: Book) -> None:
    every = Line.of(cleared(book, changes(book, TODAY)))
    assert (every.items, every.committed, every.committed_re_engineered) == (186, 186, 115)
    assert every.share is not None
    assert round(every.share) == 62


def test_36_items_go_from_201_to_142_working_days(book: Book) -> None:
    first = line(book, 0)
    assert (first.re_engineered, first.days_before, first.days_after) == (36, 201, 142)


def test_46_items_of_seven_bodies_lose_92_steps_and_go_from_17_7_to_10_days(book: Book) -> None:
    second = line(book, 1)
    assert (second.re_engineered, second.steps_before - second.steps_after) == (46, 92)
    assert second.average_days == (17.7, 10.0)
    assert len({book.items[item].newest.department for item in book.clearances["round-1"].opened.items}) == 7


def test_before_the_first_round_nothing_was_re_engineered_and_after_each_more(book: Book) -> None:
    days = [date(2007, 5, 31), date(2007, 6, 1), date(2007, 8, 1), date(2007, 10, 8)]
    assert [Line.of(changes(book, day)).re_engineered for day in days] == [0, 36, 82, 115]


def test_whatever_is_made_up_says_so(book: Book) -> None:
    made: list[Change] = [change for change in changes(book, TODAY) if change.re_engineered]
    assert all(change.illustrative for change in made)
    assert all({"steps", "committed_days"} <= set(body["illustrative"]) <= set(body) for body in CATALOGUE)
    assert all(one.opening["illustrative"] and "示意" in one.name for one in ROUNDS)


def test_each_step_has_leader_section_person_content_and_limit_and_the_limits_add_up(book: Book) -> None:
    for body in CATALOGUE:
        for version in book.items[body["code"]].versions.values():
            assert sum(step.days or 0 for step in version.steps) == version.committed_days, body["code"]
            assert all(step.leader and step.section and step.person and step.content for step in version.steps)
