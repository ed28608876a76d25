"""Missing papers: told once and all together, never asked for again [32, 35]."""

from contracts.case import Material, MissingMaterial, SupplementReceived, SupplementRequested
from services.casework.case import Phase
from tests.office.story import AGENT, CLERK, COLLEAGUE, Story, received

APPLICATION = Material(kind="application", form="original", sha256="a" * 64)
IDENTITY = Material(kind="identity", form="copy", sha256="b" * 64)
NO_APPLICATION = MissingMaterial(kind="application", reason="missing")
NO_IDENTITY = MissingMaterial(kind="identity", reason="missing")
NO_PHOTO = MissingMaterial(kind="photo", reason="missing")
BLURRED = MissingMaterial(kind="identity", reason="illegible")


def asked() -> Story:
    """Both required papers were missing, and the notice is out."""
    return received().when(CLERK, "request_supplement", items=(NO_APPLICATION, NO_IDENTITY))


def test_a_notice_names_all_that_is_missing_and_the_case_waits() -> None:
    story = asked().then(SupplementRequested(missing=(NO_APPLICATION, NO_IDENTITY)))
    assert story.case.phase is Phase.SUPPLEMENT_REQUESTED


def test_a_notice_that_leaves_out_a_required_paper_is_refused() -> None:
    refusal = received().refused("not_all_at_once", CLERK, "request_supplement", items=(NO_APPLICATION,))
    assert "identity" in refusal.en
    assert "identity" in refusal.zh


def test_what_the_dossier_holds_need_not_be_named() -> None:
    received(materials=(APPLICATION,)).when(CLERK, "request_supplement", items=(NO_IDENTITY,)).then(
        SupplementRequested(missing=(NO_IDENTITY,))
    )


def test_what_the_dossier_holds_may_not_be_asked_for_again() -> None:
    story = received(materials=(APPLICATION,))
    story.refused("in_dossier", CLERK, "request_supplement", items=(NO_APPLICATION, NO_IDENTITY))


def test_a_wrong_paper_is_asked_for_with_the_reason_why_it_is_wrong() -> None:
    story = received(materials=(APPLICATION, IDENTITY)).when(CLERK, "request_supplement", items=(BLURRED,))
    assert story.case.missing == (BLURRED,)


def test_a_paper_that_another_office_can_give_need_not_be_named() -> None:
    kinds = {paper.kind for paper in asked().case.missing}
    assert "household" not in kinds


def test_a_second_notice_may_name_only_what_the_first_named() -> None:
    story = asked().when(CLERK, "receive_supplement", materials=(APPLICATION,))
    story.refused("not_named_before", CLERK, "request_supplement", items=(NO_IDENTITY, NO_PHOTO))
    story.when(CLERK, "request_supplement", items=(BLURRED,)).then(SupplementRequested(missing=(BLURRED,)))


def test_papers_that_come_in_leave_what_is_still_missing() -> None:
    story = asked().when(AGENT, "receive_supplement", materials=(APPLICATION,))
    story.then(SupplementReceived(materials=(APPLICATION,), missing=("identity",)))
    assert story.case.phase is Phase.SUPPLEMENT_REQUESTED
    assert story.case.materials == (APPLICATION,)


def test_when_all_is_in_the_case_waits_for_acceptance_again() -> None:
    story = asked().when(CLERK, "receive_supplement", materials=(APPLICATION, IDENTITY))
    story.then(SupplementReceived(materials=(APPLICATION, IDENTITY)))
    assert story.case.phase is Phase.RECEIVED
    assert story.case.missing == ()


def test_a_paper_that_is_here_already_is_welcome_and_counted_once() -> None:
    story = received(materials=(APPLICATION,)).when(CLERK, "request_supplement", items=(NO_IDENTITY,))
    story = story.when(CLERK, "receive_supplement", materials=(APPLICATION, IDENTITY))
    assert story.case.materials == (APPLICATION, IDENTITY)


def test_papers_come_in_as_a_supplement_only_when_some_were_asked_for() -> None:
    received().refused("nothing_asked", CLERK, "receive_supplement", materials=(APPLICATION,))


def test_after_acceptance_nothing_is_asked_for() -> None:
    story = received().when(CLERK, "accept")
    story.refused("wrong_phase", CLERK, "request_supplement", items=(NO_APPLICATION, NO_IDENTITY))


def test_the_same_notice_again_is_nothing_by_the_same_person_and_a_conflict_by_a_colleague() -> None:
    story = asked()
    story.when(CLERK, "request_supplement", items=(NO_IDENTITY, NO_APPLICATION)).then()
    story.refused("already_done", COLLEAGUE, "request_supplement", items=(NO_APPLICATION, NO_IDENTITY))


def test_the_same_papers_registered_again_are_nothing_by_the_same_person_and_a_conflict_by_a_colleague() -> None:
    story = asked().when(CLERK, "receive_supplement", materials=(APPLICATION,))
    story.when(CLERK, "receive_supplement", materials=(APPLICATION,)).then()
    story.refused("already_done", COLLEAGUE, "receive_supplement", materials=(APPLICATION,))
