"""Fees, in fen: assessed as the item's version says, paid, waived, given back [58, 59]."""

from datetime import datetime
from typing import Literal

from contracts.case import FeeAssessed, FeePaid, FeeRefunded, FeeWaived
from contracts.fields import Plain
from services.casework.actor import Actor
from services.casework.book import Book
from services.casework.case import Case, Phase
from services.casework.catalogue import item_of
from services.casework.dossier import Voucher
from services.casework.refusals import conflict, unlawful
from services.casework.who import holding, in_phase, not_done_by

Method = Literal["card", "transfer", "online", "cash"]
CHARGED = frozenset({Phase.ACCEPTED, Phase.DECIDED, Phase.CONCLUDED})


def may_assess_fee(case: Case, by: Actor, book: Book) -> None:
    holding(case, by, "assess_fee")
    in_phase(case, CHARGED)
    not_done_by(case, case.dossier.fees.assessed_by)
    item = item_of(case, book)
    if not item.fee or item.fee_basis is None:
        raise unlawful("no_fee", case, item=case.item)


def assess_fee(case: Case, *, by: Actor, at: datetime, book: Book) -> list[FeeAssessed]:
    """The fee that the case's item version names, on its basis; nobody types either. Once. Raises Unlawful `no_fee`."""
    if case.dossier.fees.assessed_by == by.subject:
        return []
    may_assess_fee(case, by, book)
    item = item_of(case, book)
    assert item.fee_basis is not None
    return [FeeAssessed(amount=item.fee, basis=item.fee_basis)]


def may_pay_fee(case: Case, by: Actor, book: Book) -> None:
    holding(case, by, "pay_fee")
    in_phase(case, CHARGED)
    _assessed(case)


def pay_fee(
    case: Case, *, by: Actor, at: datetime, book: Book, amount: int, method: Method, terminal: str, voucher: str
) -> list[FeePaid]:
    """Money comes in at a terminal, under a voucher number; no more than is due. Raises Conflict `fee_not_assessed`,
    `voucher_used`, Unlawful `more_than_due`."""
    if _done(case, Voucher("paid", voucher, amount, by.subject)):
        return []
    may_pay_fee(case, by, book)
    _unused(case, "paid", voucher)
    _at_most(case, amount, case.dossier.fees.due, "more_than_due")
    return [FeePaid(amount=amount, method=method, terminal=terminal, voucher=voucher)]


def may_waive_fee(case: Case, by: Actor, book: Book) -> None:
    holding(case, by, "waive_fee")
    in_phase(case, CHARGED)
    _assessed(case)


def waive_fee(case: Case, *, by: Actor, at: datetime, book: Book, amount: int, basis: Plain) -> list[FeeWaived]:
    """So much of what is due need not be paid, and why. What was paid already is refunded first. Raises Conflict
    `fee_not_assessed`, Unlawful `more_than_due`."""
    last = case.last
    repeated = isinstance(last, FeeWaived) and last.amount == amount
    if repeated and case.last_person == by.subject:
        return []
    may_waive_fee(case, by, book)
    not_done_by(case, case.last_person if repeated else None)
    _at_most(case, amount, case.dossier.fees.due, "more_than_due")
    return [FeeWaived(amount=amount, basis=basis)]


def may_refund_fee(case: Case, by: Actor, book: Book) -> None:
    holding(case, by, "refund_fee")
    if not case.dossier.fees.vouchers:
        raise conflict("nothing_paid", case)


def refund_fee(
    case: Case, *, by: Actor, at: datetime, book: Book, amount: int, method: Method, voucher: str, reason: str
) -> list[FeeRefunded]:
    """Money goes back, no more than came in; it is due again unless it is waived. In any phase. Raises Conflict
    `nothing_paid`, `voucher_used`, Unlawful `more_than_paid`."""
    if _done(case, Voucher("refunded", voucher, amount, by.subject)):
        return []
    may_refund_fee(case, by, book)
    _unused(case, "refunded", voucher)
    fees = case.dossier.fees
    _at_most(case, amount, fees.paid - fees.refunded, "more_than_paid")
    return [FeeRefunded(amount=amount, method=method, voucher=voucher, reason=reason)]


def _assessed(case: Case) -> None:
    if case.dossier.fees.assessed_by is None:
        raise conflict("fee_not_assessed", case)


def _done(case: Case, voucher: Voucher) -> bool:
    return voucher in case.dossier.fees.vouchers


def _unused(case: Case, way: Literal["paid", "refunded"], voucher: str) -> None:
    for used in case.dossier.fees.vouchers:
        if (used.way, used.voucher) == (way, voucher):
            raise conflict("voucher_used", case, voucher=voucher, person=used.person)


def _at_most(case: Case, amount: int, most: int, code: Literal["more_than_due", "more_than_paid"]) -> None:
    if not 1 <= amount <= most:
        raise unlawful(code, case, amount=_yuan(amount), most=_yuan(max(most, 0)))


def _yuan(fen: int) -> str:
    return f"{fen // 100}.{fen % 100:02}"
