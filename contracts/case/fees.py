"""Fees in fen."""

from typing import Literal

from contracts.case.base import CaseFact
from contracts.fields import Code, Fen, Sealed, Text


class FeeAssessed(CaseFact):
    """`basis` is the item version's `fee_basis`, copied, never typed: the one open text in a case."""

    amount: Fen
    basis: Text


class FeePaid(CaseFact):
    amount: Fen
    method: Literal["card", "transfer", "online", "cash"]
    terminal: Code
    voucher: Code


class FeeWaived(CaseFact):
    """A clerk writes why, so it travels sealed."""

    amount: Fen
    basis: Sealed


class FeeRefunded(CaseFact):
    amount: Fen
    method: Literal["card", "transfer", "online", "cash"]
    voucher: Code
    reason: Code
