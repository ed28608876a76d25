"""W3C trace context: the id that ties a request to its event, across Kafka, to what reacts to it elsewhere."""

import re
from contextvars import ContextVar
from secrets import token_hex

_FORM = re.compile(r"^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$")
_current: ContextVar[str | None] = ContextVar("traceparent", default=None)


def traceparent() -> str | None:
    """What the event written now carries."""
    return _current.get()


def begin(given: str | None) -> str:
    """Continue the caller's trace with a span of our own, or begin one. A malformed header begins a new one."""
    trace = given[3:35] if given is not None and _FORM.match(given) else token_hex(16)
    mine = f"00-{trace}-{token_hex(8)}-01"
    _current.set(mine)
    return mine


def trace_id(parent: str) -> str:
    """The 32 hex digits that stay the same over the whole trace."""
    return parent[3:35]
