"""Chief representatives (首席代表): a body grants powers in writing (授权书), and a decision names its grant."""

from datetime import date, datetime

from contracts.reference import DelegationGranted, DelegationRevoked
from services.casework.actor import Actor
from services.casework.book import Book, ItemVersion
from services.casework.case import Case
from services.casework.delegation import Delegation
from services.casework.moment import local_day
from services.casework.reference import keeps_register_of
from services.casework.refusals import Conflict, forbidden, role_missing, unlawful

GRANTORS = frozenset({"head", "unit_administrator"})
"""The body's head, or who keeps the centre's register; the grant's own number says which document it rests on."""
ON_THE_SPOT = "decide_on_the_spot"


def grant_delegation(
    *, by: Actor, at: datetime, book: Book, key: str, grant: DelegationGranted
) -> list[DelegationGranted]:
    """A body delegates powers over items to a person, by local days, first and last included; into `delegation/<key>`.

    `[]` when it stands with this content. City and district write for themselves, the district for its points too; a
    head for its own department. Never for items of expert review or collective discussion. Raises Forbidden
    `role_missing`, `own_register`, `own_department`; Unlawful `unit_unknown`, `unit_closed`, `department_unknown`,
    `item_unknown`, `item_retired`, `unit_lacks_item`, `item_of_other_department`, `not_delegable`,
    `validity_reversed`, `delegation_over`, `delegation_overlaps`, `delegation_exists`.
    """
    new = Delegation.granted(key, grant)
    known = book.delegations.get(key)
    writes_of(by, book, grant.unit, grant.department)
    if known is not None:
        if known == new:
            return []
        raise unlawful("delegation_exists", None, delegation=key)
    if grant.department not in book.departments.get(grant.unit, {}):
        raise unlawful("department_unknown", None, department=grant.department, unit=grant.unit)
    today = local_day(at)
    for item in grant.items:
        _delegable(item, grant, book, today)
    if grant.valid_to < grant.valid_from:
        raise unlawful("validity_reversed", None, start=grant.valid_from.isoformat(), end=grant.valid_to.isoformat())
    if grant.valid_to < today:
        raise unlawful("delegation_over", None, day=grant.valid_to.isoformat())
    if other := next((standing for standing in book.delegations.values() if standing.overlaps(new)), None):
        raise unlawful("delegation_overlaps", None, delegation=other.key)
    return [grant]


def revoke_delegation(
    *, by: Actor, at: datetime, book: Book, key: str, reason: str, revoked_on: date | None = None
) -> list[DelegationRevoked]:
    """Take a grant back from the local day `revoked_on` on, today unless said otherwise. Never for days gone by: what
    was decided under it then stays decided.

    Raises as the grant does for who may write it; Unlawful `delegation_unknown`, `revoked_for_the_past`,
    `delegation_over` (it ends by itself before), Conflict `delegation_revoked_already`.
    """
    known = book.delegations.get(key)
    if known is None:
        raise unlawful("delegation_unknown", None, delegation=key)
    writes_of(by, book, known.unit, known.department)
    if known.revoked_on is not None:
        raise Conflict("delegation_revoked_already", None, delegation=key, day=known.revoked_on.isoformat())
    today = local_day(at)
    day = revoked_on or today
    if day < today:
        raise unlawful("revoked_for_the_past", None, day=day.isoformat())
    if known.valid_to < day:
        raise unlawful("delegation_over", None, day=known.valid_to.isoformat())
    return [DelegationRevoked(reason=reason, revoked_on=day)]


def authority(case: Case, by: Actor, item: ItemVersion, book: Book, day: date, *, or_later: bool = False) -> str | None:
    """The stream of the grant under which this chief representative decides on `day`; None for an approver, who decides
    in the body's own name. `or_later`: a grant that begins after the day will do.

    Whoever is both decides under the grant while it covers the case. Raises Forbidden `other_department`,
    `not_delegable`, `delegation_missing`, `delegation_foreign`, `delegation_revoked`, `delegation_expired`,
    `delegation_not_begun`.
    """
    if "chief_representative" in by.roles:
        grant = _covering(case, by, book, item, day, or_later)
        if isinstance(grant, Delegation):
            return f"delegation/{grant.key}"
        if "approver" not in by.roles:
            raise forbidden(grant, case, item=case.item, person=by.subject)
    if by.department is not None and by.department != item.department:
        raise forbidden("other_department", case, item=case.item, department=item.department)
    return None


def writes_of(by: Actor, book: Book, unit: str, department: str) -> None:
    """Whether this person writes for the body at this unit. Raises Forbidden `role_missing`, `own_register`,
    `own_department`; Unlawful `unit_unknown`, `unit_closed`."""
    if not by.roles & GRANTORS:
        raise role_missing(GRANTORS)
    keeps_register_of(unit, by, book)
    if "unit_administrator" not in by.roles and by.department != department:
        raise forbidden("own_department", None, department=department)


def _covering(case: Case, by: Actor, book: Book, item: ItemVersion, day: date, or_later: bool) -> Delegation | str:
    """The grant, or the code of what is wrong with the nearest one there is."""
    theirs = [grant for grant in book.delegations.values() if grant.person == by.subject]
    named = [grant for grant in theirs if case.item in grant.items and ON_THE_SPOT in grant.powers]
    if not named:
        return "delegation_missing"
    here = [grant for grant in named if (grant.unit, grant.department) == (by.unit, item.department)]
    if not here or by.department not in (None, item.department):
        return "delegation_foreign"
    if item.expert_review or item.collective_discussion:
        return "not_delegable"
    reasons: list[str] = []
    for grant in here:
        reason = grant.why_not_on(day)
        if reason is None or (or_later and reason == "delegation_not_begun"):
            return grant
        reasons.append(reason)
    return reasons[-1]


def _delegable(key: str, grant: DelegationGranted, book: Book, today: date) -> None:
    found = book.items.get(key)
    if found is None:
        raise unlawful("item_unknown", None, item=key)
    if found.retired_on is not None and found.retired_on <= today:
        raise unlawful("item_retired", None, item=key, day=found.retired_on.isoformat())
    item = found.newest
    if not book.offers(grant.unit, item):
        raise unlawful("unit_lacks_item", None, unit=grant.unit, item=key)
    if item.department != grant.department:
        raise unlawful("item_of_other_department", None, item=key, department=item.department)
    if item.expert_review or item.collective_discussion:
        raise unlawful("not_delegable", None, item=key, person=grant.person)
