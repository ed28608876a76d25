"""Custody passes on. A pass raises `term` by one; only CustodyAssumed raises `epoch` (protocol C2)."""

from typing import Literal

from contracts.case.base import CaseFact
from contracts.fields import Code, Digest, RequestId, Sealed, UnitCode

ReferralKind = Literal["forward_up", "preliminary_review", "transfer", "assign_down"]
RefusalGround = Literal["not_our_item", "wrong_area", "papers_incomplete"]
ReturnPurpose = Literal["handled", "supplement", "correction", "deliver_result"]


class CaseReferred(CaseFact):
    """Offered to `to`; an assign_down is held by its receiver at once (protocol of referral, rules 1 and 4)."""

    to: UnitCode
    referral: ReferralKind
    reason: Code
    opinion: Sealed | None = None


class HandoverArrived(CaseFact):
    """The new holder's service has the whole case. `handover` is the hash of the pass that arrived."""

    handover: Digest


class ReferralAcknowledged(CaseFact):
    person: Code


class ReferralRefused(CaseFact):
    """Custody goes back to the sender `to` at once."""

    to: UnitCode
    ground: RefusalGround
    note: Sealed | None = None


class ReferralRecalled(CaseFact):
    """Granted by the receiver's service on the sender's request, before acknowledgement; back to `to`."""

    to: UnitCode
    request: RequestId


class CaseReturned(CaseFact):
    """An earlier custodian holds again. `request` names the recall it answers, if it does."""

    to: UnitCode
    purpose: ReturnPurpose
    note: Sealed | None = None
    request: RequestId | None = None


class CaseDisputed(CaseFact):
    """Instead of the third refusal or return between the same two units: the common superior `to` holds."""

    to: UnitCode
    between: UnitCode
    carries: Literal["refusal", "return"]
    ground: Code
    note: Sealed | None = None


class CustodyAssumed(CaseFact):
    """The city takes the case over (提级办理): epoch + 1, term 0.

    `override`: why it did not wait for all that others may have written, when a feed could not be read to its end or
    later events were parked (protocol C4).
    """

    order: Code
    reason: Code
    override: Code | None = None
    note: Sealed | None = None
