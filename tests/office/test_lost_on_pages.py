"""What was done elsewhere while the city assumed custody: chosen from a list, by what it was and who did it."""

from datetime import UTC, datetime

from contracts.case import CaseDecided
from contracts.envelope import build, read
from services.casework.assumption import Superseded
from services.office.pages import act_forms
from services.office.pages.act_forms import Desk
from services.office.superseded import Lost
from services.pages.languages import languages
from tests.office.story import BOOK, CITY, DISTRICT, received

AT = datetime(2026, 11, 23, 3, 4, tzinfo=UTC)
HASH = "ab" * 32


def test_an_act_that_lost_is_adopted_or_revoked_by_choosing_it_from_those_that_wait() -> None:
    case = received().case
    event = CaseDecided(outcome="granted", approver="A07")
    record = build(
        event, stream=case.number, seq=2, epoch=0, term=0, unit=DISTRICT, holder=DISTRICT, actor="A07", time=AT,
        recorded=AT, command=b"c" * 32, prev=b"p" * 32,
    )  # fmt: skip
    lost = Lost(Superseded(HASH, event, DISTRICT), read(record), AT)
    desk = Desk(case, BOOK.item(case.item, case.item_version), BOOK, CITY, lost=[lost])
    for act in ("adopt", "revoke"):
        (which,) = [field for field in act_forms.fields(act, desk) if field.name == "act"]
        (choice,) = which.choices
        assert (which.kind, choice.value) == ("select", HASH)
        said = choice.said
        assert not isinstance(said, str)
        assert said.said(languages()["en"]) == f"Decided, 2026-11-23 11:04, {DISTRICT}, A07"
        assert act_forms.body([which], {"act": [HASH]}) == {"act": HASH}
