"""What nobody took up in time the law has accepted: it is neither asked about nor declined any more [32]."""

from contracts.case import CaseAccepted, MissingMaterial, SupplementRequested
from tests.casework.dated import History, Story, instant
from tests.office.story import CLERK, IMPORTER, TOWNSHIP, received

RECEIVED = "2026-03-02 09:00 received licence township"
BOTH = tuple(MissingMaterial(kind=kind, reason="missing") for kind in ("application", "identity"))


def told(*lines: str) -> Story:
    return History(lines).tell()


def test_papers_are_asked_for_within_five_working_days_of_the_receipt() -> None:
    at(told(RECEIVED), "2026-03-09 23:59:59").when(CLERK, "request_supplement", items=BOTH)
    late = at(told(RECEIVED), "2026-03-10 00:00")
    assert "2026-03-02" in late.refused("accepted_by_law", CLERK, "request_supplement", items=BOTH).zh


def test_a_second_notice_comes_within_five_working_days_of_the_papers() -> None:
    story = told(RECEIVED, "2026-03-04 09:00 asked", "2026-03-10 09:00 supplied")
    items = (MissingMaterial(kind="identity", reason="illegible"),)
    at(story, "2026-03-17 23:59:59").when(CLERK, "request_supplement", items=items)
    at(story, "2026-03-18 00:00").refused("accepted_by_law", CLERK, "request_supplement", items=items)


def test_a_person_who_accepts_too_late_accepts_as_of_the_lawful_day() -> None:
    (event,) = at(told(RECEIVED), "2026-03-20 09:00").when(CLERK, "accept").written
    assert isinstance(event, CaseAccepted)
    assert (event.accepted_on.isoformat(), event.deemed) == ("2026-03-02", True)


def test_what_the_law_has_accepted_is_not_declined() -> None:
    at(told(RECEIVED), "2026-03-10 00:00").refused("accepted_by_law", CLERK, "decline", reason="not-ours")
    at(told(RECEIVED), "2026-03-09 23:59:59").when(CLERK, "decline", reason="not-ours")


def test_a_paper_that_is_here_is_not_asked_for_again_and_the_refusal_names_where_it_lies() -> None:
    story = told(RECEIVED, "2026-03-04 09:00 asked", "2026-03-05 09:00 supplied-one")
    refusal = story.refused("in_dossier", CLERK, "request_supplement", items=BOTH)
    assert f"application (filed by {TOWNSHIP} on 2026-03-05)" in refusal.en
    assert f"application（{TOWNSHIP} 于 2026-03-05 收存）" in refusal.zh
    assert "identity" not in refusal.en


def test_of_history_from_a_file_nobody_but_the_clock_says_so() -> None:
    story = received(IMPORTER, imported=True, at=instant("2026-03-02 09:00"))
    (asked,) = at(story, "2026-03-20 09:00").when(IMPORTER, "request_supplement", items=BOTH).written
    assert isinstance(asked, SupplementRequested)
    (accepted,) = at(story, "2026-03-20 09:00").when(IMPORTER, "accept").written
    assert isinstance(accepted, CaseAccepted)
    assert (accepted.accepted_on.isoformat(), accepted.deemed) == ("2026-03-20", False)


def at(story: Story, when: str) -> Story:
    return Story(story.case, (), instant(when), story.book)
