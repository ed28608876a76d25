"""A chief representative decides under a written grant (授权书), and under nothing else: feature S3."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.case import CaseDecided
from contracts.reference import (
    DelegationGranted,
    DelegationRevoked,
    DepartmentAdmitted,
    DepartmentLeft,
    ItemRetired,
    ItemRevised,
    UnitClosed,
)
from services.casework.actions import actions
from services.casework.actor import Actor
from services.casework.book import Book
from services.casework.delegations import grant_delegation, revoke_delegation
from services.casework.reference import admit_department
from services.casework.refusals import Conflict, Forbidden, Refusal, Unlawful
from tests.office.story import (
    BOOK,
    CITY,
    CLERK,
    DISTRICT,
    FORWARDED,
    LICENCE,
    OTHER_DISTRICT,
    TOWNSHIP,
    VILLAGE_ONLY,
    Story,
    item_published,
    received,
)

MARKET = "market"
EXPERT, COLLECTIVE, HEALTH = "expert-item", "collective-item", "health-item"
REPRESENTATIVE = Actor("rep", DISTRICT, MARKET, frozenset({"chief_representative"}))
HEAD = Actor("head", DISTRICT, MARKET, frozenset({"head"}))
ADMINISTRATOR = Actor("admin", DISTRICT, None, frozenset({"unit_administrator"}))
DISTRICT_CLERK = Actor("clerk", DISTRICT, None, frozenset({"clerk"}))
DAY = date(2026, 11, 23)
"""Monday."""
NOON = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)


def written_book() -> Book:
    book = BOOK
    for unit in (DISTRICT, TOWNSHIP, CITY):
        admitted = DepartmentAdmitted(unit=unit, code=MARKET, name="market supervision")
        book = book.evolve(f"department/{unit}.{MARKET}", admitted)
    for key, differs in (
        (EXPERT, {"expert_review": True}),
        (COLLECTIVE, {"collective_discussion": True}),
        (HEALTH, {"department": "health"}),
    ):
        book = book.evolve(f"item/{key}", item_published(key, **differs))
    return book


WRITTEN = written_book()


def grant(**differs: Any) -> DelegationGranted:
    content: dict[str, Any] = {
        "unit": DISTRICT,
        "department": MARKET,
        "person": "rep",
        "items": (LICENCE,),
        "powers": ("decide_on_the_spot", "sign"),
        "document": "doc-2026-7",
        "valid_from": DAY,
        "valid_to": date(2026, 12, 31),
    }
    return DelegationGranted.model_validate({**content, **differs})


def granting(
    by: Actor = HEAD, at: datetime = NOON, book: Book = WRITTEN, key: str = "g-1", **differs: Any
) -> list[DelegationGranted]:
    return grant_delegation(by=by, at=at, book=book, key=key, grant=grant(**differs))


def granted(book: Book = WRITTEN, key: str = "g-1", **differs: Any) -> Book:
    return book.evolve(f"delegation/{key}", grant(**differs))


def revoked(book: Book, on: date, key: str = "g-1") -> Book:
    return book.evolve(f"delegation/{key}", DelegationRevoked(reason="moved", revoked_on=on))


def refused(code: str, kind: type[Refusal], **differs: Any) -> Refusal:
    with pytest.raises(kind) as refusal:
        granting(**differs)
    assert refusal.value.code == code
    assert refusal.value.zh
    assert refusal.value.en
    return refusal.value


def accepted(book: Book, at: datetime = NOON, item: str = LICENCE) -> Story:
    """A case that the district has accepted at this instant."""
    story = replace(received(DISTRICT_CLERK, at=at - timedelta(minutes=2)), book=book)
    if item != LICENCE:
        story = replace(story, case=story.case.but(item=item))
    return story.when(DISTRICT_CLERK, "accept")


# Granting


def test_the_head_of_the_body_grants_powers_to_a_person() -> None:
    assert granting() == [grant()]


def test_the_centre_s_administrator_registers_the_grant_of_any_body() -> None:
    assert granting(by=ADMINISTRATOR) == [grant()]


def test_a_grant_written_again_is_nothing_and_with_other_content_a_refusal() -> None:
    assert granting(book=granted()) == []
    refused("delegation_exists", Unlawful, book=granted(), person="other")


@pytest.mark.parametrize("role", ["clerk", "approver", "chief_representative", "supervisor"])
def test_nobody_else_grants_least_of_all_the_representative(role: Any) -> None:
    refused("role_missing", Forbidden, by=Actor("x", DISTRICT, MARKET, frozenset({role})))


def test_a_head_grants_for_its_own_department_only() -> None:
    refused("own_department", Forbidden, by=Actor("head", DISTRICT, "health", frozenset({"head"})))
    refused("own_department", Forbidden, by=Actor("head", DISTRICT, None, frozenset({"head"})))


def test_city_and_district_write_of_themselves_and_the_district_of_its_points() -> None:
    refused("own_register", Forbidden, by=replace(HEAD, unit=OTHER_DISTRICT))
    refused("own_register", Forbidden, by=replace(HEAD, unit=CITY))
    assert granting(unit=TOWNSHIP) == [grant(unit=TOWNSHIP)]
    refused("own_register", Forbidden, by=replace(HEAD, unit=TOWNSHIP), unit=TOWNSHIP)


def test_a_grant_names_a_unit_that_is_there_and_open() -> None:
    refused("unit_unknown", Unlawful, unit="349999")
    closed = WRITTEN.evolve(f"unit/{TOWNSHIP}", UnitClosed(successor=DISTRICT, closed_on=DAY))
    refused("unit_closed", Unlawful, unit=TOWNSHIP, book=closed)


def test_a_grant_names_a_department_that_is_in_the_centre() -> None:
    refused("department_unknown", Unlawful, by=ADMINISTRATOR, department="health")
    left = WRITTEN.evolve(f"department/{DISTRICT}.{MARKET}", DepartmentLeft(reason="moved"))
    refused("department_unknown", Unlawful, book=left)


def test_a_grant_names_items_that_are_there() -> None:
    assert "no-such-item" in refused("item_unknown", Unlawful, items=(LICENCE, "no-such-item")).en
    retired = WRITTEN.evolve(f"item/{LICENCE}", ItemRetired(ground="law", retired_on=DAY))
    refused("item_retired", Unlawful, book=retired)
    refused("unit_lacks_item", Unlawful, by=replace(HEAD, unit=CITY), unit=CITY, items=(VILLAGE_ONLY,))


def test_a_body_grants_nothing_of_another_body() -> None:
    assert "health" in refused("item_of_other_department", Unlawful, items=(LICENCE, HEALTH)).en


@pytest.mark.parametrize("item", [EXPERT, COLLECTIVE])
def test_what_experts_review_or_many_discuss_is_never_delegated(item: str) -> None:
    refused("not_delegable", Unlawful, items=(LICENCE, item))


def test_a_grant_ends_after_it_begins_and_not_before_today() -> None:
    refused("validity_reversed", Unlawful, valid_to=date(2026, 11, 22))
    gone = {"valid_from": date(2026, 1, 1), "valid_to": date(2026, 11, 22)}
    refused("delegation_over", Unlawful, **gone)
    assert granting(valid_from=date(2026, 1, 1), valid_to=DAY)


def test_today_is_the_day_in_the_office() -> None:
    # 16:30 in Greenwich is half past midnight in Shanghai: Tuesday has begun.
    refused("delegation_over", Unlawful, valid_to=DAY, at=datetime(2026, 11, 23, 16, 30, tzinfo=UTC))
    assert granting(valid_to=DAY, at=datetime(2026, 11, 23, 15, 59, tzinfo=UTC))


def test_two_grants_on_which_one_act_could_rest_are_refused() -> None:
    assert "g-1" in refused("delegation_overlaps", Unlawful, book=granted(), key="g-2").en
    refused("delegation_overlaps", Unlawful, book=granted(), key="g-2", items=(FORWARDED, LICENCE))
    refused("delegation_overlaps", Unlawful, book=granted(), key="g-2", valid_from=date(2026, 12, 31))


@pytest.mark.parametrize(
    "differs",
    [
        {"person": "second"},
        {"items": (FORWARDED,)},
        {"powers": ("issue",)},
        {"unit": TOWNSHIP},
        {"valid_from": date(2027, 1, 1), "valid_to": date(2027, 12, 31)},
    ],
)
def test_grants_that_no_act_could_confuse_stand_beside_each_other(differs: dict[str, Any]) -> None:
    assert granting(book=granted(), key="g-2", **differs)


def test_a_revoked_grant_makes_room_from_its_last_day_on() -> None:
    book = revoked(granted(), date(2026, 12, 1))
    assert granting(book=book, key="g-2", valid_from=date(2026, 12, 1))
    refused("delegation_overlaps", Unlawful, book=book, key="g-2", valid_from=date(2026, 11, 30))


# Revoking


def revoking(book: Book, by: Actor = HEAD, key: str = "g-1", on: date | None = None) -> list[DelegationRevoked]:
    return revoke_delegation(by=by, at=NOON, book=book, key=key, reason="moved", revoked_on=on)


def not_revoked(code: str, kind: type[Refusal], book: Book, **how: Any) -> None:
    with pytest.raises(kind) as refusal:
        revoking(book, **how)
    assert refusal.value.code == code
    assert refusal.value.zh
    assert refusal.value.en


def test_a_grant_is_revoked_from_today_or_from_a_day_said() -> None:
    assert revoking(granted()) == [DelegationRevoked(reason="moved", revoked_on=DAY)]
    later = date(2026, 12, 24)
    assert revoking(granted(), on=later) == [DelegationRevoked(reason="moved", revoked_on=later)]


def test_a_grant_is_revoked_once() -> None:
    not_revoked("delegation_revoked_already", Conflict, revoked(granted(), DAY))


def test_what_was_decided_under_a_grant_stays_decided_so_it_is_not_revoked_for_the_past() -> None:
    not_revoked("revoked_for_the_past", Unlawful, granted(valid_from=date(2026, 1, 1)), on=date(2026, 11, 22))


def test_a_grant_that_ends_by_itself_before_is_not_revoked() -> None:
    not_revoked("delegation_over", Unlawful, granted(), on=date(2027, 1, 1))


def test_a_grant_that_is_not_there_is_not_revoked_and_a_foreign_one_not_by_others() -> None:
    not_revoked("delegation_unknown", Unlawful, WRITTEN)
    not_revoked("own_register", Forbidden, granted(), by=replace(HEAD, unit=CITY))
    not_revoked("own_department", Forbidden, granted(), by=replace(HEAD, department="health"))
    not_revoked("role_missing", Forbidden, granted(), by=REPRESENTATIVE)


def test_a_revocation_of_a_grant_that_is_not_here_changes_nothing() -> None:
    assert revoked(WRITTEN, DAY) == WRITTEN


# Deciding


def test_a_chief_representative_decides_under_the_grant_and_the_decision_names_it() -> None:
    story = accepted(granted()).when(REPRESENTATIVE, "decide", outcome="granted")
    story.then(CaseDecided(outcome="granted", delegation="delegation/g-1"))
    story.when(REPRESENTATIVE, "decide", outcome="granted").then()


def test_an_approver_decides_in_the_body_s_own_name() -> None:
    approver = Actor("approver", DISTRICT, MARKET, frozenset({"approver"}))
    accepted(granted()).when(approver, "decide", outcome="granted").then(
        CaseDecided(outcome="granted", approver="approver")
    )


def test_whoever_is_both_decides_under_the_grant_while_there_is_one() -> None:
    both = replace(REPRESENTATIVE, roles=frozenset({"chief_representative", "approver"}))
    under = accepted(granted()).when(both, "decide", outcome="granted")
    under.then(CaseDecided(outcome="granted", delegation="delegation/g-1"))
    own = accepted(WRITTEN).when(both, "decide", outcome="granted")
    own.then(CaseDecided(outcome="granted", approver="rep"))


def test_an_approver_of_another_department_does_not_decide() -> None:
    other = Actor("approver", DISTRICT, "health", frozenset({"approver"}))
    assert isinstance(accepted(WRITTEN).refused("other_department", other, "decide", outcome="granted"), Forbidden)


@pytest.mark.parametrize(
    ("differs", "code"),
    [
        ({"person": "somebody-else"}, "delegation_missing"),
        ({"items": (FORWARDED,)}, "delegation_missing"),
        ({"powers": ("sign", "issue")}, "delegation_missing"),
        ({"unit": OTHER_DISTRICT}, "delegation_foreign"),
        ({"unit": CITY}, "delegation_foreign"),
        ({"department": "health"}, "delegation_foreign"),
        ({"valid_to": date(2026, 11, 22)}, "delegation_expired"),
        ({"valid_from": date(2026, 11, 24)}, "delegation_not_begun"),
    ],
)
def test_a_grant_that_does_not_cover_the_case_here_and_now_is_none(differs: dict[str, Any], code: str) -> None:
    story = accepted(granted(**differs))
    assert isinstance(story.refused(code, REPRESENTATIVE, "decide", outcome="granted"), Forbidden)


def test_the_representative_acts_for_the_department_of_the_grant_only() -> None:
    elsewhere = replace(REPRESENTATIVE, department="health")
    accepted(granted()).refused("delegation_foreign", elsewhere, "decide", outcome="granted")


def test_a_representative_without_any_grant_does_not_decide() -> None:
    accepted(WRITTEN).refused("delegation_missing", REPRESENTATIVE, "decide", outcome="granted")


def test_a_revoked_grant_covers_nothing_from_that_day_on() -> None:
    story = accepted(revoked(granted(), DAY))
    assert isinstance(story.refused("delegation_revoked", REPRESENTATIVE, "decide", outcome="granted"), Forbidden)
    accepted(revoked(granted(), date(2026, 11, 24))).when(REPRESENTATIVE, "decide", outcome="granted")


def test_a_new_grant_after_a_revoked_one_counts() -> None:
    book = granted(revoked(granted(), DAY), key="g-2")
    story = accepted(book).when(REPRESENTATIVE, "decide", outcome="granted")
    story.then(CaseDecided(outcome="granted", delegation="delegation/g-2"))


@pytest.mark.parametrize("mark", ["expert_review", "collective_discussion"])
def test_an_item_marked_later_is_not_decided_under_an_old_grant(mark: str) -> None:
    content = item_published(LICENCE).model_dump() | {"item_version": 2, "ground": "law", mark: True}
    book = granted().evolve(f"item/{LICENCE}", ItemRevised.model_validate(content))
    story = accepted(book)
    # The case keeps the version that it was received under.
    story.when(REPRESENTATIVE, "decide", outcome="granted")
    newer = replace(story, case=story.case.but(item_version=2))
    newer.refused("not_delegable", REPRESENTATIVE, "decide", outcome="granted")


def test_the_grant_counts_to_the_last_instant_of_its_last_day_in_the_office() -> None:
    book = granted(valid_to=DAY)
    last = datetime(2026, 11, 23, 15, 59, tzinfo=UTC)
    accepted(book, at=last - timedelta(minutes=5)).when(REPRESENTATIVE, "decide", outcome="granted")
    late = accepted(book, at=datetime(2026, 11, 23, 15, 58, tzinfo=UTC))
    late = replace(late, now=datetime(2026, 11, 23, 16, 0, tzinfo=UTC))
    late.refused("delegation_expired", REPRESENTATIVE, "decide", outcome="granted")


def test_the_grant_counts_from_the_first_instant_of_its_first_day_in_the_office() -> None:
    book = granted(valid_from=date(2026, 11, 24))
    story = accepted(book, at=datetime(2026, 11, 23, 15, 50, tzinfo=UTC))
    before = replace(story, now=datetime(2026, 11, 23, 15, 59, 59, tzinfo=UTC))
    before.refused("delegation_not_begun", REPRESENTATIVE, "decide", outcome="granted")
    begun = replace(story, now=datetime(2026, 11, 23, 16, 0, tzinfo=UTC))
    begun.when(REPRESENTATIVE, "decide", outcome="granted").then(
        CaseDecided(outcome="granted", delegation="delegation/g-1")
    )


def test_what_may_be_done_is_shown_as_the_grant_allows() -> None:
    def decide(book: Book) -> tuple[bool, str | None]:
        found = next(a for a in actions(accepted(book).case, REPRESENTATIVE, book) if a.name == "decide")
        return found.possible, found.code

    assert decide(granted()) == (True, None)
    assert decide(WRITTEN) == (False, "delegation_missing")
    assert decide(revoked(granted(), DAY)) == (False, "delegation_revoked")


def test_a_representative_does_nothing_else() -> None:
    possible = {a.name for a in actions(accepted(granted()).case, REPRESENTATIVE, granted()) if a.possible}
    assert possible == {"decide"}


# Bodies in the centre


def test_a_body_is_admitted_to_the_centre_by_its_administrator() -> None:
    def admitting(
        by: Actor = ADMINISTRATOR, book: Book = WRITTEN, unit: str = DISTRICT, on: date | None = None
    ) -> list[DepartmentAdmitted]:
        health = DepartmentAdmitted(unit=unit, code="health", name="health", admitted_on=on)
        return admit_department(by=by, at=NOON, book=book, department=health)

    (admitted,) = admitting()
    assert admitted.admitted_on == DAY
    assert admitting(book=WRITTEN.evolve(f"department/{DISTRICT}.health", admitted)) == []
    assert [one.admitted_on for one in admitting(on=date(2007, 7, 6))] == [date(2007, 7, 6)]
    with pytest.raises(Unlawful, match="day_to_come"):
        admitting(on=date(2026, 11, 24))
    with pytest.raises(Forbidden, match="role_missing"):
        admitting(by=HEAD)
    with pytest.raises(Forbidden, match="own_register"):
        admitting(by=replace(ADMINISTRATOR, unit=CITY))
    with pytest.raises(Unlawful, match="unit_unknown"):
        admitting(unit="349999")


DAYS = st.dates(date(2026, 11, 1), date(2026, 12, 31))


@settings(max_examples=200, deadline=None)
@given(first=DAYS, last=DAYS, revocation=st.none() | DAYS, day=DAYS)
def test_a_decision_stands_exactly_on_the_days_of_its_grant(
    first: date, last: date, revocation: date | None, day: date
) -> None:
    book = granted(valid_from=first, valid_to=last)
    if revocation is not None:
        book = revoked(book, revocation)
    at = datetime(day.year, day.month, day.day, 2, 0, tzinfo=UTC)
    covered = first <= day <= last and (revocation is None or day < revocation)
    story = accepted(book, at=at)
    if covered:
        story = story.when(REPRESENTATIVE, "decide", outcome="granted")
        story.then(CaseDecided(outcome="granted", delegation="delegation/g-1"))
    else:
        with pytest.raises(Forbidden, match=r"delegation_(revoked|expired|not_begun)"):
            story.when(REPRESENTATIVE, "decide", outcome="granted")


def test_a_township_s_own_clerk_is_not_concerned() -> None:
    replace(received(), book=granted()).when(CLERK, "accept").refused(
        "role_missing", CLERK, "decide", outcome="granted"
    )
