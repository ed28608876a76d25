"""What codes are called, on the screen and on paper; where the law has no codes, the offices have."""

from collections.abc import Mapping

from services.pages.languages import N_

CHOICES: Mapping[str, Mapping[str, str]] = {
    "refer.kind": {
        "forward_up": N_("Forward to the office that handles it"),
        "preliminary_review": N_("Reviewed here, forwarded for decision"),
        "transfer": N_("Transfer to the office it belongs to"),
        "assign_down": N_("Assign to a lower office"),
    },
    "refer.reason": {
        "route": N_("The item is handled there"),
        "area": N_("The place belongs there"),
        "authority": N_("It is not within our authority"),
    },
    "refuse.ground": {
        "not_our_item": N_("Not an item of ours"),
        "wrong_area": N_("Not our area"),
        "papers_incomplete": N_("Papers incomplete at the sender's stage"),
    },
    "return.purpose": {
        "handled": N_("Handled here"),
        "supplement": N_("Papers are missing"),
        "correction": N_("To be corrected"),
        "deliver_result": N_("Hand over the result there"),
    },
    "decline.reason": {
        "no_licence_needed": N_("By law no licence is needed"),
        "not_within_authority": N_("It is not within our authority"),
        "false_papers": N_("The papers are not true"),
        "other_law": N_("Another law forbids it"),
    },
    "complete_step.outcome": {
        "passed": N_("In order"),
        "failed": N_("Not in order"),
    },
    "extend.reason": {
        "complicated": N_("The case is complicated"),
        "papers_to_verify": N_("Papers have to be verified"),
        "other_body": N_("Another body has to act first"),
    },
    "offer_hearing.reason": {
        "heavy_interest": N_("It weighs heavily on others' interests"),
        "public_interest": N_("It weighs heavily on the public's interests"),
    },
    "call_off_hearing.reason": {
        "nobody_asks": N_("Nobody asks for it any more"),
        "another_day": N_("It cannot be held on that day"),
    },
    "request_recall.reason": {
        "mistake": N_("It was passed on by mistake"),
        "wrong_office": N_("It was passed to the wrong office"),
        "applicant_asks": N_("The applicant asks for it"),
    },
    "decline_request.ground": {
        "overtaken": N_("What happened since has overtaken it"),
        "not_lawful": N_("The law does not allow it"),
        "not_entitled": N_("The asker is not entitled to it"),
    },
    "decide.outcome": {"granted": N_("Granted"), "denied": N_("Not granted")},
    "decide.reason": {
        "conditions_not_met": N_("The conditions are not met"),
        "false_papers": N_("The papers are not true"),
        "quota_used": N_("The number that may be granted is used up"),
        "other_law": N_("Another law forbids it"),
    },
    "decide.remedies": {
        "administrative_reconsideration": N_("Apply for administrative reconsideration"),
        "administrative_litigation": N_("Bring an administrative action"),
    },
    "decide.without_answer": {
        "not_needed": N_("The answer is no longer needed"),
        "overdue": N_("The body did not answer in time"),
    },
    "conclude.outcome": {
        "issued": N_("Certificate or document issued"),
        "denied": N_("Not granted"),
        "done": N_("Done"),
        "returned": N_("Papers returned"),
        "void": N_("Void"),
        "forwarded": N_("Another authority goes on with it"),
    },
    "deliver.how": {
        "window": N_("At the window"),
        "post": N_("By post"),
        "online": N_("Online"),
        "agent": N_("By the agent"),
    },
    "terminate.ground": {
        "supplement_not_provided": N_("The papers asked for did not come"),
        "applicant_gone": N_("There is no applicant any more"),
        "purpose_void": N_("Its purpose no longer exists"),
        "other_law": N_("Another law ends it"),
    },
    "request_urging.level": {
        "reminder": N_("Reminder"),
        "yellow": N_("Yellow card"),
        "red": N_("Red card"),
    },
    "issue_notice.notice": {
        "receipt": N_("Receipt"),
        "supplement": N_("Notice of missing papers"),
        "acceptance": N_("Notice of acceptance"),
        "declination": N_("Notice that it is not taken up"),
        "extension": N_("Notice of extension"),
        "special_procedure": N_("Notice of a special procedure"),
        "decision_granted": N_("Decision to grant"),
        "decision_denied": N_("Decision not to grant"),
        "delivery": N_("Record of delivery"),
    },
    "correct_certificate.ground": {"clerical": N_("A clerical error"), "changed": N_("What it says has changed")},
    "revoke_certificate.ground": {
        "unlawful": N_("It was granted against the law"),
        "lapsed": N_("Its conditions have lapsed"),
    },
    "correct.ground": {"clerical": N_("A clerical error")},
    "refund_fee.reason": {
        "paid_twice": N_("Paid twice"),
        "withdrawn": N_("The application was withdrawn"),
        "mistake": N_("Assessed by mistake"),
    },
    "reopen.ground": {
        "reconsideration": N_("Administrative reconsideration"),
        "court": N_("A court's judgment"),
        "own_correction": N_("Correction of our own error"),
    },
    "order_supervision.reason": {
        "late": N_("It takes too long"),
        "complaint": N_("Somebody complained"),
        "conduct": N_("How it is handled"),
        "weight": N_("It is of weight"),
    },
    "assume_custody.reason": {
        "overdue": N_("Its limit has passed"),
        "complaint": N_("Somebody complained"),
        "unable": N_("The office cannot handle it"),
        "weight": N_("It is of weight"),
    },
    "assume_custody.override": {
        "unreachable": N_("The office cannot be reached"),
        "urgent": N_("It bears no delay"),
    },
    "adopt.ground": {"right": N_("It was right"), "relied_on": N_("The applicant relies on it")},
    "revoke.ground": {"wrong": N_("It was wrong"), "overtaken": N_("What happened since has overtaken it")},
    "method": {
        "card": N_("Card"),
        "transfer": N_("Transfer"),
        "online": N_("Online payment"),
        "cash": N_("Cash"),
    },
    "party": {"applicant": N_("The applicant"), "interested_party": N_("Interested parties")},
    "channel": {
        "window": N_("Handed in at the window"),
        "post": N_("Sent by post"),
        "email": N_("Sent by e-mail"),
        "online": N_("Sent online"),
        "internal": N_("From another office"),
    },
    "form": {"original": N_("Original"), "copy": N_("Copy")},
}
"""By act and field, else by the field alone."""
