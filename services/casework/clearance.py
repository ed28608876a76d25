"""A clearance round (清理) as its stream says it: the forms that came in, what became of each, and where it stands."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal, assert_never

from contracts.clearance import (
    ClearanceApproved,
    ClearanceOpened,
    ClearancePublished,
    ProposalReviewed,
    ProposalSubmitted,
)

ClearanceEvent = ClearanceOpened | ProposalSubmitted | ProposalReviewed | ClearanceApproved | ClearancePublished
Stage = Literal["collecting", "approved", "published"]


@dataclass(frozen=True, slots=True)
class Form:
    """What one window says of one item; `review` is None until somebody looked at it."""

    said: ProposalSubmitted
    review: ProposalReviewed | None = None

    @property
    def proposal(self) -> str:
        return self.said.proposal

    @property
    def agreed(self) -> bool:
        return self.review is not None and self.review.verdict == "agreed"


@dataclass(frozen=True, slots=True)
class Clearance:
    """Forms by item and window: the last one of each, since a new form takes the place of the one before."""

    key: str
    opened: ClearanceOpened
    forms: Mapping[tuple[str, str], Form] = field(default_factory=dict[tuple[str, str], Form])
    approved: ClearanceApproved | None = None
    published: ClearancePublished | None = None

    @property
    def stage(self) -> Stage:
        if self.published is not None:
            return "published"
        return "collecting" if self.approved is None else "approved"

    @property
    def agreed(self) -> list[Form]:
        """In the order of their items."""
        return [form for _, form in sorted(self.forms.items()) if form.agreed]

    def form(self, proposal: str) -> Form | None:
        return next((form for form in self.forms.values() if form.proposal == proposal), None)

    def of(self, item: str) -> Iterator[Form]:
        """What the windows say of this item."""
        return (form for (about, _), form in sorted(self.forms.items()) if about == item)

    def outstanding(self) -> list[str]:
        """Items of which no window has said anything yet."""
        answered = {item for item, _ in self.forms}
        return [item for item in self.opened.items if item not in answered]


def runs_for(clearances: Mapping[str, Clearance], item: str) -> Clearance | None:
    """The round, if any, that has this item before it and is not published yet."""
    running = (one for one in clearances.values() if one.published is None)
    return next((one for one in running if item in one.opened.items), None)


def evolve(clearance: Clearance | None, key: str, event: ClearanceEvent) -> Clearance | None:
    """The round after this event; None while its first event is not here."""
    if isinstance(event, ClearanceOpened):
        return Clearance(key, event)
    if clearance is None:
        return None
    match event:
        case ProposalSubmitted(item=item, window=window):
            return replace(clearance, forms={**clearance.forms, (item, window): Form(event)})
        case ProposalReviewed(proposal=proposal):
            forms = {
                place: replace(form, review=event) if form.proposal == proposal else form
                for place, form in clearance.forms.items()
            }
            return replace(clearance, forms=forms)
        case ClearanceApproved():
            return replace(clearance, approved=event)
        case ClearancePublished():
            return replace(clearance, published=event)
        case _:
            assert_never(event)
