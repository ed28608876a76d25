"""Chinese first, English as second language. Texts stand in the source in English; the catalogue has the Chinese."""

import gettext
import io
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

from babel import Locale
from babel.core import negotiate_locale
from babel.dates import format_date, format_datetime
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal

LOCALES = Path(__file__).parent / "locale"
SHANGHAI = ZoneInfo("Asia/Shanghai")


def N_(text: str) -> str:
    """Marks a text for the catalogue where it is only said later."""
    return text


@dataclass(frozen=True, slots=True)
class Language:
    """`code` is what `?lang=` takes, `tag` what `<html lang>` says."""

    code: str
    tag: str
    own_name: str
    locale: Locale
    texts: gettext.NullTranslations

    def gettext(self, text: str) -> str:
        return self.texts.gettext(text)

    def ngettext(self, one: str, many: str, n: int) -> str:
        return self.texts.ngettext(one, many, n)

    def number(self, n: int) -> str:
        return format_decimal(n, locale=self.locale)

    def day(self, day: date) -> str:
        return format_date(day, "long" if self.code == "zh" else "d MMM y", locale=self.locale)

    def minute(self, at: datetime) -> str:
        """Date and time of day in Asia/Shanghai, always as wide, for columns."""
        return format_datetime(at, "yyyy-MM-dd HH:mm", tzinfo=SHANGHAI, locale=self.locale)

    def second(self, at: datetime) -> str:
        return format_datetime(at, "yyyy-MM-dd HH:mm:ss", tzinfo=SHANGHAI, locale=self.locale)


def _catalogue(locale: str) -> gettext.GNUTranslations:
    path = LOCALES / locale / "LC_MESSAGES" / "sanji.po"
    with path.open("rb") as file:
        catalogue = read_po(file, locale=locale)
    compiled = io.BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


@cache
def languages() -> Mapping[str, Language]:
    """By code; the first is what nobody asked for. Compiled once, at start."""
    return {
        "zh": Language("zh", "zh-Hans", "中文", Locale.parse("zh_Hans_CN"), _catalogue("zh_Hans_CN")),
        "en": Language("en", "en", "English", Locale.parse("en_GB"), gettext.NullTranslations()),
    }


def chosen(asked: str | None, accepted: str | None) -> Language:
    """By `?lang=`, else by Accept-Language, else Chinese."""
    known = languages()
    if asked is not None and asked in known:
        return known[asked]
    ranked: list[tuple[float, str]] = []
    for part in (accepted or "")[:500].split(","):
        tag, _, q = part.strip().partition(";q=")
        try:
            ranked.append((-float(q) if q else -1.0, tag))
        except ValueError:
            continue
    wanted = [tag.partition("-")[0].lower() for weight, tag in sorted(ranked, key=lambda r: r[0]) if weight < 0]
    return known[negotiate_locale(wanted, list(known)) or "zh"]
