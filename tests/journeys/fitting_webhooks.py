"""As `fitting`, for subscribers without Kafka: each wants events of a type that hardly ever comes."""

from collections.abc import Mapping
from uuid import uuid4

from contracts.events import type_name
from contracts.reference import CalendarAmended
from tests.journeys.fitting import Fitting, Prepare, home
from tests.journeys.system import System

SELDOM = [type_name(CalendarAmended)]


async def make_webhook(system: System, tier: str) -> Fitting:
    url = (await system.subscriber()).url
    free = frozenset({"units", "from_first"})
    return Fitting(home(system, tier, "operator"), "/webhooks", {"url": url, "types": SELDOM}, free)


def on_webhook(name: str, *, free: str = "", **body: object) -> Prepare:
    """On a subscription that was just made."""

    async def prepare(system: System, tier: str) -> Fitting:
        ready = await make_webhook(system, tier)
        made = (await ready.clerk.surely(ready.path, ready.body, uuid4().hex)).body["webhook"]["id"]
        return Fitting(ready.clerk, f"/webhooks/{made}/{name}", body, frozenset(free.split()))

    return prepare


WEBHOOKS: Mapping[str, Prepare] = {
    "make_webhook": make_webhook,
    "pause_webhook": on_webhook("pause"),
    "resume_webhook": on_webhook("resume"),
    "rotate_webhook_secret": on_webhook("rotate-secret", free="generation", generation=0),
    "replay_webhook": on_webhook("replay", free="after positions"),
    "remove_webhook": on_webhook("remove"),
}
