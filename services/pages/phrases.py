"""Texts of the catalogue with names of the reference data in them, said in either language."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import assert_never

from services.casework.book import Book, ItemVersion
from services.casework.refusals import Refusal
from services.casework.sentences import SENTENCES
from services.pages.languages import N_, Language
from services.runtime.http.problem import Problem

SUSPENSIONS: Mapping[str, str] = {
    "hearing": N_("a hearing"),
    "tender": N_("a tender"),
    "auction": N_("an auction"),
    "inspection": N_("an inspection"),
    "testing": N_("testing"),
    "quarantine": N_("quarantine"),
    "appraisal": N_("an appraisal"),
    "expert_review": N_("an expert review"),
}
MISSING: Mapping[str, str] = {
    "missing": N_("missing"),
    "incomplete": N_("incomplete"),
    "illegible": N_("cannot be read"),
    "expired": N_("expired"),
    "wrong_form": N_("not in the form required"),
    "unsigned": N_("not signed or stamped"),
    "inconsistent": N_("does not agree with other papers"),
}
"""Why a paper is asked for, by reason code; a code of a locality that is not here is said as `to be supplied`."""


@dataclass(frozen=True, slots=True)
class Name:
    """A name of the reference data, in both languages; in English what has no English name stays Chinese."""

    zh: str
    en: str

    def said(self, language: Language) -> str:
        return self.zh if language.code == "zh" else self.en


@dataclass(frozen=True, slots=True)
class Phrase:
    """A text of the catalogue and what is put into it."""

    text: str
    values: "Mapping[str, Value]" = field(default_factory=dict[str, "Value"])

    def said(self, language: Language) -> str:
        return language.gettext(self.text).format_map({k: value(v, language) for k, v in self.values.items()})


Value = str | int | date | datetime | Name | Phrase


def value(said: Value, language: Language) -> str:
    """In words; an instant to the minute, in Beijing."""
    match said:
        case Name() | Phrase():
            return said.said(language)
        case datetime():
            return language.minute(said)
        case date():
            return language.day(said)
        case int():
            return language.number(said)
        case str():
            return said
        case _:
            assert_never(said)


@dataclass(frozen=True, slots=True)
class Words:
    """The names that a case's sentences need."""

    book: Book
    item: ItemVersion | None

    def unit(self, code: str) -> Name | Phrase:
        found = self.book.units.get(code)
        return Name(found.name, found.name) if found else Phrase(N_("another office"))

    def refusal(self, refusal: Refusal) -> Name:
        """Its sentence, with offices by their names."""
        said: dict[str, tuple[str, str]] = {}
        for name, value in refusal.said:
            unit = self.book.units.get(value) if isinstance(value, str) else None
            said[name] = (unit.name, unit.name) if unit else (value, value) if isinstance(value, str) else value
        zh, en = SENTENCES[refusal.code]
        return Name(
            zh.format_map({name: value[0] for name, value in said.items()}),
            en.format_map({name: value[1] for name, value in said.items()}),
        )

    def problem(self, problem: Problem) -> Name:
        """What a problem says; of a refusal, with offices by their names."""
        if isinstance(problem.__cause__, Refusal):
            return self.refusal(problem.__cause__)
        return Name(problem.detail_zh, problem.detail)

    def item_name(self) -> Name | Phrase:
        if self.item is None:
            return Phrase(N_("A service"))
        return Name(self.item.name, self.item.name_en or self.item.name)

    def material(self, kind: str) -> Name | Phrase:
        for material in self.item.materials if self.item else ():
            if material.kind == kind:
                return Name(material.name, material.name)
        return Phrase(N_("another paper"))

    def ground(self, code: str) -> Name | Phrase:
        """Why time does not count: one of the law's grounds, or one that the item names."""
        for own in self.item.suspension_grounds if self.item else ():
            if own.code == code:
                return Name(own.name, own.name_en or own.name)
        return Phrase(SUSPENSIONS.get(code, N_("a procedure laid down by law")))

    def step(self, code: str) -> Name | None:
        for step in self.item.steps if self.item else ():
            if step.code == code:
                return Name(step.name, step.name)
        return None
