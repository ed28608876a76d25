"""Both languages say everything."""

import re

from babel.messages.pofile import read_po

from contracts.case import CaseEvent
from contracts.case.custody import ReferralKind, ReturnPurpose
from services.casework.case import Phase
from services.pages import words
from services.pages.languages import LOCALES
from tests.pages.reading import texts


def test_the_catalogue_has_every_text_and_no_other() -> None:
    with (LOCALES / "zh_Hans_CN" / "LC_MESSAGES" / "sanji.po").open("rb") as file:
        catalogue = read_po(file, locale="zh_Hans_CN")
    known = {m.id if isinstance(m.id, str) else m.id[0]: m for m in catalogue if m.id}
    assert known.keys() == texts().keys()
    for text, message in known.items():
        assert message.string, text
        assert not message.fuzzy, text
        said = message.string if isinstance(message.string, str) else message.string[0]
        assert set(re.findall(r"{\w+}", said)) <= set(re.findall(r"{\w+}", text)), text


def test_every_phase_pass_and_event_has_a_word() -> None:
    assert words.PHASES.keys() == set(Phase)
    assert set(words.OPEN_PHASES) | set(words.CLOSED_PHASES) == set(Phase)
    assert words.EVENTS.keys() == {event.__name__ for event in CaseEvent.__args__}
    assert set(ReferralKind.__args__) | set(ReturnPurpose.__args__) <= words.PASSES.keys()
