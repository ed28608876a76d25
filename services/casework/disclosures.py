"""The six disclosures (六公开): what an office tells the public of each item, as one version of it says."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from services.casework.book import ItemVersion
from services.casework.clocks import REVIEW_DAYS

TITLES: Mapping[str, tuple[str, str]] = {
    "service": ("服务内容", "Service"),
    "procedure": ("办事程序", "Procedure"),
    "basis": ("政策依据", "Legal basis"),
    "materials": ("申报材料", "Papers to hand in"),
    "limits": ("承诺时限", "Limits"),
    "fees": ("收费标准", "Fees"),
}
"""Their names, Chinese and English, in the order in which they hang on the wall."""


@dataclass(frozen=True, slots=True)
class Disclosure:
    """`says`: plain JSON values; days are working days, money is in fen."""

    name: str
    zh: str
    en: str
    says: Any


def disclosures(item: ItemVersion) -> tuple[Disclosure, ...]:
    """All six, in order; none is ever left out, because what is free or needs no paper is told as well."""
    said = {
        "service": {
            "name": item.name,
            "name_en": item.name_en,
            "type": item.type,
            "department": item.department,
            "section": item.section,
            "in_centre": item.in_centre,
            "received_at": [point.tier for point in item.points],
            "validity_months": item.validity_months,
            "renewal_days": item.renewal_days,
        },
        "procedure": {
            "route": item.route.model_dump(mode="json", exclude_none=True),
            "expert_review": item.expert_review,
            "collective_discussion": item.collective_discussion,
            "steps": [step.model_dump(mode="json", exclude_none=True) for step in item.steps],
        },
        "basis": list(item.legal_basis),
        "materials": [material.model_dump(mode="json") for material in item.materials],
        "limits": {
            "committed_days": item.committed_days,
            "statutory_days": item.statutory_days,
            "preliminary_review_days": REVIEW_DAYS if item.route.reviews is not None else None,
            "supplement_days": item.supplement_days,
        },
        "fees": {"fen": item.fee, "basis": item.fee_basis},
    }
    return tuple(Disclosure(name, *TITLES[name], said[name]) for name in TITLES)
