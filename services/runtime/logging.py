"""structlog: one JSON object a line, snake_case facts with fields, the trace id on every line that has one."""

import logging
import sys
import time
from collections.abc import MutableMapping
from typing import Any

import orjson
import structlog

from services.runtime import trace


def _trace(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    if "trace" not in event and (parent := trace.traceparent()) is not None:
        event["trace"] = trace.trace_id(parent)
    return event


class SaidBefore(logging.Filter):
    """Lets a library's line through once in `seconds` and counts the rest: aiokafka tells of each attempt while Kafka
    is away, ten times a second. The same line is the same format of the same logger."""

    def __init__(self, seconds: float = 60.0) -> None:
        super().__init__()
        self._seconds = seconds
        self._said: dict[tuple[str, str], tuple[float, int]] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        now, line = time.monotonic(), (record.name, str(record.msg))
        last, kept_back = self._said.get(line, (-self._seconds, 0))
        if now - last < self._seconds:
            self._said[line] = (last, kept_back + 1)
            return False
        if kept_back:
            record.msg = f"{record.msg} (and {kept_back} times since it was last told)"
        self._said[line] = (now, 0)
        return True


def _text(value: Any, **_: Any) -> str:
    return orjson.dumps(value, default=str).decode()


def configure(service: str, level: str) -> None:
    """For the whole process. The libraries' own logs come through the same lines from warning on, once a minute."""
    number = logging.getLevelNamesMapping().get(level.upper(), logging.INFO)
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _trace,
    ]
    structlog.configure(
        processors=[
            *shared,
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(serializer=_text),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    structlog.contextvars.bind_contextvars(service=service)
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(serializer=_text),
        ],
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter)
    handler.addFilter(SaidBefore())
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
