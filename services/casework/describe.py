"""What may be said openly of a case: in answers, in the state of an error, on a board. Nothing sealed is in it."""

from typing import assert_never

from contracts.fields import instant_text
from services.casework.case import Case, Held, Offered

Json = dict[str, object]


def describe(case: Case) -> Json:
    """The case as JSON values: codes, staff numbers, RFC 3339 instants in UTC, days as YYYY-MM-DD.

    `outcome` is that of the ending, else of the decision, else None; delivery does not change it.
    """
    accepted = case.acceptance
    outcome = case.ending.outcome if case.ending else case.decision.outcome if case.decision else None
    return {
        "number": case.number,
        "item": case.item,
        "item_version": case.item_version,
        "channel": case.channel,
        "imported": case.imported,
        "settled": case.settled_by is not None,
        "phase": case.phase.value,
        "outcome": outcome,
        "custody": _custody(case),
        "clock": case.clock.value,
        "accepted_on": accepted.accepted_on.isoformat() if accepted else None,
        "deemed": accepted.deemed if accepted else False,
        "limits": [limit.model_dump() for limit in accepted.limits] if accepted else [],
        "materials": [material.model_dump() for material in case.materials],
        "missing": [paper.model_dump() for paper in case.missing],
        "open_steps": [step.step for step in case.open_steps],
        "steps_completed": case.steps_completed,
        **_dossier(case),
        "path": [{"kind": p.kind, "by": p.by, "to": p.to, "at": instant_text(p.at)} for p in case.path],
        "received_at": instant_text(case.received_at),
        "last_time": instant_text(case.last_time),
    }


def _custody(case: Case) -> Json:
    """`unit` holds it, or has offered it `to` another; `arrived` is false while it is in transit."""
    order: Json = {"epoch": case.epoch, "term": case.term, "arrived": case.arrived}
    match case.custody:
        case Held(unit=unit, person=person):
            return {"state": "held", "unit": unit, "to": None, "person": person, **order}
        case Offered(by=by, to=to, kind=kind):
            return {"state": "offered", "unit": by, "to": to, "referral": kind, "person": None, **order}
        case _:
            assert_never(case.custody)


def _dossier(case: Case) -> Json:
    """Open consultations, the hearing, what was issued, fees in fen, and whether the papers are laid away."""
    dossier, hearing, fees = case.dossier, case.dossier.hearing, case.dossier.fees
    return {
        "consultations": [
            {"consultation": asked.code, "department": asked.department, "unit": asked.unit}
            for asked in dossier.consultations
        ],
        "hearing": hearing
        and {
            "answer_by": hearing.answer_by.isoformat() if hearing.answer_by else None,
            "told": list(hearing.told),
            "waived": sorted(hearing.waived),
            "requested": bool(hearing.requested),
            "requested_by": sorted(hearing.requested),
            "taken_back": sorted(hearing.taken_back),
            "announced": hearing.announced
            and {"hold_on": hearing.announced.hold_on.isoformat(), "place": hearing.announced.place},
            "called_off": hearing.called_off is not None,
            "record": hearing.record,
        },
        "notices": [{"notice": issued.notice, "number": issued.number} for issued in dossier.notices],
        "certificates": [
            {"certificate": issued.certificate, "number": issued.number, "revoked": issued.revoked is not None}
            for issued in dossier.certificates
        ],
        "fees": {
            "assessed": fees.assessed,
            "waived": fees.waived,
            "paid": fees.paid,
            "refunded": fees.refunded,
            "due": fees.due,
        },
        "archived": dossier.archived is not None,
    }
