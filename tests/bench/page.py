"""A page with plots of what was just measured: one file, no script, nothing loaded from elsewhere."""

import math
import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from html import escape
from pathlib import Path

from tests.bench.harness import Measured

WIDTH, LABEL, ROW = 1080, 300, 30
INK, QUIET, GOOD, BAD, BAND = "#1c2733", "#66727f", "#1f7a4d", "#b3382c", "#dfe5ea"
STYLE = f"""
body {{ margin: 32px auto; max-width: {WIDTH}px; font: 15px/1.5 system-ui, sans-serif; color: {INK}; }}
h1 {{ font-size: 20px; }} h2 {{ font-size: 16px; margin-top: 32px; }} p {{ color: {QUIET}; }}
svg {{ display: block; width: 100%; height: auto; }} text {{ font-size: 13px; fill: {INK}; }}
.quiet {{ fill: {QUIET}; }}
"""


def write(file: Path, title: str, program: str, sections: Sequence[str]) -> None:
    """Write the page of what this program just measured."""
    said = f"python -m {program} {' '.join(sys.argv[1:])}, {datetime.now(UTC):%Y-%m-%d %H:%M} UTC"
    file.write_text(
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{escape(title)}</title>'
        f"<style>{STYLE}</style><h1>{escape(title)}</h1><p>{escape(said)}</p>{''.join(sections)}</html>",
        encoding="utf-8",
    )


def ratios(found: Sequence[Measured]) -> str:
    """A bar for each row from the lowest to the highest round, its median, and the target, on one logarithmic scale."""
    values = [v for m in found for v in (m.ratio, *m.spread, m.target) if v]
    scale = Scale(min(values), max(values), LABEL, WIDTH - 96)
    parts = [*_grid(scale, len(found) * ROW)]
    for n, m in enumerate(found):
        middle = n * ROW + ROW / 2
        colour = QUIET if m.holds is None else GOOD if m.holds else BAD
        low, high = (scale(v) for v in m.spread)
        parts.append(_text(0, middle + 4, m.name))
        parts.append(
            f'<rect x="{low:.1f}" y="{middle - 5}" width="{max(high - low, 1):.1f}" height="10" fill="{BAND}"/>'
        )
        if m.target is not None:
            at = scale(m.target)
            sign = "≥" if m.wanted == "at least" else "≤"
            parts.append(f'<path d="M{at:.1f} {middle - 11}v22" stroke="{INK}"/>')
            parts.append(_text(at + 3, middle - 3, f"{sign} {m.target:g}", quiet=True))
        parts.append(f'<circle cx="{scale(m.ratio):.1f}" cy="{middle}" r="4.5" fill="{colour}"/>')
        parts.append(_text(WIDTH - 52, middle + 4, f"{m.ratio:.2f}"))
    return _drawn(
        "Ours against the reference, median of the rounds' ratios; grey: the rounds; line: the target",
        parts,
        len(found) * ROW,
    )


class Scale:
    """Logarithmic, from values to places."""

    def __init__(self, low: float, high: float, left: float, right: float) -> None:
        self.low, self.high = math.log10(low) - 0.05, math.log10(high) + 0.05
        self.left, self.right = left, right

    def __call__(self, value: float) -> float:
        part = (math.log10(value) - self.low) / (self.high - self.low)
        return self.left + part * (self.right - self.left)

    def marks(self) -> Iterator[float]:
        """1, 2 and 5 of each power of ten."""
        for power in range(math.floor(self.low), math.ceil(self.high) + 1):
            for one in (1, 2, 5):
                if self.low <= math.log10(one * 10.0**power) <= self.high:
                    yield one * 10.0**power


def lines(title: str, across: str, series: dict[str, list[tuple[float, float]]]) -> str:
    """A line for each series over (x, y), both logarithmic; each named at its end."""
    points = [point for line in series.values() for point in line]
    height = 320
    x = Scale(min(p[0] for p in points), max(p[0] for p in points), 60, WIDTH - LABEL)
    y = Scale(min(p[1] for p in points), max(p[1] for p in points), height - 30, 10)
    parts = [*_grid(x, height - 30)]
    for mark in y.marks():
        parts.append(f'<path d="M60 {y(mark):.1f}H{WIDTH - LABEL}" stroke="{BAND}"/>')
        parts.append(_text(0, y(mark) + 4, f"{mark:,g}", quiet=True))
    parts.append(_text(60, height + 18, across, quiet=True))
    taken: list[float] = []
    for n, (name, line) in enumerate(series.items()):
        shade = f"hsl({(205 + n * 47) % 360} 45% 38%)"
        path = " ".join(f"{x(a):.1f},{y(b):.1f}" for a, b in line)
        parts.append(f'<polyline points="{path}" fill="none" stroke="{shade}" stroke-width="2"/>')
        parts += [f'<circle cx="{x(a):.1f}" cy="{y(b):.1f}" r="3" fill="{shade}"/>' for a, b in line]
        place = y(line[-1][1])
        while any(abs(place - other) < 16 for other in taken):
            place += 16
        taken.append(place)
        parts.append(
            f'<text x="{x(line[-1][0]) + 8:.1f}" y="{place + 4:.1f}" style="fill:{shade}">{escape(name)}</text>'
        )
    return _drawn(title, parts, max(height + 20, int(max(taken)) + 10))


def _grid(scale: Scale, height: float) -> Iterator[str]:
    for mark in scale.marks():
        yield f'<path d="M{scale(mark):.1f} 0V{height}" stroke="{BAND}"/>'
        yield _text(scale(mark) - 8, height + 16, f"{mark:,g}", quiet=True)


def _text(x: float, y: float, words: str, *, quiet: bool = False) -> str:
    kind = ' class="quiet"' if quiet else ""
    return f'<text x="{x:.1f}" y="{y:.1f}"{kind}>{escape(words)}</text>'


def _drawn(title: str, parts: Sequence[str], height: int) -> str:
    return f'<h2>{escape(title)}</h2><svg viewBox="0 0 {WIDTH} {height + 24}" role="img">{"".join(parts)}</svg>'
