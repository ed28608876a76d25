"""Grants of powers to chief representatives."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from contracts.fields import Code, Day, Flag, UnitCode
from contracts.reference.base import ReferenceFact


class DelegationGranted(ReferenceFact):
    """A body delegates powers to its chief representative (授权书). Stream `delegation/<id>`."""

    kind: ClassVar[str] = "delegation"

    unit: UnitCode
    department: Code
    person: Code
    items: Annotated[tuple[Code, ...], Field(min_length=1, max_length=500)]
    powers: Annotated[
        tuple[
            Literal[
                "decide_on_the_spot",
                "sign",
                "coordinate",
                "dispatch_joint_approval",
                "convene_joint_review",
                "supervise_and_chase",
                "answer_and_interpret",
                "issue",
            ],
            ...,
        ],
        Field(min_length=1, max_length=8),
    ]
    document: Code
    valid_from: Day
    valid_to: Day
    illustrative: Flag = False


class DelegationRevoked(ReferenceFact):
    kind: ClassVar[str] = "delegation"

    reason: Code
    revoked_on: Day
