"""What the log keeps of a case beside its live branch, since custody was assumed."""

from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from contracts.case import CaseEvent
from contracts.catalogue import event_of
from contracts.envelope import Envelope, read
from services.casework.assumption import Superseded, tasks
from services.casework.case import Case
from services.casework.refusals import unlawful
from services.runtime.sealed_events import has_sealed, open_event
from services.runtime.sealing import CannotOpen
from services.runtime.statements import statement

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from asyncpg import Record
    from asyncpg.pool import Pool


class Lost(NamedTuple):
    """A superseded event, sealed as it was written, and when it lost here (UTC)."""

    act: Superseded
    envelope: Envelope
    since: datetime


async def lost(pool: "Pool[Record]", number: str) -> list[Lost]:
    """All of a case, in the order in which this log learnt of them."""
    found: list[Lost] = []
    for row in await pool.fetch(statement("log/superseded"), number):
        envelope = read(row["value"])
        event = cast("CaseEvent", event_of(envelope.type, envelope.data))
        found.append(Lost(Superseded(row["hash"].hex(), event, envelope.source), envelope, row["superseded_at"]))
    return found


async def opened(
    case: Case | None, found: list[Lost], act: str, case_key: "Callable[[str], Awaitable[bytes]]"
) -> list[Lost]:
    """`found`, with the texts of `act` opened, so that it can be written again. Raises Unlawful
    `superseded_unreadable`, and what `case_key` raises."""
    there: list[Lost] = []
    for one in found:
        if one.act.act == act and has_sealed(one.act.event):
            number, seq = one.envelope.subject, one.envelope.seq
            try:
                event = open_event(one.act.event, await case_key(number), number, seq)
            except CannotOpen:
                raise unlawful("superseded_unreadable", case, act=act) from None
            there.append(one._replace(act=replace(one.act, event=event)))
        else:
            there.append(one)
    return there


def waiting(case: Case, found: list[Lost]) -> list[Lost]:
    """Those that the city still has to adopt or revoke."""
    open_ = {task.act for task in tasks(case, tuple(one.act for one in found))}
    return [one for one in found if one.act.act in open_]


def shown(case: Case, found: list[Lost]) -> list[dict[str, Any]]:
    """Each with `open`: whether the city still has to adopt or revoke it. No text that may be about a person."""
    waits = {one.act.act for one in waiting(case, found)}
    dealt_with = {done.act: done for done in case.dealt_with}
    return [
        {
            "act": one.act.act,
            "event": type(one.act.event).__name__,
            "unit": one.act.unit,
            "person": one.envelope.actor,
            "time": one.envelope.time.isoformat(),
            "superseded_at": one.since.isoformat(),
            "open": one.act.act in waits,
            "adopted": dealt_with[one.act.act].adopted if one.act.act in dealt_with else None,
        }
        for one in found
    ]
