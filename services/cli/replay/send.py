"""Acts to the services, through their public HTTP API. Everything sent twice has the same key, so it happens once."""

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

import httpx

from services.cli.replay.plan import Act
from services.cli.replay.units import Unit

BATCH = 500
"""Acts in one POST /acts (people, HTTP)."""
AT_ONCE = 24
"""Requests under way. More do not make the services faster, and what waits here gathers into larger batches."""


class Refused(Exception):
    """A service answered an act with a problem that waiting does not cure."""

    def __init__(self, unit: str, act: str, status: int, problem: Mapping[str, Any]) -> None:
        self.unit, self.act, self.status = unit, act, status
        self.code = str(problem.get("code", "unknown"))
        super().__init__(f"{act} at {unit}: {status} {self.code}: {problem.get('detail', problem.get('title', ''))}")


class NoAnswer(Exception):
    """A service could not be reached, or a case did not arrive, within the patience given."""


@dataclass(frozen=True, slots=True)
class Services:
    """Where a unit's service is, and a token with which a person (a staff number) acts there."""

    base: Callable[[Unit], str]
    token: Callable[[Unit, str], str]


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: Mapping[str, Any]

    @property
    def done(self) -> bool:
        return 200 <= self.status < 300

    @property
    def passing(self) -> bool:
        """A trouble of the service, not of the act: the same again later may succeed."""
        return self.status >= 500 or self.status == 429 or self.body.get("code") == "contended"


class Sender:
    """Sends acts; gathers what several cases have for one unit into one POST /acts.

    `patience`, in seconds, is how long a silent service or a case in transit is waited for, `pause` the first wait.
    """

    def __init__(
        self, client: httpx.AsyncClient, services: Services, *, patience: float = 300.0, pause: float = 0.05
    ) -> None:
        self._client, self._services, self._patience, self._pause = client, services, patience, pause
        self._counters: dict[tuple[str, str], _Counter] = {}
        self._room = asyncio.Semaphore(AT_ONCE)
        self._transit = Transit()

    async def receive(self, act: Act) -> str:
        """Perform a `receive`; the case's number. Raises Refused, NoAnswer."""
        answer = await self.post(act.unit, act.person, "/api/v1/cases", act.body, act.key)
        if not answer.done:
            raise Refused(act.unit.code, act.name, answer.status, answer.body)
        return str(answer.body["case"]["number"])

    async def perform(self, number: str, leg: tuple[Act, ...], *, arriving: bool) -> None:
        """Perform acts of one case by one person of one unit, in order. Raises Refused, NoAnswer.

        While the case is still in transit to this unit (`arriving`) the first act goes alone and again until it
        is taken: sent together, a case that arrives between two acts would lose the first of them. In a batch
        the service does no later act of a case after one that it did not do.
        """
        if arriving:
            await self._submit(number, leg[:1], arriving=True)
            leg = leg[1:]
        for start in range(0, len(leg), BATCH):
            await self._submit(number, leg[start : start + BATCH], arriving=False)

    async def _submit(self, number: str, acts: tuple[Act, ...], *, arriving: bool) -> None:
        began = time.monotonic()
        if arriving:
            await self._transit.expected()
        wait = Backoff(self._patience, max(self._pause, self._transit.seconds / 4) if arriving else self._pause)
        while acts:
            tried = time.monotonic()
            unit = acts[0].unit
            answers = await self._counter(unit, acts[0].person).submit(number, acts)
            done = next((place for place, answer in enumerate(answers) if not answer.done), len(acts))
            if arriving and done:
                self._transit.took(tried - began)
            if done == len(acts):
                return
            failed, acts = answers[done], acts[done:]
            if acts[0].name == "accept" and accepted_by_law(failed):
                acts = (*([acts[0].instead] if acts[0].instead else []), *acts[1:])
                continue
            if not (failed.passing or (arriving and in_transit(failed, unit))):
                raise Refused(unit.code, acts[0].name, failed.status, failed.body)
            await wait.once_more(f"{number}, {acts[0].name} at {unit.code}: {failed.status}")

    async def post(self, unit: Unit, person: str, path: str, body: object, key: str | None) -> Answer:
        """One POST, repeated with the same key while the service is silent or answers 5xx. Raises NoAnswer."""
        return await self._ask("POST", unit, person, path, {"Idempotency-Key": key} if key else {}, body)

    async def get(self, unit: Unit, person: str, path: str) -> Answer:
        """One GET, repeated while the service is silent or answers 5xx. Raises NoAnswer."""
        return await self._ask("GET", unit, person, path, {}, None)

    async def _ask(
        self, method: str, unit: Unit, person: str, path: str, headers: dict[str, str], body: object
    ) -> Answer:
        wait = Backoff(self._patience, self._pause)
        url = self._services.base(unit) + path
        while True:
            signed = {**headers, "Authorization": f"Bearer {self._services.token(unit, person)}"}
            try:
                async with self._room:
                    got = await self._client.request(method, url, json=body, headers=signed)
            except (httpx.TransportError, AttributeError) as error:
                # AttributeError: anyio asks the socket of a connection that was reset while it opened.
                reason = f"{type(error).__name__} {error}"
            else:
                answer = Answer(got.status_code, _object(got))
                if not answer.passing:
                    return answer
                reason = str(got.status_code)
            await wait.once_more(f"{method} {url}: {reason}")

    def _counter(self, unit: Unit, person: str) -> "_Counter":
        counter = self._counters.get((unit.code, person))
        if counter is None:
            counter = _Counter(lambda body: self.post(unit, person, "/api/v1/acts", body, None))
            self._counters[unit.code, person] = counter
        return counter


def accepted_by_law(answer: Answer) -> bool:
    """Whether an acceptance is refused because the law had accepted the application before (deemed acceptance).

    Of a case that was told before and is settled, the office says first (422) that its history is closed.
    """
    state = answer.body.get("state")
    return answer.status in (409, 422) and isinstance(state, Mapping) and state.get("deemed") is True


def in_transit(answer: Answer, unit: Unit) -> bool:
    """Whether this refusal only says that the case is not here yet: unknown, or by this service's copy elsewhere."""
    if answer.status == 404:
        return True
    if answer.status != 409:
        return False
    state = answer.body.get("state")
    custody = state.get("custody") if isinstance(state, Mapping) else None
    if not isinstance(custody, Mapping):
        return True
    here = custody.get("to") if custody.get("state") == "offered" else custody.get("unit")
    return here != unit.code


class Transit:
    """How long cases are on their way between two services, learnt from those that arrived. Whoever asks sooner asks
    in vain, and makes the services slower by it."""

    def __init__(self) -> None:
        self.seconds = 0.0

    async def expected(self) -> None:
        """Wait a little less than usual, so that a shorter way is noticed."""
        await asyncio.sleep(self.seconds * 0.8)

    def took(self, seconds: float) -> None:
        """A case was there after so long."""
        self.seconds += (seconds - self.seconds) / 16


class Backoff:
    """Waits between two tries: `pause`, then half as long again each time up to 2 s, until patience is at its end."""

    def __init__(self, patience: float, pause: float = 0.05) -> None:
        self._until = time.monotonic() + patience
        self._next = pause

    async def once_more(self, reason: str) -> None:
        """Raises NoAnswer with the reason when patience is at its end."""
        if time.monotonic() + self._next > self._until:
            raise NoAnswer(reason)
        await asyncio.sleep(self._next)
        self._next = min(self._next * 1.5, 2.0)


_Waiting = tuple[str, tuple[Act, ...], asyncio.Future[list[Answer]]]


class _Counter:
    """One person's counter: while one batch is being answered the next gathers, so a busy desk gets full batches."""

    def __init__(self, post: Callable[[object], Awaitable[Answer]]) -> None:
        self._post = post
        self._waiting: deque[_Waiting] = deque()
        self._serving: asyncio.Task[None] | None = None

    async def submit(self, number: str, acts: tuple[Act, ...]) -> list[Answer]:
        future: asyncio.Future[list[Answer]] = asyncio.get_running_loop().create_future()
        self._waiting.append((number, acts, future))
        if self._serving is None:
            self._serving = asyncio.create_task(self._serve())
        return await future

    async def _serve(self) -> None:
        while self._waiting:
            batch = [self._waiting.popleft()]
            size = len(batch[0][1])
            while self._waiting and size + len(self._waiting[0][1]) <= BATCH:
                batch.append(self._waiting.popleft())
                size += len(batch[-1][1])
            await self._answer(batch)
        self._serving = None

    async def _answer(self, batch: list[_Waiting]) -> None:
        acts = [_written(number, act) for number, leg, _ in batch for act in leg]
        try:
            answers = _by_key(await self._post({"acts": acts}))
            for _, leg, future in batch:
                if not future.done():
                    future.set_result([answers[act.key] for act in leg])
        except Exception as error:  # whatever happened, it happened to each of these cases
            for _, _, future in batch:
                if not future.done():
                    future.set_exception(error)


def _written(number: str, act: Act) -> dict[str, object]:
    return {"key": act.key, "act": act.name, "number": number, "body": act.body}


def _by_key(answer: Answer) -> dict[str, Answer]:
    if not answer.done:
        raise Refused("POST", "/acts", answer.status, answer.body)
    return {one["key"]: Answer(int(one["status"]), one["body"]) for one in answer.body["answers"]}


def _object(response: httpx.Response) -> Mapping[str, Any]:
    try:
        found = response.json()
    except ValueError:
        return {"detail": response.text[:200]}
    return found if isinstance(found, dict) else {"rows": found}
