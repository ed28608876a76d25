"""What a person may do with a case now, and of the rest why not."""

from collections.abc import Sequence
from typing import NamedTuple

from services.casework.actor import Actor
from services.casework.book import Book
from services.casework.case import Case
from services.casework.refusals import Refusal
from services.casework.table import ROWS, TABLE, Row
from services.casework.who import ROLES, lacking


class Action(NamedTuple):
    """Whether a person may do an act now, by its route; if not, the refusal that says why."""

    name: str
    refusal: Refusal | None = None

    @property
    def possible(self) -> bool:
        return self.refusal is None

    @property
    def code(self) -> str | None:
        return self.refusal.code if self.refusal else None


def actions(case: Case, actor: Actor, book: Book, rows: Sequence[Row] = TABLE) -> list[Action]:
    """What this person may do with the case now, and of the rest why not; named by their routes.

    Every act asks for its role first, so an act whose role the person lacks is refused here without being tried: the
    refusal is the same for every case that the person's unit may know of.
    """
    if actor.unit not in case.known:
        return [_action(found, case, actor, book) for found in rows]
    return [
        _action(found, case, actor, book) if actor.roles & ROLES[found.name] else _LACKING[found.name] for found in rows
    ]


def _action(found: Row, case: Case, actor: Actor, book: Book) -> Action:
    try:
        found.may(case, actor, book)
    except Refusal as refusal:
        return Action(found.route, refusal)
    return Action(found.route)


_LACKING = {name: Action(found.route, lacking(name)) for name, found in ROWS.items()}
