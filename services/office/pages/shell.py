"""What the office's templates call beside the words that all pages share."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import orjson

from services.casework.moment import local_day
from services.pages.languages import N_, Language
from services.pages.phrases import value
from services.pages.shell import Shell

TEMPLATES = Path(__file__).parent / "templates"
SEALED: Mapping[str, str] = {
    "name": N_("Name"),
    "document_kind": N_("Kind of document"),
    "document_number": N_("Document number"),
    "phone": N_("Telephone"),
    "address": N_("Address"),
    "note": N_("Note"),
    "opinion": N_("Opinion"),
    "question": N_("What is asked"),
    "answer": N_("Answer"),
    "basis": N_("Basis"),
    "to_whom": N_("To whom"),
    "value": N_("What is right"),
    "text": N_("Order"),
}
DOCUMENTS: Mapping[str, str] = {
    "resident_id": N_("Identity card"),
    "passport": N_("Passport"),
    "organisation_code": N_("Organisation code"),
    "other": N_("Another document"),
}
UNREADABLE = N_("Cannot be opened with the key that is here.")


def shell() -> Shell:
    """The pages of a tier service."""
    return Shell(TEMPLATES, _said)


def _said(language: Language) -> Mapping[str, Any]:
    return {
        "said": lambda said: value(said, language),
        "until": lambda due: until(due, language),
        "opened": lambda text: list(opened(text, language)),
    }


def until(due: datetime, language: Language) -> str:
    """The last day of a limit that ends with the day before this instant."""
    return language.gettext("last day {day}").format(day=language.day(local_day(due - timedelta(microseconds=1))))


def opened(text: Mapping[str, Any], language: Language) -> Iterable[tuple[str, str]]:
    """The parts of a sealed text that was opened, each with what it is; an applicant is sealed as a whole."""
    if text["text"] is None:
        yield language.gettext("Sealed"), language.gettext(UNREADABLE)
        return
    if text["field"] == "applicant":
        for name, value in orjson.loads(text["text"]).items():
            shown = language.gettext(DOCUMENTS[value]) if name == "document_kind" and value in DOCUMENTS else value
            yield language.gettext(SEALED.get(name, name)), str(shown)
        return
    yield language.gettext(SEALED.get(text["field"], text["field"])), text["text"]
