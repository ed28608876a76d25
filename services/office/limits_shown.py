"""The limits of a case as JSON, day by day, in both languages."""

from datetime import datetime
from typing import Any

from contracts.fields import instant_text
from services.casework.book import Book
from services.casework.ledger import Ledger, LedgerDay, ledgers
from services.casework.limits import TimeLimit
from services.casework.reasons import BASES, CLOCKS, LIGHTS
from services.casework.times import Times


def shown_limits(times: Times, book: Book, at: datetime) -> dict[str, Any]:
    """`at` and the ledgers at it: instants UTC in RFC 3339, days YYYY-MM-DD, working days as numbers."""
    return {"at": instant_text(at), "limits": [shown_ledger(ledger) for ledger in ledgers(times, book, at)]}


def shown_ledger(ledger: Ledger) -> dict[str, Any]:
    """One limit, and its days."""
    return {**_limit(ledger.limit), "days_counted": [_day(day) for day in ledger.days]}


def _limit(limit: TimeLimit) -> dict[str, Any]:
    return {
        "clock": limit.clock,
        **_both("name", CLOCKS[limit.clock]),
        "about": limit.about,
        "basis": limit.basis,
        **_both("basis", BASES[limit.basis]),
        "started": instant_text(limit.started),
        "start_day": limit.start_day.isoformat(),
        "days": limit.days,
        "extended": limit.extended,
        "last_day": limit.last_day.isoformat() if limit.last_day else None,
        "due": instant_text(limit.due) if limit.due else None,
        "used": limit.used,
        "left": limit.left,
        "light": limit.light.value,
        **_both("light", LIGHTS[limit.light]),
        "charged": limit.charged,
        "shares": [{"whose": share.whose, "days": share.days} for share in limit.shares],
        "stopped": instant_text(limit.stopped) if limit.stopped else None,
        "calendar": list(limit.calendar),
        "provisional": list(limit.provisional),
    }


def _day(day: LedgerDay) -> dict[str, Any]:
    return {
        "day": day.day.isoformat(),
        "number": day.number,
        "whose": day.whose,
        "reason": day.reason,
        "zh": day.zh,
        "en": day.en,
    }


def _both(name: str, said: tuple[str, str]) -> dict[str, str]:
    return {f"{name}_zh": said[0], f"{name}_en": said[1]}
