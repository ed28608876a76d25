"""As `spoiling`, for what lies in the dossier: what each act says to a body that it may not do."""

from collections.abc import Iterator, Mapping
from typing import Any

Unlawful = tuple[str, int, str, dict[str, Any]]
"""What is wrong, status and code of the answer, and the fields that say so."""

NOBODY = "349999"
RECORD = "0" * 64
WRONG: Mapping[str, tuple[Unlawful, ...]] = {
    "open_consultation": (
        ("an unknown unit", 422, "unit_unknown", {"unit": NOBODY}),
        ("a body that is not there", 422, "department_unknown", {"department": "unheard-of"}),
    ),
    "answer_consultation": (("what nobody asked", 409, "not_consulted", {"consultation": "C-9"}),),
    "submit_consultation_answer": (("what nobody asked", 409, "not_consulted", {"consultation": "C-9"}),),
    "withdraw_hearing_request": (
        ("a request that nobody made", 409, "hearing_not_requested", {"party": "interested_party"}),
    ),
    "announce_hearing": (("a hearing tomorrow", 422, "hearing_too_soon", {"hold_on": "2026-01-02"}),),
    "hold_hearing": (
        ("a hearing to come", 422, "hearing_day", {"held_on": "2199-01-01"}),
        ("a hearing before the receipt", 422, "hearing_day", {"held_on": "2026-01-01"}),
        ("a hearing on another day", 422, "hearing_on_another_day", {"held_on": "2026-01-19"}),
    ),
    "decide": (("the record of no hearing", 422, "not_on_the_record", {"hearing": RECORD}),),
    "issue_notice": tuple(
        (f"{notice} of nothing", 422, "nothing_to_tell", {"notice": notice})
        for notice in ("supplement", "acceptance", "declination", "extension", "decision_granted", "delivery")
    ),
    "issue_certificate": (("an end before the beginning", 422, "certificate_validity", {"valid_to": "2026-01-01"}),),
    "correct_certificate": (("an unknown certificate", 422, "certificate_unknown", {"certificate_number": "N-1"}),),
    "revoke_certificate": (("an unknown certificate", 422, "certificate_unknown", {"certificate_number": "N-1"}),),
    "pay_fee": (("more than is due", 422, "more_than_due", {"amount": 1001}),),
    "waive_fee": (("more than is due", 422, "more_than_due", {"amount": 1001}),),
    "refund_fee": (("more than was paid", 422, "more_than_paid", {"amount": 1001}),),
    "order_supervision": (
        ("no day to answer in", 422, "invalid", {"days": 0}),
        ("a text that nobody could open", 409, "text_without_key", {"text": "为何？"}),
    ),
    "submit_supervision_answer": (
        ("what nobody ordered", 404, "order_unknown", {"order": f"supervision/{'0' * 32}"}),
        ("another stream", 422, "invalid", {"order": f"request/{'0' * 32}"}),
    ),
    "correct": (
        ("a record of another case", 422, "record_unknown", {"of": RECORD}),
        ("what is no clerical matter", 422, "not_clerical", {"field": "item"}),
        ("a field that is not there", 422, "not_clerical", {"field": "unheard_of"}),
    ),
}


def unlawful_of(operation: str) -> Iterator[Unlawful]:
    yield from WRONG.get(operation, ())
