"""A body on its way to a chief representative: admitted, preparing, granted, its sign hung out (挂牌)."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from contracts.reference import (
    DepartmentLeft,
    RepresentativeInstalled,
    RepresentativePlanned,
    RepresentativeWithdrawn,
)
from services.casework.book import Book
from services.casework.refusals import Conflict, Forbidden, Refusal, Unlawful
from services.casework.representative import (
    granted_items,
    install_representative,
    plan_representative,
    way,
    ways,
    withdraw_representative,
)
from tests.casework.test_delegation import (
    CITY,
    DAY,
    DISTRICT,
    HEAD,
    LICENCE,
    MARKET,
    NOON,
    REPRESENTATIVE,
    WRITTEN,
    granted,
    revoked,
)

BODY = f"{DISTRICT}.{MARKET}"
YESTERDAY, TOMORROW = date(2026, 11, 22), date(2026, 11, 24)


def planning(book: Book = WRITTEN, **how: Any) -> list[RepresentativePlanned]:
    return plan_representative(**{"by": HEAD, "at": NOON, "book": book, "department": BODY, **how})


def installing(book: Book, **how: Any) -> list[RepresentativeInstalled]:
    given = {"by": HEAD, "at": NOON, "book": book, "department": BODY, "person": "rep", **how}
    return install_representative(**given)


def withdrawing(book: Book, **how: Any) -> list[RepresentativeWithdrawn]:
    given = {"by": HEAD, "at": NOON, "book": book, "department": BODY, "reason": "moved", **how}
    return withdraw_representative(**given)


def after(book: Book, *events: RepresentativePlanned | RepresentativeInstalled | RepresentativeWithdrawn) -> Book:
    for event in events:
        book = book.evolve(f"department/{BODY}", event)
    return book


def standing(book: Book, day: date = DAY) -> str | None:
    found = way(book, BODY, day)
    return found and found.standing


def refused(code: str, kind: type[Refusal], act: Callable[..., object], *args: Any, **how: Any) -> None:
    with pytest.raises(kind) as refusal:
        act(*args, **how)
    assert refusal.value.code == code
    assert refusal.value.zh
    assert refusal.value.en


def test_each_body_goes_its_way_from_the_admission_to_the_sign() -> None:
    assert standing(WRITTEN) == "admitted"
    book = after(WRITTEN, *planning())
    assert standing(book) == "preparing"
    book = granted(book)
    assert (standing(book), standing(book, YESTERDAY), standing(book, date(2027, 1, 1))) == (
        "granted",
        "admitted",
        "preparing",
    )
    book = after(book, *installing(book))
    assert standing(book) == "hung_out"
    found = way(book, BODY, TOMORROW)
    assert found is not None
    assert (found.planned, found.granted, found.hung_out, found.person) == (DAY, DAY, DAY, "rep")
    book = after(book, *withdrawing(book))
    found = way(book, BODY, DAY)
    assert found is not None
    assert (found.standing, found.hung_out, found.person) == ("granted", DAY, None), "since when it had one stays"
    assert way(book, f"{DISTRICT}.unheard-of", DAY) is None


def test_a_sign_without_a_grant_behind_it_counts_for_nothing() -> None:
    book = after(granted(), RepresentativeInstalled(person="rep", installed_on=DAY))
    assert standing(book, date(2027, 1, 1)) == "admitted"
    assert standing(revoked(book, TOMORROW), TOMORROW) == "admitted"
    other = granted(revoked(book, TOMORROW), key="g-2", person="second", valid_from=TOMORROW)
    assert standing(other, TOMORROW) == "granted"


def test_a_sign_is_hung_out_for_who_holds_a_grant_on_that_day_and_today() -> None:
    refused("no_grant_in_force", Unlawful, installing, WRITTEN)
    refused("no_grant_in_force", Unlawful, installing, granted(), person="second")
    refused("no_grant_in_force", Unlawful, installing, granted(), installed_on=YESTERDAY)
    refused("no_grant_in_force", Unlawful, installing, revoked(granted(), DAY))
    long_ago = granted(valid_from=date(2026, 1, 1))
    assert installing(long_ago, installed_on=date(2026, 6, 1))[0].installed_on == date(2026, 6, 1)
    refused("day_to_come", Unlawful, installing, granted(), installed_on=TOMORROW)


def test_one_sign_hangs_at_a_time() -> None:
    book = granted(granted(), key="g-2", person="second")
    book = after(book, *installing(book))
    assert installing(book) == []
    refused("representative_installed", Conflict, installing, book, person="second")
    book = after(book, *withdrawing(book))
    refused("no_representative", Conflict, withdrawing, book)
    book = after(book, *installing(book, person="second"))
    found = way(book, BODY, DAY)
    assert found is not None
    assert (found.standing, found.person) == ("hung_out", "second")


def test_signs_follow_each_other_in_time() -> None:
    book = granted(valid_from=date(2026, 1, 1))
    book = after(book, *installing(book, installed_on=date(2026, 3, 2)))
    refused("withdrawn_before", Unlawful, withdrawing, book, withdrawn_on=date(2026, 3, 1))
    refused("day_to_come", Unlawful, withdrawing, book, withdrawn_on=TOMORROW)
    book = after(book, *withdrawing(book, withdrawn_on=date(2026, 5, 4)))
    refused("sign_before_the_last", Unlawful, installing, book, installed_on=date(2026, 5, 3))
    book = after(book, *installing(book, installed_on=date(2026, 6, 1)))
    days = (date(2026, 3, 1), date(2026, 3, 2), date(2026, 5, 4), date(2026, 6, 1))
    assert [standing(book, day) for day in days] == ["granted", "hung_out", "granted", "hung_out"]


def test_preparing_is_said_once_and_for_no_day_to_come() -> None:
    refused("day_to_come", Unlawful, planning, planned_on=TOMORROW)
    assert planning(after(WRITTEN, *planning())) == []


@pytest.mark.parametrize("act", [planning, installing, withdrawing])
def test_who_may_grant_for_the_body_may_say_how_far_it_is(act: Callable[..., object]) -> None:
    book = granted()
    refused("role_missing", Forbidden, act, book, by=REPRESENTATIVE)
    refused("own_department", Forbidden, act, book, by=replace(HEAD, department="health"))
    refused("own_register", Forbidden, act, book, by=replace(HEAD, unit=CITY))
    refused("department_unknown", Unlawful, act, book, by=replace(HEAD, department="x"), department=f"{DISTRICT}.x")
    left = book.evolve(f"department/{BODY}", DepartmentLeft(reason="moved"))
    refused("department_unknown", Unlawful, act, left)


def test_those_on_the_way_are_known_and_made_up_ones_say_so() -> None:
    assert [key for key, one in ways(WRITTEN, DAY).items() if one.begun] == []
    book = after(WRITTEN, *planning(illustrative=True))
    found = ways(book, DAY)
    assert [key for key, one in found.items() if one.begun] == [BODY]
    assert (found[BODY].unit, found[BODY].department, found[BODY].illustrative) == (DISTRICT, MARKET, True)
    assert not ways(book, YESTERDAY)[BODY].begun
    assert ways(granted(illustrative=True), DAY)[BODY].illustrative


def test_its_items_are_those_that_its_grants_cover_today() -> None:
    assert granted_items(granted(), BODY, DAY) == {LICENCE}
    assert granted_items(revoked(granted(), DAY), BODY, DAY) == frozenset()
