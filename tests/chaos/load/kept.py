"""What the history keeps of an answer: what a check needs, and no more. An answer of a service is some ten thousand
bytes, most of them what the person may do next."""

from collections.abc import Mapping, Sequence
from typing import Any

Json = dict[str, Any]

BESIDE = ("pos", "hash", "at", "total", "request", "number", "closed", "counts", "adopted")
"""Fields that are short wherever they stand."""
CASE = ("number", "phase", "outcome", "clock", "accepted_on", "steps_completed", "received_at", "last_time")
CUSTODY = ("state", "unit", "to", "epoch", "term", "arrived")
PROBLEM = ("code", "status", "detail")
ORDER = ("order", "case", "orderer", "ordered", "last_day", "answered_at", "submitted")
UNIT = ("unit", "total", "open", "closed", "transit", "offered")
LISTS: Mapping[str, Sequence[str]] = {
    "limits": (
        *("clock", "about", "started", "days", "extended", "last_day", "due", "light", "charged", "stopped"),
        "calendar",
    ),
    "cases": ("number", "holder", "phase", "custody", "sender", "arrived"),
    "superseded": ("act", "event", "unit", "open", "adopted"),
    "orders": ORDER,
    "events": ("seq", "type", "hash"),
}
"""What is kept of each of their rows."""
ROWS = 50
"""Of a list."""


def kept(answer: Mapping[str, Any]) -> Json:
    """The answer to an act or a reading, or a problem, shortened."""
    if "code" in answer and "detail" in answer:
        state = answer.get("state")
        return {**_some(answer, PROBLEM), **({"state": case(state)} if state else {})}
    found = _some(answer, BESIDE)
    if "totals" in answer:
        units = [_some(one, UNIT) for one in answer["units"]]
        return {**found, "totals": answer["totals"], "units": units}
    if "case" in answer:
        found["case"] = case(answer["case"]) if isinstance(answer["case"], dict) else answer["case"]
    elif "phase" in answer:
        found["phase"] = answer["phase"]["code"]
    if "order" in answer:
        found["order"] = _some(answer["order"], ORDER)
    if "requests" in answer:
        found["requests"] = [_request(one) for one in answer["requests"]]
    rows = {name: fields for name, fields in LISTS.items() if name in answer}
    return {**found, **{name: [_some(one, fields) for one in answer[name][:ROWS]] for name, fields in rows.items()}}


def case(said: Mapping[str, Any]) -> Json:
    """A case as an office or the portal shows it."""
    if "custody" not in said:
        return {"number": said["number"], "phase": said["phase"]["code"]}
    return {**_some(said, CASE), "custody": _some(said["custody"], CUSTODY)}


def _request(said: Mapping[str, Any]) -> Json:
    """An office names the kind, the portal the kind and what became of it."""
    coded = {
        name: said[name]["code"] if isinstance(said[name], dict) else said[name]
        for name in said.keys() & {"kind", "state"}
    }
    return {"request": said["request"], **coded}


def _some(said: Mapping[str, Any], names: Sequence[str]) -> Json:
    return {name: said[name] for name in names if name in said}
