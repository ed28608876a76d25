"""A body's post in a centre, as its stream tells it: since when it is there, and whose sign hangs at its window."""

from dataclasses import dataclass, replace
from datetime import date
from typing import assert_never

from contracts.reference import (
    DepartmentAdmitted,
    RepresentativeInstalled,
    RepresentativePlanned,
    RepresentativeWithdrawn,
)

PostEvent = DepartmentAdmitted | RepresentativePlanned | RepresentativeInstalled | RepresentativeWithdrawn


@dataclass(frozen=True, slots=True)
class Sign:
    """A chief representative's, by local days: from `hung_out` on, `taken_down` no longer."""

    person: str
    hung_out: date
    taken_down: date | None = None

    def hangs_on(self, day: date) -> bool:
        return self.hung_out <= day and (self.taken_down is None or day < self.taken_down)


@dataclass(frozen=True, slots=True)
class Post:
    """`admitted`: None when nobody wrote it down. `signs` follow each other in time. `illustrative`: something of it is
    made up."""

    admitted: date | None = None
    planned: date | None = None
    signs: tuple[Sign, ...] = ()
    illustrative: bool = False

    @property
    def sign(self) -> Sign | None:
        """The one that was not taken down."""
        return self.signs[-1] if self.signs and self.signs[-1].taken_down is None else None


def evolve(post: Post, event: PostEvent) -> Post:
    match event:
        case DepartmentAdmitted(admitted_on=day):
            return replace(post, admitted=day)
        case RepresentativePlanned(planned_on=day):
            return replace(post, planned=day, illustrative=post.illustrative or event.illustrative)
        case RepresentativeInstalled(person=person, installed_on=day):
            signs = (*post.signs, Sign(person, day))
            return replace(post, signs=signs, illustrative=post.illustrative or event.illustrative)
        case RepresentativeWithdrawn(withdrawn_on=day):
            if post.sign is None:
                return post
            return replace(post, signs=(*post.signs[:-1], replace(post.sign, taken_down=day)))
        case _:
            assert_never(event)
