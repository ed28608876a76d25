"""A supervision order as JSON, with the light it shows at an instant; and how many show each."""

from collections import Counter
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from contracts.fields import instant_text
from services.casework.calendar import Calendar
from services.casework.limits import Light
from services.casework.order_limits import given_for, order_limit
from services.casework.reasons import LIGHTS
from services.casework.supervision import Order


def shown_order(order: Order, calendar: Calendar, at: datetime) -> dict[str, Any]:
    """Instants UTC in RFC 3339, days YYYY-MM-DD, working days as numbers. Of an answered order `light` says whether the
    answer was late."""
    limit = order_limit(order, calendar, at)
    zh, en = LIGHTS[limit.light]
    return {
        "order": order.stream,
        "case": order.case,
        "orderer": order.unit,
        "ordered": order.to,
        "reason": order.reason,
        "given_at": instant_text(order.at),
        "days": order.days,
        "last_day": limit.last_day.isoformat(),
        "due": instant_text(limit.due),
        "used": limit.used,
        "left": limit.left,
        "light": limit.light.value,
        "light_zh": zh,
        "light_en": en,
        "provisional": list(limit.provisional),
        "answered_at": instant_text(order.answered_at) if order.answered_at else None,
        "request": order.answered,
    }


def order_lights(counts: Iterable[tuple[str, int]], calendar: Calendar, today: date) -> dict[str, Counter[str]]:
    """By unit, how many open orders show each light on this local day, from the counts of the view of orders."""
    found: dict[str, Counter[str]] = {}
    for key, n in counts:
        unit, days, given_on = key.split("/")
        found.setdefault(unit, Counter())[_light(int(days), date.fromisoformat(given_on), calendar, today).value] += n
    return found


def _light(days: int, given_on: date, calendar: Calendar, today: date) -> Light:
    windows = {light: given_for(light, days, calendar, today) for light in (Light.RED, Light.AMBER)}
    return next((light for light, given in windows.items() if given.after < given_on <= given.upto), Light.GREEN)
