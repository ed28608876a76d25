"""Fees: what the item costs is assessed; no more is paid than is due, and no more given back than came in."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.case import FeeAssessed, FeePaid, FeeRefunded, FeeWaived
from contracts.fields import Plain
from services.casework.refusals import Conflict, Refusal, Unlawful
from tests.office.story import APPROVER, CLERK, COLLEAGUE, FEE, FEE_BASIS, FORWARDED, Story, person, received

POOR = Plain("low income")


def paying(amount: int, voucher: str = "V-1") -> dict[str, Any]:
    return {"amount": amount, "method": "card", "terminal": "T-1", "voucher": voucher}


def refunding(amount: int, voucher: str = "R-1") -> dict[str, Any]:
    return {"amount": amount, "method": "transfer", "voucher": voucher, "reason": "paid_twice"}


def accepted() -> Story:
    return received().when(CLERK, "accept")


def assessed() -> Story:
    return accepted().when(CLERK, "assess_fee")


def test_the_fee_and_its_basis_are_the_items_and_nobody_types_them() -> None:
    story = assessed().then(FeeAssessed(amount=FEE, basis=FEE_BASIS))
    story.when(CLERK, "assess_fee").then()
    assert isinstance(story.refused("already_done", COLLEAGUE, "assess_fee"), Conflict)
    received().refused("wrong_phase", CLERK, "assess_fee")


def test_what_costs_nothing_is_not_charged() -> None:
    clerk = person("340402")
    story = received(clerk, FORWARDED).when(clerk, "accept")
    assert isinstance(story.refused("no_fee", clerk, "assess_fee"), Unlawful)


def test_what_is_not_assessed_can_neither_be_paid_nor_waived() -> None:
    assert isinstance(accepted().refused("fee_not_assessed", CLERK, "pay_fee", **paying(FEE)), Conflict)
    accepted().refused("fee_not_assessed", APPROVER, "waive_fee", amount=FEE, basis=POOR)


def test_a_payment_is_entered_once_under_its_voucher() -> None:
    story = assessed().when(CLERK, "pay_fee", **paying(3000))
    story.then(FeePaid(amount=3000, method="card", terminal="T-1", voucher="V-1"))
    story.when(CLERK, "pay_fee", **paying(3000)).then()
    assert isinstance(story.refused("voucher_used", COLLEAGUE, "pay_fee", **paying(3000)), Conflict)
    story.refused("voucher_used", CLERK, "pay_fee", **paying(2000))
    story.when(CLERK, "pay_fee", **paying(2000, "V-2"))


@pytest.mark.parametrize("amount", [0, -1, FEE + 1, 10**12])
def test_no_more_is_paid_or_waived_than_is_due(amount: int) -> None:
    assert isinstance(assessed().refused("more_than_due", CLERK, "pay_fee", **paying(amount)), Unlawful)
    assessed().refused("more_than_due", APPROVER, "waive_fee", amount=amount, basis=POOR)


def test_a_waiver_lowers_what_is_due_and_is_not_a_clerks() -> None:
    assessed().refused("role_missing", CLERK, "waive_fee", amount=2000, basis=POOR)
    story = assessed().when(APPROVER, "waive_fee", amount=2000, basis=POOR)
    story.then(FeeWaived(amount=2000, basis=POOR))
    story.when(APPROVER, "waive_fee", amount=2000, basis=POOR).then()
    story.refused("more_than_due", CLERK, "pay_fee", **paying(FEE))
    story.when(CLERK, "pay_fee", **paying(FEE - 2000)).refused(
        "more_than_due", APPROVER, "waive_fee", amount=1, basis=POOR
    )


def test_no_more_goes_back_than_came_in_and_it_is_due_again() -> None:
    assert isinstance(assessed().refused("nothing_paid", CLERK, "refund_fee", **refunding(1)), Conflict)
    story = assessed().when(CLERK, "pay_fee", **paying(FEE))
    assert isinstance(story.refused("more_than_paid", CLERK, "refund_fee", **refunding(FEE + 1)), Unlawful)
    story = story.when(CLERK, "refund_fee", **refunding(FEE))
    story.then(FeeRefunded(amount=FEE, method="transfer", voucher="R-1", reason="paid_twice"))
    story.when(CLERK, "refund_fee", **refunding(FEE)).then()
    story.refused("more_than_paid", CLERK, "refund_fee", **refunding(1, "R-2"))
    assert story.case.dossier.fees.due == FEE
    story.when(CLERK, "pay_fee", **paying(FEE, "V-2"))


def test_an_applicant_who_withdraws_gets_the_money_back() -> None:
    story = assessed().when(CLERK, "pay_fee", **paying(FEE)).when(CLERK, "withdraw")
    story.when(CLERK, "refund_fee", **refunding(FEE))
    story.refused("wrong_phase", CLERK, "pay_fee", **paying(1, "V-2"))


Deed = tuple[str, int]
DEEDS = st.lists(st.tuples(st.sampled_from(["pay", "waive", "refund"]), st.integers(-10, FEE + 10)), max_size=12)


@given(DEEDS)
def test_whatever_is_tried_the_sums_stay_right(deeds: list[Deed]) -> None:
    story = assessed()
    for n, (what, amount) in enumerate(deeds):
        try:
            match what:
                case "pay":
                    story = story.when(CLERK, "pay_fee", **paying(amount, f"V-{n}"))
                case "waive":
                    story = story.when(APPROVER, "waive_fee", amount=amount, basis=POOR)
                case _:
                    story = story.when(CLERK, "refund_fee", **refunding(amount, f"R-{n}"))
        except Refusal:
            continue
        fees = story.case.dossier.fees
        assert 0 <= fees.waived <= fees.assessed == FEE
        assert 0 <= fees.refunded <= fees.paid
        assert 0 <= fees.paid - fees.refunded <= fees.assessed - fees.waived
        assert fees.due == fees.assessed - fees.waived - fees.paid + fees.refunded >= 0
