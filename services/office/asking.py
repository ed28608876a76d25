"""What concerns a case that others may hold: a request (protocol R1) or a supervision order, in a stream of its own."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from contracts.envelope import command_id
from services.casework.case import Case
from services.casework.moment import said_moment
from services.casework.refusals import Refusal, not_found
from services.casework.table import Row
from services.casework.who import entitled
from services.office.body import ActBody, Body
from services.office.case_fold import Record
from services.office.cases import NOTHING, Answer, Cases, fields_of
from services.office.person import person
from services.runtime.commands import Decided, Order
from services.runtime.fold import Loaded
from services.runtime.sealed_events import sealed_fields
from services.runtime.tokens import Actor


class Only(NamedTuple):
    """The id of something of which there is one, whatever key it comes under, and how a second one is refused."""

    id: str
    refusal: Callable[[Case], Refusal]


async def ask(
    cases: Cases,
    row: Row,
    number: str,
    by: Actor,
    key: str,
    mac: bytes | None,
    body: Body,
    *,
    given: Mapping[str, Any] = NOTHING,
    only: Only | None = None,
) -> Answer:
    """What concerns a case that others may hold: an event that begins a stream of its own in this tier's feed, a
    request (protocol R1) or an order. `given`: what the act needs of this service beside the body. Raises NoKey
    when something was typed and the key of the case to seal it under is not here."""
    command = command_id(by.unit, key)
    id_ = only.id if only is not None else command.hex()[:32]
    who = person(by)
    loaded = await cases.commands.load(number)
    now = cases.clock()
    said_at = body.at if isinstance(body, ActBody) else None

    def decide(asked: Loaded[Record] | None) -> Decided:
        if asked is not None and only is None:
            return Decided((), now)
        if loaded is None:
            raise not_found("case_unknown")
        if asked is not None and only is not None:
            raise only.refusal(loaded.state)
        entitled(loaded.state, who, row.name, cases.book)
        at = said_moment(loaded.state, who, now, said_at)
        return Decided(row.act(loaded.state, by=who, at=at, book=cases.book, **fields_of(body), **given), at)

    stream = f"{row.event.kind}/{id_}"
    # What is typed is for those who have the case, and sealed under its key.
    case_key = await cases.key_here(number) if loaded is not None and sealed_fields(row.event) else None
    order = Order(stream, by.unit, by.subject, command, mac, cases.feed, decide, case_key)
    done = await cases.requests.perform(order)
    # Not `read`: whoever looks after a case from above may never have had it.
    case = await cases.commands.load(number)
    assert case is not None
    return Answer(case.state, done.loaded.pos, done.repeated, request=id_)
