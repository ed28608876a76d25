"""Fees in fen."""

from typing import Literal

from contracts.case.base import CaseFact
from contracts.fields import Code, Fen, Text


class FeeAssessed(CaseFact):
    amount: Fen
    basis: Text


class FeePaid(CaseFact):
    amount: Fen
    method: Literal["card", "transfer", "online", "cash"]
    terminal: Code
    voucher: Code


class FeeWaived(CaseFact):
    amount: Fen
    basis: Text


class FeeRefunded(CaseFact):
    amount: Fen
    method: Literal["card", "transfer", "online", "cash"]
    voucher: Code
    reason: Code
