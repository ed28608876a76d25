"""How far a body is on its way to a chief representative; each is introduced as it is ready (成熟一个挂牌一个).

Read from the reference streams alone: admitted to the centre; preparing once it says so; granted while a grant of it is
in force; hung out (挂牌) while whoever holds such a grant has a sign at the window.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from contracts.reference import RepresentativeInstalled, RepresentativePlanned, RepresentativeWithdrawn
from services.casework.actor import Actor
from services.casework.book import Book
from services.casework.delegation import Delegation
from services.casework.delegations import writes_of
from services.casework.moment import local_day
from services.casework.post import Post
from services.casework.refusals import Conflict, unlawful

Standing = Literal["admitted", "preparing", "granted", "hung_out"]


@dataclass(frozen=True, slots=True)
class Way:
    """Of one body at one centre. `standing` on the day that was asked for; each local day is the first one of that
    state, None where there was none by then. `person`: whose sign hangs, with a grant behind it."""

    unit: str
    department: str
    standing: Standing
    admitted: date | None
    planned: date | None
    granted: date | None
    hung_out: date | None
    person: str | None
    illustrative: bool

    @property
    def begun(self) -> bool:
        """Whether it ever set out."""
        return any(day is not None for day in (self.planned, self.granted, self.hung_out))


def plan_representative(
    *,
    by: Actor,
    at: datetime,
    book: Book,
    department: str,
    planned_on: date | None = None,
    illustrative: bool = False,
) -> list[RepresentativePlanned]:
    """The body prepares for a chief representative, since today unless said otherwise; `[]` when it does already. Into
    `department/<department>`, which is `<unit>.<code>`; who may grant for the body may write this.

    Raises as `writes_of`; Unlawful `department_unknown`, `day_to_come`.
    """
    post = _post(by, book, department)
    if post.planned is not None:
        return []
    return [RepresentativePlanned(planned_on=_gone_by(planned_on, at), illustrative=illustrative)]


def install_representative(
    *,
    by: Actor,
    at: datetime,
    book: Book,
    department: str,
    person: str,
    installed_on: date | None = None,
    illustrative: bool = False,
) -> list[RepresentativeInstalled]:
    """The sign of this person is hung out, who holds a grant of the body that was in force on that day and is today;
    `[]` when it hangs.

    Raises as `plan_representative`; Conflict `representative_installed` for anybody else while a sign hangs, Unlawful
    `no_grant_in_force`, `sign_before_the_last`.
    """
    post = _post(by, book, department)
    if post.sign is not None:
        if post.sign.person == person:
            return []
        raise Conflict("representative_installed", None, department=department, person=post.sign.person)
    day = _gone_by(installed_on, at)
    theirs = [grant for grant in _grants(book, department) if grant.person == person]
    if not all(_in_force(theirs, one) for one in (day, local_day(at))):
        raise unlawful("no_grant_in_force", None, department=department, person=person)
    before = post.signs[-1].taken_down if post.signs else None
    if before is not None and day < before:
        raise unlawful("sign_before_the_last", None, day=before.isoformat())
    return [RepresentativeInstalled(person=person, installed_on=day, illustrative=illustrative)]


def withdraw_representative(
    *, by: Actor, at: datetime, book: Book, department: str, reason: str, withdrawn_on: date | None = None
) -> list[RepresentativeWithdrawn]:
    """The sign is taken down. The grant stands until it is revoked: what it covers may be decided without a sign.

    Raises as `plan_representative`; Conflict `no_representative`, Unlawful `withdrawn_before`.
    """
    sign = _post(by, book, department).sign
    if sign is None:
        raise Conflict("no_representative", None, department=department)
    day = _gone_by(withdrawn_on, at)
    if day < sign.hung_out:
        raise unlawful("withdrawn_before", None, day=sign.hung_out.isoformat())
    return [RepresentativeWithdrawn(reason=reason, withdrawn_on=day)]


def way(book: Book, department: str, day: date) -> Way | None:
    """How far the body of `<unit>.<code>` is on this local day; None when it is not in the centre."""
    post = book.posts.get(department)
    return None if post is None else _way(department, post, _grants(book, department), day)


def ways(book: Book, day: date) -> Mapping[str, Way]:
    """Every body of every centre on this day, in the order of `<unit>.<code>`."""
    grants: dict[str, list[Delegation]] = defaultdict(list)
    for grant in book.delegations.values():
        grants[f"{grant.unit}.{grant.department}"].append(grant)
    return {key: _way(key, post, grants[key], day) for key, post in sorted(book.posts.items())}


def granted_items(book: Book, department: str, day: date) -> frozenset[str]:
    """The catalogue keys that grants of this body cover on this day."""
    grants = (grant for grant in _grants(book, department) if grant.why_not_on(day) is None)
    return frozenset(item for grant in grants for item in grant.items)


def _way(department: str, post: Post, grants: Sequence[Delegation], day: date) -> Way:
    unit, _, code = department.partition(".")
    hangs = next((sign for sign in post.signs if sign.hangs_on(day)), None)
    behind = hangs is not None and _in_force((grant for grant in grants if grant.person == hangs.person), day)
    planned = post.planned is not None and post.planned <= day
    standing: Standing = "preparing" if planned else "admitted"
    if _in_force(grants, day):
        standing = "hung_out" if behind else "granted"
    granted = (grant.valid_from for grant in grants if grant.why_not_on(grant.valid_from) is None)
    return Way(
        unit,
        code,
        standing,
        post.admitted,
        post.planned if planned else None,
        min((first for first in granted if first <= day), default=None),
        min((sign.hung_out for sign in post.signs if sign.hung_out <= day), default=None),
        hangs.person if hangs is not None and behind else None,
        post.illustrative or any(grant.illustrative for grant in grants),
    )


def _post(by: Actor, book: Book, department: str) -> Post:
    unit, _, code = department.partition(".")
    writes_of(by, book, unit, code)
    post = book.posts.get(department)
    if post is None:
        raise unlawful("department_unknown", None, department=code, unit=unit)
    return post


def _gone_by(said: date | None, at: datetime) -> date:
    today = local_day(at)
    if said is not None and said > today:
        raise unlawful("day_to_come", None, day=said.isoformat())
    return said or today


def _grants(book: Book, department: str) -> list[Delegation]:
    return [grant for grant in book.delegations.values() if f"{grant.unit}.{grant.department}" == department]


def _in_force(grants: Iterable[Delegation], day: date) -> bool:
    return any(grant.why_not_on(day) is None for grant in grants)
