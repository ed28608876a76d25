"""The rows of the board's tables: tiers, then districts with what lies under them, one of them opened."""

from dataclasses import dataclass
from typing import Literal

from services.portal.board import UNKNOWN, Board, Figures

Kind = Literal["total", "tier", "region", "unit"]


@dataclass(frozen=True, slots=True)
class Line:
    """`key` is a tier for kind `tier`, else a unit code. A region has what can be `opened`."""

    kind: Kind
    key: str
    figures: Figures
    opened: bool = False


def region(board: Board, unit: str) -> str:
    """The district that `unit` is or lies in; for the city, and whatever is not under a district, itself."""
    return next((above for above in board.book.lineage(unit) if board.tier(above) == "district"), unit)


def by_tier(board: Board) -> list[Line]:
    """The tiers and their total. A tier's cases lie at units of that tier."""
    tiers = [Line("tier", tier, figures) for tier, figures in board.tiers().items()]
    return [*tiers, Line("total", "total", board.sum())]


def by_region(board: Board, opened: str | None) -> list[Line]:
    """The city's centre, then each district with everything under it; the opened one followed by its units."""
    regions: dict[str, set[str]] = {}
    for unit in board.book.units.keys() | board.units.keys():
        regions.setdefault(region(board, unit), set()).add(unit)
    order = sorted(regions, key=lambda code: (board.tier(code) == UNKNOWN, board.tier(code) != "city", code))
    found: list[Line] = []
    for code in order:
        units = regions[code]
        if board.tier(code) != "district":
            found.append(Line("unit", code, board.sum(units)))
            continue
        found.append(Line("region", code, board.sum(units), code == opened))
        if code == opened:
            inside = sorted(units, key=lambda unit: (unit != code, unit))
            found += [Line("unit", unit, board.units.get(unit, Figures())) for unit in inside]
    return found
