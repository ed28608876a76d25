"""What the history keeps of an answer: what a check needs, and no more. An answer of a service is some ten thousand
bytes, most of them what the person may do next."""

from collections.abc import Mapping, Sequence
from typing import Any

Json = dict[str, Any]

BESIDE = ("pos", "hash", "at", "total", "request", "number", "closed", "counts", "adopted")
"""Fields that are short wherever they stand."""
CASE = ("number", "phase", "outcome", "clock", "accepted_on", "steps_completed", "received_at", "last_time")
CUSTODY = ("state", "unit", "to", "epoch", "term", "arrived")
LIMIT = ("clock", "about", "started", "days", "extended", "last_day", "due", "light", "charged", "stopped", "calendar")
LISTED = ("number", "holder", "phase", "custody", "sender", "arrived")
PROBLEM = ("code", "status", "detail")
ORDER = ("order", "case", "orderer", "ordered", "last_day", "answered_at", "submitted")
LOST = ("act", "event", "unit", "open", "adopted")
EVENT = ("seq", "type", "hash")
ROWS = 50
"""Of a list."""


def kept(answer: Mapping[str, Any]) -> Json:
    """The answer to an act or a reading, or a problem, shortened."""
    if "code" in answer and "detail" in answer:
        state = answer.get("state")
        return {**_some(answer, PROBLEM), **({"state": case(state)} if state else {})}
    found = _some(answer, BESIDE)
    if "case" in answer:
        found["case"] = case(answer["case"]) if isinstance(answer["case"], dict) else answer["case"]
    elif "phase" in answer:
        found["phase"] = answer["phase"]["code"]
    for name, fields in (("limits", LIMIT), ("cases", LISTED), ("superseded", LOST), ("orders", ORDER)):
        if name in answer:
            found[name] = [_some(one, fields) for one in answer[name][:ROWS]]
    if "order" in answer:
        found["order"] = _some(answer["order"], ORDER)
    if "events" in answer:
        found["events"] = [_some(one, EVENT) for one in answer["events"]]
    if "requests" in answer:
        found["requests"] = [_request(one) for one in answer["requests"]]
    if "totals" in answer:
        found["totals"] = answer["totals"]
        found["units"] = [_some(one, ("unit", "total", "open", "closed", "transit")) for one in answer["units"]]
    return found


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
