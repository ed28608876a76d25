"""A printed notice (文书) is drawn from a template and what is told in it, as a PDF that an archive can keep."""

import json
import re
import unicodedata
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, cast

import pylopdf_fonts_zh_cn
import typst

TEMPLATES: Final = Path(__file__).parent / "templates"
NAMES: Final = frozenset(path.stem for path in TEMPLATES.glob("*.typ")) - {"common"}
"""The notices that can be drawn."""

FONTS: Final = typst.Fonts(
    include_system_fonts=False,
    include_embedded_fonts=False,
    font_paths=[str(pylopdf_fonts_zh_cn.serif_path().parent)],
)
"""Noto Serif SC and Noto Sans SC and no other, so that a notice looks the same wherever it is drawn."""


class CannotDraw(Exception):
    """The notice cannot be drawn. Says the template and the kind of fault, never what was to be printed."""


class NoGlyph(CannotDraw):
    """What is told has a character that the fonts do not have; printed, it would be an empty box."""


def draw(template: str, told: Mapping[str, object]) -> bytes:
    """The notice as one PDF: A4 pages, or one page 80 mm wide and as long as it needs for `receipt_80mm`.

    `template` is one of NAMES. `told` is made of what JSON has: texts, bools, lists and mappings of these; days are
    YYYY-MM-DD and are printed as 2026年11月28日. A line whose text is "" or absent is left out. A text is printed as
    it is, never read as markup; invisible characters (controls, direction marks) are left out of it. The same
    arguments give the same bytes: the PDF is dated 00:00 UTC of `issued_on`, which is the same day in China, or of
    1970-01-01 when that is not told.

    Raises CannotDraw, and NoGlyph for a character without a glyph. May be called from several threads at once.
    """
    if template not in NAMES:
        raise CannotDraw(f"no notice has the template {template!r}")
    try:
        drawn, warnings = typst.compile_with_warnings(
            str(TEMPLATES / f"{template}.typ"),
            root=str(TEMPLATES),
            font_paths=FONTS,
            ignore_system_fonts=True,
            format="pdf",
            sys_inputs={"told": json.dumps(_visible(told), ensure_ascii=False)},
            # PDF/A-2a for an archive, PDF/UA-1 for a screen reader. Both forbid a glyph that the fonts do not have.
            pdf_standards=["a-2a", "ua-1"],
            timestamp=_dated(told.get("issued_on")),
        )
    except typst.TypstError as error:
        # The error quotes what was to be printed: it is named anew, and not chained.
        fault = _no_glyph(template) if "could not be displayed with font" in error.message else _faulty(template)
    except (TypeError, ValueError):
        fault = CannotDraw(f"{template}: what is told is not JSON in Unicode")
    else:
        if not warnings:
            return drawn
        fault = _faulty(template)
    raise fault


def _no_glyph(template: str) -> CannotDraw:
    return NoGlyph(f"{template}: a character is in none of the fonts")


def _faulty(template: str) -> CannotDraw:
    return CannotDraw(f"{template}: the template and what is told do not go together")


def _visible(value: object) -> object:
    if isinstance(value, str):
        return "".join(mark for mark in re.sub(r"\r\n?|[\u2028\u2029]", "\n", value) if _is_visible(mark))
    if isinstance(value, Mapping):
        return {key: _visible(held) for key, held in cast(Mapping[str, object], value).items()}
    if isinstance(value, list | tuple):
        return [_visible(held) for held in cast(list[object], value)]
    return value


def _is_visible(mark: str) -> bool:
    return mark in "\n\t" or unicodedata.category(mark) not in {"Cc", "Cf"}


def _dated(day: object) -> datetime:
    if not day:
        return datetime(1970, 1, 1, tzinfo=UTC)
    return datetime.strptime(str(day), "%Y-%m-%d").replace(tzinfo=UTC)
