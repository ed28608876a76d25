"""`GET /cases/{number}/deadline?at=`: each limit of a case, day by day, now or at a past instant."""

from datetime import UTC, datetime

from fastapi import APIRouter, Request
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict

from contracts.fields import Instant
from services.casework.case import Case
from services.office.book_keeper import BookKeeper
from services.office.limits_shown import shown_limits
from services.office.openapi import get
from services.office.refusing import doing
from services.office.serving import Office, case_number
from services.runtime.http.app import json
from services.runtime.http.problem import Problem
from services.runtime.http.reading import parsed_query, person


class Asked(BaseModel):
    """`at`: a past instant, RFC 3339; the answer is the one that was shown then."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    at: Instant | None = None


def routes(office: Office, keeper: BookKeeper) -> APIRouter:
    router = APIRouter(prefix="/api/v1")

    async def deadline(request: Request) -> Response:
        by = person(request, office.verifier)
        asked = parsed_query(Asked, dict(request.query_params))
        loaded = await doing(office.cases.read(case_number(request), by))
        now = datetime.now(UTC)
        if asked.at is None:
            case = loaded.state
            shown = shown_limits(case.times, keeper.book, case.last_time if case.importing else now)
        else:
            if asked.at > now:
                raise _not("at_in_future", "No limit is known for an instant to come.", "不能查询未来时刻的时限。")
            case = await _as_of(office, loaded.state.number, asked.at)
            book = keeper.book if case.importing else keeper.as_of(asked.at)
            shown = shown_limits(case.times, book, asked.at)
        return json({"case": case.number, **shown})

    get(router, "/cases/{number}/deadline", deadline, "deadline", query=Asked)
    return router


async def _as_of(office: Office, number: str, at: datetime) -> Case:
    then = await office.cases.commands.as_of(number, lambda entry: entry.time <= at)
    if then is None:
        raise _not("not_received_yet", "The case was not received yet at that instant.", "该时刻办件尚未收件。")
    return then.state


def _not(code: str, en: str, zh: str) -> Problem:
    return Problem(422, code, en, zh)
